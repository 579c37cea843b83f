"""The sheet an SVG scene is drawn on: only numbers and listed colours ever reach it.

Marks fade by fill-opacity and stroke-opacity: plain opacity makes the rasteriser paint on a sheet of its own first.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

Point = tuple[float, float]
Stop = tuple[float, str] | tuple[float, str, float]

_PAINT = re.compile(r"#[0-9a-f]{6}|url\(#[a-z]\d+\)|none")
_PATH = re.compile(r"[MmLlHhVvCcSsQqTtAaZz0-9eE.,+\- ]*")


def number(value: float) -> str:
    text = f"{value:.1f}"
    return text[:-2] if text.endswith(".0") else text


def _paint(value: str) -> str:
    if not _PAINT.fullmatch(value):
        raise ValueError(f"{value!r} is no colour of this sheet")
    return value


def polygon(points: Sequence[Point], closed: bool = True) -> str:
    """A path of straight lines."""
    return "M" + "L".join(f"{number(x)} {number(y)}" for x, y in points) + ("Z" if closed else "")


def curve(points: Sequence[Point], closed: bool = False) -> str:
    """A smooth path through the points (Catmull-Rom as Béziers)."""
    count = len(points)
    last = count if closed else count - 1

    def at(index: int) -> Point:
        return points[index % count] if closed else points[min(max(index, 0), count - 1)]

    pieces = [f"M{number(points[0][0])} {number(points[0][1])}"]
    for index in range(last):
        before, start, end, after = at(index - 1), at(index), at(index + 1), at(index + 2)
        pieces.append(
            f"C{number(start[0] + (end[0] - before[0]) / 6)} {number(start[1] + (end[1] - before[1]) / 6)}"
            f" {number(end[0] - (after[0] - start[0]) / 6)} {number(end[1] - (after[1] - start[1]) / 6)}"
            f" {number(end[0])} {number(end[1])}"
        )
    return "".join(pieces) + ("Z" if closed else "")


def disc(x: float, y: float, rx: float, ry: float | None = None) -> str:
    """An ellipse as a path, so that many make one shape."""
    ry = rx if ry is None else ry
    return (
        f"M{number(x - rx)} {number(y)}a{rx:.2f} {ry:.2f} 0 1 0 {rx * 2:.2f} 0a{rx:.2f} {ry:.2f} 0 1 0 {-rx * 2:.2f} 0Z"
    )


def box(x: float, y: float, width: float, height: float) -> str:
    """A rectangle as a path."""
    return f"M{number(x)} {number(y)}h{width:.1f}v{height:.1f}h{-width:.1f}Z"


class Sheet:
    """An SVG under way: definitions and marks, in drawing order."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self._defs: dict[str, str] = {}
        self._marks: list[str] = []

    def _define(self, template: str, prefix: str) -> str:
        if template not in self._defs:
            self._defs[template] = f"{prefix}{len(self._defs)}"
        return f"url(#{self._defs[template]})"

    @staticmethod
    def _stops(stops: Sequence[Stop]) -> str:
        return "".join(
            f'<stop offset="{stop[0]:.3f}" stop-color="{_paint(stop[1])}"'
            + (f' stop-opacity="{stop[2]:.3f}"' if len(stop) == 3 else "")
            + "/>"
            for stop in stops
        )

    def linear(self, *stops: Stop, x: float = 0, y: float = 1) -> str:
        """A gradient across the shape it fills, from its top left towards (x, y)."""
        return self._define(
            f'<linearGradient id="ID" x1="0" y1="0" x2="{x:.2f}" y2="{y:.2f}">{self._stops(stops)}</linearGradient>',
            "g",
        )

    def radial(self, *stops: Stop, x: float = 0.5, y: float = 0.5, r: float = 0.5) -> str:
        """A round gradient within the shape it fills."""
        return self._define(
            f'<radialGradient id="ID" cx="{x:.2f}" cy="{y:.2f}" r="{r:.2f}">{self._stops(stops)}</radialGradient>', "r"
        )

    def shape(self, path: str, fill: str, opacity: float = 1) -> None:
        if not _PATH.fullmatch(path):
            raise ValueError("a path holds only path commands and numbers")
        fade = f' fill-opacity="{opacity:.3f}"' if opacity < 1 else ""
        self._marks.append(f'<path d="{path}" fill="{_paint(fill)}"{fade}/>')

    def stroke(self, path: str, colour: str, width: float, opacity: float = 1) -> None:
        if not _PATH.fullmatch(path):
            raise ValueError("a path holds only path commands and numbers")
        fade = f' stroke-opacity="{opacity:.3f}"' if opacity < 1 else ""
        self._marks.append(
            f'<path d="{path}" fill="none" stroke="{_paint(colour)}" stroke-width="{width:.2f}"'
            f' stroke-linecap="round" stroke-linejoin="round"{fade}/>'
        )

    def ellipse(self, x: float, y: float, rx: float, ry: float, fill: str, opacity: float = 1) -> None:
        fade = f' fill-opacity="{opacity:.3f}"' if opacity < 1 else ""
        self._marks.append(
            f'<ellipse cx="{number(x)}" cy="{number(y)}" rx="{rx:.2f}" ry="{ry:.2f}" fill="{_paint(fill)}"{fade}/>'
        )

    def rect(
        self, x: float, y: float, width: float, height: float, fill: str, *, round_: float = 0, opacity: float = 1
    ) -> None:
        corner = f' rx="{round_:.2f}"' if round_ else ""
        fade = f' fill-opacity="{opacity:.3f}"' if opacity < 1 else ""
        self._marks.append(
            f'<rect x="{number(x)}" y="{number(y)}" width="{width:.2f}" height="{height:.2f}"{corner}'
            f' fill="{_paint(fill)}"{fade}/>'
        )

    def glow(self, x: float, y: float, radius: float, colour: str, opacity: float = 1, flat: float = 1) -> None:
        """Light (or shade) fading outwards."""
        fill = self.radial((0, colour, 1), (0.35, colour, 0.5), (0.7, colour, 0.12), (1, colour, 0))
        self.ellipse(x, y, radius, radius * flat, fill, opacity)

    @contextmanager
    def at(
        self,
        x: float,
        y: float,
        scale: float = 1,
        *,
        flip: bool = False,
        turn: float = 0,
        opacity: float = 1,
        upside: bool = False,
    ) -> Iterator[None]:
        """Draw inside in local units around (x, y)."""
        across, down = (-scale if flip else scale), (-scale if upside else scale)
        fade = f' opacity="{opacity:.3f}"' if opacity < 1 else ""
        self._marks.append(
            f'<g transform="translate({x:.2f} {y:.2f}) rotate({turn:.2f}) scale({across:.4f} {down:.4f})"{fade}>'
        )
        yield
        self._marks.append("</g>")

    @contextmanager
    def clip(self, path: str) -> Iterator[None]:
        """Draw inside the path only."""
        if not _PATH.fullmatch(path):
            raise ValueError("a path holds only path commands and numbers")
        inside = self._define(f'<clipPath id="ID"><path d="{path}"/></clipPath>', "c")
        self._marks.append(f'<g clip-path="{inside}">')
        yield
        self._marks.append("</g>")

    def svg(self, width: int, height: int) -> str:
        """The whole document at a pixel size."""
        defs = "".join(text.replace('id="ID"', f'id="{name}"', 1) for text, name in self._defs.items())
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
            f' viewBox="0 0 {self.width:.1f} {self.height:.1f}" preserveAspectRatio="none">'
            f"<defs>{defs}</defs>{''.join(self._marks)}</svg>"
        )
