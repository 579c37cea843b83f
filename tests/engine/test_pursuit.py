"""One slot pursued: tries, other deployments, other models, each bought once and on the books, and when it stops."""

from __future__ import annotations

import asyncio

import pytest

from onebrush.domain.deployment import Route
from onebrush.domain.errors import FaultKind, MissingParameter, ModelNotFound
from onebrush.domain.event import Done, Event, Fault, Usage
from onebrush.domain.generation import GenerationStatus
from onebrush.domain.model import Capability, FieldRule, Status
from onebrush.domain.money import Money, Price, UsageRecord
from onebrush.engine.generate import Refused
from tests.engine.benches import CENTS, Bench, a_bench, assert_closed, codes, indexes
from tests.engine.doubles import a_card, a_deployment, a_request, by_code, fault, painted

pytestmark = pytest.mark.anyio

SEED = {"seed": FieldRule()}
TWO = {"acme": (a_deployment(id="first"), a_deployment(id="second"))}
NEW = a_card("new", capability=Capability(native_count=4, max_references=4), prices=(CENTS,), fields=SEED)
DYING = a_card("dying", status=Status.DEPRECATED, successor="new", prices=(CENTS,))
DEAR = Price(unit="image", money=Money(nano=90_000_000, currency="USD"))
SPARE = a_card("spare", prices=(DEAR,), fields=SEED)
FOUR = a_card(capability=Capability(native_count=4, max_references=4), prices=(CENTS,), fields=SEED)
LIMITED = [fault(FaultKind.RATE_LIMITED, status=429, retry_after=600)]
FALLS_BACK = {"painter": Route(fallback=("spare",))}


def asked_at(bench: Bench) -> list[str]:
    """Where each call went, in order."""
    return [deployment.id for _, deployment in bench.vendor.sent]


def away(**changes: object) -> list[Event]:
    return [fault(FaultKind.UNAVAILABLE, "away", status=503, sent=False, **changes)]


# The same deployment again


async def test_a_call_tried_again_is_written_down_and_booked_again(picture_bytes: bytes) -> None:
    bench = a_bench(away(), painted(picture_bytes))

    await bench.generate(a_request())

    assert bench.changes == ["BeginGeneration", "MarkSent", "MarkSent", "KeepReply", "FinishGeneration"]
    assert bench.ends == ["unavailable: away", "1 picture came."]
    assert bench.books == [["reserved 40", "sent 40", "released 40"], ["reserved 40", "sent 40", "settled 40"]]
    assert_closed(bench.records)


async def test_what_stays_away_is_tried_three_times_and_told_once(picture_bytes: bytes) -> None:
    bench = a_bench(away())

    result = await bench.refusal()

    assert codes(result) == ["provider_unavailable"]
    assert bench.books == [["reserved 40", "sent 40", "released 40"]] * 3
    assert_closed(bench.records)


async def test_a_short_wait_that_the_vendor_names_is_kept(picture_bytes: bytes) -> None:
    bench = a_bench([fault(FaultKind.RATE_LIMITED, status=429, retry_after=1.5)], painted(picture_bytes))

    await bench.generate(a_request())

    assert bench.clock.monotonic() == pytest.approx(1.5)
    assert len(bench.vendor.bought) == 2


async def test_a_long_wait_that_the_vendor_names_is_told_and_not_kept() -> None:
    bench = a_bench([fault(FaultKind.RATE_LIMITED, status=429, retry_after=30)])

    result = await bench.refusal()

    assert (codes(result), result.failures[0].error.retry_after) == (["rate_limit_exceeded"], 30)
    assert (bench.clock.monotonic(), len(bench.vendor.bought)) == (0.0, 1)


# Never twice


@pytest.mark.parametrize("kind", [FaultKind.OUTCOME_UNKNOWN, FaultKind.TIMED_OUT, FaultKind.BAD_RESPONSE])
async def test_what_may_be_paid_is_sent_once_whoever_else_could_serve(kind: FaultKind, picture_bytes: bytes) -> None:
    bench = a_bench(
        [fault(kind)], painted(picture_bytes), cards=(a_card(prices=(CENTS,)), SPARE), live=TWO, routes=FALLS_BACK
    )

    await bench.refusal()

    assert asked_at(bench) == ["first"]
    assert bench.books == [["reserved 40", "sent 40", "unresolved 40"]]
    assert bench.status is GenerationStatus.UNKNOWN
    assert_closed(bench.records)


async def test_no_picture_for_which_usage_was_told_is_paid_and_not_sent_again(picture_bytes: bytes) -> None:
    used = Usage(record=UsageRecord(output_tokens=10))
    bench = a_bench([used, fault(FaultKind.NO_IMAGE)], painted(picture_bytes), live=TWO)

    result = await bench.refusal()

    assert (codes(result), asked_at(bench)) == (["no_image"], ["first"])
    assert bench.books == [["reserved 40", "sent 40", "unresolved 40"]]
    assert bench.status is GenerationStatus.FAILED


