"""The whole picture: which place, which motif, which air; the words choose, chance arranges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from onebrush.sandbox.artist import chance as luck
from onebrush.sandbox.artist import creatures, lands, letters, plants, rooms, skies, things
from onebrush.sandbox.artist import palette as palettes
from onebrush.sandbox.artist.buildings import canton, city_from_above, house, pagoda, skyline
from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.colour import WHITE, darker
from onebrush.sandbox.artist.creatures import COATS, Look
from onebrush.sandbox.artist.lexicon import Reading
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Point, Sheet
from onebrush.sandbox.artist.skies import Frame

Drawing = Callable[[Sheet, Mood, Look, Chance], None]
SANDBOX = "sandbox"


@dataclass(frozen=True, slots=True, kw_only=True)
class Motif:
    """A thing to draw: how wide it is for its 100 units of height, how much of the picture it fills, where it belongs."""

    draw: Drawing
    width: float
    size: float
    place: str
    foot: float = 0.72  # how far down from the horizon to the lower edge it stands
    reach: float = 100  # units of height including what rises above


def _animal(kind: str) -> Drawing:
    return lambda sheet, mood, look, _chance: creatures.animal(sheet, mood, look, kind)


def _plain(draw: Callable[[Sheet, Mood, Look], None]) -> Drawing:
    return lambda sheet, mood, look, _chance: draw(sheet, mood, look)


MOTIFS: dict[str, Motif] = {
    **{kind: Motif(draw=_animal(kind), width=92, size=0.6, place="garden", reach=128 if kind == "rabbit" else 106) for kind in COATS},
    "bird": Motif(draw=_plain(creatures.bird), width=140, size=0.46, place="forest", foot=0.3),
    "fish": Motif(draw=_plain(creatures.fish), width=160, size=0.34, place="lake", foot=0.75),
    "whale": Motif(draw=_plain(creatures.whale), width=190, size=0.36, place="sea", foot=0.42),
    "house": Motif(draw=house, width=110, size=0.52, place="hills", foot=0.4, reach=116),
    "pagoda": Motif(draw=pagoda, width=72, size=0.62, place="mountain", foot=0.4, reach=114),
    "tower": Motif(draw=_plain(canton), width=24, size=0.8, place="city", foot=0.22, reach=106),
    "boat": Motif(draw=things.boat, width=112, size=0.5, place="sea", foot=0.26),
    "paperboat": Motif(draw=things.paper_boat, width=156, size=0.42, place="lake", foot=0.5, reach=86),
    "mug": Motif(draw=things.mug, width=104, size=0.5, place="room", foot=0.52, reach=128),
    "fruit": Motif(draw=things.fruit, width=112, size=0.5, place="room", foot=0.55, reach=92),
    "vase": Motif(draw=things.vase, width=110, size=0.62, place="room", foot=0.45, reach=112),
    "book": Motif(draw=things.book, width=104, size=0.5, place="room", foot=0.55, reach=84),
    "lantern": Motif(draw=things.lantern, width=80, size=0.5, place="garden", foot=0.0, reach=130),
    "person": Motif(draw=things.person, width=96, size=0.8, place="hills", foot=1.02),
    "planet": Motif(draw=things.planet, width=156, size=0.6, place="space", foot=0.3),
    "rocket": Motif(draw=things.rocket, width=80, size=0.62, place="space", foot=0.5, reach=120),
    "tree": Motif(draw=things.great_tree, width=110, size=0.72, place="hills", foot=0.5, reach=110),
    "flower": Motif(draw=things.great_flower, width=104, size=0.72, place="garden", foot=0.98, reach=116),
    "balloon": Motif(draw=things.balloon, width=80, size=0.42, place="hills", foot=-0.5),
    "car": Motif(draw=things.car, width=164, size=0.36, place="city", foot=0.8, reach=68),
    "robot": Motif(draw=things.robot, width=96, size=0.58, place="city", foot=0.8, reach=110),
}
# How far down the sky a low sun stands, so that no ridge or roof hides it.
_LOW = {"mountain": 0.36, "hills": 0.6, "ledge": 0.56, "lake": 0.5, "garden": 0.6, "forest": 0.42, "city": 0.5, "air": 0.5, "sky": 0.5}
_ON_WATER = ("boat", "paperboat", "fish", "whale")
_HORIZON = {"garden": 0.5, "forest": 0.58, "mountain": 0.7, "hills": 0.58, "lake": 0.42, "sea": 0.46, "city": 0.74, "room": 0.62,
            "ledge": 0.58, "desert": 0.5, "sky": 0.86, "air": 0.24}


def setting(reading: Reading) -> str:
    """The place a reading calls for."""
    subject = reading.subject
    if subject == "couplet" or ("hall" in reading.settings and subject is None):
        return "hall"
    if subject == "sign":
        return "shop"
    if reading.aerial and (subject == "tower" or "city" in reading.settings or subject is None):
        return "air"
    places = [place for place in reading.settings if not (place in ("sky", "ledge") and len(reading.settings) > 1 and place == "sky")]
    if "ledge" in places:
        return "ledge"
    if subject == "mug" and "room" in places:
        return "room"
    if {"mountain", "lake"} <= set(places):
        return "lake"
    if places:
        return "lake" if places[0] in ("hills", "forest") and subject in _ON_WATER else places[0]
    if subject in MOTIFS:
        return MOTIFS[subject].place
    if reading.time or reading.season or reading.weather:
        return "mountain" if reading.weather in ("fog", "snow") else "hills"
    return "hills" if reading.extras else "abstract"


def frame(width: int, height: int, place: str) -> Frame:
    """Scene units: the short side is 1000."""
    unit = 1000 / min(width, height)
    w, h = width * unit, height * unit
    share = _HORIZON.get(place, 0.6)
    return Frame(width=w, height=h, horizon=h * (share if h < 1600 else 0.5 + share * 0.2))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A picture ready to be drawn, as a whole or by its layers."""

    reading: Reading
    place: str
    frame: Frame
    mood: Mood
    chance: Chance

    def sheet(self) -> Sheet:
        return Sheet(self.frame.width, self.frame.height)

    def whole(self, sheet: Sheet) -> None:
        self.backdrop(sheet)
        self.figure(sheet)
        self.air(sheet)

    def backdrop(self, sheet: Sheet) -> None:
        _backdrop(sheet, self)

    def figure(self, sheet: Sheet) -> None:
        _figure(sheet, self)

    def air(self, sheet: Sheet) -> None:
        _air(sheet, self)


