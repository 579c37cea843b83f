"""Catalogue files -> providers and model cards.

A file has `[provider]` (who, where, with which key), `[defaults]` (what every row starts from), shared
tables (`[tables.NAME]` ratio -> pixels, `[sizes.NAME]`, `[fields.NAME]`, `[capabilities.NAME]`, lists in
`[prices]`) and a `[[model]]` row per id. In a row the plural names shared tables (`sizes = "free"`,
`fields = ["a", "b"]`, later ones win), the singular is its own and wins over them (`size = {…}`,
`field = {…}`, `capability = {…}`; `price = […]` comes after the shared lines). `like = "id"` takes over an
earlier row but for id, title, aliases, upstream, created and note. Money is text. `shutdown_date` is only
ever the vendor's own word; a third party's date goes into `note`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from importlib import resources
from pathlib import Path
from typing import Any

import msgspec

from onebrush.catalogue.pricing import priced
from onebrush.catalogue.provider import Platform, Provider
from onebrush.catalogue.rows import (
    CapabilityRow,
    CatalogueError,
    Document,
    FieldRow,
    ModelRow,
    ProviderRow,
    Raw,
    SizeRow,
    shaped,
)
from onebrush.catalogue.shelf import Shelf
from onebrush.domain.model import Capability, FieldRule, ModelCard
from onebrush.domain.size import Pixels, SizeRule

PACKAGED = ("openai", "gemini", "ark", "dashscope")

_PIXELS = re.compile(r"([1-9][0-9]{0,5})x([1-9][0-9]{0,5})\Z")


def read(extra: Path | None = None) -> tuple[tuple[Provider, ...], tuple[ModelCard, ...]]:
    """Providers and cards of the packaged files, then of `extra`: a TOML file or a folder of them.

    Raises CatalogueError naming file and row.
    """
    shelves: dict[str, Shelf] = {}
    for file, text in (*_packaged(), *_extra(extra)):
        document = shaped(_parsed(file, text), Document, file)
        name = document.provider.get("name")
        if not isinstance(name, str) or not name:
            raise CatalogueError(f"{file}: [provider] has no name.")
        shelves.setdefault(name, Shelf(file=file)).add(file, document)
    return _built(list(shelves.values()))


def _packaged() -> Iterator[tuple[str, str]]:
    folder = resources.files("onebrush.catalogue") / "data"
    for name in PACKAGED:
        yield f"{name}.toml", (folder / f"{name}.toml").read_text("utf-8")


def _extra(extra: Path | None) -> Iterator[tuple[str, str]]:
    if extra is None:
        return
    for path in sorted(extra.glob("*.toml")) if extra.is_dir() else [extra]:
        try:
            yield path.name, path.read_text("utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CatalogueError(f"{path}: it cannot be read: {error}.") from error


def _parsed(file: str, text: str) -> Raw:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise CatalogueError(f"{file}: {error}.") from error


def _built(shelves: Sequence[Shelf]) -> tuple[tuple[Provider, ...], tuple[ModelCard, ...]]:
    providers: list[Provider] = []
    cards: list[ModelCard] = []
    for shelf in shelves:
        row = shaped(shelf.provider, ProviderRow, f"{shelf.file}, [provider]")
        providers.append(_provider(row, shelf.file))
        for where, raw in shelf.filled():
            cards.append(_card(shaped(raw, ModelRow, where), row, shelf, where))
    return tuple(providers), tuple(cards)


def _provider(row: ProviderRow, file: str) -> Provider:
    platforms = {
        name: Platform(name=name, base_url=place.base_url.rstrip("/"), currency=place.currency)
        for name, place in row.platforms.items()
    }
    if row.default_platform not in platforms:
        raise CatalogueError(f"{file}, [provider]: there is no platform {row.default_platform!r}.")
    return Provider(
        name=row.name,
        title=row.title,
        wire=row.wire,
        auth=row.auth,
        key_env=row.key_env,
        platforms=platforms,
        default_platform=row.default_platform,
    )


def _card(row: ModelRow, provider: ProviderRow, shelf: Shelf, where: str) -> ModelCard:
    return ModelCard(
        id=row.id,
        provider=provider.name,
        title=row.title,
        capability=_capability(row.capability),
        size=_size(row.size, shelf, where),
        upstream=_upstream(row, provider),
        aliases=row.aliases,
        served=row.served,
        status=row.status,
        shutdown_date=row.shutdown_date,
        successor=row.successor or None,
        created=row.created,
        fields={name: _field(rule) for name, rule in row.field.items()},
        prices=tuple(priced(line, provider, where) for line in row.price),
        sources=row.sources,
        note=row.note,
    )


def _upstream(row: ModelRow, provider: ProviderRow) -> dict[str, str]:
    ids = dict(row.upstream)
    for name, platform in provider.platforms.items():
        if platform.ids_of in ids and name not in ids:
            ids[name] = ids[platform.ids_of]
    return ids


def _capability(row: CapabilityRow) -> Capability:
    said: dict[str, Any] = {name: value for name, value in _values(row).items() if value is not msgspec.UNSET}
    return Capability(**said)


def _field(row: FieldRow) -> FieldRule:
    return FieldRule(**_values(row))


def _size(row: SizeRow, shelf: Shelf, where: str) -> SizeRule:
    values = _values(row)
    values["allowed"] = tuple(_pixels(text, where) for text in row.allowed)
    values["picks"] = tuple(_pixels(text, where) for text in row.picks)
    values["default"] = None if row.default is None else _pixels(row.default, where)
    values["tables"] = {tier: _table(names, shelf, where) for tier, names in row.tables.items()}
    return SizeRule(**values)


def _table(names: Sequence[str], shelf: Shelf, where: str) -> dict[str, Pixels]:
    cells: dict[str, Pixels] = {}
    for name in names:
        if name not in shelf.tables:
            raise CatalogueError(f"{where}: there is no [tables.{name}].")
        for ratio, text in shelf.tables[name].items():
            cells[ratio] = _pixels(text, f"{where}, [tables.{name}]")
    return cells


def _pixels(text: str, where: str) -> Pixels:
    found = _PIXELS.match(text)
    if found is None:
        raise CatalogueError(f'{where}: {text!r} is no size; write it as "1024x768".')
    return Pixels(width=int(found[1]), height=int(found[2]))


def _values(row: msgspec.Struct) -> dict[str, Any]:
    return {name: getattr(row, name) for name in row.__struct_fields__}