async def test_a_bug_of_ours_after_a_call_left_is_not_sent_again_either(picture_bytes: bytes) -> None:
    bench = a_bench([RuntimeError("a bug")], painted(picture_bytes), live=TWO)

    result = await bench.refusal()

    assert (codes(result), asked_at(bench)) == (["internal_error"], ["first"])
    assert bench.books == [["reserved 40", "sent 40", "unresolved 40"]]
    assert bench.status is GenerationStatus.UNKNOWN
    assert_closed(bench.records)


# Another deployment


@pytest.mark.parametrize(
    "refused",
    [
        fault(FaultKind.CREDENTIAL, status=401),
        fault(FaultKind.QUOTA, status=402),
        fault(FaultKind.RATE_LIMITED, status=429, retry_after=60),
        fault(FaultKind.UNAVAILABLE, status=503, retry_after=60),
        fault(FaultKind.BAD_RESPONSE, status=500),
        fault(FaultKind.NO_IMAGE, status=404),
    ],
)
async def test_what_did_no_work_is_asked_of_the_next_deployment(refused: Fault, picture_bytes: bytes) -> None:
    bench = a_bench([refused], painted(picture_bytes), live=TWO)

    result = await bench.generate(a_request())

    assert asked_at(bench) == ["first", "second"]
    assert bench.books == [["reserved 40", "sent 40", "released 40"], ["reserved 40", "sent 40", "settled 40"]]
    assert [attempt.attempt.deployment for attempt in bench.records.attempts.values()] == ["first", "second"]
    assert result.warnings == ()
    assert_closed(bench.records)


@pytest.mark.parametrize("kind", [FaultKind.BAD_REQUEST, FaultKind.CONTENT_BLOCKED])
async def test_what_would_be_refused_everywhere_is_asked_once(kind: FaultKind, picture_bytes: bytes) -> None:
    bench = a_bench([fault(kind, status=400)], painted(picture_bytes), live=TWO)

    await bench.refusal()

    assert asked_at(bench) == ["first"]
    assert bench.books == [["reserved 40", "sent 40", "released 40"]]


async def test_where_nobody_can_serve_the_last_ones_word_is_told() -> None:
    bench = a_bench([fault(FaultKind.CREDENTIAL, status=401)], [fault(FaultKind.QUOTA, "spent", status=402)], live=TWO)

    result = await bench.refusal()

    assert codes(result) == ["provider_unavailable"]
    assert "spent" in result.failures[0].error.message
    assert_closed(bench.records)


async def test_a_deployment_that_rests_is_passed_over_and_costs_no_further_try(picture_bytes: bytes) -> None:
    bench = a_bench(LIMITED, painted(picture_bytes), live=TWO)

    for number in range(20):
        await bench.run(await bench.begin(a_request(), name=f"gen_{number}"))

    assert asked_at(bench) == ["first"] + ["second"] * 20
    assert_closed(bench.records)


async def test_a_deployment_without_a_place_is_passed_over(picture_bytes: bytes) -> None:
    full = {"acme": (a_deployment(id="first", concurrency=1, queue=0), a_deployment(id="second"))}
    bench = a_bench(painted(picture_bytes), live=full)
    both_left = asyncio.Barrier(2)

    async def wait(_number: int) -> None:
        await both_left.wait()

    bench.vendor.meanwhile = wait
    await bench.generate(a_request(n=2))

    assert asked_at(bench) == ["first", "second"]


async def test_a_deployment_that_failed_while_a_slot_queued_for_it_is_not_asked(picture_bytes: bytes) -> None:
    narrow = {"acme": (a_deployment(id="first", concurrency=1), a_deployment(id="second"))}
    bench = a_bench([fault(FaultKind.CREDENTIAL, status=401)], painted(picture_bytes), live=narrow)

    result = await bench.generate(a_request(n=3))

    assert indexes(result) == ([0, 1, 2], [])
    assert asked_at(bench) == ["first"] + ["second"] * 3


# Other models


async def test_a_model_that_cannot_serve_falls_back_shaped_anew_with_its_own_books(picture_bytes: bytes) -> None:
    bench = a_bench(LIMITED, painted(picture_bytes), cards=(FOUR, SPARE), routes=FALLS_BACK)

    result = await bench.generate(a_request(n=3, fields={"seed": 7}))

    assert [(asked.model, asked.n, asked.fields["seed"]) for asked in bench.vendor.bought] == [
        ("painter", 3, 7), ("spare", 1, 7), ("spare", 1, 8), ("spare", 1, 9)
    ]  # fmt: skip
    assert (result.model, indexes(result)) == ("spare", ([0, 1, 2], []))
    warning = by_code(result.warnings)["model_fell_back"]
    assert (warning.asked, warning.sent) == ("painter", "spare")
    assert bench.books == [
        ["reserved 120", "sent 120", "released 120"], *[["reserved 90", "sent 90", "settled 90"]] * 3
    ]  # fmt: skip
    assert bench.record.cost_nano == 270_000_000
    assert_closed(bench.records)


