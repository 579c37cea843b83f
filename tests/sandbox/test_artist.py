"""The artist draws what the words say, at the size asked, the same for the same seed, and edits what it is given."""

import io
import re

import pytest
import pyvips
from PIL import Image, ImageChops, ImageStat

from onebrush.sandbox.artist import (
    BadReference,
    Commission,
    compose,
    draw,
    draw_draft,
    draw_gif,
    draw_svg,
    lexicon,
    scene,
)
from onebrush.sandbox.artist.raster import raster

KITTEN = "A cute orange kitten sitting in a garden, sunny day, high quality photography"
REFERENCE_PROMPTS = [
    (KITTEN, "cat", "garden"),
    ("Generate an aerial view of Canton Tower based on this image", "tower", "air"),
    ("Draw this house in spring", "house", "hills"),
    ("Now the same house on a snowy night", "house", "hills"),
    ("Put a red scarf on the kitten", "cat", "garden"),
    ("An elegant couplet hanging in a traditional Chinese hall", "couplet", "hall"),
    ("A bookshop sign in neat brush lettering", "sign", "shop"),
    ("The mug of picture 1 on the table of picture 2, two angles", "mug", "room"),
    ("a paper boat on a mint-green pond", "paperboat", "lake"),
    ("Put the mug from the picture on a stone ledge at sunrise", "mug", "ledge"),
    ("一只小猫坐在花园里", "cat", "garden"),
    ("雪夜的房子", "house", "hills"),
    ("misty mountains", None, "mountain"),
    ("xyzzy plugh", None, "abstract"),
]
STYLE_WORDS = ["oil painting", "watercolor", "水墨", "pencil sketch", "pixel art", "paper cut", "flat", "noir", "retro"]


def commission(prompt: str = KITTEN, width: int = 160, height: int = 128, seed: int = 7, **more: object) -> Commission:
    return Commission(prompt=prompt, width=width, height=height, seed=seed, **more)  # type: ignore[arg-type]  # **more


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def drawn(*args: object, **more: object) -> Image.Image:
    return opened(draw(commission(*args, **more))).convert("RGB")  # type: ignore[arg-type]  # passed through


def png(picture: Image.Image) -> bytes:
    held = io.BytesIO()
    picture.save(held, "PNG")
    return held.getvalue()


def difference(first: Image.Image, second: Image.Image) -> float:
    return sum(ImageStat.Stat(ImageChops.difference(first, second)).mean) / 3


def correlation(first: Image.Image, second: Image.Image) -> float:
    """Likeness of two pictures' light and shade, from -1 to 1."""
    a, b = (list(picture.convert("L").resize((48, 48)).tobytes()) for picture in (first, second))
    mean_a, mean_b = sum(a) / len(a), sum(b) / len(b)
    both = sum((x - mean_a) * (y - mean_b) for x, y in zip(a, b, strict=True))
    spread = sum((x - mean_a) ** 2 for x in a) * sum((y - mean_b) ** 2 for y in b)
    return both / spread**0.5 if spread else 0.0


@pytest.fixture(scope="module")
def photo() -> bytes:
    return draw(commission("a house by the lake", 320, 256, 5))


def test_the_same_commission_is_the_same_scene() -> None:
    assert draw_svg(commission()) == draw_svg(commission())
    assert draw(commission()) == draw(commission())


def test_another_seed_is_another_scene() -> None:
    assert len({draw_svg(commission(seed=seed)) for seed in range(6)}) == 6
    assert difference(drawn(seed=1), drawn(seed=2)) > 1


def test_another_prompt_is_another_scene() -> None:
    assert difference(drawn("a boat at sea"), drawn("snowy night in the city")) > 20


@pytest.mark.parametrize(("prompt", "subject", "place"), REFERENCE_PROMPTS)
def test_words_choose_the_motif_and_its_place(prompt: str, subject: str | None, place: str) -> None:
    reading = lexicon.read(prompt)
    assert (reading.subject, scene.setting(reading)) == (subject, place)


def test_words_choose_time_season_weather_and_style() -> None:
    night = lexicon.read("Now the same house on a snowy night, oil painting")
    assert (night.time, night.season, night.weather, night.style) == ("night", "winter", "snow", "oil")


def test_a_colour_belongs_to_the_noun_after_it() -> None:
    assert lexicon.read("a red scarf on the orange kitten").colours == {"scarf": "#cf3b38", "cat": "#e8923c"}
    assert lexicon.read("a paper boat on a mint-green pond").colours["lake"] == "#8fd3b6"
    assert lexicon.read("make it blue").colour == "#3f78c2"


def test_the_named_colour_is_seen() -> None:
    def centre(prompt: str) -> list[float]:
        plain = drawn(prompt, 200, 200).crop((70, 90, 130, 170))
        return ImageStat.Stat(plain).mean

    orange, blue = centre("an orange kitten in a garden"), centre("a blue kitten in a garden")
    assert orange[0] - orange[2] > blue[0] - blue[2] + 40


