"""What a sitting animal may wear."""

from __future__ import annotations

from onebrush.sandbox.artist.colour import darker, lighter
from onebrush.sandbox.artist.pen import Sheet


def scarf_end(sheet: Sheet, colour: str) -> None:
    """The end of a scarf, hanging."""
    with sheet.at(11, -44, turn=-9):
        sheet.shape("M-5.5 0L5.5 0L7 25L-6.5 26Z", sheet.linear((0, darker(colour, 0.25)), (0.3, colour), (1, colour)))
        sheet.stroke("M-6 17.5L6.4 16.6M-6.2 21L6.8 20.2", lighter(colour, 0.55), 1.3, 0.9)
        sheet.stroke("M-5.6 26v3.4M-2.6 26v3.8M0.6 25.8v3.8M3.6 25.6v3.8M6.4 25v3.6", colour, 1.3)


def scarf(sheet: Sheet, colour: str) -> None:
    """A knitted scarf around the neck of a sitting animal."""
    sheet.shape(
        "M-19 -51C-8 -43.5 8 -43.5 19 -51C22 -48 22 -43 20 -40.5C9 -32.5 -9 -32.5 -20 -40.5C-22 -43 -22 -48 -19 -51Z",
        sheet.linear((0, darker(colour, 0.2)), (0.35, lighter(colour, 0.14)), (1, darker(colour, 0.14))),
    )
    ribs = "".join(f"M{x} {-46.5 + (1 - abs(x) / 20) * 3:.1f}l{-x * 0.03:.1f} 8" for x in range(-17, 18, 3))
    sheet.stroke(ribs, darker(colour, 0.3), 0.6, 0.55)
    sheet.shape(
        "M6 -45C10 -47 16 -46 17 -43C18 -39 14 -35.5 10 -36C6 -36.5 4 -43 6 -45Z",
        sheet.linear((0, lighter(colour, 0.2)), (1, darker(colour, 0.2))),
    )


def bow(sheet: Sheet, colour: str) -> None:
    for flip in (False, True):
        with sheet.at(0, -44, flip=flip):
            sheet.shape(
                "M0 0C-5 -8 -13 -8 -14 -4C-15 0 -14 5 -12 6C-8 6 -3 3 0 0Z",
                sheet.linear((0, lighter(colour, 0.2)), (1, darker(colour, 0.18))),
            )
    sheet.ellipse(0, -44, 3.2, 3.4, darker(colour, 0.16))


def hat(sheet: Sheet, colour: str) -> None:
    sheet.shape("M-20 -84C-18 -104 18 -104 20 -84Z", sheet.linear((0, lighter(colour, 0.16)), (1, darker(colour, 0.1))))
    sheet.rect(-22, -88, 44, 8, lighter(colour, 0.5), round_=4)
    sheet.ellipse(0, -102, 5.6, 5.6, lighter(colour, 0.6))