def plan(reading: Reading, prompt: str, seed: int, width: int, height: int) -> Scene:
    """Decide everything about a picture that needs deciding before the first mark."""
    chance, place = luck.of(prompt, seed), setting(reading)
    return Scene(reading=reading, place=place, frame=frame(width, height, place), mood=palettes.mood(reading, chance), chance=chance)


def look(reading: Reading, subject: str | None) -> Look:
    own = reading.colours.get(subject or "") or (reading.colour if subject else None)
    extras = {name: reading.colours.get(name, tint) for name, tint in (("scarf", "#cf3b38"), ("hat", "#3f78c2"), ("bow", "#cf3b38"))
              if name in reading.extras}
    return Look(colour=own, **extras)


def _backdrop(sheet: Sheet, scene: Scene) -> None:
    place, view, mood, chance = scene.place, scene.frame, scene.mood, scene.chance.fork("backdrop")
    if place == "space":
        rooms.space(sheet, view, chance)
    elif place == "abstract":
        rooms.abstract(sheet, view, mood, chance, scene.reading.colour)
    elif place == "hall":
        rooms.hall(sheet, view, mood, chance)
    elif place == "shop":
        rooms.shop(sheet, view, mood, chance, chinese=scene.reading.chinese, tint=scene.reading.colours.get("sign"))
    elif place == "room":
        rooms.table(sheet, view, mood, chance)
    else:
        light = skies.sky(sheet, view, mood, chance.fork("sky"), low=_LOW.get(place, 0.84))
        _outdoors(sheet, scene, chance, light)
    if place not in ("abstract",):
        skies.vignette(sheet, view, mood)