async def test_a_part_that_was_never_sent_is_reserved_anew_at_the_other_models_price(picture_bytes: bytes) -> None:
    full = {"acme": (a_deployment(id="first", models=("painter",)), a_deployment(id="second", models=("spare",)))}
    bench = a_bench(painted(picture_bytes), cards=(FOUR, SPARE), live=full, routes=FALLS_BACK)
    rest = fault(FaultKind.CREDENTIAL, status=401)
    bench.engine.pursuit.sending.health.report(full["acme"][0], "painter", rest, 0.0)

    await bench.generate(a_request(n=2))

    assert bench.books == [["reserved 80", "released 80"], *[["reserved 90", "sent 90", "settled 90"]] * 2]
    assert_closed(bench.records)


async def test_a_strict_request_falls_back_to_nothing(picture_bytes: bytes) -> None:
    cards = (a_card(prices=(CENTS,)), SPARE)
    bench = a_bench([fault(FaultKind.CREDENTIAL, status=401)], painted(picture_bytes), cards=cards, routes=FALLS_BACK)

    assert codes(await bench.refusal(strict=True)) == ["provider_unavailable"]
    assert [asked.model for asked in bench.vendor.bought] == ["painter"]


@pytest.mark.parametrize("opted", [False, True])
async def test_refused_content_goes_to_another_model_where_the_route_says_so(opted: bool, picture_bytes: bytes) -> None:
    cards = (a_card(prices=(CENTS,)), SPARE)
    routes = {"painter": Route(fallback=("spare",), on_refusal=opted)}
    bench = a_bench(
        [fault(FaultKind.CONTENT_BLOCKED, status=400)], painted(picture_bytes), cards=cards, routes=routes, live=TWO
    )

    if opted:
        assert (await bench.generate(a_request())).model == "spare"
    else:
        assert codes(await bench.refusal()) == ["moderation_blocked"]
    assert [asked.model for asked in bench.vendor.bought] == ["painter", "spare"][: 1 + opted]


async def test_a_fallback_that_cannot_do_what_was_asked_is_passed_over(picture_bytes: bytes) -> None:
    edits = a_card("edits", capability=Capability(text_to_image=False, min_references=1, max_references=1))
    bench = a_bench(
        LIMITED, painted(picture_bytes), cards=(a_card(), edits, SPARE),
        routes={"painter": Route(fallback=("edits", "spare"))},
    )  # fmt: skip

    assert (await bench.generate(a_request())).model == "spare"
    assert [asked.model for asked in bench.vendor.bought] == ["painter", "spare"]


async def test_a_model_that_is_gone_is_served_by_its_successor_slot_by_slot(picture_bytes: bytes) -> None:
    gone = [fault(FaultKind.MODEL_GONE, "not found", status=404)]
    bench = a_bench(gone, gone, lambda request: painted(picture_bytes, request.n), cards=(DYING, NEW))

    result = await bench.generate(a_request(model="dying", n=2))

    assert [(asked.model, asked.n) for asked in bench.vendor.bought] == [("dying", 1)] * 2 + [("new", 1)] * 2
    assert (result.model, indexes(result)) == ("new", ([0, 1], []))
    warning = by_code(result.warnings)["model_substituted"]
    assert (warning.asked, warning.sent) == ("dying", "new")
    assert sorted(filter(None, bench.ends)) == ["1 picture came."] * 2 + ["model_gone: not found"] * 2
    assert bench.record.model == "new"
    assert_closed(bench.records)


async def test_a_model_gone_for_one_place_is_bought_anew_for_that_one_alone(picture_bytes: bytes) -> None:
    bench = a_bench([fault(FaultKind.MODEL_GONE, status=404)], painted(picture_bytes), cards=(DYING, NEW))

    result = await bench.generate(a_request(model="dying", n=2))

    assert indexes(result) == ([0, 1], [])
    assert [asked.model for asked in bench.vendor.bought] == ["dying", "dying", "new"]


async def test_with_serve_retired_off_a_model_that_is_gone_is_a_404() -> None:
    bench = a_bench([fault(FaultKind.MODEL_GONE, status=404)], cards=(DYING, NEW), serve_retired=False)

    result = await bench.refusal(model="dying")

    assert (result.failures[0].error.status, codes(result)) == (404, ["model_not_found"])


async def test_a_successor_that_cannot_do_it_is_none_and_the_record_says_how_the_attempt_ended() -> None:
    edits = a_card("edits", capability=Capability(text_to_image=False, min_references=1, max_references=1))
    bench = a_bench([fault(FaultKind.MODEL_GONE)], cards=(a_card("dying", successor="edits"), edits))

    with pytest.raises(Refused) as refused:
        await bench.generate(a_request(model="dying"))

    assert isinstance(refused.value.error, ModelNotFound)
    assert bench.status is GenerationStatus.FAILED
    assert bench.ends == ["model_gone: it failed"]


async def test_a_retired_edit_model_demands_its_picture_though_its_successor_needs_none() -> None:
    edits = a_card(
        "edits",
        status=Status.RETIRED,
        successor="new",
        capability=Capability(text_to_image=False, min_references=1, max_references=1),
    )
    bench = a_bench([Done()], cards=(edits, NEW))

    with pytest.raises(MissingParameter):
        await bench.generate(a_request(model="edits"))
    assert bench.vendor.sent == []
