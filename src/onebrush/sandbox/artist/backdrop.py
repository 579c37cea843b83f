"""What lies behind and before the motif: the place itself."""

from __future__ import annotations

from onebrush.sandbox.artist import (
    beyond,
    coast,
    hall,
    interiors,
    lands,
    office,
    plants,
    rails,
    riders,
    rooms,
    shop,
    signs,
    skies,
    waters,
)
from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.city import city_from_above, skyline
from onebrush.sandbox.artist.colour import WHITE, darker
from onebrush.sandbox.artist.motifs import MOTIFS
from onebrush.sandbox.artist.pen import Point, Sheet
from onebrush.sandbox.artist.scene import ASHORE, ON_WATER, Scene, deck, look, spot, stand

# How far down the sky a low sun stands, so that no ridge or roof hides it.
_LOW = {
    "mountain": 0.36,
    "hills": 0.6,
    "ledge": 0.56,
    "lake": 0.5,
    "garden": 0.6,
    "forest": 0.42,
    "city": 0.5,
    "air": 0.5,
    "sky": 0.5,
}


def backdrop(sheet: Sheet, scene: Scene) -> None:
    """The place, to the edges of the sheet."""
    place, view, mood, chance = scene.place, scene.frame, scene.mood, scene.chance.fork("backdrop")
    if place == "space":
        beyond.space(sheet, view, chance)
    elif place == "abstract":
        beyond.abstract(sheet, view, mood, chance, scene.reading.colour)
    elif place == "hall":
        hall.hall(sheet, view, mood, chance)
    elif place == "shop":
        name = scene.reading.text or ("书店" if scene.reading.chinese else scene.reading.trade or "Shop")
        tint = scene.reading.colours.get("sign")
        shop.shop(sheet, view, mood, chance, name=name, trade=scene.reading.trade, tint=tint)
    elif place in ("poster", "board"):
        _lettered(sheet, scene, chance)
    elif place == "sill":
        interiors.sill(sheet, view, mood, chance)
    elif place == "living":
        interiors.living(sheet, view, mood, chance)
    elif place == "office":
        office.office(sheet, view, mood, chance)
    elif place == "moon":
        riders.moon(sheet, view, chance)
    elif place == "room":
        rooms.table(sheet, view, mood, chance)
    else:
        light = skies.sky(sheet, view, mood, chance.fork("sky"), low=_LOW.get(place, 0.84))
        _outdoors(sheet, scene, chance, light)
    if place not in ("abstract", "office"):
        skies.vignette(sheet, view, mood)


def _lettered(sheet: Sheet, scene: Scene, chance: Chance) -> None:
    """A poster, with a picture of what else is named, or a hanging board."""
    reading, view = scene.reading, scene.frame
    text, tint = reading.text or ("春" if reading.chinese else "Welcome"), reading.colours.get(reading.subject or "")
    if scene.place == "board":
        signs.board(sheet, view, scene.mood, chance, text, tint)
        return
    x, y, tall = signs.poster(sheet, view, scene.mood, chance, text, tint)
    second = next((one for one in reading.subjects if one in MOTIFS), None)
    if second is not None:
        motif = MOTIFS[second]
        with sheet.at(x, y, min(tall / motif.reach, tall * 1.5 / motif.width)):
            motif.draw(sheet, scene.mood, look(reading, second), chance)


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
        lands.mountains(
            sheet,
            view,
            mood,
            chance,
            rows=3 if view.wide > 0.6 else 6,
            top=top - side * ((0.2 if "mountain" in scene.reading.settings else 0.12) if view.wide > 0.6 else 0.6),
            foot=top - side * 0.02,
            wild=0.9 if "mountain" in scene.reading.settings else 0.4,
        )
        waters.water(sheet, view, mood, chance, top, light, scene.reading.colours.get("lake"))
        motif = MOTIFS.get(scene.reading.subject or "")
        if motif is not None and scene.reading.subject in ASHORE:
            x, y, _, flip = spot(scene, motif)
            waters.bank(sheet, mood, chance.fork("bank"), (x, y, side), flip)
        elif motif is not None and scene.reading.subject not in ON_WATER:  # the near bank, to stand on
            lands.meadow(sheet, view, mood, chance.fork("bank"), stand(scene, motif)[1] - side * 0.06)
        else:
            waters.pads(sheet, view, mood, chance.fork("pads"), top)
    elif place == "sea":
        waters.water(sheet, view, mood, chance, top, light, scene.reading.colours.get("sea"))
        if scene.reading.subject not in (*ON_WATER, "lighthouse"):
            waters.shore(sheet, view, mood, chance.fork("shore"))
        if scene.reading.subject == "lighthouse":
            x, y, _, flip = spot(scene, MOTIFS["lighthouse"])
            coast.headland(sheet, mood, chance.fork("headland"), (x, y, side), flip)
    elif place == "bridge":
        _hills(sheet, scene, chance, wild=0.9)
        waters.water(sheet, view, mood, chance.fork("river"), view.height - side * 0.17, light, None)
        rails.viaduct(sheet, view, mood, chance.fork("bridge"), deck(view))
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
                skies.cloud(
                    sheet,
                    mood,
                    view.width * (k + chance.between(0, 1)) / (3 * max(1, view.wide)),
                    view.height * (0.58 + row * 0.055),
                    side * chance.between(0.3, 0.55),
                    chance,
                )


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
    luck_, count = chance.fork("trees"), round(3 + 3 * max(1, view.wide)) * (scene.place != "bridge")
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
    waters.water(sheet, view, mood, chance, view.horizon, light, None)
    streaks = ""
    for _ in range(int(34 * max(1, view.wide))):
        x, y = chance.between(0, view.width), view.horizon + side * chance.between(0.005, 0.03)
        streaks += f"M{x:.1f} {y:.1f}v{side * chance.between(0.03, 0.16):.1f}"
    sheet.stroke(
        streaks, "#ffd58a" if mood.dark or mood.time == "sunset" else WHITE, side * 0.006, 0.4 if mood.dark else 0.2
    )
    sheet.rect(0, view.horizon - side * 0.008, view.width, side * 0.014, mood.far("#5a6470", 0.2))