def _outdoors(sheet: Sheet, scene: Scene, chance: Chance, light: Point) -> None:
    place, view, mood, top = scene.place, scene.frame, scene.mood, scene.frame.horizon
    side = view.side
    if not mood.dark and mood.weather is None and place in ("mountain", "hills", "sea", "lake", "desert"):
        skies.birds(sheet, view, mood, chance.fork("birds"))
    if place == "garden":
        lands.garden(sheet, view, mood, chance)
    elif place == "forest":
        lands.mountains(sheet, view, mood, chance, rows=3, top=top - side * 0.28, foot=top, wild=0.5)
        lands.forest(sheet, view, mood, chance)
        lands.meadow(sheet, view, mood, chance, top + side * 0.12)
    elif place in ("mountain", "hills", "ledge"):
        _hills(sheet, scene, chance, wild={"mountain": 1.0, "hills": 0.22, "ledge": 0.45}[place])
    elif place == "lake":
        lands.mountains(sheet, view, mood, chance, rows=3 if view.wide > 0.6 else 6, top=top - side * (0.12 if view.wide > 0.6 else 0.6), foot=top - side * 0.02, wild=0.9 if "mountain" in scene.reading.settings else 0.4)
        lands.water(sheet, view, mood, chance, top, light, scene.reading.colours.get("lake"))
        lands.pads(sheet, view, mood, chance.fork("pads"), top)
    elif place == "sea":
        lands.water(sheet, view, mood, chance, top, light, scene.reading.colours.get("sea"))
        if scene.reading.subject not in _ON_WATER:
            lands.shore(sheet, view, mood, chance.fork("shore"))
    elif place == "desert":
        lands.dunes(sheet, view, mood, chance)
    elif place == "city":
        _city(sheet, scene, chance, light)
    elif place == "air":
        city_from_above(sheet, view, mood, chance)
    elif place == "sky":
        for row in range(9):
            skies.mist(sheet, view, mood, view.height * (0.52 + row * 0.055), side * 0.3, 0.3)
            sheet.rect(0, view.height * (0.5 + row * 0.055), view.width, view.height, mood.sky[1], opacity=0.07)
            for k in range(int(3 * max(1, view.wide)) + 1):
                skies.cloud(sheet, mood, view.width * (k + chance.between(0, 1)) / (3 * max(1, view.wide)), view.height * (0.58 + row * 0.055),
                            side * chance.between(0.3, 0.55), chance)


def _hills(sheet: Sheet, scene: Scene, chance: Chance, wild: float) -> None:
    view, mood, top, side = scene.frame, scene.mood, scene.frame.horizon, scene.frame.side
    tall = view.wide < 0.6
    rows = (9 if wild > 0.5 else 7) if tall else (6 if wild > 0.5 else 4)
    lift = side * (1.3 if tall else 0.26 if wild > 0.6 else 0.1)
    foot = top + side * 0.06 if scene.place != "mountain" else top + (view.height - top) * 0.3
    lands.mountains(sheet, view, mood, chance, rows=rows, top=top - lift, foot=foot, wild=wild)
    if scene.place == "ledge":
        rooms.ledge(sheet, view, mood, chance.fork("ledge"))
        return
    lands.meadow(sheet, view, mood, chance.fork("meadow"), top + side * (0.06 if wild < 0.5 else 0.12))
    luck_, count = chance.fork("trees"), round(3 + 3 * max(1, view.wide))
    for index in range(count):
        x = view.width * (index + luck_.between(0.1, 0.9)) / count
        if scene.reading.subject and abs(x / view.width - 0.5) < 0.2:
            continue
        y, high = top + side * luck_.between(0.1, 0.17), side * luck_.between(0.16, 0.3)
        if luck_.below(0.5) and wild > 0.5:
            plants.fir(sheet, x, y, high * 1.2, mood.far("#3f6b5f", 0.16), mood.lit("#f4f7fb") if mood.snowy else None)
        else:
            plants.tree(sheet, x, y, high, mood, luck_, depth=0.14)


def _city(sheet: Sheet, scene: Scene, chance: Chance, light: Point) -> None:
    view, mood, side = scene.frame, scene.mood, scene.frame.side
    skyline(sheet, view, mood, chance, view.horizon)
    if scene.reading.subject in ("car", "robot"):
        lane = mood.lit("#7d7b83")
        sheet.rect(0, view.horizon, view.width, view.height, sheet.linear((0, darker(lane, 0.25)), (1, lane)))
        return
    lands.water(sheet, view, mood, chance, view.horizon, light, None)
    streaks = ""
    for _ in range(int(34 * max(1, view.wide))):
        x, y = chance.between(0, view.width), view.horizon + side * chance.between(0.005, 0.03)
        streaks += f"M{x:.1f} {y:.1f}v{side * chance.between(0.03, 0.16):.1f}"
    sheet.stroke(streaks, "#ffd58a" if mood.dark or mood.time == "sunset" else WHITE, side * 0.006, 0.4 if mood.dark else 0.2)
    sheet.rect(0, view.horizon - side * 0.008, view.width, side * 0.014, mood.far("#5a6470", 0.2))


