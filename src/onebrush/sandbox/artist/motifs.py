"""Every motif the artist can place, with its size and the place it belongs to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from onebrush.sandbox.artist import (
    castle,
    coast,
    creatures,
    dishes,
    figures,
    journeys,
    portraits,
    rails,
    riders,
    things,
    wild,
)
from onebrush.sandbox.artist.buildings import canton, house, pagoda
from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.creatures import COATS
from onebrush.sandbox.artist.look import Look
from onebrush.sandbox.artist.palette import Mood
from onebrush.sandbox.artist.pen import Sheet

Drawing = Callable[[Sheet, Mood, Look, Chance], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Motif:
    """A thing to draw: its width for 100 units of height, its share of the picture, where it belongs."""

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
    **{
        kind: Motif(draw=_animal(kind), width=92, size=0.6, place="garden", reach=128 if kind == "rabbit" else 106)
        for kind in COATS
    },
    "bird": Motif(draw=_plain(wild.bird), width=140, size=0.46, place="forest", foot=0.3),
    "fish": Motif(draw=_plain(wild.fish), width=160, size=0.34, place="lake", foot=0.75),
    "whale": Motif(draw=_plain(wild.whale), width=190, size=0.36, place="sea", foot=0.42),
    "house": Motif(draw=house, width=110, size=0.52, place="hills", foot=0.4, reach=116),
    "pagoda": Motif(draw=pagoda, width=72, size=0.62, place="mountain", foot=0.4, reach=114),
    "tower": Motif(draw=_plain(canton), width=24, size=0.8, place="city", foot=0.22, reach=106),
    "boat": Motif(draw=journeys.boat, width=112, size=0.5, place="sea", foot=0.26),
    "paperboat": Motif(draw=journeys.paper_boat, width=156, size=0.42, place="lake", foot=0.5, reach=86),
    "mug": Motif(draw=things.mug, width=104, size=0.5, place="room", foot=0.52, reach=128),
    "fruit": Motif(draw=things.fruit, width=112, size=0.5, place="room", foot=0.55, reach=92),
    "vase": Motif(draw=things.vase, width=110, size=0.62, place="room", foot=0.45, reach=112),
    "book": Motif(draw=things.book, width=104, size=0.5, place="room", foot=0.55, reach=84),
    "lantern": Motif(draw=things.lantern, width=80, size=0.5, place="garden", foot=0.0, reach=130),
    "person": Motif(draw=figures.person, width=96, size=0.8, place="hills", foot=1.02),
    "planet": Motif(draw=journeys.planet, width=156, size=0.6, place="space", foot=0.3),
    "rocket": Motif(draw=journeys.rocket, width=80, size=0.62, place="space", foot=0.5, reach=120),
    "tree": Motif(draw=figures.great_tree, width=110, size=0.72, place="hills", foot=0.5, reach=110),
    "flower": Motif(draw=figures.great_flower, width=104, size=0.72, place="garden", foot=0.98, reach=116),
    "balloon": Motif(draw=journeys.balloon, width=80, size=0.42, place="hills", foot=-0.5),
    "car": Motif(draw=journeys.car, width=164, size=0.36, place="city", foot=0.8, reach=68),
    "lighthouse": Motif(draw=coast.lighthouse, width=88, size=0.56, place="sea", foot=0.34, reach=104),
    "castle": Motif(draw=castle.castle, width=124, size=0.56, place="hills", foot=0.34, reach=110),
    "dragon": Motif(draw=castle.dragon, width=230, size=0.62, place="mountain", foot=-0.35, reach=118),
    "horse": Motif(draw=riders.horse, width=124, size=0.6, place="hills", foot=0.62, reach=110),
    "rider": Motif(draw=riders.rider, width=106, size=0.72, place="moon", foot=0.5, reach=112),
    "astronaut": Motif(draw=riders.astronaut, width=84, size=0.66, place="moon", foot=0.55, reach=104),
    "train": Motif(draw=rails.train, width=176, size=0.36, place="bridge", reach=96),
    "bicycle": Motif(draw=rails.bicycle, width=132, size=0.5, place="garden", foot=0.62, reach=90),
    "tea": Motif(draw=dishes.tea, width=148, size=0.54, place="room", foot=0.55, reach=118),
    "ramen": Motif(draw=dishes.ramen, width=156, size=0.56, place="room", foot=0.62, reach=122),
    "sushi": Motif(draw=dishes.sushi, width=226, size=0.46, place="room", foot=0.62, reach=64),
    "fisherman": Motif(draw=portraits.fisherman, width=110, size=0.86, place="sea", foot=1.02, reach=102),
    "gardener": Motif(draw=portraits.gardener, width=160, size=0.56, place="garden", reach=104),
    "toy": Motif(draw=portraits.toy, width=52, size=0.42, place="garden", foot=0.2),
    "robot": Motif(draw=figures.robot, width=96, size=0.58, place="city", foot=0.8, reach=110),
}
