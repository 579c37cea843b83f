"""Model names as callers write them: found whatever their case, and the nearest when there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from difflib import SequenceMatcher
from heapq import nlargest

from onebrush.domain.model import ModelCard

# Longer names than this are compared and shown by their beginning.
LONGEST = 80


def plain(name: str) -> str:
    """The name without the prefix and the capitals some clients write."""
    return name.strip().lower().removeprefix("models/")


def index(cards: Iterable[ModelCard]) -> Mapping[str, ModelCard]:
    """Every id and alias to its card."""
    return {plain(name): card for card in cards for name in (card.id, *card.aliases)}


def nearest(name: str, known: Iterable[str], count: int = 3) -> list[str]:
    """The names most like this one, best first; those that begin with it before all others."""
    asked = plain(name)[:LONGEST]
    matcher = SequenceMatcher(autojunk=False)
    matcher.set_seq2(asked)

    def likeness(candidate: str) -> tuple[bool, float]:
        matcher.set_seq1(candidate)
        return bool(asked) and candidate.startswith(asked), matcher.ratio()

    return nlargest(count, known, key=likeness)
