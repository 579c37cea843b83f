"""The artist draws what the words say, at the size asked, the same for the same seed, and edits what it is given."""

import io
import re
import string

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
    lettering,
    lexicon,
    moonlight,
    motifs,
    scene,
)
from onebrush.sandbox.artist.chance import Chance
from onebrush.sandbox.artist.pen import Sheet
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
    film = opened(draw_gif(commission(width=120, height=90), 5, 104))
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


WORDS_AND_SUBJECTS = [
    ("A lighthouse", "lighthouse", "sea"),
    ("灯塔", "lighthouse", "sea"),
    ("a cat on a windowsill", "cat", "sill"),
    ("A red bicycle", "bicycle", "garden"),
    ("红色的自行车", "bicycle", "garden"),
    ("a dragon over a castle", "castle", "hills"),
    ("城堡上的龙", "castle", "hills"),
    ("an astronaut riding a horse on the moon", "rider", "moon"),
    ("宇航员在月球上骑马", "rider", "moon"),
    ("an astronaut drifting in space", "astronaut", "space"),
    ("full moon over the sea", None, "sea"),
    ("a cup of tea", "tea", "room"),
    ("一杯茶", "tea", "room"),
    ("cozy living room", None, "living"),
    ("温馨的客厅", None, "living"),
    ("sushi on a plate", "sushi", "room"),
    ("寿司", "sushi", "room"),
    ("a bowl of ramen", "ramen", "room"),
    ("portrait of an old fisherman", "fisherman", "sea"),
    ("portrait of a cat", "cat", "garden"),
    ("portrait", "person", "hills"),
    ("a fisherman's portrait", "fisherman", "sea"),
    ("a robot watering plants", "gardener", "garden"),
    ("机器人浇花", "gardener", "garden"),
    ("a sailboat at sunset", "boat", "sea"),
    ("帆船", "boat", "sea"),
    ("a mountain lake with a cabin", "house", "lake"),
    ("a steam train crossing a bridge", "train", "bridge"),
    ("火车", "train", "bridge"),
    ("an isometric office", None, "office"),
    ('A poster that says "Grand Opening Saturday 10 AM"', "poster", "poster"),
    ('A sign that says "OPEN"', "sign", "board"),
    ("A bookshop, the sign says “Novels”", "sign", "shop"),
    ("a poster of a rocket", "rocket", "space"),
]


@pytest.mark.parametrize(("prompt", "subject", "place"), WORDS_AND_SUBJECTS)
def test_everyday_words_have_a_motif_or_a_place(prompt: str, subject: str | None, place: str) -> None:
    reading = lexicon.read(prompt)
    assert (reading.subject, scene.setting(reading)) == (subject, place)
    assert subject in (None, "sign", "poster") or subject in motifs.MOTIFS


def test_a_number_counts_the_subject_and_the_balloon_comes_along() -> None:
    reading = lexicon.read("two kittens and a blue balloon")
    assert (reading.subjects, reading.count) == (("cat", "toy"), 2)
    assert scene.look(reading, "toy").colour == "#3f78c2"
    assert lexicon.read("a hot air balloon").subjects == ("balloon",)


@pytest.mark.parametrize(
    ("prompt", "text"),
    [
        ('A sign that says "OPEN"', "OPEN"),
        ("A poster: “Grand Opening”", "Grand Opening"),
        ("A shop sign with 'Bob's Pies'", "Bob's Pies"),
        ("一张海报写着「春天」", "春天"),
        ("A sign saying KEEP OUT by a lake", "KEEP OUT"),
        ("A poster with 'SALE' and '50% off'", "SALE\n50% off"),
        ('A cat in the style of "Starry Night"', None),
        ("A sign that says a cat is near", None),
        ("Bookshop sign", None),
    ],
)
def test_the_words_to_letter_are_those_quoted_or_in_capitals(prompt: str, text: str | None) -> None:
    assert lexicon.read(prompt).text == text


