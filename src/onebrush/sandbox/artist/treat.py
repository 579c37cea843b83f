"""What a style or a season does to pixels; every treatment takes and gives opaque RGB of the same size."""

from __future__ import annotations

from collections.abc import Callable

import pyvips

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import darker, lighter, mix, parts
from onebrush.sandbox.artist.pen import Sheet

Treatment = Callable[[pyvips.Image, Chance], pyvips.Image]


def settle(image: pyvips.Image) -> pyvips.Image:
    """Back to eight bits of sRGB."""
    return image.cast("uchar").copy(interpretation="srgb")


def blend(first: pyvips.Image, second: pyvips.Image, share: float) -> pyvips.Image:
    return settle(first * (1 - share) + second * share)


def grey(image: pyvips.Image) -> pyvips.Image:
    return image.colourspace("b-w").extract_band(0)


def toned(image: pyvips.Image, dark: str, middle: str, light: str) -> pyvips.Image:
    """The picture in three tones of one harmony."""
    table = bytes(
        part
        for level in range(256)
        for part in parts(mix(dark, middle, level / 140) if level < 140 else mix(middle, light, (level - 140) / 115))
    )
    lut = pyvips.Image.new_from_memory(table, 256, 1, 3, "uchar").copy(interpretation="srgb")
    return settle(grey(image).maplut(lut))


def blur(image: pyvips.Image, sigma: float) -> pyvips.Image:
    """A blur whose cost does not grow with sigma."""
    shrink = max(1, int(sigma))
    small = image.resize(1 / shrink, kernel="linear").gaussblur(max(0.6, sigma / shrink))
    return small.resize(image.width / small.width, vscale=image.height / small.height, kernel="linear").crop(
        0, 0, image.width, image.height
    )


def side(image: pyvips.Image) -> int:
    return int(min(image.width, image.height))