def test_a_night_is_darker_than_a_sunny_day() -> None:
    night, day = (ImageStat.Stat(drawn(f"hills, {time}").convert("L")).mean[0] for time in ("night", "sunny day"))
    assert night < day - 50


@pytest.mark.parametrize("size", [(512, 512), (1344, 768), (1024, 128), (128, 1024), (333, 517), (64, 64), (1600, 200)])
@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg", "image/webp"])
def test_the_size_and_the_format_are_exactly_those_asked(size: tuple[int, int], media_type: str) -> None:
    picture = opened(draw(commission("a city at night", *size, media_type=media_type)))
    assert (picture.size, Image.MIME[picture.format or ""]) == (size, media_type)


def test_a_format_the_artist_does_not_write_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="image/tiff"):
        draw(commission(media_type="image/tiff"))


@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg", "image/webp"])
def test_a_picture_says_that_an_algorithm_drew_it(media_type: str) -> None:
    info = opened(draw(commission(media_type=media_type))).info
    assert "digitalsourcetype/algorithmicMedia" in str(info.get("xmp") or info.get("XML:com.adobe.xmp"))


def test_a_lower_quality_is_a_smaller_file() -> None:
    sizes = [len(draw(commission(media_type="image/jpeg", quality=quality))) for quality in (20, 95)]
    assert sizes[0] < sizes[1] / 2


@pytest.mark.parametrize("prompt", ["", "\x00\ud800 broken", "[sandbox: slow 3]", "红" * 5000, "<svg>" * 2000])
def test_any_prompt_gives_a_picture(prompt: str) -> None:
    assert drawn(prompt).size == (160, 128)


def test_no_word_of_the_prompt_enters_the_svg() -> None:
    hostile = '"/><script>alert(1)</script><image href="file:///etc/x"/> &xxe; kitten url(//evil)'
    text = draw_svg(commission(hostile, watermark="<script>AI</script> &amp;")).decode()
    assert not re.search("script>|alert|href|xxe|evil|kitten|<image|&", text)
    marks = "svg defs linearGradient radialGradient stop clipPath g path ellipse rect"
    assert set(re.findall(r"<(\w+)", text)) <= set(marks.split())


def test_every_picture_is_labelled_and_bears_the_mark_asked_for() -> None:
    plain, marked = drawn("night", 512, 512), drawn("night", 512, 512, watermark="AI generated")
    changed = ImageChops.difference(plain, marked).getbbox()
    assert changed is not None and changed[0] > 300 and changed[1] > 470
    badge = plain.crop((8, 480, 70, 508)).convert("L")
    low, high = badge.getextrema()
    assert isinstance(low, int) and isinstance(high, int) and high - low > 120


def test_a_transparent_picture_shows_its_subject_alone() -> None:
    alpha = opened(draw(commission(transparent=True, width=300, height=300))).getchannel("A")
    assert alpha.getpixel((3, 3)) == 0
    assert alpha.getpixel((150, 220)) == 255


@pytest.mark.parametrize("words", [words for words in STYLE_WORDS if words != "flat"])
def test_a_style_repaints_the_scene(words: str) -> None:
    plan = scene.plan(lexicon.read(words), words, 1, 256, 256)
    sheet = plan.sheet()
    compose.whole(sheet, plan)
    plain = opened(bytes(raster(sheet, 256, 256).flatten().pngsave_buffer())).convert("RGB")
    styled = drawn(words, 256, 256, 1)
    assert difference(plain, styled) > 2


@pytest.mark.parametrize(
    "prompt",
    [*STYLE_WORDS, "snowy night", "Draw this house in spring", "sunset", "sunrise", "autumn", "rain", "fog",
     "Put a red scarf on the kitten", "make it blue", "something else entirely", "add a boat"],
)  # fmt: skip
def test_an_edit_keeps_the_likeness_and_changes_the_picture(prompt: str, photo: bytes) -> None:
    before, after = opened(photo).convert("RGB"), drawn(prompt, 320, 256, references=(photo,))
    middle = (64, 64, 256, 192)  # a night sky and a snowy ground are meant to be new
    assert correlation(before.crop(middle), after.crop(middle)) > 0.35
    assert difference(before, after) > 2


@pytest.mark.parametrize("prompt", ["oil painting", "snowy night", "remove background", "aerial view of Canton Tower"])
def test_two_seeds_edit_differently(prompt: str, photo: bytes) -> None:
    first, second = (drawn(prompt, 320, 256, seed, references=(photo,)) for seed in (1, 2))
    assert difference(first, second) > 0.3


def test_removing_the_background_leaves_it_clear_where_asked(photo: bytes) -> None:
    freed = opened(draw(commission("remove background", 320, 256, references=(photo,), transparent=True)))
    assert freed.mode == "RGBA"
    corner = freed.getchannel("A").getpixel((319, 0))
    assert isinstance(corner, int) and corner < 40