def test_lettering_is_short_and_no_subject_of_the_picture() -> None:
    reading = lexicon.read(f'A sign that says "{"kitten " * 30}"')
    assert reading.text is not None and len(reading.text) <= 40
    assert reading.subjects == ("sign",)


def lettered(text: str) -> str:
    sheet = Sheet(1000, 1000)
    lettering.block(sheet, text, (0, 0), (600, 300), "#000000", Chance("board"))
    return sheet.svg(100, 100)


def test_every_text_is_drawn_in_strokes_of_its_own() -> None:
    texts = ["OPEN", "SHUT", "Novels", "10 AM", "50% off!", "春天", "R&D: a/b - c, d. e? f+g $5 it's"]
    drawings = [lettered(text) for text in texts]
    assert len(set(drawings)) == len(texts)
    assert all(not re.search(r"<text|OPEN|SHUT|Novels|off|春", drawing) for drawing in drawings)


def test_every_letter_digit_and_common_sign_has_a_glyph_of_its_own() -> None:
    marks = string.ascii_letters + string.digits + "&!?'-.,:/+%$"
    assert len({lettered(mark) for mark in marks}) == len(marks)


def test_what_has_no_glyph_is_scribbled() -> None:
    assert not lettering.known("龍鳳齋") and not lettering.known("Привет") and not lettering.known("😀")
    assert lettering.known("Grand Opening") and lettering.known("春天") and lettering.known("Café")
    assert lettered("龍鳳齋") == lettered("龍鳳麵")  # brush marks, not a wrong word
    assert lettered("龍鳳齋") != lettered("春天大")


def test_long_lettering_keeps_to_its_board() -> None:
    numbers = re.findall(r"translate\(([-\d.]+) ([-\d.]+)\)", lettered("W" * 40) + lettered("Grand Opening " * 3))
    assert all(-1 <= float(x) <= 601 and -1 <= float(y) <= 301 for x, y in numbers)


@pytest.mark.parametrize("prompt", ['A poster that says "{}"', 'A sign that says "{}"', 'A bakery, the sign says "{}"'])
def test_a_board_shows_the_words_asked_for_but_never_holds_them(prompt: str) -> None:
    svgs = [draw_svg(commission(prompt.format(word))).decode() for word in ("Zebra Waltz", "<b>Quiz</b>")]
    assert svgs[0] != svgs[1]
    assert not any(re.search("Zebra|Waltz|Quiz|<text|<b", svg) for svg in svgs)


@pytest.mark.parametrize("prompt", [prompt for prompt, _, _ in WORDS_AND_SUBJECTS])
@pytest.mark.parametrize("size", [(256, 64), (64, 256)])
def test_every_scene_fits_every_shape(prompt: str, size: tuple[int, int]) -> None:
    assert drawn(prompt, *size).size == size


def test_an_open_hour_is_mostly_daylight() -> None:
    def times(prompt: str) -> list[str]:
        return [scene.plan(lexicon.read(prompt), prompt, seed, 64, 64).mood.time for seed in range(60)]

    assert times("a cottage in a meadow").count("day") > 48
    assert "night" not in times("a cat") and len(set(times("a boat at sea"))) > 1


def test_a_night_edit_puts_the_moon_where_the_sun_stood() -> None:
    day = Image.new("RGB", (320, 256), (120, 170, 215))
    day.paste((255, 252, 235), (225, 45, 245, 65))
    light = moonlight.brightest(pyvips.Image.pngload_buffer(png(day)))
    assert light is not None and abs(light[0] - 235 / 320) < 0.03 and abs(light[1] - 55 / 256) < 0.03
    night = drawn("make it night", 320, 256, references=(png(day),)).convert("L")
    moon, sky = night.getpixel((235, 55)), night.getpixel((60, 60))
    assert isinstance(moon, int) and isinstance(sky, int) and moon > 180 and sky < 130


def test_an_even_sky_has_no_sun_to_hide() -> None:
    assert moonlight.brightest(pyvips.Image.pngload_buffer(png(Image.new("RGB", (320, 256), (250, 250, 250))))) is None
