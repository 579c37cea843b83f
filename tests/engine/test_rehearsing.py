"""Dry runs: everything a real run checks, the calls it would make, and nothing bought or written down."""

from __future__ import annotations

import pytest

from onebrush.domain.errors import InvalidRequest, NotFound
from onebrush.domain.model import Capability, FieldRule
from onebrush.domain.money import Money, Price
from onebrush.domain.rehearsal import Rehearsal
from onebrush.domain.request import GenerationRequest
from onebrush.domain.size import Pixels, SizeAsk, SizeRule
from onebrush.domain.turn import Image
from tests.engine.benches import Bench, a_bench
from tests.engine.doubles import LIVE_KEY, a_card, a_request, painted, user

pytestmark = pytest.mark.anyio

CENT = Money(nano=10_000_000, currency="USD")


async def rehearsed(bench: Bench, request: GenerationRequest) -> Rehearsal:
    return await bench.engine.rehearse(request, LIVE_KEY, "gen_1", bench.scope)


def per_picture(**changes: object) -> Price:
    return Price(unit="image", money=CENT, **changes)  # type: ignore[arg-type]


async def test_the_calls_are_shown_and_none_is_made(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), cards=(a_card(prices=(per_picture(),)),))

    told = await rehearsed(bench, a_request(n=3))

    assert len(told.calls) == 3
    assert {call.url for call in told.calls} == {"http://acme/draw"}
    assert (told.bound.basis, told.bound.money) == ("computed", CENT.times(3))
    assert (bench.vendor.sent, bench.journal.records.generations) == ([], {})


async def test_what_a_real_run_refuses_is_refused(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes))

    for request in (
        a_request(fields={"quality": "high"}, strict=True),
        a_request(provider_options={"acme": {"model": "other"}}),
    ):
        with pytest.raises(InvalidRequest):
            await rehearsed(bench, request)


async def test_a_kept_picture_is_taken_by_its_id_wherever_a_picture_may_stand(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), kept={"img_1": picture_bytes})
    by_id, by_link = Image(source="img_1", param="image[0]"), Image(source="http://here/img_1", param="image[1]")

    told = await rehearsed(bench, a_request(user(by_id, by_link, "a hat"), mask=Image(source="img_1", param="mask")))

    assert [image.blob.read() for image in told.fitted.references] == [picture_bytes] * 2
    assert told.fitted.finish.patch is not None and told.fitted.finish.patch.mask.blob.read() == picture_bytes
    with pytest.raises(NotFound) as refused:
        await rehearsed(bench, a_request(user(Image(source="img_2", param="image[0]"), "a hat")))
    assert refused.value.param == "image[0]" and "img_2" in refused.value.message


async def test_options_of_no_provider_are_told_and_those_of_another_are_let_pass(picture_bytes: bytes) -> None:
    cards = (a_card(), a_card("other", provider="other"))
    bench = a_bench(painted(picture_bytes), cards=cards)
    options = {"acme": {"a": 1}, "other": {"b": 2}, "nobody": {"c": 3}}

    told = await rehearsed(bench, a_request(provider_options=options))

    assert told.fitted.options == {"a": 1}
    assert [(warning.code, warning.param) for warning in told.warnings] == [
        ("unknown_field", "provider_options.nobody")
    ]
    assert set(told.warnings[0].allowed) == {"acme", "other"}


async def test_an_unbounded_extra_leaves_the_bound_unknown(picture_bytes: bytes) -> None:
    card = a_card(prices=(per_picture(),), fields={"web_search": FieldRule()})
    bench = a_bench(painted(picture_bytes), cards=(card,))

    assert (await rehearsed(bench, a_request(fields={"web_search": True}))).bound.basis == "unknown"
    assert (await rehearsed(bench, a_request(provider_options={"acme": {"tools": []}}))).bound.basis == "unknown"
    assert (await rehearsed(bench, a_request(provider_options={"other": {"tools": []}}))).bound.basis == "computed"


@pytest.mark.parametrize(("limits", "basis"), [((1000, 100), "computed"), ((None, None), "unknown")])
async def test_tokens_are_bounded_by_the_models_documented_limits(
    limits: tuple[int | None, int | None], basis: str, picture_bytes: bytes
) -> None:
    token = Money(nano=1_000, currency="USD")
    prices = (
        per_picture(),
        Price(unit="text_input_token", money=token),
        Price(unit="text_output_token", money=token.times(2)),
    )
    capability = Capability(max_input_tokens=limits[0], max_output_tokens=limits[1])
    bench = a_bench(painted(picture_bytes), cards=(a_card(prices=prices, capability=capability),))

    told = await rehearsed(bench, a_request(n=2))

    assert told.bound.basis == basis
    assert told.bound.money in (None, Money(nano=2 * (CENT.nano + 1_000_000 + 200_000), currency="USD"))
    assert told.estimate.money == CENT.times(2)


SIZES = SizeRule(
    kind="ratio",
    default_tier="1K",
    tables={
        "1K": {"1:1": Pixels(width=1024, height=1024), "3:2": Pixels(width=1264, height=848)},
        "4K": {"1:1": Pixels(width=4096, height=4096)},
    },
)


@pytest.mark.parametrize(("tier", "count"), [(None, 1), ("1K", 1), ("4K", 3)])
async def test_a_tier_without_a_shape_is_priced_as_that_tier(
    tier: str | None, count: int, picture_bytes: bytes
) -> None:
    prices = (per_picture(tier="1K"), Price(unit="image", money=CENT.times(3), tier="4K"))
    bench = a_bench(painted(picture_bytes), cards=(a_card(prices=prices, size=SIZES),))

    told = await rehearsed(bench, a_request(size=SizeAsk(tier=tier, size_text=tier, tier_text=tier)))

    assert (told.bound.money, told.estimate.money) == (CENT.times(count), CENT.times(count))
