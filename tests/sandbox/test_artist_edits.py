"""What the artist keeps and what it changes: thin masks, markups, orientation, quality, layers."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from PIL import Image

from onebrush.sandbox.artist import BadReference, Commission, draw, draw_draft, draw_gif, draw_svg, split
from tests.sandbox.pictures import alpha_levels, changed_box, hole, likeness, opened, paint, photo, saved

SIZE = (400, 300)


def commission(prompt: str = "a cat", **more: object) -> Commission:
    plain: dict[str, object] = {"width": SIZE[0], "height": SIZE[1], "seed": 1, "references": (saved(photo(*SIZE)),)}
    return Commission(prompt=prompt, **{**plain, **more})  # type: ignore[arg-type]  # **more


@pytest.mark.parametrize("box", [(10, 10, 11, 11), (0, 0, 400, 2), (399, 0, 400, 300), (0, 0, 400, 300)])
@pytest.mark.parametrize("prompt", ["a cat", "at night"])
def test_a_mask_of_any_shape_opens_exactly_itself(box: tuple[int, int, int, int], prompt: str) -> None:
    after = opened(draw(commission(prompt, mask=saved(hole(SIZE, box)))))
    assert changed_box(photo(*SIZE), after) == box


def test_an_animation_moves_within_its_mask_only() -> None:
    box = (100, 80, 300, 220)
    film = opened(draw_gif(commission("at night", mask=saved(hole(SIZE, box))), 2, 100))
    frames = []
    for index in range(2):
        film.seek(index)
        frames.append(film.convert("RGB"))
    moved = changed_box(frames[0], frames[1])
    assert moved is not None and moved[0] >= box[0] and moved[1] >= box[1]
    assert moved[2] <= box[2] and moved[3] <= box[3]


def test_a_markup_without_paint_changes_nothing() -> None:
    after = opened(draw(commission("at night", markup=saved(paint(SIZE, (0, 0, 0, 0))))))
    assert changed_box(photo(*SIZE), after) is None


def test_a_draft_follows_a_markup() -> None:
    box = (100, 80, 300, 220)
    after = opened(draw_draft(commission("at night", markup=saved(paint(SIZE, box)))))
    changed = changed_box(photo(*SIZE), after)
    assert changed == box


@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_honoured_where_asked(orientation: int) -> None:
    stored = photo(*SIZE)
    data = saved(stored, "PNG", orientation)
    turned = {
        1: None, 2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM, 5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_270,
        7: Image.Transpose.TRANSVERSE, 8: Image.Transpose.ROTATE_90,
    }[orientation]  # fmt: skip
    upright = stored if turned is None else stored.transpose(turned)
    nothing = saved(hole(upright.size, (0, 0, 0, 0)))
    wish = commission(references=(data,), mask=nothing, upright=True, width=upright.width, height=upright.height)
    assert changed_box(upright, opened(draw(wish))) is None
    shut = saved(hole(SIZE, (0, 0, 0, 0)))
    assert changed_box(stored, opened(draw(commission(references=(data,), mask=shut)))) is None


@pytest.mark.parametrize("media_type", ["image/jpeg", "image/webp"])
def test_no_quality_at_all_is_the_smallest_file(media_type: str) -> None:
    sizes = [len(draw(commission("at dawn", media_type=media_type, quality=level))) for level in (0, 30, 100)]
    assert sizes == sorted(sizes) and sizes[0] * 2 < sizes[2]


def test_an_edit_as_svg_keeps_to_its_mask() -> None:
    shut, half = (saved(hole(SIZE, box)) for box in ((0, 0, 0, 0), (0, 0, 200, 300)))
    plain, masked, whole = (_tiles(draw_svg(commission("at night", mask=one))) for one in (shut, half, None))
    right = [at for at in plain if at[0] >= 210 and at in masked]
    assert len(right) > 10 and all(plain[at] == masked[at] for at in right)
    left = [at for at in plain if at[0] < 180 and at in masked]
    assert any(plain[at] != masked[at] for at in left)
    assert plain != masked != whole


def _tiles(drawing: bytes) -> dict[tuple[float, float], str]:
    """The colour of each tile by where it begins."""
    tiles = ElementTree.fromstring(drawing).iter("{http://www.w3.org/2000/svg}rect")
    named = [tile for tile in tiles if str(tile.get("fill")).startswith("#") and not tile.get("rx")]
    return {(float(tile.get("x", 0)), float(tile.get("y", 0))): str(tile.get("fill")) for tile in named}


def test_layers_are_as_many_as_allowed_at_most() -> None:
    discs = Image.new("RGB", (600, 450), (240, 240, 240))
    for left, top in ((150, 120), (380, 120), (260, 300)):
        discs.paste((200, 20, 20), (left, top, left + 70, top + 70))
    apart = Commission(prompt="", width=600, height=450, seed=0, references=(saved(discs),))
    base, layers = split(apart, 16)
    assert len(layers) == 3 and len(split(apart, 2)[1]) == 2
    assert opened(base).size == (600, 450)
    assert all(alpha_levels(opened(layer.picture))[1] == 255 for layer in layers)
    assert likeness(opened(base), discs) < 0.9


def test_what_is_no_picture_is_not_taken_apart() -> None:
    with pytest.raises(BadReference):
        split(Commission(prompt="", width=64, height=64, seed=0, references=(b"no picture",)), 4)
