"""Names of form fields such as `image[]` or `svg[model]`: the path they spell, the tree their values make."""

import re
from dataclasses import dataclass
from itertools import pairwise

# A key, an item's number, or None: the next item.
Step = str | int | None
Steps = tuple[Step, ...]

DEEPEST = 12

_NAME = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)\Z")
_INNER = re.compile(r"\[([^\[\]]*)\]")
_NUMBER = re.compile(r"[0-9]{1,4}\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """What a form's texts may be, by their keys: text itself has no type.

    `structured`: may be JSON. `folders`: whose members may be JSON, whatever their names. `lists`: said again they make
    a list. A key counts wherever it stands.
    """

    structured: frozenset[str] = frozenset()
    folders: frozenset[str] = frozenset()
    lists: frozenset[str] = frozenset()

    def may_be_json(self, steps: Steps) -> bool:
        """Whether the text at this path may be JSON."""
        keys = [step for step in steps if isinstance(step, str)]
        return keys[-1] in self.structured or (len(keys) > 1 and keys[-2] in self.folders)

    def make_a_list(self, steps: Steps) -> bool:
        """Whether values that are said there again go on in a list."""
        return (steps[-2] if steps[-1] is None else steps[-1]) in self.lists


class Repeated(ValueError):
    """A name that says again what was said."""


def steps_of(name: str) -> Steps:
    """The path of a name; one whose brackets make no sense, or are too many, is a plain key."""
    found = _NAME.match(name)
    inner = _INNER.findall(found[2]) if found else []
    if found is None or len(inner) > DEEPEST:
        return (name,)
    return (found[1], *map(_step, inner))


def _step(text: str) -> Step:
    if not text:
        return None
    return int(text) if _NUMBER.match(text) else text


class _Row:
    """A list while it is put together: items by number, in any order."""

    def __init__(self, *items: object) -> None:
        self.items = dict(enumerate(items))

    def put(self, number: int | None, value: object) -> None:
        place = max(self.items, default=-1) + 1 if number is None else number
        if place in self.items:
            raise Repeated
        self.items[place] = value


class Tree:
    """Values under their paths. Raises Repeated for a path that has a value already."""

    def __init__(self) -> None:
        self._root: dict[str, object] = {}

    def put(self, steps: Steps, value: object, *, repeats: bool = False) -> None:
        """Set a value; where `repeats`, a further one under the same name makes a list of them."""
        node: dict[str, object] | _Row = self._root
        for step, after in pairwise(steps):
            node = _inner(node, step, isinstance(after, str), repeats)
        _set(node, steps[-1], value, repeats)

    def value(self) -> dict[str, object]:
        """The whole, as JSON would have it."""
        return {key: _plain(value) for key, value in self._root.items()}


def _inner(node: dict[str, object] | _Row, step: Step, keyed: bool, repeats: bool) -> dict[str, object] | _Row:
    """What hangs under a step, made where there is nothing yet."""
    found = _get(node, step)
    if found is None:
        made: dict[str, object] | _Row = {} if keyed else _Row()
        _set(node, step, made, False)
        return made
    if keyed and isinstance(found, dict):
        return found
    if keyed or not (isinstance(found, _Row) or repeats):
        raise Repeated
    return _as_row(node, step, found)


def _get(node: dict[str, object] | _Row, step: Step) -> object | None:
    if isinstance(node, _Row):
        return node.items.get(step) if isinstance(step, int) else None
    return node.get(step) if isinstance(step, str) else None


def _set(node: dict[str, object] | _Row, step: Step, value: object, repeats: bool) -> None:
    if isinstance(node, _Row):
        node.put(step if isinstance(step, int) else None, value)
    elif not isinstance(step, str):
        raise Repeated
    elif step not in node:
        node[step] = value
    elif repeats:
        _as_row(node, step, node[step]).put(None, value)
    else:
        raise Repeated


def _as_row(node: dict[str, object] | _Row, step: Step, found: object) -> _Row:
    """What was one value becomes the first of a list; a list that was given whole goes on."""
    if isinstance(found, _Row):
        return found
    row = _Row(*found) if isinstance(found, list) else _Row(found)
    if isinstance(node, _Row) and isinstance(step, int):
        node.items[step] = row
    elif isinstance(node, dict) and isinstance(step, str):
        node[step] = row
    return row


def _plain(value: object) -> object:
    if isinstance(value, _Row):
        return [_plain(value.items[number]) for number in sorted(value.items)]
    if isinstance(value, dict):
        return {key: _plain(inner) for key, inner in value.items()}
    return value