def watercolour(image: pyvips.Image, chance: Chance) -> pyvips.Image:
    """Wet edges, pigment gathering along them, paper showing through."""
    w, h, s = image.width, image.height, side(image)
    field = [
        pyvips.Image.gaussnoise(w // 16 + 2, h // 16 + 2, sigma=1, mean=0, seed=chance.whole(1, 99999))
        .gaussblur(1.6)
        .resize(16, kernel="cubic")
        .crop(0, 0, w, h)
        for _ in range(2)
    ]
    at = pyvips.Image.xyz(w, h)
    across = (at.extract_band(0) + field[0] * (s / 60)).clamp(min=0, max=w - 1)
    down = (at.extract_band(1) + field[1] * (s / 60)).clamp(min=0, max=h - 1)
    wet = settle(image.mapim(across.bandjoin(down), extend="copy")).copy_memory()
    wash = blur(wet, s / 260).copy_memory()
    pooled = wash.cast("float") - (grey(blur(wet, s / 60)).cast("float") - grey(wash)).abs() * 0.9
    paper = (
        pyvips.Image.gaussnoise(256, 256, sigma=9, mean=0, seed=7)
        .gaussblur(1)
        .replicate(w // 256 + 1, h // 256 + 1)
        .crop(0, 0, w, h)
    )
    bloom = field[0] * 30
    light = pooled * 0.86 + 40 + paper + bloom
    edge = Sheet(1000, 1000)
    edge.rect(0, 0, 1000, 1000, edge.radial((0.62, "#fdfaf3", 0), (1, "#fdfaf3", 0.95), r=0.74))
    veil = (
        pyvips.Image.svgload_buffer(edge.svg(256, 256).encode())
        .copy(interpretation="srgb")
        .resize(w / 256, vscale=h / 256, kernel="linear")
        .crop(0, 0, w, h)
    )
    return settle(
        settle(light)
        .composite2(veil.cast("uchar").copy(interpretation="srgb"), "over", compositing_space="srgb")
        .extract_band(0, n=3)
    )


def sketch(image: pyvips.Image, chance: Chance) -> pyvips.Image:
    """Pencil on warm paper: the picture divided by its own blur, and hatching in the shade."""
    tone = grey(image).cast("float")
    lines = (tone + 2) / (blur(settle_grey(tone), side(image) / 110).cast("float") + 2)
    line = (lines.min() * 0 + lines).linear(255, 0).linear(1.9, -232)
    grain = pyvips.Image.gaussnoise(256, 256, sigma=16, mean=0, seed=chance.whole(1, 999)).replicate(
        image.width // 256 + 1, image.height // 256 + 1
    )
    hatch = tone * 0.42 + 146 + grain.crop(0, 0, image.width, image.height) * 0.6
    pencil = (line < hatch).ifthenelse(line, hatch)
    return toned(settle_grey(pencil).copy(interpretation="b-w"), "#2c2a33", "#a39c94", "#fbf7ee")


def settle_grey(image: pyvips.Image) -> pyvips.Image:
    return image.cast("uchar").copy(interpretation="b-w")


def ink(image: pyvips.Image, chance: Chance) -> pyvips.Image:
    """Ink wash: watercolour in blacks with a breath of colour."""
    return watercolour(blend(toned(image, "#17181c", "#7f8486", "#f5f1e6"), image, 0.16), chance)


def pixel(image: pyvips.Image, chance: Chance) -> pyvips.Image:
    """Square pixels, about ninety along the short side, in few levels."""
    cell = max(2, side(image) // 88)
    small = image.resize(1 / cell, kernel="linear").linear(1.12, -12).cast("uchar")
    small = settle((small / 24).rint() * 24 + 6)
    large = (
        small.resize(cell + 1, kernel="nearest")
        if small.width * cell < image.width or small.height * cell < image.height
        else small.resize(cell, kernel="nearest")
    )
    return settle(large.crop(0, 0, image.width, image.height))


def cutout(image: pyvips.Image, chance: Chance) -> pyvips.Image:
    """Sheets of coloured paper, one above the other, each with its shadow."""
    calm = settle(enlarged(_smooth(image), image.width, image.height)).copy_memory()
    bright = grey(calm).cast("float")
    layers = settle(calm * (((bright / 38).floor() * 38 + 24) / (bright + 1))).copy_memory()
    tone = grey(layers).cast("float")
    shadow = blur(settle_grey(tone), side(image) / 100).cast("float") - tone
    return settle(layers.cast("float") - shadow.abs() * 0.6)


def _smooth(image: pyvips.Image) -> pyvips.Image:
    """A small copy without detail, its edges kept (a median)."""
    return image.resize(min(1.0, 420 / side(image)), kernel="linear").rank(5, 5, 12)


def enlarged(image: pyvips.Image, width: int, height: int) -> pyvips.Image:
    """Stretched to exactly this size."""
    if (image.width, image.height) == (width, height):
        return image
    larger = image.resize(width / image.width, vscale=height / image.height, kernel="cubic")
    return settle(larger.crop(0, 0, width, height))


def flat(image: pyvips.Image, chance: Chance) -> pyvips.Image:
    """Few, even tones."""
    calm = enlarged(_smooth(image), image.width, image.height).cast("float")
    return settle((calm / 26).rint() * 26 + 4)


def mono(image: pyvips.Image, chance: Chance) -> pyvips.Image:
    """Black and white."""
    return toned(image, "#0e0e12", "#84848a", "#fafaf8")


def vintage(image: pyvips.Image, chance: Chance) -> pyvips.Image:
    """An old print, browned."""
    return blend(toned(image, "#33211a", "#b08a62", "#fbeed2"), image, 0.25)


def grade(
    image: pyvips.Image, gain: tuple[float, float, float], lift: tuple[float, float, float], colour: float = 1
) -> pyvips.Image:
    """Colour grading: saturation first, then gain and lift of each band."""
    if colour != 1:
        image = blend(pyvips.Image.bandjoin(grey(image), [grey(image), grey(image)]), image, colour)
    return settle(image.linear(list(gain), list(lift)))


def _dimmed(image: pyvips.Image) -> pyvips.Image:
    """Highlights pressed down, for a night in which only the moon is bright."""
    levels = pyvips.Image.identity()
    return settle(image.maplut((levels < 205).ifthenelse(levels * 1.06, (levels - 205) * 0.2 + 217).cast("uchar")))


GRADES: dict[str, Callable[[pyvips.Image], pyvips.Image]] = {
    "night": lambda image: grade(_dimmed(image), (0.43, 0.47, 0.64), (0, 5, 26), 0.82),
    "sunset": lambda image: grade(image, (1.02, 0.82, 0.72), (26, 6, 8), 1.0),
    "dawn": lambda image: grade(image, (1.0, 0.9, 0.86), (24, 12, 14), 0.92),
    "day": lambda image: grade(image, (1.07, 1.05, 0.99), (5, 5, 0), 1.0),
    "snow": lambda image: grade(image, (0.86, 0.92, 0.98), (30, 34, 40), 0.5),
    "winter": lambda image: grade(image, (0.86, 0.92, 0.98), (30, 34, 40), 0.5),
    "spring": lambda image: grade(image, (0.98, 1.05, 0.95), (8, 10, 6), 1.0),
    "summer": lambda image: grade(image, (1.06, 1.05, 0.92), (4, 6, 0), 1.0),
    "autumn": lambda image: grade(image, (1.1, 0.94, 0.76), (10, 4, 0), 0.95),
    "rain": lambda image: grade(image, (0.72, 0.78, 0.86), (8, 12, 18), 0.6),
    "fog": lambda image: grade(image, (0.6, 0.61, 0.61), (84, 86, 88), 0.6),
    "cloudy": lambda image: grade(image, (0.85, 0.88, 0.9), (12, 14, 16), 0.7),
}


def recolour(image: pyvips.Image, tint: str) -> pyvips.Image:
    """The picture in the tones of a named colour, a little of its own left."""
    return blend(toned(image, darker(tint, 0.75), tint, lighter(tint, 0.85)), image, 0.28)


def from_above(image: pyvips.Image) -> pyvips.Image:
    """Lay the picture down as ground seen from the air: the far part small and compressed."""
    w, h = image.width, image.height
    place = pyvips.Image.xyz(w, h)
    down = place.extract_band(1) / h
    near = down**0.78
    x = (place.extract_band(0) - w / 2) * (near * -0.34 + 1) + w / 2
    return settle(image.mapim(x.bandjoin(near * (h - 1)), extend="copy"))


def _away(image: pyvips.Image, strip: pyvips.Image) -> pyvips.Image:
    """How far each pixel's colour is from a strip's mean."""
    mean = [strip.extract_band(band).avg() for band in range(3)]
    return ((image.cast("float") - mean) ** 2).bandmean() ** 0.5


def cut_free(image: pyvips.Image) -> pyvips.Image:
    """How much each pixel belongs to the subject: far from the border's colours, and near the middle."""
    w, h = image.width, image.height
    small = image.resize(96 / max(w, h), kernel="linear")
    rim = max(1, side(small) // 16)
    edges = (
        small.crop(0, 0, small.width, rim),
        small.crop(0, 0, rim, small.height),
        small.crop(small.width - rim, 0, rim, small.height),
    )
    far = _away(small, edges[0])
    for strip in edges[1:]:
        away = _away(small, strip)
        far = (far < away).ifthenelse(far, away)
    at = pyvips.Image.xyz(small.width, small.height)
    out = ((at.extract_band(0) / small.width - 0.5) ** 2 + (at.extract_band(1) / small.height - 0.54) ** 2) ** 0.5
    keep = (far * 5 - 60) * ((out * -2.6 + 1.9) > 1).ifthenelse(1, out * -2.6 + 1.9) + (out * -900 + 170)
    keep = keep.cast("uchar").rank(5, 5, 12).gaussblur(0.8)
    return (
        keep.resize(w / small.width, vscale=h / small.height, kernel="cubic")
        .crop(0, 0, w, h)
        .copy(interpretation="b-w")
    )
