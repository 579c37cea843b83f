"""Animals in local units: 100 tall, standing on the origin."""

from __future__ import annotations

from dataclasses import dataclass

from onebrush.sandbox.artist.colour import WHITE, darker, lighter, lightness, mix
from onebrush.sandbox.artist.look import Look
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Sheet, disc
from onebrush.sandbox.artist.wear import bow, hat, scarf, scarf_end


@dataclass(frozen=True, slots=True, kw_only=True)
class Coat:
    """How one kind of animal differs from the next."""

    fur: str
    belly: str
    ears: str
    iris: str = "#8fb35a"
    stripes: str | None = None
    tail: str = "long"
    muzzle: float = 1.0


COATS = {
    "cat": Coat(fur="#e8964a", belly="#fff3e2", ears="cat", iris="#86b563", stripes="#c76a2c"),
    "dog": Coat(fur="#cf9a62", belly="#fbeedb", ears="dog", iris="#6b4528", muzzle=1.45),
    "fox": Coat(fur="#dd6f33", belly="#fdf3e6", ears="fox", iris="#b7782b", tail="brush", muzzle=1.1),
    "rabbit": Coat(fur="#d9c4ae", belly="#fffaf2", ears="rabbit", iris="#6a4036", tail="puff", muzzle=0.9),
    "bear": Coat(fur="#9a6b48", belly="#e4c39c", ears="round", iris="#3d2a20", tail="puff", muzzle=1.5),
    "panda": Coat(fur="#f7f4ee", belly="#ffffff", ears="round", iris="#3a2c28", tail="puff", muzzle=1.3),
    "tiger": Coat(fur="#ea9440", belly="#fff6e8", ears="round", iris="#a8b34e", stripes="#3a2a26", muzzle=1.25),
    "lion": Coat(fur="#e3ad5d", belly="#fbeacb", ears="round", iris="#a9762c", tail="tuft", muzzle=1.25),
    "mouse": Coat(fur="#a9a3a6", belly="#f3e9e6", ears="big", iris="#2f2a2c", tail="thin", muzzle=0.85),
}


def animal(sheet: Sheet, mood: Mood, look: Look, kind: str) -> None:
    """A sitting animal, front on, light from the upper left."""
    coat = COATS[kind]
    # Its own light: a creature in the foreground takes half of the scene's colour.
    fur = mood.lit(look.colour or coat.fur, 0.5)
    belly = mood.lit(coat.belly if not look.colour or lightness(fur) < 0.9 else "#e9e4da", 0.5)
    dark = mood.lit("#33302f", 0.4)
    stripes = (
        mood.lit(darker(look.colour, 0.32) if look.colour and kind == "cat" else coat.stripes, 0.5)
        if coat.stripes
        else None
    )
    limbs = dark if kind == "panda" else fur
    sheet.glow(3, 0, 48, darker(mood.lit(mood.grass), 0.75), 0.6, 0.2)
    _tail(sheet, coat, fur, belly, stripes)
    _body(sheet, fur, belly, limbs, stripes)
    if look.scarf:
        scarf_end(sheet, mood.lit(look.scarf, 0.4))
    _head(sheet, mood, kind, coat, fur, belly, dark, stripes)
    if look.scarf:
        scarf(sheet, mood.lit(look.scarf, 0.4))
    if look.bow:
        bow(sheet, mood.lit(look.bow, 0.4))
    if look.hat:
        hat(sheet, mood.lit(look.hat, 0.4))


def roundness(sheet: Sheet, colour: str) -> str:
    return sheet.radial((0, lighter(colour, 0.24)), (0.55, colour), (1, darker(colour, 0.24)), x=0.36, y=0.28, r=0.82)


def _tail(sheet: Sheet, coat: Coat, fur: str, belly: str, stripes: str | None) -> None:
    deep = darker(fur, 0.12)
    if coat.tail in ("long", "tuft"):
        sheet.stroke("M20 -7C40 -3 50 -16 44 -28C40 -36 34 -37 35 -44", deep, 8.6)
        sheet.stroke("M19 -9C38 -5 47 -17 42 -28C38 -36 32 -38 33.5 -44", lighter(fur, 0.12), 3.4, 0.6)
        if coat.tail == "tuft":
            sheet.ellipse(35, -46, 7, 9, darker(fur, 0.5))
        elif stripes:
            sheet.stroke("M47.5 -20l-7 -2M46.5 -27l-6.4 2M39 -36l-5 2.4M32 -3l1 -7", stripes, 2.6, 0.8)
            sheet.stroke("M35 -44v-1", stripes, 8.2, 0.7)
    elif coat.tail == "brush":
        sheet.shape(
            "M18 -4C34 6 58 0 60 -22C61 -40 50 -52 46 -56C46 -44 36 -34 30 -26C26 -20 18 -16 18 -4Z",
            roundness(sheet, deep),
        )
        sheet.shape(
            "M46 -56C51 -51 57 -44 59 -35C54 -36 52 -42 48 -40C46 -40 43 -38 42 -39C45 -44 46 -50 46 -56Z", belly
        )
    elif coat.tail == "thin":
        sheet.stroke("M20 -4C40 2 52 -8 46 -20C43 -26 50 -32 54 -30", mix(fur, "#e2a6a0", 0.6), 2.6)
    else:
        sheet.ellipse(27, -10, 8, 8, roundness(sheet, belly))