def stand(scene: Scene, motif: Motif) -> tuple[float, float, float]:
    """Where a motif stands and how large."""
    view = scene.frame
    room = min(view.height * 0.9, view.side * 1.15)
    scale = min(room * motif.size / motif.reach * 1.02, view.width * 0.86 / motif.width)
    below = min(view.height - view.horizon, view.side * 0.62)
    y = view.horizon + below * motif.foot
    if view.height - view.horizon > view.side * 0.62 and motif.place in ("garden", "room"):
        y = view.height - view.side * 0.16
    if scene.place == "ledge":
        y = view.height - (view.height - view.horizon) * 0.62 + view.side * 0.06
    if scene.place == "room" and motif.place != "room":
        y = view.horizon + below * 0.6
    y = max(y, motif.reach * scale + view.height * 0.04)
    return view.width * 0.5, min(y, view.height * 1.02), scale


def _figure(sheet: Sheet, scene: Scene) -> None:
    motif = MOTIFS.get(scene.reading.subject or "")
    if motif is None or scene.place in ("hall", "shop"):
        return
    x, y, scale = stand(scene, motif)
    chance, dress = scene.chance.fork("figure"), look(scene.reading, scene.reading.subject)
    view = scene.frame
    x += view.width * (chance.between(-0.05, 0.05) if view.wide < 1.4 else chance.pick((-0.16, -0.12, 0.12, 0.16)))
    if scene.place == "air":
        x = view.width * chance.pick((0.3, 0.34, 0.72))
    flip = chance.below(0.5) and scene.reading.subject not in ("tower",)
    if scene.reading.subject == "person":
        skies.sun(sheet, view, scene.mood, x, y - 66 * scale, 3.4)
    spots = [(0.0, 1.0, False)]
    if scene.reading.count > 1:
        spots = [(-0.62, 0.86, True), (0.55, 0.96, False)] if scene.reading.count == 2 else [(-0.8, 0.62, True), (0.8, 0.62, False), (0, 0.76, False)]
    room = view.width * 0.44 / (motif.width * scale * 0.9) if len(spots) > 1 else 1
    for index, (off, share, turned) in enumerate(spots):
        with sheet.at(x + off * motif.width * scale * min(1.0, room), y + (index % 2) * view.side * 0.02, scale * share * min(1.0, room + 0.3), flip=turned != flip):
            motif.draw(sheet, scene.mood, dress, chance.fork(f"one{index // 9}"))


def _air(sheet: Sheet, scene: Scene) -> None:
    place, view, mood, chance = scene.place, scene.frame, scene.mood, scene.chance.fork("air")
    indoors = place in ("room", "hall", "shop", "space", "abstract")
    if place in ("garden", "hills", "forest", "mountain") and scene.reading.subject != "person":
        lands.planting(sheet, view, mood, chance.fork("planting"), view.height + view.side * 0.01, view.side * (0.17 if place in ("garden", "hills") else 0.12))
    if not indoors and mood.season == "spring" and place != "air" and scene.reading.subject in ("house", "pagoda", None) and view.wide < 3:
        with sheet.at(-view.side * 0.03, -view.side * 0.01):
            plants.branch(sheet, mood, chance.fork("branch"), view.side * 0.52)
    if indoors:
        return
    if mood.weather in ("snow", "rain"):
        skies.falling(sheet, view, mood.weather, chance)
    elif mood.season == "spring" and not mood.dark and scene.reading.season:
        skies.falling(sheet, view, "petals", chance, tuple(mood.lit(tint, 0.4) for tint in mood.blooms[:2]))
    elif mood.season == "autumn" and scene.reading.season:
        skies.falling(sheet, view, "leaves", chance, (mood.lit(mood.leaf), mood.lit(mood.second), mood.lit(mood.blooms[0])))
    if mood.weather == "fog":
        skies.mist(sheet, view, mood, view.horizon, view.height * 0.6, 0.75)


def badge(sheet: Sheet, width: float, height: float, mark: str | None = None) -> None:
    """The label every picture bears in the lower left, and the vendor's mark in the lower right."""
    unit = max(min(width, height) * 0.0225, 1)
    _pill(sheet, SANDBOX, unit * 0.9, height - unit * 0.9, unit, left=True)
    if mark and letters.knows(mark).strip():
        fit = min(unit * 1.15, width * 0.45 / max(1.0, letters.width(mark)) * 10)
        _pill(sheet, mark, width - unit * 0.9, height - unit * 0.9, fit, left=False)


def _pill(sheet: Sheet, text: str, x: float, y: float, size: float, *, left: bool) -> None:
    long = letters.width(text) * size / 10
    pad, high = size * 0.62, size * 1.62
    start = x if left else x - long - pad * 2
    sheet.rect(start, y - high, long + pad * 2, high, "#14141c", round_=high / 2, opacity=0.42)
    letters.write(sheet, text, start + pad, y - high * 0.34, size, WHITE, 0.98, 0.94)

