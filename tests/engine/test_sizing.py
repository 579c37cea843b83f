"""Sizes: worked examples of each kind of rule, and what must hold of any ask on any real model."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebrush.catalogue.catalogue import Catalogue
from onebrush.domain.size import FittedSize, Pixels, Ratio, SizeAsk, SizeRule
from onebrush.engine.legal_sizes import legalize
from onebrush.engine.sizing import Plan, plan

CATALOGUE = Catalogue.load()
RULES = {card.id: card.size for card in CATALOGUE.cards if card.served}
FREE = {model: rule for model, rule in RULES.items() if rule.kind == "free"}
SIZED = {model for model, rule in RULES.items() if rule.kind in ("list", "free", "ratio")}
LIST = SizeRule(
    kind="list",
    allowed=(Pixels(width=1024, height=1024), Pixels(width=1536, height=1024), Pixels(width=1024, height=1536)),
    keywords=("auto",),
    default=Pixels(width=1024, height=1024),
)


def pixels(text: str) -> Pixels:
    width, _, height = text.partition("x")
    return Pixels(width=int(width), height=int(height))


def asked(text: str, tier: str | None = None) -> SizeAsk:
    """The ask of a `size` text, with an `image_size` beside it."""
    ask = SizeAsk(size_text=text)
    if "x" in text:
        ask = SizeAsk(pixels=pixels(text), size_text=text)
    elif ":" in text:
        width, _, height = text.partition(":")
        ask = SizeAsk(ratio=Ratio(width=int(width), height=int(height)), size_text=text)
    elif text in ("auto", "adaptive"):
        ask = SizeAsk(keyword="auto" if text == "auto" else "adaptive", size_text=text)
    elif text:
        ask = SizeAsk(tier=text, tier_text=text, size_text=text)
    if tier is None:
        return ask
    return SizeAsk(
        pixels=ask.pixels,
        ratio=ask.ratio,
        size_text=ask.size_text,
        tier=tier,
        tier_text=tier,
        tier_param="image_size",
    )


def planned(model: str, text: str, tier: str | None = None) -> Plan:
    return plan(asked(text, tier), CATALOGUE.find(model).size)


def words(fitted: FittedSize) -> str:
    """What is sent, in short."""
    parts = (fitted.pixels, fitted.ratio, fitted.tier, fitted.keyword)
    return " ".join(str(part) for part in parts if part is not None)


def codes(model: str, text: str, tier: str | None = None) -> list[str]:
    return [warning.code for warning in planned(model, text, tier)[1]]


SEEDREAM_4_5 = "doubao-seedream-4-5-251128"
SEEDREAM_4 = "doubao-seedream-4-0-250828"


@pytest.mark.parametrize(
    ("model", "text", "sent"),
    [
        # docs.byteplus.com/en/docs/ModelArk/1541523: 4.5 takes 2560x1440 = 3,686,400 pixels and more.
        (SEEDREAM_4_5, "1024x1024", "1920x1920"),
        (SEEDREAM_4_5, "1536x1024", "2352x1568"),
        (SEEDREAM_4_5, "1792x1024", "2544x1456"),
        ("gpt-image-2", "16:9", "1360x768"),
        ("gpt-image-1.5", "16:9", "1536x1024"),
        ("gpt-image-1.5", "2048x2048", "1024x1024"),
        ("gpt-image-1.5", "1000x1600", "1024x1536"),
        ("qwen-image-plus", "16:9", "1664x928"),
        ("qwen-image-plus", "1024x1024", "1328x1328"),
        ("qwen-image-plus", "9:16", "928x1664"),
        ("gemini-3-pro-image", "1536x1024", "3:2 1K"),
        ("gemini-3-pro-image", "4096x4096", "1:1 4K"),
        ("gemini-3-pro-image", "16:9", "16:9"),
        ("gemini-3-pro-image", "2K", "2K"),
        ("gemini-2.5-flash-image", "1536x1024", "3:2"),
        ("gemini-2.5-flash-image", "16:9", "16:9"),
        ("doubao-seededit-3-0-i2i-250628", "adaptive", "adaptive"),
        ("doubao-seededit-3-0-i2i-250628", "", ""),
        ("qwen-image-edit", "", ""),
    ],
)
def test_an_ask_becomes_the_nearest_the_model_gives(model: str, text: str, sent: str) -> None:
    assert words(planned(model, text)[0]) == sent


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (SEEDREAM_4_5, "2048x2048"),
        (SEEDREAM_4_5, "2304x1728"),
        (SEEDREAM_4, "1024x1024"),
        ("gpt-image-2", "1024x1024"),
        ("gpt-image-2", "3840x2160"),
        ("gpt-image-1.5", "1536x1024"),
        ("qwen-image-plus", "1328x1328"),
        ("doubao-seedream-3-0-t2i-250415", "1152x864"),
    ],
)
def test_a_size_the_model_gives_is_sent_as_it_is_without_a_word(model: str, text: str) -> None:
    fitted, warnings = planned(model, text)

    assert fitted == FittedSize(pixels=pixels(text), expected=pixels(text))
    assert warnings == ()


@pytest.mark.parametrize(
    ("model", "text"),
    [
        (SEEDREAM_4_5, "1024x1024"),
        ("gpt-image-1.5", "16:9"),
        ("gpt-image-2", "99999x99999"),
        ("qwen-image-plus", "3:1"),
    ],
)
def test_a_size_that_was_changed_is_told_with_what_was_asked_and_sent(model: str, text: str) -> None:
    fitted, (warning,) = planned(model, text)

    assert (warning.code, warning.param) == ("size_adjusted", "size")
    assert (warning.asked, warning.sent) == (text, str(fitted.pixels))


def test_the_largest_ask_becomes_the_largest_square() -> None:
    fitted, _ = planned("gpt-image-2", "99999x99999")

    assert fitted.pixels is not None
    assert fitted.pixels.width == fitted.pixels.height
    assert 8_294_400 * 0.98 <= fitted.pixels.area <= 8_294_400


def test_eight_to_one_becomes_three_to_one_where_that_is_the_limit() -> None:
    fitted, _ = planned("gpt-image-2", "8:1")

    assert fitted.pixels is not None
    assert fitted.pixels.width / fitted.pixels.height == pytest.approx(3, rel=0.03)
    assert fitted.pixels.width <= fitted.pixels.height * 3


@pytest.mark.parametrize("model", ["gemini-3-pro-image", SEEDREAM_4])
def test_a_tier_between_two_becomes_the_lower_one_with_a_warning(model: str) -> None:
    fitted, warnings = planned(model, "16:9", "3K")

    assert "2K" in (fitted.tier, *CATALOGUE.find(model).size.tables) and [w.code for w in warnings] == ["tier_adjusted"]
    assert (warnings[0].param, warnings[0].asked, warnings[0].sent) == ("image_size", "3K", "2K")
    table = CATALOGUE.find(model).size.tables["2K"]
    assert fitted.expected == table["16:9"]


def test_a_tier_below_the_lowest_becomes_the_lowest() -> None:
    fitted, (warning,) = planned("gemini-3-pro-image", "512")

    assert fitted.tier == "1K"
    assert warning.code == "tier_adjusted"


def test_a_model_of_one_tier_is_never_sent_one() -> None:
    fitted, _ = planned("gemini-2.5-flash-image", "16:9", "2K")

    assert (fitted.tier, str(fitted.ratio)) == (None, "16:9")
    assert codes("gemini-2.5-flash-image", "16:9", "2K") == ["size_dropped"]
    assert codes("gemini-2.5-flash-image", "16:9", "1K") == []


def test_a_tier_beside_a_fixed_list_is_dropped_with_a_warning() -> None:
    assert plan(asked("1024x1024", "2K"), LIST)[1][0].code == "size_dropped"
    assert words(plan(asked("1024x1024", "2K"), LIST)[0]) == "1024x1024"


def test_a_tier_alone_is_sent_as_the_word_where_the_model_takes_the_word() -> None:
    assert words(planned(SEEDREAM_4, "4K")[0]) == "4K"
    assert words(planned("gpt-image-2", "2K")[0]) == "2048x2048"


def test_auto_is_sent_where_the_model_knows_the_word_and_left_out_elsewhere() -> None:
    assert words(plan(asked("auto"), LIST)[0]) == "auto"
    assert words(planned("qwen-image-plus", "auto")[0]) == ""
    assert words(planned("gemini-3-pro-image", "auto")[0]) == ""


@pytest.mark.parametrize("model", ["doubao-seededit-3-0-i2i-250628", "qwen-image-edit"])
def test_a_size_on_a_model_that_takes_none_is_told_as_dropped(model: str) -> None:
    fitted, (warning,) = planned(model, "1024x1024")

    assert fitted.pixels is None
    assert (warning.code, warning.asked, warning.sent) == ("size_dropped", "1024x1024", None)


def test_nothing_said_sends_nothing() -> None:
    sent = {model: words(plan(SizeAsk(), rule)[0]) for model, rule in RULES.items()}

    assert {model: text for model, text in sent.items() if text} == {}


# What must hold of anything

EDGES = st.integers(1, 999_999) | st.sampled_from([1, 16, 512, 720, 1024, 1536, 2048, 3840, 4096, 6240])
SIZES = st.builds(lambda width, height: Pixels(width=width, height=height), EDGES, EDGES)
SIDES = st.integers(1, 9999)
RATIOS = st.builds(lambda width, height: Ratio(width=width, height=height), SIDES, SIDES)
TIERS = st.sampled_from(["512", "1K", "1.5K", "2K", "3K", "4K", "9K", "9.9K"])


@st.composite
def asks(draw: st.DrawFn) -> SizeAsk:
    form = draw(st.sampled_from(["pixels", "ratio", "tier", "word", "nothing"]))
    tier = draw(TIERS) if form == "tier" else draw(st.none() | TIERS)
    return SizeAsk(
        pixels=draw(SIZES) if form == "pixels" else None,
        ratio=draw(RATIOS) if form == "ratio" else None,
        keyword=draw(st.sampled_from(["auto", "adaptive"])) if form == "word" else None,
        tier=tier,
        tier_text=tier,
        size_text="said",
    )


def obeys(size: Pixels, rule: SizeRule) -> bool:
    """The rule's own words, written anew: area, edges, ratio, multiple."""
    short, long = sorted((size.width, size.height))
    return (
        size.area >= rule.min_area
        and (rule.max_area is None or size.area <= rule.max_area)
        and short >= rule.min_edge
        and (rule.max_edge is None or long <= rule.max_edge)
        and (rule.max_ratio is None or long <= short * rule.max_ratio)
        and size.width % rule.multiple == size.height % rule.multiple == 0
    )


