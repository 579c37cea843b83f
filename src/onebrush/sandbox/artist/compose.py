"""Drawing a planned scene, as a whole or by its layers."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from onebrush.sandbox.artist import flowers, lands, signs, skies
from onebrush.sandbox.artist.backdrop import backdrop
from onebrush.sandbox.artist.creatures import COATS
from onebrush.sandbox.artist.motifs import MOTIFS, Motif
from onebrush.sandbox.artist.pen import Sheet, box
from onebrush.sandbox.artist.scene import ASHORE, INDOORS, Scene, look, spot, stand

# off the middle (in widths), how large, turned about
_GROUPS: dict[int, list[tuple[float, float, bool]]] = {
    1: [(0.0, 1.0, False)],
    2: [(-0.62, 0.86, True), (0.55, 0.96, False)],
    3: [(-0.8, 0.62, True), (0.8, 0.62, False), (0, 0.76, False)],
    4: [(-0.95, 0.56, True), (0.95, 0.56, False), (-0.34, 0.66, False), (0.38, 0.62, True)],
}
_BESIDE = (*COATS, "robot", "horse", "bicycle", "tree", "astronaut", "car")
_SITTERS = (*COATS, "robot", "gardener", "person", "fisherman", "astronaut", "horse", "rider", "dragon")


def figure(sheet: Sheet, scene: Scene) -> None:
    """The motif, once or as often as the words count."""
    motif = MOTIFS.get(scene.reading.subject or "")
    if motif is None or scene.place in ("hall", "shop", "poster", "board", "office"):
        return
    if scene.place == "living" and motif.place == "room":
        return
    x, y, scale, flip = spot(scene, motif)
    chance, dress = scene.chance.fork("figure"), look(scene.reading, scene.reading.subject)
    view = scene.frame
    if scene.reading.subject == "person" and scene.place not in INDOORS:
        skies.sun(sheet, view, scene.mood, x, y - 66 * scale, 3.4)
    _above(sheet, scene, x, y - motif.reach * scale * 0.9)
    spots = _GROUPS.get(scene.reading.count, _GROUPS[1])
    beside = next((one for one in scene.reading.subjects[1:] if one in _BESIDE), None)
    if len(spots) == 1 and beside is not None:
        _neighbour(sheet, scene, MOTIFS[beside], beside, (x, y, scale * motif.width))
        spots = [(-0.3, 0.94, False)]
    if len(spots) > 2:  # it floats behind a crowd, above their heads
        _balloon(sheet, scene, x, y, motif.width * scale * 0.24)
    room = view.width * 0.44 / (motif.width * scale * 0.9) if len(spots) > 1 else 1
    for index, (off, share, turned) in enumerate(spots):
        with (
            _cut_at_the_bank(sheet, scene, y),
            sheet.at(
                x + off * motif.width * scale * min(1.0, room),
                y + (index % 2) * view.side * 0.02,
                scale * share * min(1.0, room + 0.3),
                flip=turned != flip,
            ),
        ):
            motif.draw(sheet, scene.mood, dress, chance.fork(f"one{index // 9}"))
    if len(spots) < 3:
        _balloon(sheet, scene, x, y, 0 if len(spots) == 2 else motif.width * scale * chance.pick((-0.42, 0.42)))


@contextmanager
def _cut_at_the_bank(sheet: Sheet, scene: Scene, y: float) -> Iterator[None]:
    """A house's garden path ends where the lake begins."""
    if scene.place == "lake" and scene.reading.subject in ASHORE:
        with sheet.clip(box(0, 0, scene.frame.width, y + scene.frame.side * 0.07)):
            yield
    else:
        yield