def _body(sheet: Sheet, fur: str, belly: str, limbs: str, stripes: str | None) -> None:
    sheet.shape(
        "M-14 -56C-24 -46 -31 -24 -29 -8C-28 1 -20 2 -12 1.5L12 1.5C20 2 28 1 29 -8C31 -24 24 -46 14 -56Z",
        roundness(sheet, fur),
    )
    for side in (-1, 1):
        sheet.ellipse(side * 19.5, -10, 11, 12.5, roundness(sheet, limbs), 0.95)
        if stripes:
            for y, reach in ((-38, 8), (-31, 9.5), (-23, 8)):
                sheet.stroke(
                    f"M{side * 24.5:.1f} {y}q{-side * reach * 0.6:.1f} 0.4 {-side * reach:.1f} 3.6", stripes, 2.1, 0.6
                )
        sheet.ellipse(side * 20, -0.8, 10, 4.6, lighter(limbs, 0.2))
    sheet.shape(
        "M-13 -54C-16 -38 -11 -24 0 -15C11 -24 16 -38 13 -54Z",
        sheet.linear((0, belly), (0.75, belly, 0.9), (1, belly, 0.25)),
    )
    for side in (-1, 1):
        sheet.shape(
            f"M{side * 1.2:.1f} -34C{side * 1:.1f} -20 {side * 1.4:.1f} -8 {side * 1.6:.1f} 0L{side * 12:.1f} 0"
            f"C{side * 12:.1f} -10 {side * 13:.1f} -24 {side * 11.5:.1f} -34C{side * 8:.1f} -38 {side * 4:.1f} -38"
            f" {side * 1.2:.1f} -34Z",
            sheet.linear((0, limbs, 0.0), (0.35, limbs, 0.95), (1, lighter(limbs, 0.1))),
        )
        sheet.ellipse(side * 7, -1, 7.6, 4.8, lighter(limbs, 0.32) if limbs == fur else lighter(limbs, 0.12))
        sheet.stroke(f"M{side * 7 - 2.3:.1f} 0.6v1.8M{side * 7 + 2.3:.1f} 0.6v1.8", darker(limbs, 0.4), 0.7, 0.7)
    sheet.stroke("M0 -30V1", darker(limbs, 0.4), 0.8, 0.5)


_EARS = {
    "cat": (
        "M-24.5 -68C-28 -84 -27 -97 -23.5 -101C-17 -98 -9 -91 -5 -84Z",
        "M-22 -76C-24.4 -86 -23.6 -92 -22 -95C-18 -92 -13 -88 -10.6 -84.6Z",
    ),
    "fox": (
        "M-25 -68C-31 -86 -29 -101 -25 -106C-17 -101 -8 -93 -4 -84Z",
        "M-22 -76C-26 -88 -25 -96 -23.6 -99C-19 -95 -13 -89 -10 -84Z",
    ),
    "rabbit": (
        "M-17 -80C-25 -96 -24 -124 -16 -127C-8 -126 -3 -100 -4 -83Z",
        "M-15 -86C-20 -99 -19.5 -118 -15.4 -120C-11 -118 -8 -100 -8 -88Z",
    ),
    "round": (disc(-20, -82, 9.5), disc(-19.6, -81.4, 5.6)),
    "big": (disc(-22, -84, 13.5), disc(-21.4, -83.4, 9.4)),
}


def _ears(sheet: Sheet, kind: str, coat: Coat, fur: str, dark: str) -> None:
    inner = mix(lighter(fur, 0.3), "#f0a9a0", 0.62)
    for flip in (False, True):
        with sheet.at(0, 0, flip=flip):
            if coat.ears == "dog":
                continue
            outer, inside = _EARS[coat.ears]
            shade = dark if kind == "panda" else darker(fur, 0.1)
            sheet.shape(outer, roundness(sheet, shade))
            if kind != "panda":
                sheet.shape(inside, sheet.linear((0, inner), (1, darker(inner, 0.22))))
            if kind == "fox":
                sheet.shape(
                    "M-29 -93C-28.4 -101 -27 -104 -25 -106C-22 -104.2 -19 -101.6 -16 -99C-20 -98 -25 -96 -29 -93Z",
                    dark,
                    0.9,
                )


