"""Where pictures stand in a JSON body, and the cursor that knows where a scan is."""

import json
import re
from dataclasses import dataclass, field
from typing import Final

_SEGMENT = re.compile(r"([^\[\].]*)((?:\[\])*)")
_PLAIN_KEY = re.compile(r"[A-Za-z_][\w-]{0,63}")
_LONGEST_PATH = 200


@dataclass(slots=True)
class Node:
    """One step of the patterns: what may follow here, and whether a picture may stand here."""

    keys: dict[str, "Node"] = field(default_factory=dict)
    items: "Node | None" = None
    picture: bool = False

    def key(self, name: str) -> "Node":
        return self.keys.setdefault(name, Node())

    def item(self) -> "Node":
        if self.items is None:
            self.items = Node()
        return self.items


class Places:
    """Patterns such as `image`, `images[].image_url` or `contents[].parts[].inlineData.data`."""

    def __init__(self, *patterns: str) -> None:
        self.patterns: Final = patterns
        self.root: Final = Node()
        for pattern in patterns:
            self._add(pattern)

    def __repr__(self) -> str:
        return f"Places({', '.join(map(repr, self.patterns))})"

    def _add(self, pattern: str) -> None:
        node = self.root
        for position, segment in enumerate(pattern.split(".")):
            found = _SEGMENT.fullmatch(segment)
            if found is None or not (found[1] or (found[2] and position == 0)):
                raise ValueError(f"Pattern {pattern!r} is not made of keys, dots and []")
            if found[1]:
                node = node.key(found[1])
            for _ in range(len(found[2]) // 2):
                node = node.item()
        node.picture = True


@dataclass(slots=True)
class Level:
    """An object or a list the scan is inside of."""

    node: Node | None
    is_list: bool
    index: int = 0
    key: str = ""
    at_key: bool = True

    def inner(self) -> Node | None:
        if self.node is None:
            return None
        return self.node.items if self.is_list else self.node.keys.get(self.key)


class Cursor:
    """Follows a scan through objects and lists."""

    def __init__(self, places: Places) -> None:
        self._root = places.root
        self.levels: list[Level] = []

    @property
    def depth(self) -> int:
        return len(self.levels)

    def enter(self, is_list: bool) -> None:
        self.levels.append(Level(self._here(), is_list))

    def leave(self, is_list: bool) -> bool:
        """Whether the bracket that closes fits the one that opened."""
        return bool(self.levels) and self.levels.pop().is_list == is_list

    def comma(self) -> None:
        if self.levels:
            level = self.levels[-1]
            level.index += 1
            level.at_key = True

    def at_key(self) -> bool:
        """Whether the next string is a key."""
        return bool(self.levels) and not self.levels[-1].is_list and self.levels[-1].at_key

    def name(self, key: str) -> None:
        level = self.levels[-1]
        level.key, level.at_key = key, False

    def at_picture(self) -> bool:
        """Whether a string that starts here may be a picture."""
        here = self._here()
        return here is not None and here.picture

    def path(self) -> str:
        """The path in words a caller can read: `contents[0].parts[1].image`."""
        steps: list[str | int] = [level.index if level.is_list else level.key for level in self.levels]
        return path_text(steps)

    def _here(self) -> Node | None:
        return self.levels[-1].inner() if self.levels else self._root


def path_text(steps: list[str | int]) -> str:
    """Keys and indexes as one short line; keys that are no plain words are quoted and cut."""
    text = ""
    for step in steps:
        if isinstance(step, int):
            text += f"[{step}]"
        elif _PLAIN_KEY.fullmatch(step):
            text += f".{step}" if text else step
        else:
            text += f"[{json.dumps(step[:64])}]"
    return text if len(text) <= _LONGEST_PATH else f"{text[:_LONGEST_PATH]}..."
