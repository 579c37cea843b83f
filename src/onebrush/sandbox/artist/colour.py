"""Colours as hex strings, mixed in OKLab so that every blend stays clean."""

from __future__ import annotations

from functools import lru_cache

Rgb = tuple[float, float, float]

WHITE = "#ffffff"
INK = "#1f2430"


def _rgb(colour: str) -> Rgb:
    return int(colour[1:3], 16) / 255, int(colour[3:5], 16) / 255, int(colour[5:7], 16) / 255


def _hex(rgb: Rgb) -> str:
    return "#" + "".join(f"{round(min(1.0, max(0.0, part)) * 255):02x}" for part in rgb)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else float(((part + 0.055) / 1.055) ** 2.4)


def _gamma(part: float) -> float:
    part = max(0.0, part)
    return part * 12.92 if part <= 0.0031308 else float(1.055 * part ** (1 / 2.4) - 0.055)


@lru_cache(maxsize=4096)
def _oklab(colour: str) -> Rgb:
    r, g, b = map(_linear, _rgb(colour))
    long = (0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b) ** (1 / 3)
    medium = (0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b) ** (1 / 3)
    short = (0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b) ** (1 / 3)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def _from_oklab(lab: Rgb) -> str:
    light, green_red, blue_yellow = lab
    long = (light + 0.3963377774 * green_red + 0.2158037573 * blue_yellow) ** 3
    medium = (light - 0.1055613458 * green_red - 0.0638541728 * blue_yellow) ** 3
    short = (light - 0.0894841775 * green_red - 1.2914855480 * blue_yellow) ** 3
    return _hex(
        (
            _gamma(4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short),
            _gamma(-1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short),
            _gamma(-0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short),
        )
    )


@lru_cache(maxsize=8192)
def _blend(first: str, second: str, hundredths: int) -> str:
    share = hundredths / 1000
    a, b = _oklab(first), _oklab(second)
    return _from_oklab((a[0] + (b[0] - a[0]) * share, a[1] + (b[1] - a[1]) * share, a[2] + (b[2] - a[2]) * share))


def mix(first: str, second: str, share: float) -> str:
    """`share` of the second colour in the first."""
    return _blend(first, second, round(min(1.0, max(0.0, share)) * 1000))


def lighter(colour: str, share: float) -> str:
    """Towards a warm white, as light does."""
    return mix(colour, "#fffaf0", share)


def darker(colour: str, share: float) -> str:
    """Towards a deep blue violet: shadows are never black."""
    return mix(colour, "#1a1636", share)


def lightness(colour: str) -> float:
    """Perceived lightness from 0 to 1."""
    return _oklab(colour)[0]


def parts(colour: str) -> tuple[int, int, int]:
    """The three bytes of a colour."""
    red, green, blue = _rgb(colour)
    return round(red * 255), round(green * 255), round(blue * 255)