def _head(
    sheet: Sheet, mood: Mood, kind: str, coat: Coat, fur: str, belly: str, dark: str, stripes: str | None
) -> None:
    if kind == "lion":
        mane = darker(mix(fur, "#8a4b24", 0.6), 0.05)
        for turn in range(0, 360, 24):
            with sheet.at(0, -66, turn=turn):
                sheet.ellipse(0, -26, 9, 13, mane)
        sheet.ellipse(0, -66, 32, 30, roundness(sheet, mane))
    sheet.glow(0, -46, 24, darker(fur, 0.6), 0.42, 0.45)
    _ears(sheet, kind, coat, fur, dark)
    skull = (
        "M0 -90C15 -90 25 -83 27.5 -70C31 -61 24 -49.5 12.5 -46.5C5 -44.8 -5 -44.8 -12.5 -46.5C-24 -49.5 -31 -61"
        " -27.5 -70C-25 -83 -15 -90 0 -90Z"
    )
    if kind == "fox":
        skull = (
            "M0 -90C14 -90 24 -83 27 -71C31 -66 36 -60 34 -57C27 -52 14 -47 5 -44C2 -43 -2 -43 -5 -44C-14 -47"
            " -27 -52 -34 -57C-36 -60 -31 -66 -27 -71C-24 -83 -14 -90 0 -90Z"
        )
    sheet.shape(skull, roundness(sheet, fur))
    if kind == "fox":
        for flip in (False, True):
            with sheet.at(0, 0, flip=flip):
                sheet.shape("M0 -62C6 -66 14 -66 20 -62C27 -59 32 -59 33.5 -57C27 -52 14 -47 5 -44L0 -43.4Z", belly)
    if stripes:
        sheet.stroke("M0 -88.5V-78M-6.6 -87L-4.6 -79.5M6.6 -87L4.6 -79.5", stripes, 2.6, 0.72)
        sheet.stroke("M-27 -66l7 1.6M-26 -60l6.4 0.4M27 -66l-7 1.6M26 -60l-6.4 0.4", stripes, 2, 0.6)
    if kind == "panda":
        for side in (-1, 1):
            with sheet.at(side * 11, -66, turn=side * 24):
                sheet.ellipse(0, 0.6, 7.6, 9.4, dark)
    if kind == "dog":
        for flip in (False, True):
            with sheet.at(0, 0, flip=flip):
                sheet.shape(
                    "M-16 -88C-26 -91 -33 -80 -34 -66C-34 -55 -30 -49 -26 -51C-21 -55 -21 -66 -19 -74C-18 -80 -14"
                    " -84 -16 -88Z",
                    roundness(sheet, darker(fur, 0.26)),
                )
        sheet.shape("M0 -89C4 -82 4.6 -72 4 -60L-4 -60C-4.6 -72 -4 -82 0 -89Z", belly, 0.85)
    _face(sheet, mood, kind, coat, fur, belly, dark)


def _face(sheet: Sheet, mood: Mood, kind: str, coat: Coat, fur: str, belly: str, dark: str) -> None:
    big = coat.muzzle
    if kind != "fox":
        sheet.shape(
            disc(-4.6 * big, -54.6, 6.6 * big, 5.4 * big)
            + disc(4.6 * big, -54.6, 6.6 * big, 5.4 * big)
            + disc(0, -51, 6 * big, 4),
            belly,
        )
    for side in (-1, 1):
        sheet.glow(side * 17.5, -55.5, 6.5, "#f08a80", 0.5, 0.75)
        _eye(sheet, side * 11, -66.4, coat.iris, dark)
    nose = dark if kind not in ("cat", "rabbit", "mouse", "tiger") else mood.lit("#d9756c", 0.4)
    size = 0.85 + (big - 1) * 0.9
    with sheet.at(0, -59.5, size):
        sheet.shape("M-3.4 -1.2C-1.8 -2.2 1.8 -2.2 3.4 -1.2C3.2 1 1.4 2.4 0 2.9C-1.4 2.4 -3.2 1 -3.4 -1.2Z", nose)
        sheet.ellipse(-1, -0.7, 1.1, 0.5, WHITE, 0.55)
    mouth = mix(dark, fur, 0.2)
    sheet.stroke("M0 -56.8V-54.4C-0.8 -51.6 -5 -51.2 -6.4 -53.6M0 -54.4C0.8 -51.6 5 -51.2 6.4 -53.6", mouth, 1.05)
    if kind == "dog":
        sheet.shape("M-3.2 -52C-3.4 -46 -1.6 -43.6 0 -43.6C1.6 -43.6 3.4 -46 3.2 -52Z", "#e6807d")
    if kind in ("cat", "fox", "rabbit", "tiger", "lion", "mouse"):
        sheet.stroke(
            "M-13 -55.5L-33 -58.5M-13 -53.4L-33 -52.6M-12.4 -51.6L-30 -47.4M13 -55.5L33 -58.5M13 -53.4L33 -52.6M12.4"
            " -51.6L30 -47.4",
            lighter(belly, 0.3),
            0.55,
            0.8,
        )


def _eye(sheet: Sheet, x: float, y: float, iris: str, dark: str) -> None:
    sheet.ellipse(x, y, 6.2, 6.8, dark)
    sheet.ellipse(x, y + 0.3, 5.1, 5.7, sheet.linear((0, darker(iris, 0.5)), (0.5, iris), (1, lighter(iris, 0.45))))
    sheet.ellipse(x, y, 3.2, 4.3, "#15131a")
    sheet.ellipse(x - 1.7, y - 2.3, 1.75, 1.9, WHITE)
    sheet.ellipse(x + 1.7, y + 2.2, 0.9, 0.9, WHITE, 0.85)