def test_several_references_share_the_picture_in_order() -> None:
    red, blue = (png(Image.new("RGB", (64, 64), colour)) for colour in ((220, 30, 30), (30, 30, 220)))
    picture = drawn("side by side", 300, 150, references=(red, blue))
    left, right = picture.getpixel((40, 60)), picture.getpixel((260, 60))
    assert isinstance(left, tuple) and isinstance(right, tuple)
    assert left[0] > left[2] + 100 and right[2] > right[0] + 100


@pytest.mark.parametrize("prompt", ["a cat", "make it snow", "oil painting", "xyzzy"])
@pytest.mark.parametrize("kind", ["alpha", "white"])
def test_a_mask_keeps_everything_outside_to_the_pixel(prompt: str, kind: str, photo: bytes) -> None:
    hole = (90, 60, 230, 200)
    mask = Image.new("L", (320, 256), 0)
    mask.paste(255, hole)
    if kind == "alpha":
        alpha = Image.new("RGBA", (320, 256), (0, 0, 0, 255))
        alpha.putalpha(ImageChops.invert(mask))
        mask = alpha
    before = opened(photo).convert("RGB")
    after = drawn(prompt, 320, 256, references=(photo,), mask=png(mask), watermark="AI generated")
    changed = ImageChops.difference(before, after)
    inside = changed.crop(hole)
    changed.paste((0, 0, 0), hole)
    assert changed.getbbox() is None
    assert sum(ImageStat.Stat(inside).mean) > 3


def test_a_mask_that_opens_nothing_changes_nothing(photo: bytes) -> None:
    mask = png(Image.new("L", (320, 256), 0))
    assert difference(opened(photo).convert("RGB"), drawn("a cat", 320, 256, references=(photo,), mask=mask)) == 0


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
@pytest.mark.parametrize("mode", ["RGB", "L"])
def test_every_listed_format_is_read(kind: str, mode: str) -> None:
    held = io.BytesIO()
    Image.new(mode, (70, 50), 128).save(held, kind)
    assert drawn("sunset", references=(held.getvalue(),)).size == (160, 128)


@pytest.mark.parametrize("mode", ["P", "RGBA", "LA", "I;16", "CMYK", "1"])
def test_unusual_pixels_are_read(mode: str) -> None:
    held = io.BytesIO()
    Image.new("L", (70, 50), 90).convert("I").convert("I;16").save(held, "PNG") if mode == "I;16" else Image.new(
        "RGB", (70, 50), (90, 120, 60)
    ).convert("L" if mode == "LA" else mode).convert(mode).save(held, "JPEG" if mode == "CMYK" else "PNG")
    assert drawn("sunset", references=(held.getvalue(),)).size == (160, 128)


@pytest.mark.parametrize("data", [b"", b"no picture", b"\x89PNG\r\n\x1a\n" + b"\0" * 40, b"<svg/>", b"BM" + b"\0" * 60])
def test_what_is_no_picture_is_a_bad_reference(data: bytes, photo: bytes) -> None:
    with pytest.raises(BadReference):
        draw(commission(references=(data,)))
    with pytest.raises(BadReference):
        draw(commission(references=(photo,), mask=data))


def test_a_cut_off_picture_is_a_bad_reference(photo: bytes) -> None:
    with pytest.raises(BadReference):
        draw(commission(references=(photo[: len(photo) // 2],)))


def test_a_reference_of_too_many_pixels_is_refused_before_it_is_decoded() -> None:
    large = bytes(pyvips.Image.black(9000, 6000).pngsave_buffer(compression=9))
    with pytest.raises(BadReference, match="50 megapixels"):
        draw(commission(references=(large,)))


def test_an_animation_has_its_frames_and_its_pace() -> None:
    film = opened(draw_gif(commission(width=120, height=90), 5, 500))
    assert isinstance(film, Image.Image) and film.size == (120, 90)
    assert (getattr(film, "n_frames", 1), film.info["duration"]) == (5, 100)


def test_an_animation_moves(photo: bytes) -> None:
    for references in ((), (photo,)):
        film = opened(draw_gif(commission("sunset", width=120, height=90, references=references), 4, 400))
        film.seek(0)
        first = film.convert("RGB")
        film.seek(1)
        assert difference(first, film.convert("RGB")) > 0.5


@pytest.mark.parametrize(("width", "height"), [(1024, 1024), (1344, 768), (17, 333), (4096, 512)])
@pytest.mark.parametrize("media_type", ["image/png", "image/jpeg"])
def test_a_draft_has_the_exact_size_and_far_fewer_details(width: int, height: int, media_type: str) -> None:
    wish = Commission(prompt="A kitten", width=width, height=height, seed=1, media_type=media_type)
    drafted = Image.open(io.BytesIO(draw_draft(wish)))
    drafted.load()
    assert drafted.size == (width, height)
    assert Image.MIME[str(drafted.format)] == media_type
    if min(width, height) >= 512:
        assert len(draw_draft(wish)) < len(draw(wish)) / 3