@given(model=st.sampled_from(sorted(FREE)), size=SIZES)
def test_whatever_is_asked_the_legal_size_obeys_the_models_rule(model: str, size: Pixels) -> None:
    legal = legalize(size, FREE[model])

    assert obeys(legal, FREE[model]), (model, size, legal)
    assert legalize(legal, FREE[model]) == legal
    assert legal == size or not obeys(size, FREE[model])


@given(model=st.sampled_from(sorted(FREE)), size=SIZES)
def test_a_legal_size_lies_the_way_the_asked_one_did(model: str, size: Pixels) -> None:
    legal = legalize(size, FREE[model])

    # A near square may become one; what is clearly wide never becomes tall.
    assert legal.log_ratio * size.log_ratio >= 0 or abs(size.log_ratio) < 0.1


@given(model=st.sampled_from(sorted(RULES)), ask=asks())
def test_any_ask_on_any_model_is_planned_and_only_what_it_takes_is_sent(model: str, ask: SizeAsk) -> None:
    rule = RULES[model]
    fitted, warnings = plan(ask, rule)

    if fitted.pixels is not None:
        assert fitted.pixels in rule.allowed if rule.kind == "list" else obeys(fitted.pixels, rule), fitted
    if fitted.keyword is not None:
        assert fitted.keyword in rule.keywords
    if fitted.tier is not None:
        assert rule.sends_tier and fitted.tier in rule.tables
    if fitted.ratio is not None:
        assert any(str(fitted.ratio) in table for table in rule.tables.values())
    assert (fitted.pixels is None) or (fitted.keyword is None and fitted.ratio is None and fitted.tier is None)
    assert all(warning.code and warning.message for warning in warnings)


@given(model=st.sampled_from(sorted(RULES)), size=SIZES)
def test_pixels_that_do_not_come_back_as_asked_are_always_told(model: str, size: Pixels) -> None:
    fitted, warnings = plan(SizeAsk(pixels=size, size_text=str(size)), RULES[model])

    assert fitted.expected == size or warnings


@given(model=st.sampled_from(sorted(SIZED)), ratio=RATIOS)
def test_a_ratio_that_does_not_come_back_is_always_told(model: str, ratio: Ratio) -> None:
    fitted, warnings = plan(SizeAsk(ratio=ratio, size_text=str(ratio)), RULES[model])

    assert fitted.expected is not None
    assert warnings or math.isclose(fitted.expected.log_ratio, ratio.log_ratio, abs_tol=0.031)
