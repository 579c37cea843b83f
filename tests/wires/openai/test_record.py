"""The record of a generation, whole: as it was asked, while it runs, finished, failed, and as a webhook tells of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from typing import Any

import pytest

from onebrush.domain.errors import NoImage, ProviderError, VendorSaid
from onebrush.domain.generation import Attempt, AttemptRecord, Generation, GenerationStatus
from onebrush.domain.ledger import LedgerEntry, LedgerState
from onebrush.domain.request import GenerationRequest
from onebrush.domain.result import Failure, GenerationResult
from onebrush.domain.warning import RequestWarning
from onebrush.domain.webhook import Delivery, DeliveryStatus, Webhook
from onebrush.kit.blobs import Blob, Spool
from onebrush.kit.pour import pour_json
from onebrush.wires.openai.record import enveloped, render_record, webhook_payload
from tests.wires.openai.bodies import ONE, data_uri, said
from tests.wires.openai.test_render import image, link, result

BASE = "https://gate.example"
HERE = f"{BASE}/v1/images/generations/gen_1"
SPOOL = Spool(None)


@dataclass(frozen=True, kw_only=True)
class Papers:
    generation: Generation
    attempts: tuple[AttemptRecord, ...] = ()
    entries: tuple[LedgerEntry, ...] = ()
    request: GenerationRequest | None = None
    result: GenerationResult | None = None
    error: ProviderError | None = None
    delivery: Delivery | None = None


def generation(status: GenerationStatus = GenerationStatus.RUNNING, **changes: Any) -> Generation:
    settings: dict[str, Any] = {
        "id": "gen_1", "key": "key_1", "test": True, "model": "painter-1", "provider": "acme", "request": "painter",
        "created": 1000, "finished": 1010 if status.finished else None, "origin": "https://asked.example",
    }  # fmt: skip
    return Generation(status=status, **{**settings, **changes})


def papers(status: GenerationStatus = GenerationStatus.RUNNING, **changes: Any) -> Papers:
    return Papers(**{"generation": generation(status), "request": said(), **changes})


def shown(papers: Papers, *, inline: bool = True) -> Any:
    return json.loads(b"".join(pour_json(render_record(papers, link, BASE, inline=inline))))


def attempt(name: str = "att_1", slot: int = 0, **changes: Any) -> AttemptRecord:
    sent = Attempt(id=name, generation="gen_1", slot=slot, deployment="acme-eu", model="painter-1-up", created=1001)
    return AttemptRecord(attempt=sent, **changes)


def entry(state: LedgerState, name: str = "att_1", **changes: Any) -> LedgerEntry:
    return LedgerEntry(attempt=name, generation="gen_1", key="key_1", test=True, state=state, created=1001, **changes)


# What was asked


def test_a_record_at_work_is_shown_whole() -> None:
    assert shown(papers()) == {
        "id": "gen_1",
        "object": "image.generation",
        "status": "running",
        "created": 1000,
        "finished": None,
        "model": "painter-1",
        "provider": "acme",
        "test": True,
        "request": {"model": "painter", "prompt": "a cat", "n": 1},
        "progress": {"done": 0, "of": 1},
        "result": None,
        "error": None,
        "failures": [],
        "warnings": [],
        "attempts": [],
        "cost": {"basis": "unknown"},
        "webhook": None,
        "links": {"self": HERE, "cancel": HERE},
    }


@pytest.mark.parametrize(
    ("fields", "read_as"),
    [
        ({"size": "16:9", "image_size": "2K"}, {"size": "16:9", "image_size": "2K"}),
        ({"size": "2k"}, {"size": "2k"}),
        ({"size": "1024*1024"}, {"size": "1024*1024"}),
        ({"resolution": "4K"}, {"resolution": "4K"}),
        ({"seed": "0", "watermark": False}, {"seed": 0, "watermark": False}),
        ({"response_format": "url", "n": 3}, {"response_format": "url", "n": 3}),
        ({"store": False, "strict": True, "link_ttl": 60}, {"store": False, "strict": True, "link_ttl": 60}),
        ({"async": True, "emulate": ["negative_prompt"]}, {"async": True, "emulate": ["negative_prompt"]}),
        ({"provider_options": {"acme": {"a": 10**30}}}, {"provider_options": {"acme": {"a": 10**30}}}),
    ],
)
def test_fields_stand_as_they_were_asked(fields: dict[str, Any], read_as: dict[str, Any]) -> None:
    told = shown(papers(request=said(**fields)))["request"]

    assert told == {"model": "painter", "prompt": "a cat", "n": 1, **read_as}


def test_pictures_are_told_of_and_never_shown() -> None:
    asked = said(image=data_uri(ONE), mask=data_uri(ONE))
    told = shown(papers(request=asked))["request"]

    about = {"media_type": "image/png", "bytes": len(ONE)}
    assert told["contents"] == [{"role": "user", "parts": [{"image": about}, {"text": "a cat"}]}]
    assert (told["mask"], "prompt" in told) == (about, False)


def test_a_pictures_size_is_told_when_its_bytes_are_gone_and_no_link_is() -> None:
    [given] = said(image=data_uri(ONE)).images
    turns = said(image=data_uri(ONE)).turns
    measured = replace(given, source=Blob.absent(90), width=3, height=2)
    gone = replace(said(), turns=(replace(turns[0], parts=(measured, turns[0].parts[1])),))
    linked = said(image="https://pictures.example/cat.png?token=secret")

    about = shown(papers(request=gone))["request"]["contents"][0]["parts"][0]["image"]
    assert about == {"media_type": "image/png", "width": 3, "height": 2, "bytes": 90}
    assert shown(papers(request=linked))["request"]["contents"][0]["parts"][0] == {"image": {}}


def test_of_a_request_that_is_forgotten_the_model_is_known() -> None:
    assert shown(papers(request=None))["request"] == {"model": "painter"}


# What became of it


DONE = GenerationStatus.SUCCEEDED


def test_pictures_stand_inline_where_they_were_asked_for_so_and_their_bytes_are_at_hand() -> None:
    done = papers(DONE, result=result(answer_form="b64_json"))
    inline, linked = shown(done)["result"], shown(done, inline=False)["result"]

    assert list(inline["data"][0]) == ["b64_json"]
    assert linked["data"] == [{"url": "https://gate.example/img_0"}]
    assert inline["onebrush"]["images"] == linked["onebrush"]["images"]
    assert shown(done)["links"] == {"self": HERE}


def test_a_link_stays_a_link() -> None:
    assert shown(papers(DONE, result=result()))["result"]["data"] == [{"url": "https://gate.example/img_0"}]


def test_without_bytes_a_picture_that_was_not_stored_is_left_out() -> None:
    done = papers(DONE, result=result(image(), image(1, stored=False), answer_form="b64_json"))

    assert shown(done, inline=False)["result"]["data"] == [{"url": "https://gate.example/img_0"}]
    assert len(shown(done)["result"]["data"]) == 2


def test_pictures_that_are_gone_leave_no_empty_answer() -> None:
    assert shown(papers(DONE, result=replace(result(), images=())))["result"] is None


def test_a_failed_one_says_why_with_the_vendors_words() -> None:
    vendor = VendorSaid(provider="acme", status=500, code="Boom")
    error = ProviderError("acme failed", vendor=vendor, retry=False)
    warning = RequestWarning(code="size_adjusted", message="nearest")
    failed = replace(result(), images=(), failures=(Failure(index=0, error=error),), warnings=(warning,))
    told = shown(papers(GenerationStatus.UNKNOWN, result=failed, error=error))

    said = {"provider": "acme", "status": 500, "code": "Boom"}
    assert (told["status"], told["result"]) == ("unknown", None)
    assert told["error"] == {
        "message": "acme failed", "type": "server_error", "param": None, "code": "provider_error",
        "provider_error": said,
    }  # fmt: skip
    assert told["failures"] == [
        {"index": 0, "code": "provider_error", "message": "acme failed", "provider_error": said}
    ]
    assert [warning["code"] for warning in told["warnings"]] == ["size_adjusted"]


def test_progress_counts_replies_until_the_pictures_are_counted() -> None:
    asked = said(n=4)
    at_work = papers(request=asked, attempts=(attempt(), attempt("att_2", 1, reply="{}")))
    over = papers(
        GenerationStatus.PARTIAL,
        request=asked,
        result=result(image(), image(1), failures=(Failure(index=2, error=NoImage("none")),)),
    )
    series = papers(DONE, result=result(image(), image(1), image(2)))

    assert shown(at_work)["progress"] == {"done": 1, "of": 4}
    assert shown(over)["progress"] == {"done": 2, "of": 4}
    assert shown(series)["progress"] == {"done": 3, "of": 3}


def test_each_attempt_tells_where_it_went_and_what_became_of_its_money() -> None:
    told = shown(
        papers(
            attempts=(attempt(ended="It brought a picture.", task="t-1"), attempt("att_2", 1), attempt("att_3", 2)),
            entries=(
                entry(LedgerState.RESERVED, nano=90_000_000, currency="USD", basis="computed"),
                entry(LedgerState.SENT, nano=90_000_000, currency="USD", basis="computed"),
                entry(LedgerState.SENT, "att_2"),
                entry(
                    LedgerState.SETTLED, nano=40_000_000, currency="USD", basis="reported", why="It brought a picture."
                ),
                entry(LedgerState.UNRESOLVED, "att_2", why="The answer was cut."),
            ),
        )
    )["attempts"]

    assert told[0] == {
        "id": "att_1", "index": 0, "deployment": "acme-eu", "model": "painter-1-up", "created": 1001,
        "ended": "It brought a picture.", "task": "t-1",
        "money": {"state": "settled", "amount": "0.04", "currency": "USD", "basis": "reported"},
    }  # fmt: skip
    assert told[1]["money"] == {"state": "unresolved", "basis": "unknown", "why": "The answer was cut."}
    assert (told[2]["index"], told[2]["money"]) == (2, None)


def test_the_cost_is_the_generations() -> None:
    paid = generation(DONE, cost_nano=1_500_000_000, currency="CNY", basis="computed")

    assert shown(papers(generation=paid))["cost"] == {"amount": "1.5", "currency": "CNY", "basis": "computed"}


# Webhooks


URL = "https://user:word@hooks.example:8443/done?token=secret#x"


def delivery(**changes: Any) -> Delivery:
    return Delivery(id="msg_1", generation="gen_1", url=URL, secret="main", created=1, due=1, **changes)


def test_a_webhook_is_shown_without_what_may_be_a_secret() -> None:
    bare = "https://hooks.example:8443/done"
    waiting = papers(request=replace(said(), webhook=Webhook(url=URL, secret="main")))
    told = papers(DONE, delivery=delivery(status=DeliveryStatus.DELIVERED, tries=2))

    assert shown(waiting)["webhook"] == {"url": bare, "status": "pending", "tries": 0}
    assert shown(told)["webhook"] == {"url": bare, "status": "delivered", "tries": 2}
    assert "secret" not in json.dumps(shown(told))


@pytest.mark.parametrize("status", [status for status in GenerationStatus if status.finished])
def test_a_webhook_tells_the_record_with_links_on_the_origin_it_was_asked_at(status: GenerationStatus) -> None:
    told = papers(status, result=result(answer_form="b64_json"))
    payload = json.loads(webhook_payload(told, link))
    record = json.loads(json.dumps(render_record(told, link, "https://asked.example", inline=False)))

    assert payload == {"type": f"image.generation.{status}", "timestamp": "1970-01-01T00:16:50Z", "data": record}
    assert record["result"]["data"] == [{"url": "https://gate.example/img_0"}]
    assert record["links"]["self"] == "https://asked.example/v1/images/generations/gen_1"


# Envelopes


def test_a_record_may_be_wrapped() -> None:
    record: dict[str, object] = {"id": "gen_1"}

    assert enveloped(record, 202, "plain") == record
    assert enveloped(record, 202, "wrapped") == {"code": 202, "msg": "Accepted", "data": record}
    assert enveloped(record, 200, "wrapped") == {"code": 200, "msg": "Success", "data": record}
