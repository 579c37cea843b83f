"""The caller's words for a size: ratio, pixels, tier, `auto`, `adaptive`."""

from __future__ import annotations

import math
import re
from dataclasses import replace

from onebrush.domain.errors import InvalidRequest
from onebrush.domain.size import Pixels, Ratio, SizeAsk
from onebrush.wires.openai.said import Body, Said, conflict

_PIXELS = re.compile(r"([1-9][0-9]{0,5})[xX*×]([1-9][0-9]{0,5})\Z", re.ASCII)
_RATIO = re.compile(r"([1-9][0-9]{0,3}):([1-9][0-9]{0,3})\Z", re.ASCII)
_TIER = re.compile(r"(512|[1-9](?:\.[0-9])?[kK]|0\.5[kK])\Z", re.ASCII)
_KEYWORDS = {"auto": "auto", "adaptive": "adaptive"}

# Vendors' sizes are themselves a little off the ratio they name: 1584x672 is 21:9.
SAME_RATIO = 0.03
# 1536x1024 is called 1K, 3840x2160 is called 4K: both lie within this factor of the tier's square.
SAME_TIER = 2.1

FORMS = "a ratio (16:9), pixels (1024x1024), a tier (1K, 2K, 3K, 4K), auto or adaptive"


def read_size(body: Body) -> SizeAsk:
    """What `size`, `image_size`, `aspect_ratio` and `resolution` say together. Raises InvalidRequest."""
    size = body.first("size")
    ask = _parse(size) if size else SizeAsk()
    ask = _with_ratio(ask, size, body.first("aspect_ratio"))
    for name in ("image_size", "resolution"):
        said = body.first(name)
        ask = _with_tier(ask, size, said)
        size = size or said
    return ask


def _parse(said: Said) -> SizeAsk:
    text = said.value
    if not isinstance(text, str):
        raise InvalidRequest(f"{said.param} must be text: {FORMS}.", param=said.param)
    text = text.strip()
    if match := _PIXELS.match(text):
        return SizeAsk(pixels=Pixels(width=int(match[1]), height=int(match[2])), size_text=text)
    if match := _RATIO.match(text):
        return SizeAsk(ratio=Ratio(width=int(match[1]), height=int(match[2])), size_text=text)
    if match := _TIER.match(text):
        return SizeAsk(tier=_tier(text), size_text=text, tier_text=text, tier_param=said.param)
    if text.lower() == "auto":
        return SizeAsk(keyword="auto", size_text=text)
    if text.lower() == "adaptive":
        return SizeAsk(keyword="adaptive", size_text=text)
    raise InvalidRequest(f"{said.param} is {text[:40]!r}; it must be {FORMS}.", param=said.param)


def _tier(text: str) -> str:
    return "512" if text.upper() in ("512", "0.5K") else text.upper()


def _with_ratio(ask: SizeAsk, size: Said | None, said: Said | None) -> SizeAsk:
    if said is None or said.value == "auto":
        return ask
    other = _parse(said)
    if other.ratio is None:
        raise InvalidRequest(f"{said.param} must be a ratio such as 16:9.", param=said.param)
    known = ask.pixels or ask.ratio
    if size and known and abs(known.log_ratio - other.ratio.log_ratio) > SAME_RATIO:
        raise conflict(size, said)
    return ask if known else replace(ask, ratio=other.ratio, size_text=other.size_text)


def _with_tier(ask: SizeAsk, size: Said | None, said: Said | None) -> SizeAsk:
    if said is None:
        return ask
    other = _parse(said)
    if other.tier is None:
        raise InvalidRequest(f"{said.param} must be a tier: 1K, 2K or 4K.", param=said.param)
    if size and ((ask.tier and ask.tier != other.tier) or (ask.pixels and not _of_tier(ask.pixels, other.tier))):
        raise conflict(size, said)
    return replace(ask, tier=other.tier, tier_text=other.tier_text, tier_param=said.param)


def _of_tier(pixels: Pixels, tier: str) -> bool:
    edge = float(tier[:-1]) * 1024 if tier.endswith("K") else float(tier)
    return abs(math.log(pixels.area / (edge * edge))) <= math.log(SAME_TIER)
