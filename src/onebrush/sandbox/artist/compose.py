"""Drawing a planned scene, as a whole or by its layers."""

from __future__ import annotations

from onebrush.sandbox.artist import flowers, lands, skies
from onebrush.sandbox.artist.backdrop import backdrop
from onebrush.sandbox.artist.motifs import MOTIFS
from onebrush.sandbox.artist.pen import Sheet
from onebrush.sandbox.artist.scene import Scene, look, stand


def figure(sheet: Sheet, scene: Scene) -> None:
    """The motif, once or as often as the words count."""
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
        spots = (
            [(-0.62, 0.86, True), (0.55, 0.96, False)]
            if scene.reading.count == 2
            else [(-0.8, 0.62, True), (0.8, 0.62, False), (0, 0.76, False)]
        )
    room = view.width * 0.44 / (motif.width * scale * 0.9) if len(spots) > 1 else 1
    for index, (off, share, turned) in enumerate(spots):
        with sheet.at(
            x + off * motif.width * scale * min(1.0, room),
            y + (index % 2) * view.side * 0.02,
            scale * share * min(1.0, room + 0.3),
            flip=turned != flip,
        ):
            motif.draw(sheet, scene.mood, dress, chance.fork(f"one{index // 9}"))


def air(sheet: Sheet, scene: Scene) -> None:
    """What lies before the motif: plants at the edge, petals, snow, fog."""
    place, view, mood, chance = scene.place, scene.frame, scene.mood, scene.chance.fork("air")
    indoors = place in ("room", "hall", "shop", "space", "abstract")
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


def whole(sheet: Sheet, scene: Scene) -> None:
    """Every layer, back to front."""
    backdrop(sheet, scene)
    figure(sheet, scene)
    air(sheet, scene)
