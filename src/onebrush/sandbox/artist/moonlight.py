"""Where an edit's moon belongs: over the sun of the picture it turns to night."""

from __future__ import annotations

import pyvips

from onebrush.sandbox.artist.treat import grey


def brightest(image: pyvips.Image) -> tuple[float, float] | None:
    """Where a small bright disc (a sun) stands in the upper part, as shares of the width and the height."""
    small = grey(image.resize(96 / max(image.width, image.height), kernel="linear")).gaussblur(1.2)
    sky = small.crop(0, 0, small.width, max(2, round(small.height * 0.6)))
    peak, x, y = sky.maxpos()
    wide = (sky > peak - 12).avg() / 255
    if peak < 225 or peak < sky.avg() + 26 or wide > 0.05:
        return None
    return (x + 0.5) / small.width, (y + 0.5) / small.height
