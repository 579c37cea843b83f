"""Moods: the light, the season and the air that every colour of a scene passes through."""

from __future__ import annotations

from dataclasses import dataclass

from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import lighter, mix
from onebrush.sandbox.artist.lexicon import Reading

Sky = tuple[str, str, str, str]

_SKIES: dict[str, tuple[Sky, ...]] = {
    "day": (
        ("#3f8ccb", "#86c1e3", "#d3ebf0", "#fdf4e0"),
        ("#5aa6d2", "#a3d3e0", "#e4f1e8", "#fff1d6"),
        ("#4a84c4", "#98c0e2", "#e1ebf2", "#fceedd"),
    ),
    "dawn": (
        ("#5a6fa6", "#c49abb", "#f6bda5", "#ffe4b8"),
        ("#6a8bb6", "#d8aebd", "#fbccab", "#fff0c9"),
        ("#56648f", "#b88fa8", "#f3ab92", "#ffdca0"),
    ),
    "sunset": (
        ("#2f3a72", "#874e86", "#e7776a", "#fdc675"),
        ("#35497d", "#a35e7e", "#f0895c", "#ffd489"),
        ("#3b3268", "#9c4a70", "#ee7d55", "#ffce7a"),
    ),
    "night": (
        ("#0b1030", "#172350", "#2e4077", "#566399"),
        ("#081226", "#12294a", "#244c6d", "#4f7b8d"),
        ("#100e2e", "#231e52", "#433678", "#745c96"),
    ),
}
_AMBIENT = {"day": ("#fff1d0", 0.04), "dawn": ("#f09f8c", 0.2), "sunset": ("#8a4560", 0.25), "night": ("#101b42", 0.6)}
_SUN = {"day": "#fffbe6", "dawn": "#fff0c4", "sunset": "#ffe2a0", "night": "#f3f1de"}
_GLOW = {"day": "#fff2c4", "dawn": "#ffd9a0", "sunset": "#ffb469", "night": "#b9c7ee"}
# grass, leaf, second leaf, blooms, trunk
_SEASONS: dict[str, tuple[str, str, str, tuple[str, ...], str]] = {
    "spring": ("#9fc873", "#79b566", "#f3b3c6", ("#f6b8cb", "#fbe3ea", "#f7d774", "#e98fae"), "#7a5a4a"),
    "summer": ("#86b456", "#4c9255", "#6fa858", ("#f3c64f", "#ef7f6a", "#ffffff", "#b28ad0"), "#73543f"),
    "autumn": ("#c9ab5b", "#c8652f", "#dd9a3c", ("#c4432f", "#e08a34", "#f0c35a", "#a83f33"), "#634638"),
    "winter": ("#eef2f7", "#5c7f83", "#7f9a9e", ("#d45b55", "#ffffff", "#e9b6b0", "#f6f3ee"), "#5b4a48"),
}
# Places whose sky carries the picture: a low sun becomes them. Elsewhere daylight is the pleasant choice.
_WIDE = ("sea", "lake", "desert", "sky", "city")
_OVERCAST = {"rain": ("#7d8c9a", 0.55), "cloudy": ("#a9b4bd", 0.45), "fog": ("#dfe3e2", 0.6), "snow": ("#b4c2d1", 0.5)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """The light of one scene."""

    time: str
    season: str
    weather: str | None
    sky: Sky
    sun: str
    glow: str
    haze: str
    ambient: str
    amount: float
    grass: str
    leaf: str
    second: str
    blooms: tuple[str, ...]
    trunk: str

    @property
    def dark(self) -> bool:
        return self.time == "night"

    @property
    def snowy(self) -> bool:
        return self.season == "winter"

    def lit(self, colour: str, share: float = 1) -> str:
        """A thing's own colour under this light."""
        return mix(colour, self.ambient, self.amount * share)

    def far(self, colour: str, depth: float) -> str:
        """The same, `depth` (0 near, 1 lost) into the air."""
        return mix(self.lit(colour), self.haze, depth)


def _haze(sky: Sky, time: str) -> str:
    """What distance turns to: the sky low down, cooled when that glows."""
    return mix(mix(sky[2], sky[3], 0.5), sky[1], {"sunset": 0.58, "dawn": 0.25, "night": 0.2}.get(time, 0.1))


def _amount(amount: float, season: str, weather: str | None) -> float:
    if season == "winter" and amount > 0.5:
        return amount - 0.13  # snow gives moonlight back
    return amount + (0.08 if weather in ("rain", "fog") else 0)


def mood(reading: Reading, chance: Chance, place: str = "hills") -> Mood:
    """The mood the words ask for; what they leave open is left to chance."""
    luck = chance.fork("mood")
    open_ = ("day",) * 6 + ("dawn", "sunset") if place in _WIDE else ("day",) * 15 + ("dawn",)
    time = reading.time or luck.pick(open_)
    if reading.time is None and reading.weather in ("rain", "fog", "cloudy", "snow"):
        time = "day"
    usual = (
        ("spring", "summer", "summer", "autumn") if place in ("forest", "mountain") else ("spring", "summer", "summer")
    )
    season = reading.season or luck.pick(usual)
    sky: Sky = luck.pick(_SKIES[time])
    weather = reading.weather
    if weather in _OVERCAST:
        grey, share = _OVERCAST[weather]
        grey = mix(grey, "#141d3c", 0.72) if time == "night" else grey
        top, upper, lower, low = sky
        sky = (
            mix(top, grey, share),
            mix(upper, grey, share),
            mix(lower, lighter(grey, 0.3), share),
            mix(low, lighter(grey, 0.5), share * 0.7),
        )
    ambient, amount = _AMBIENT[time]
    grass, leaf, second, blooms, trunk = _SEASONS[season]
    return Mood(
        time=time,
        season=season,
        weather=weather,
        sky=sky,
        sun=_SUN[time],
        glow=_GLOW[time],
        haze=_haze(sky, time),
        ambient=ambient,
        amount=_amount(amount, season, weather),
        grass=grass,
        leaf=leaf,
        second=second,
        blooms=blooms,
        trunk=trunk,
    )
