"""The plan of a picture: which place, which motif, where it stands; the words choose, chance arranges."""

from __future__ import annotations

from dataclasses import dataclass, replace

from onebrush.sandbox.artist import chance as luck
from onebrush.sandbox.artist import palette as palettes
from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.lexicon import Reading
from onebrush.sandbox.artist.look import Look
from onebrush.sandbox.artist.motifs import MOTIFS, Motif
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Sheet
from onebrush.sandbox.artist.skies import Frame

ON_WATER = ("boat", "paperboat", "fish", "whale")
INDOORS = ("room", "hall", "shop", "poster", "board", "sill", "living", "office")
_SAME = {"toy": "balloon", "rider": "horse", "gardener": "robot"}


_HORIZON = {
    "garden": 0.5,
    "forest": 0.58,
    "mountain": 0.7,
    "hills": 0.58,
    "lake": 0.42,
    "sea": 0.46,
    "city": 0.74,
    "room": 0.62,
    "ledge": 0.58,
    "desert": 0.5,
    "sky": 0.86,
    "moon": 0.66,
    "bridge": 0.56,
    "sill": 0.74,
    "living": 0.66,
    "air": 0.24,
}


def setting(reading: Reading) -> str:
    """The place a reading calls for."""
    subject = reading.subject
    if subject == "couplet" or ("hall" in reading.settings and subject is None):
        return "hall"
    if subject == "sign":
        return "shop" if reading.trade else "board"
    if subject == "poster":
        return "poster"
    if reading.aerial and (subject == "tower" or "city" in reading.settings or subject is None):
        return "air"
    places = [
        place
        for place in reading.settings
        if not (place in ("sky", "ledge") and len(reading.settings) > 1 and place == "sky")
    ]
    ruling = next((place for place in ("moon", "sill", "living", "office", "ledge", "bridge") if place in places), None)
    if subject == "train" or ruling:
        return ruling or "bridge"
    if subject == "mug" and "room" in places:
        return "room"
    if {"mountain", "lake"} <= set(places):
        return "lake"
    if places:
        return "lake" if places[0] in ("hills", "forest") and subject in ON_WATER else places[0]
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
    # A tall sheet gets more sky, not more empty ground.
    return Frame(width=w, height=h, horizon=h - min(h * (1 - share), 1250 * (1 - share) + 250))


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A picture with all its choices made, ready to be drawn."""

    reading: Reading
    place: str
    frame: Frame
    mood: Mood
    chance: Chance

    def sheet(self) -> Sheet:
        return Sheet(self.frame.width, self.frame.height)


def plan(reading: Reading, prompt: str, seed: int, width: int, height: int) -> Scene:
    """Decide everything about a picture that needs deciding before the first mark."""
    chance, place = luck.of(prompt, seed), setting(reading)
    return Scene(
        reading=reading,
        place=place,
        frame=frame(width, height, place),
        # The moon has no nights of ours, and a lamp-lit room is seen by its lamp.
        mood=palettes.mood(replace(reading, time="day") if place in ("moon", "office") else reading, chance, place),
        chance=chance,
    )


def look(reading: Reading, subject: str | None) -> Look:
    own = reading.colours.get(_SAME.get(subject or "", subject or "")) or (reading.colour if subject else None)
    extras = {
        name: reading.colours.get(name, tint)
        for name, tint in (("scarf", "#cf3b38"), ("hat", "#3f78c2"), ("bow", "#cf3b38"))
        if name in reading.extras
    }
    return Look(colour=own, **extras)


def deck(view: Frame) -> float:
    """How high the bridge lies."""
    return view.horizon + view.side * 0.04


def spot(scene: Scene, motif: Motif) -> tuple[float, float, float, bool]:
    """Where the main motif stands, how large, and whether it is turned about."""
    x, y, scale = stand(scene, motif)
    chance, view = scene.chance.fork("figure"), scene.frame
    x += view.width * (chance.between(-0.05, 0.05) if view.wide < 1.4 else chance.pick((-0.16, -0.12, 0.12, 0.16)))
    if scene.place == "air":
        x = view.width * chance.pick((0.3, 0.34, 0.72))
    return x, y, scale, chance.below(0.5) and scene.reading.subject not in ("tower", "sushi", "gardener")


ASHORE = ("house", "pagoda", "castle", "lighthouse")  # on a lake they have a bank of their own


def stand(scene: Scene, motif: Motif) -> tuple[float, float, float]:
    """Where a motif stands and how large."""
    view = scene.frame
    room = min(view.height * 0.9, view.side * 1.15)
    scale = min(room * motif.size / motif.reach * 1.02, view.width * 0.86 / motif.width)
    below = min(view.height - view.horizon, view.side * 0.62)
    y = view.horizon + below * motif.foot
    if view.height - view.horizon > view.side * 0.62 and motif.place in ("garden", "room"):
        y = view.height - view.side * 0.16
    if scene.place == "lake" and scene.reading.subject in ASHORE:
        y, scale = view.horizon + view.side * 0.15, scale * 0.74
    if {"castle", "dragon"} <= set(scene.reading.subjects):
        scale *= 0.8
    if scene.place == "ledge":
        y = view.height - (view.height - view.horizon) * 0.62 + view.side * 0.06
    if scene.place == "sea" and scene.reading.subject not in (*ON_WATER, "lighthouse", "fisherman", "dragon"):
        y = view.height - view.side * 0.05  # on the beach
    if scene.place in ("sill", "living", "bridge", "moon") and motif.foot > 0:
        drop = {"sill": 0.075, "living": 0.27, "bridge": 0.04, "moon": 0.2}[scene.place]
        y = view.horizon + view.side * drop
        scale *= {"sill": 0.8, "living": 0.7}.get(scene.place, 1)
    if scene.place == "room" and motif.place != "room":
        y = view.horizon + below * 0.6
    y = max(y, motif.reach * scale + view.height * 0.04)
    return view.width * 0.5, min(y, view.height * 1.02), scale
