"""How the artist reads a prompt: known words only, and the lettering it asks for."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

from onebrush.sandbox.artist.quoted import lettering
from onebrush.sandbox.artist.words import WORDS


def _index() -> dict[str, tuple[tuple[str, str], ...]]:
    index: dict[str, tuple[tuple[str, str], ...]] = {}
    for kind, meanings in WORDS.items():
        for meaning, words in meanings.items():
            for word in words.split():
                index[word] = (*index.get(word, ()), (kind, meaning))
    return index


_INDEX = _index()
_TOKEN = re.compile(r"[a-z0-9]+(?:['\-][a-z0-9]+)*|[一-鿿]+")
_LONGEST = 4
_ON_MOON = re.compile(r"\bon (?:the |a )?moon\b|月亮上|月球")
_NOUNS = ("subject", "setting", "extra")
_REACH = 2  # so many unknown words may stand between a colour and its noun


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What a prompt asks for, in the artist's own words only."""

    subjects: tuple[str, ...] = ()
    settings: tuple[str, ...] = ()
    time: str | None = None
    season: str | None = None
    weather: str | None = None
    style: str | None = None
    extras: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    aerial: bool = False
    count: int = 1
    colours: Mapping[str, str] = field(default_factory=dict)
    colour: str | None = None
    chinese: bool = False
    text: str | None = None  # what to letter; it reaches a picture only as strokes of known glyphs
    trade: str | None = None

    @property
    def subject(self) -> str | None:
        return self.subjects[0] if self.subjects else None

    @property
    def known(self) -> bool:
        """Whether any word was understood."""
        return bool(self.subjects or self.settings or self.time or self.season or self.weather or self.extras)


def _chinese(run: str) -> Iterator[str]:
    at = 0
    while at < len(run):
        size = next((n for n in range(_LONGEST, 0, -1) if run[at : at + n] in _INDEX), 1)
        yield run[at : at + size]
        at += size


def _singular(word: str) -> str:
    if word in _INDEX:
        return word
    endings = (("'s", ""), ("ies", "y"), ("es", ""), ("s", ""))
    tries = (word[: -len(end)] + new for end, new in endings if word.endswith(end))
    return next((one for one in tries if one in _INDEX), word)


def _tokens(prompt: str) -> Iterator[str]:
    words = _TOKEN.findall(prompt.lower())
    at = 0
    while at < len(words):
        word = words[at]
        if word[0] >= "一":
            yield from _chinese(word)
        elif at + 1 < len(words) and f"{word}_{words[at + 1]}" in _INDEX:
            yield f"{word}_{words[at + 1]}"
            at += 1
        elif word in _INDEX or "-" not in word:
            yield _singular(word)
        else:
            yield from map(_singular, word.split("-"))
        at += 1


def read(prompt: str) -> Reading:
    """The prompt's known words, colours bound to the noun that follows them."""
    found: dict[str, list[str]] = {kind: [] for kind in WORDS}
    bound: dict[str, str] = {}
    loose: list[str] = []
    pending, age = None, 0
    text, prompt = lettering(prompt[:20_000])
    for token in _tokens(prompt.replace("é", "e")):
        senses = _INDEX.get(token, ())
        age += 1
        for kind, meaning in senses:
            if meaning not in found[kind]:
                found[kind].append(meaning)
            if kind == "colour":
                loose += [pending] if pending and age > 1 else []
                pending, age = meaning, 0
            elif pending and kind in _NOUNS:
                bound.setdefault(meaning, pending)
        if pending and age and (age > _REACH or any(kind in _NOUNS for kind, _ in senses)):
            loose += [] if pending in bound.values() else [pending]
            pending = None
    loose += [pending] if pending else []
    if "#e8923c" in loose and not found["subject"] and re.search(r"\ban orange\b", prompt.lower()):
        found["subject"].append("fruit")
    if _ON_MOON.search(prompt.lower()) and "moon" not in found["setting"]:
        found["setting"].insert(0, "moon")
    found["subject"] = _sorted_out(found["subject"] or found["weak"], found["extra"], text)
    return replace(_reading(found, bound, loose), text=text, chinese=bool(re.search("[一-鿿]", prompt + (text or ""))))


def _sorted_out(subjects: list[str], extras: list[str], text: str | None) -> list[str]:
    """The subjects without those that another one says better, pairs that make one picture joined."""
    better = {"mug": ("tea",), "person": ("fisherman", "astronaut"), "poster": () if text else tuple(subjects)}
    kept = [one for one in subjects if not any(other in subjects and other != one for other in better.get(one, ()))]
    if {"astronaut", "horse"} <= set(kept):
        kept = ["rider", *(one for one in kept if one not in ("astronaut", "horse"))]
    if {"dragon", "castle"} <= set(kept):
        kept = ["castle", "dragon", *(one for one in kept if one not in ("dragon", "castle"))]
    if "watering" in extras and "robot" in kept:
        kept = ["gardener" if one == "robot" else one for one in kept]
    return ["toy" if one == "balloon" and len(kept) > 1 else one for one in kept]


def _reading(found: dict[str, list[str]], bound: dict[str, str], loose: list[str]) -> Reading:
    def first(kind: str) -> str | None:
        return found[kind][0] if found[kind] else None

    # "sunny day" is the weaker word beside a sunset or a night.
    times = [time for time in found["time"] if time != "day"] or found["time"]
    return Reading(
        subjects=tuple(found["subject"]),
        settings=tuple(found["setting"]),
        time=times[0] if times else None,
        season=first("season"),
        weather=first("weather"),
        style=first("style"),
        extras=tuple(found["extra"]),
        actions=tuple(found["action"]),
        aerial=bool(found["view"]),
        count=int(first("count") or 1),
        colours=bound,
        colour=loose[0] if loose else None,
        trade=first("trade"),
    )
