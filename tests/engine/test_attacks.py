"""What attackers and broken vendors tried: nobody is told to buy twice, no key travels on, no count breaks a bill."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from onebrush.api.errors import error_headers
from onebrush.domain.errors import FaultKind, InvalidImage
from onebrush.domain.event import Done, Fault, Picture, Usage
from onebrush.domain.model import Capability
from onebrush.domain.money import UsageRecord
from onebrush.engine.generate import Refused
from onebrush.engine.secrecy import without
from onebrush.kit.blobs import Blob, Scope
from tests.engine.benches import a_bench
from tests.engine.doubles import SPOOL, a_card, a_request, painted, picture, user

pytestmark = pytest.mark.anyio

SECRET = "vk-9f8e7d6c5b4a39281706"


async def test_a_made_picture_whose_link_fails_is_never_called_worth_a_retry() -> None:
    bench = a_bench([Picture(source="https://vendor.example/made.png"), Done()])
    gone = Fault(kind=FaultKind.UNAVAILABLE, message="its link answered with status 503")
    bench.vendor.links = {"https://vendor.example/made.png": [gone, gone, gone]}
    with pytest.raises(Refused) as refused:
        await bench.generate(a_request(user("a cat")))
    headers = error_headers(refused.value.error, "gen_1")
    assert (refused.value.error.status, headers["x-should-retry"]) == (502, "false")
    assert "retry-after" not in headers
    assert len(bench.vendor.sent) == 1


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_one_call_that_may_be_paid_speaks_for_all(order: tuple[int, int]) -> None:
    safe = [Fault(kind=FaultKind.RATE_LIMITED, message="busy", status=429, retry_after=30)]
    paid = [Fault(kind=FaultKind.OUTCOME_UNKNOWN, message="broke", status=500)]
    fates = [(safe, paid)[place] for place in order]
    bench = a_bench(*fates)
    both_left = asyncio.Barrier(2)

    async def wait(_number: int) -> None:
        await both_left.wait()

    bench.vendor.meanwhile = wait
    with pytest.raises(Refused) as refused:
        await bench.generate(a_request(user("a cat"), n=2))
    assert refused.value.error.code == "provider_error"
    assert error_headers(refused.value.error, None)["x-should-retry"] == "false"


async def test_surplus_pictures_are_dropped_and_told(picture_bytes: bytes) -> None:
    bench = a_bench([Picture(source=SPOOL.from_bytes(picture_bytes), index=index) for index in range(3)])
    result = await bench.generate(a_request(user("a cat")))
    assert len(result.images) == 1
    assert [(warning.code, warning.stage) for warning in result.warnings] == [("pictures_dropped", "result")]


@pytest.mark.parametrize("count", [-1, 2**62, 10**9 + 1])
def test_a_count_that_cannot_be_is_unknown(count: int) -> None:
    assert UsageRecord(output_tokens=count, total_tokens=5).output_tokens is None
    assert UsageRecord(output_tokens=count, total_tokens=5).total_tokens == 5


async def test_an_absurd_count_costs_no_picture(picture_bytes: bytes) -> None:
    bench = a_bench(
        [Picture(source=SPOOL.from_bytes(picture_bytes)), Usage(record=UsageRecord(image_output_tokens=2**62)), Done()]
    )
    result = await bench.generate(a_request(user("a cat")))
    assert len(result.images) == 1
    assert result.cost.money is None or result.cost.money.nano >= 0


@pytest.mark.parametrize("field", ["message", "code", "request_id", "param"])
@pytest.mark.parametrize("quoted", [SECRET, f"Bearer {SECRET}!", SECRET[3:17], SECRET[-13:]])
def test_no_piece_of_a_vendors_key_is_left_in_a_fault(field: str, quoted: str) -> None:
    named: dict[str, Any] = {"message": "no", field: f"rejected: {quoted}"}
    fault = Fault(kind=FaultKind.CREDENTIAL, **named)
    said = str(getattr(without(SECRET, fault), field))
    assert said.startswith("rejected: ")
    assert not any(SECRET[start : start + 12] in said for start in range(len(SECRET) - 11))


async def test_a_picture_that_breaks_the_gateway_takes_no_other_along(
    picture_bytes: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    card = a_card(capability=Capability(native_count=3))
    bench = a_bench(painted(picture_bytes, 3), cards=(card,))
    keep, calls = bench.objects.keep, iter(range(3))

    async def breaking(blob: Blob, artifact_id: str, media_type: str) -> str:
        if next(calls) == 1:
            raise RuntimeError("a bug of ours")
        return await keep(blob, artifact_id, media_type)

    monkeypatch.setattr(bench.objects, "keep", breaking)
    result = await bench.generate(a_request(user("a cat"), n=3))
    assert len(result.images) == 2
    assert [failure.error.code for failure in result.failures] == ["internal_error"]


async def test_a_refused_link_is_told_only_when_no_other_fetch_is_still_writing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bench = a_bench([Done()], cards=(a_card(capability=Capability(max_references=2)),))
    ended: list[str] = []

    async def fetch(url: str, scope: Scope) -> Blob:
        if url.endswith("gone"):
            raise InvalidImage("gone")
        for _ in range(5):
            await asyncio.sleep(0)
        ended.append(url)
        return SPOOL.from_bytes(b"late")

    monkeypatch.setattr(type(bench.vendor), "fetch_input", lambda _vendor, url, scope: fetch(url, scope))
    links = (picture("image[0]", "http://a.example/gone"), picture("image[1]", "http://a.example/slow"))
    with pytest.raises(InvalidImage):
        await bench.generate(a_request(user(*links, "a cat")))
    assert ended == ["http://a.example/slow"]