def _above(sheet: Sheet, scene: Scene, x: float, y: float) -> None:
    """A dragon in the sky over the motif."""
    if "dragon" not in scene.reading.subjects[1:]:
        return
    motif, view, luck = MOTIFS["dragon"], scene.frame, scene.chance.fork("above")
    scale = min(view.side * 0.0034, view.width * 0.8 / motif.width)
    with sheet.at(x, max(y + view.side * 0.05, motif.reach * scale * 0.9), scale, flip=luck.below(0.5)):
        motif.draw(sheet, scene.mood, look(scene.reading, "dragon"), luck)


def _balloon(sheet: Sheet, scene: Scene, x: float, y: float, aside: float) -> None:
    """A toy balloon held by the motif, or between two."""
    if "toy" not in scene.reading.subjects[1:]:
        return
    luck, scale = scene.chance.fork("toy"), min(scene.frame.side * 0.0056, (y - scene.frame.side * 0.12) / 104)
    with sheet.at(x + aside, y - scene.frame.side * 0.1, scale):
        MOTIFS["toy"].draw(sheet, scene.mood, look(scene.reading, "toy"), luck)


def _neighbour(sheet: Sheet, scene: Scene, motif: Motif, kind: str, main: tuple[float, float, float]) -> None:
    """The second subject, a little smaller and to the right."""
    x, y, wide = main
    _, _, own = stand(scene, motif)
    scale = min(own * 0.72, scene.frame.width * 0.3 / motif.width)
    at = min(x + wide * 0.2 + motif.width * scale * 0.5, scene.frame.width - motif.width * scale * 0.5)
    with sheet.at(at, y - scene.frame.side * 0.01, scale):
        motif.draw(sheet, scene.mood, look(scene.reading, kind), scene.chance.fork("beside"))


def air(sheet: Sheet, scene: Scene) -> None:
    """What lies before the motif: plants at the edge, petals, snow, fog."""
    place, view, mood, chance = scene.place, scene.frame, scene.mood, scene.chance.fork("air")
    indoors = place in (*INDOORS, "space", "abstract", "moon")
    if scene.reading.text and place not in ("shop", "poster", "board"):
        _letter(sheet, scene, scene.reading.text)
    if place in ("garden", "hills", "forest", "mountain") and scene.reading.subject != "person":
        lands.planting(
            sheet,
            view,
            mood,
            chance.fork("planting"),
            view.height + view.side * 0.01,
            view.side * (0.17 if place in ("garden", "hills") else 0.12),
        )
    if (
        not indoors
        and mood.season == "spring"
        and place != "air"
        and scene.reading.subject in ("house", "pagoda", None)
        and view.wide < 3
    ):
        with sheet.at(-view.side * 0.03, -view.side * 0.01):
            flowers.branch(sheet, mood, chance.fork("branch"), view.side * 0.52)
    if indoors:
        return
    if mood.weather in ("snow", "rain"):
        skies.falling(sheet, view, mood.weather, chance)
    elif mood.season == "spring" and not mood.dark and scene.reading.season:
        skies.falling(sheet, view, "petals", chance, tuple(mood.lit(tint, 0.4) for tint in mood.blooms[:2]))
    elif mood.season == "autumn" and scene.reading.season:
        skies.falling(
            sheet, view, "leaves", chance, (mood.lit(mood.leaf), mood.lit(mood.second), mood.lit(mood.blooms[0]))
        )
    if mood.weather == "fog":
        skies.mist(sheet, view, mood, view.horizon, view.height * 0.6, 0.75)


def _letter(sheet: Sheet, scene: Scene, text: str) -> None:
    """Words asked for in a picture of something else: on a board before the sitter, else across the top."""
    if scene.reading.subject in _SITTERS:
        signs.placard(sheet, scene.frame, scene.mood, scene.chance.fork("letter"), text)
    else:
        signs.title(sheet, scene.frame, scene.chance.fork("letter"), text)


def whole(sheet: Sheet, scene: Scene) -> None:
    """Every layer, back to front."""
    backdrop(sheet, scene)
    figure(sheet, scene)
    air(sheet, scene)
