"""All that is left to luck, drawn from SHA-256 of prompt and seed."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Sequence
from typing import TypeVar

T = TypeVar("T")


class Chance:
    """A named stream of numbers; forks do not disturb each other."""

    __slots__ = ("_key", "_random")

    def __init__(self, key: str) -> None:
        self._key = key
        self._random = random.Random(int.from_bytes(hashlib.sha256(key.encode("utf-8", "replace")).digest(), "big"))

    def fork(self, name: str) -> Chance:
        return Chance(f"{self._key}/{name}")

    def between(self, low: float, high: float) -> float:
        return low + (high - low) * self._random.random()

    def below(self, share: float) -> bool:
        return self._random.random() < share

    def whole(self, low: int, high: int) -> int:
        """A whole number from low to high, both included."""
        return min(high, low + int(self._random.random() * (high - low + 1)))

    def pick(self, choices: Sequence[T]) -> T:
        return choices[self.whole(0, len(choices) - 1)]

    def sign(self) -> int:
        return 1 if self._random.random() < 0.5 else -1


def of(prompt: str, seed: int) -> Chance:
    """The stream of one (prompt, seed)."""
    return Chance(f"{seed}:{prompt}")


class Noise:
    """Smooth noise along a line, in several octaves, from -1 to 1."""

    __slots__ = ("_table",)

    def __init__(self, chance: Chance) -> None:
        self._table = [chance.between(-1, 1) for _ in range(256)]

    def _octave(self, at: float) -> float:
        cell = math.floor(at)
        inside = at - cell
        ease = inside * inside * (3 - 2 * inside)
        left, right = self._table[cell % 256], self._table[(cell + 1) % 256]
        return left + (right - left) * ease

    def at(self, x: float, octaves: int = 4, gain: float = 0.5) -> float:
        total = weight = 0.0
        share, pace = 1.0, 1.0
        for octave in range(octaves):
            total += share * self._octave(x * pace + octave * 37.7)
            weight += share
            share, pace = share * gain, pace * 2.03
        return total / weight
