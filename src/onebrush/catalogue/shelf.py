"""One provider's files put together: shared tables, and rows with what they share filled in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar

from onebrush.catalogue.rows import CatalogueError, Document, Raw, Sharing, shaped

# What a row does not take over from the row it is like.
OWN = ("id", "title", "aliases", "upstream", "created", "note", "like")
# Tables of a row that are laid, key by key, over what it shares.
LAID_OVER = ("capability", "size", "field")
NAMING = ("capabilities", "sizes", "fields", "prices")

T = TypeVar("T")


@dataclass(slots=True, kw_only=True)
class Shelf:
    """Everything said of one provider. `rows` is id -> file and row, in order."""

    file: str
    provider: Raw = field(default_factory=dict)
    defaults: Raw = field(default_factory=dict)
    tables: dict[str, dict[str, str]] = field(default_factory=dict)
    sizes: dict[str, Raw] = field(default_factory=dict)
    fields: dict[str, Raw] = field(default_factory=dict)
    capabilities: dict[str, Raw] = field(default_factory=dict)
    prices: dict[str, list[Raw]] = field(default_factory=dict)
    rows: dict[str, tuple[str, Raw]] = field(default_factory=dict)

    def add(self, file: str, document: Document) -> None:
        """One more file: what has the same name is replaced, rows of the same id too."""
        platforms = _merged(self.provider.get("platforms", {}), document.provider.get("platforms", {}))
        self.provider |= document.provider | {"platforms": platforms}
        self.defaults |= document.defaults
        self.tables |= document.tables
        self.sizes |= document.sizes
        self.fields |= document.fields
        self.capabilities |= document.capabilities
        self.prices |= document.prices
        self._add_rows(file, document.model)

    def _add_rows(self, file: str, rows: list[Raw]) -> None:
        seen: set[str] = set()
        for place, row in enumerate(rows, start=1):
            name = shaped(row, Sharing, f"{file}, model {place}").id
            if not name:
                raise CatalogueError(f"{file}, model {place}: it has no id.")
            if name in seen:
                raise CatalogueError(f"{file}, model '{name}': the id is used twice.")
            seen.add(name)
            self.rows[name] = (file, row)

    def filled(self) -> Iterator[tuple[str, Raw]]:
        """Where each row stands, and the row with all it shares."""
        whole: dict[str, Raw] = {}
        for name, (file, row) in self.rows.items():
            where = f"{file}, model '{name}'"
            whole[name] = _like(row, whole, where)
            yield where, self._fill(whole[name], where)

    def _fill(self, row: Raw, where: str) -> Raw:
        base = shaped(self.defaults, Sharing, f"{self.file}, [defaults]")
        says = shaped(row, Sharing, where)
        own = {key: value for key, value in row.items() if key not in NAMING}
        lines = [_found(self.prices, "prices", name, where) for name in _names(says.prices)]
        return {
            **self.defaults,
            **own,
            "capability": _merged(
                base.capability,
                *_shared(self.capabilities, "capabilities", says.capabilities, where),
                says.capability,
            ),
            "size": _merged(base.size, *_shared(self.sizes, "sizes", says.sizes, where), says.size),
            "field": _merged(base.field, *_shared(self.fields, "fields", says.fields, where), says.field),
            "price": [*(line for shared in lines for line in shared), *says.price],
        }


def _like(row: Raw, above: dict[str, Raw], where: str) -> Raw:
    """The row laid over the one it is like."""
    if "like" not in row:
        return row
    if row["like"] not in above:
        raise CatalogueError(f"{where}: like = {row['like']!r}, but no row above has that id.")
    taken = {key: value for key, value in above[row["like"]].items() if key not in OWN}
    over = {key: _merged(taken.get(key, {}), row[key]) for key in LAID_OVER if key in row}
    return {**taken, **{key: value for key, value in row.items() if key != "like"}, **over}


def _shared(kept: dict[str, Raw], kind: str, names: str | list[str], where: str) -> list[Raw]:
    return [_found(kept, kind, name, where) for name in _names(names)]


def _found(kept: dict[str, T], kind: str, name: str, where: str) -> T:
    if name not in kept:
        raise CatalogueError(f"{where}: there is no {name} in [{kind}].")
    return kept[name]


def _merged(*tables: Raw) -> Raw:
    return {key: value for table in tables for key, value in table.items()}


def _names(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value
