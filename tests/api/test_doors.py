"""The image door before and after the engine: which request it hands on, how it waits, and how each end is answered."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest
from starlette.types import Scope

from onebrush.api.doors import ImageDoor
from onebrush.api.handover import Handover
from onebrush.api.links import Links
from onebrush.api.origin import Origin
from onebrush.api.reading import DoorSettings, Hooks
from onebrush.domain.errors import InvalidRequest, KeyReused, NoImage, OneBrushError, StorageUnavailable
from onebrush.domain.generation import GenerationStatus
from onebrush.domain.key import ApiKey
from onebrush.domain.rehearsal import Rehearsal
from onebrush.domain.request import GenerationRequest
from onebrush.domain.result import Artifact, Failure
from onebrush.domain.warning import RequestWarning
from onebrush.engine.archive import Archive, Dossier
from onebrush.engine.desk import Desk
from onebrush.engine.generate import Refused
from onebrush.kit import blobs
from onebrush.kit.clock import FixedClock
from tests.api.asking import Ring, ask
from tests.api.counter import NOW, PICTURE, Counter, Drawer, a_generation, a_result, an_image
from tests.kit.forms import CONTENT_TYPE, a_file, form
from tests.wires.openai.rehearsals import REHEARSAL

pytestmark = pytest.mark.anyio

AUTHORIZED = {"Authorization": "Bearer sk-test-example"}
WARNING = RequestWarning(code="unknown_field", message="no", param="x")


class Entrance:
    """A door before a rehearser and a counter."""

    def __init__(self, **settings: Any) -> None:
        self.asked: list[GenerationRequest] = []
        self.open: list[int] = []
        self.forgotten: list[str] = []
        self.checked: list[str] = []
        self.counter, self.drawer = Counter(), Drawer(open=True)
        self.counter.ready.set()
        self.spool = blobs.Spool(None)
        self.clock = FixedClock(NOW + 10)
        self.door = ImageDoor(
            rehearse=self._rehearse,
            desk=cast(Desk, self.counter),
            archive=cast(Archive, self.drawer),
            keys=Ring(),
            origin=Origin(),
            spool=self.spool,
            handover=Handover(links=Links([b"a secret"], self.clock.now), link_ttl=3600, forget=self._forget),
            hooks=Hooks(knows=lambda name: name == "main", check=self._check),
            settings=DoorSettings(**settings),
        )

    async def _rehearse(
        self, request: GenerationRequest, key: ApiKey, generation: str, scope: blobs.Scope
    ) -> Rehearsal:
        self.asked.append(request)
        self.open.append(scope.spool.in_memory)
        return replace(REHEARSAL, id=generation, warnings=(*request.warnings, WARNING))

    async def _forget(self, artifacts: list[Artifact]) -> None:
        self.forgotten += [artifact.id for artifact in artifacts]

    async def _check(self, url: str) -> None:
        self.checked.append(url)
        if "inside" in url:
            raise InvalidRequest("The address is not public.")

    async def post(self, path: str = "/v1/images/generations", **sent: Any) -> Any:
        headers = {**AUTHORIZED, **sent.pop("headers", {})}
        return await ask(self.door, "POST", path, headers=headers, **sent)

    @property
    def entered(self) -> GenerationRequest:
        return self.counter.entered[-1][0]


BODY: dict[str, Any] = {"model": "painter", "prompt": "a cat", "dry_run": True}


async def test_a_dry_run_is_rehearsed_and_answered_without_data() -> None:
    entrance = Entrance()
    answer = await entrance.post(json=BODY)

    own = answer.json()["onebrush"]
    assert (answer.status_code, list(answer.json())) == (200, ["onebrush"])
    assert answer.headers["x-request-id"] == own["id"]
    assert answer.headers["x-onebrush-warnings"] == "unknown_field"
    assert "x-onebrush-cost" not in answer.headers
    assert own["dry_run"]["calls"]
    assert [request.dry_run for request in entrance.asked] == [True]


async def test_a_wrapped_dry_run_has_the_three_keys_and_no_data() -> None:
    answer = (await Entrance().post("/wrapped/v1/images/generations", json=BODY)).json()

    assert (answer["code"], answer["msg"], answer["data"]) == (200, "Success", None)
    assert answer["onebrush"]["dry_run"]["calls"]


async def test_the_header_asks_for_a_dry_run_too() -> None:
    entrance = Entrance()
    body = {"model": "painter", "prompt": "a cat"}
    for said in ("true", "false"):
        assert (await entrance.post(json=body, headers={"X-OneBrush-Dry-Run": said})).status_code == 200

    assert ([request.dry_run for request in entrance.asked], entrance.entered.dry_run) == ([True], False)


async def test_a_header_and_a_field_that_differ_are_a_400_naming_both() -> None:
    answer = await Entrance().post(json=BODY, headers={"X-OneBrush-Dry-Run": "false"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "conflicting_parameters")
    assert "dry_run and X-OneBrush-Dry-Run" in answer.json()["error"]["message"]


@pytest.mark.parametrize("name", ["X-OneBrush-Max-Cost", "X-OneBrush-DryRun", "X-OneBrush-Strickt"])
async def test_a_header_that_is_to_keep_from_buying_is_not_overlooked(name: str) -> None:
    entrance = Entrance()
    answer = await entrance.post(json=BODY, headers={name: "true"})

    assert (answer.status_code, entrance.asked) == (400, [])
    assert answer.json()["error"]["param"].lower() == name.lower()


async def test_a_header_that_looks_like_ours_and_is_not_is_told() -> None:
    entrance = Entrance()
    await entrance.post(json=BODY, headers={"X-OneBrush-Exact-Size": "true"})

    [warning] = entrance.asked[0].warnings
    assert (warning.code, warning.param) == ("header_ignored", "x-onebrush-exact-size")


async def test_a_preference_that_nobody_knows_is_told() -> None:
    entrance = Entrance()
    await entrance.post(json=BODY, headers={"Prefer": "return=minimal"})

    [warning] = entrance.asked[0].warnings
    assert (warning.code, warning.param) == ("header_ignored", "Prefer")


@pytest.mark.parametrize("base", ["", "/wrapped"])
async def test_edits_is_the_same_door_and_demands_a_picture(base: str) -> None:
    entrance = Entrance()
    picture = f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}"
    bare = await entrance.post(base + "/v1/images/edits", json=BODY)
    given = await entrance.post(base + "/v1/images/edits", json={**BODY, "image": picture})

    assert (bare.status_code, given.status_code) == (400, 200)
    assert "image" in (bare.json()["msg"] if base else bare.json()["error"]["param"])


@pytest.mark.parametrize("path", ["/v1/images/generations", "/v1/images/edits", "/wrapped/v1/images/edits"])
async def test_forms_are_taken_on_every_door_and_their_pictures_let_go_afterwards(path: str) -> None:
    entrance = Entrance()
    body = form(*(list(pair) for pair in {"model": "painter", "prompt": "a cat", "dry_run": "true"}.items()),
                a_file("image[]", PICTURE))  # fmt: skip
    answer = await entrance.post(path, content=body, headers={"Content-Type": CONTENT_TYPE})

    assert answer.status_code == 200
    assert [image.param for image in entrance.asked[0].images] == ["image[0]"]
    assert entrance.open == [len(PICTURE)]
    assert entrance.spool.in_memory == 0


@pytest.mark.parametrize("content_type", [CONTENT_TYPE, "application/json"])
async def test_without_a_key_not_a_byte_of_the_body_is_asked_for(content_type: str) -> None:
    entrance = Entrance()
    sent: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("the body was read")

    async def send(message: Any) -> None:
        sent.append(message)

    scope: Scope = {
        "type": "http", "method": "POST", "path": "/v1/images/edits", "query_string": b"", "scheme": "http",
        "headers": [(b"content-type", content_type.encode()), (b"authorization", b"Bearer sk-unknown")],
    }  # fmt: skip
    async with asyncio.timeout(20):
        await entrance.door(scope, receive, send)

    assert sent[0]["status"] == 401


# Waiting for pictures


CAT: dict[str, Any] = {"model": "painter", "prompt": "a cat"}
REFUSED = NoImage("The vendor gave no picture.", retry=False)


async def test_a_caller_waits_to_the_end_and_gets_the_pictures() -> None:
    entrance = Entrance()
    answer = await entrance.post(json=CAT)

    [(generation, served)] = entrance.counter.left
    assert (answer.status_code, base64.b64decode(answer.json()["data"][0]["b64_json"])) == (200, PICTURE)
    assert (answer.headers["x-request-id"], served) == (generation, True)
    assert (entrance.counter.waited, entrance.entered.asynchronous) == ([None], False)
    assert not {"idempotent-replayed", "preference-applied", "location"} & set(answer.headers)


async def test_the_desk_is_told_the_origin_and_by_what_the_request_is_known() -> None:
    entrance = Entrance()
    await entrance.post(json=CAT, headers={"Idempotency-Key": "one", "x-stainless-retry-count": "1"})
    await entrance.post(json={"prompt": "a cat", "model": "painter"})
    (_, first, origin), (_, second, _) = entrance.counter.entered

    assert (origin, first.idempotency, first.retried) == ("http://gate.example", "one", True)
    assert (second.idempotency, second.retried, second.digest) == (None, False, first.digest)


async def test_an_edit_is_another_request_than_a_generation() -> None:
    entrance = Entrance()
    body = {**CAT, "image": base64.b64encode(PICTURE).decode()}
    for path in ("/v1/images/generations", "/wrapped/v1/images/generations", "/v1/images/edits"):
        await entrance.post(path, json=body)
    first, wrapped, edit = (identity.digest for _, identity, _ in entrance.counter.entered)

    assert (first == wrapped, first == edit) == (True, False)


@pytest.mark.parametrize("name", ["", "x" * 256, "\xe9"])
async def test_an_idempotency_key_that_is_none_is_refused_before_anything_begins(name: str) -> None:
    entrance = Entrance()
    answer = await entrance.post(json=CAT, headers={"Idempotency-Key": name.encode("latin-1")})

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, "Idempotency-Key")
    assert entrance.counter.entered == []


@pytest.mark.parametrize("outcome", [a_result(), REFUSED, Refused(replace(a_result(), images=()), REFUSED)])
async def test_who_joins_is_told_so_whatever_comes_of_it(outcome: Any) -> None:
    entrance = Entrance()
    entrance.counter.joins, entrance.counter.outcome = "gen_first", outcome
    answer = await entrance.post(json=CAT)

    assert answer.headers["idempotent-replayed"] == "true"
    assert answer.headers["x-request-id"] == "gen_first"
    assert entrance.counter.left == [("gen_first", True)]


async def test_pictures_that_were_not_kept_are_a_404_for_who_joins() -> None:
    entrance = Entrance()
    entrance.counter.joins, entrance.counter.outcome = "gen_first", replace(a_result(), images=())
    answer = await entrance.post(json=CAT)

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")
    assert "not kept" in answer.json()["error"]["message"]


async def test_a_key_that_stands_for_another_body_is_not_to_be_tried_again() -> None:
    entrance = Entrance()
    entrance.counter.refuses = KeyReused("another body")
    answer = await entrance.post(json=CAT)

    assert (answer.status_code, answer.json()["error"]["code"]) == (409, "idempotency_key_reused")
    assert answer.headers["x-should-retry"] == "false"
    assert (entrance.counter.left, entrance.spool.in_memory) == ([], 0)


async def test_a_refusal_is_told_with_its_generation() -> None:
    entrance = Entrance()
    failed = replace(a_result(), images=(), failures=(Failure(index=0, error=REFUSED),))
    entrance.counter.outcome = Refused(failed, REFUSED)
    answer = await entrance.post(json=CAT)

    assert (answer.status_code, answer.headers["x-should-retry"]) == (502, "false")
    assert answer.json()["onebrush"]["failures"][0]["code"] == "no_image"
    assert "x-onebrush-cost" in answer.headers
    assert [served for _, served in entrance.counter.left] == [True]


async def test_an_answer_asked_for_again_has_the_same_links() -> None:
    entrance = Entrance()
    entrance.counter.outcome = a_result(answer_form="url", link_ttl=3600)
    first = (await entrance.post(json=CAT)).json()["data"]
    entrance.clock.advance(3500)
    again = (await entrance.post(json=CAT)).json()["data"]
    entrance.clock.advance(60)
    late = (await entrance.post(json=CAT)).json()["data"]

    assert (again == first, late == first) == (True, False)


@pytest.mark.parametrize(("form", "forgotten"), [("b64_json", ["img_0"]), ("url", [])])
async def test_what_is_not_to_be_stored_goes_with_the_answer_or_with_the_download(
    form: Any, forgotten: list[str]
) -> None:
    entrance = Entrance()
    entrance.counter.outcome = a_result(answer_form=form, store=False)
    answer = await entrance.post(json={**CAT, "store": False})

    assert entrance.forgotten == forgotten
    assert (answer.json()["onebrush"]["images"][0].get("stored") is False) is (form == "b64_json")


async def test_pictures_that_cannot_be_deleted_yet_spoil_no_answer() -> None:
    entrance = Entrance()
    entrance.counter.outcome = a_result(store=False, images=(an_image(), an_image(1)))

    async def fails(_: object) -> None:
        raise StorageUnavailable("locked")

    entrance.door = replace(entrance.door, handover=replace(entrance.door.handover, forget=fails))
    assert (await entrance.post(json=CAT)).status_code == 200
    assert [served for _, served in entrance.counter.left] == [True]


# Not waiting


@pytest.mark.parametrize(
    ("body", "prefer", "applied"),
    [
        ({"async": True}, None, None),
        ({}, "respond-async", "respond-async"),
        ({}, "wait=0", "wait=0"),
        ({"async": "true"}, "return=minimal", None),
    ],
)
async def test_who_does_not_wait_gets_the_record_at_once(
    body: dict[str, Any], prefer: str | None, applied: str | None
) -> None:
    entrance = Entrance()
    answer = await entrance.post(json={**CAT, **body}, headers={"Prefer": prefer} if prefer else {})

    [(generation, served)] = entrance.counter.left
    assert (answer.status_code, answer.json()["id"], answer.json()["status"]) == (202, generation, "running")
    assert answer.headers["location"] == f"http://gate.example/v1/images/generations/{generation}"
    assert (answer.headers["retry-after"], answer.headers["x-request-id"]) == ("2", generation)
    assert answer.headers.get("preference-applied") == applied
    assert (entrance.counter.waited, served, entrance.entered.asynchronous) == ([], True, True)


async def test_the_wrapped_base_gets_a_wrapped_record_and_its_own_location() -> None:
    answer = await Entrance().post("/wrapped/v1/images/generations", json={**CAT, "async": True})
    told = answer.json()

    assert (answer.status_code, told["code"], told["msg"]) == (202, 202, "Accepted")
    assert answer.headers["location"] == told["data"]["links"]["self"]
    assert answer.headers["location"].startswith("http://gate.example/wrapped/v1/images/generations/gen_")


@pytest.mark.parametrize(
    ("prefer", "done", "status", "applied"),
    [
        ("wait=7", True, 200, "wait=7"),
        ("wait=7", False, 202, "wait=7"),
        ("respond-async, wait=7", True, 200, "wait=7"),
        ("respond-async, wait=7", False, 202, "respond-async, wait=7"),
    ],
)
async def test_who_waits_a_while_gets_the_pictures_if_they_are_there_in_time(
    prefer: str, done: bool, status: int, applied: str
) -> None:
    entrance = Entrance()
    if not done:
        entrance.counter.ready.clear()
    answer = await entrance.post(json=CAT, headers={"Prefer": prefer})

    assert (answer.status_code, answer.headers["preference-applied"]) == (status, applied)
    assert (entrance.counter.waited, entrance.entered.asynchronous) == ([7.0], True)
    assert [served for _, served in entrance.counter.left] == [True]


async def test_a_record_that_is_finished_already_shows_links_and_no_bytes() -> None:
    entrance = Entrance()
    entrance.counter.joins = "gen_1"
    done = Dossier(generation=a_generation(status=GenerationStatus.SUCCEEDED), result=a_result())
    entrance.drawer.lay(done)
    record = (await entrance.post(json={**CAT, "async": True})).json()

    assert (record["status"], list(record["result"]["data"][0])) == ("succeeded", ["url"])
    assert entrance.drawer.read == [("gen_1", False)]


async def test_a_dry_run_begins_nothing_however_it_is_to_be_answered() -> None:
    entrance = Entrance()
    body = {**BODY, "async": True, "webhook": {"url": "https://hooks.example", "secret_id": "main"}}
    answer = await entrance.post(json=body, headers={"Prefer": "respond-async", "Idempotency-Key": "one"})

    assert (answer.status_code, entrance.counter.entered) == (200, [])
    assert not {"location", "preference-applied"} & set(answer.headers)


# Webhooks


async def test_a_webhook_is_handed_on_once_it_is_known_to_be_good() -> None:
    entrance = Entrance()
    await entrance.post(json={**CAT, "webhook": {"url": "https://hooks.example", "secret_id": "main"}})

    hook = entrance.entered.webhook
    assert hook is not None
    assert (hook.url, hook.secret, entrance.checked) == ("https://hooks.example", "main", ["https://hooks.example"])


@pytest.mark.parametrize(
    ("hook", "param"),
    [
        ({"url": "https://hooks.example", "secret_id": "other"}, "webhook.secret_id"),
        ({"url": "https://inside.example", "secret_id": "main"}, "webhook.url"),
    ],
)
@pytest.mark.parametrize("dry_run", [False, True])
async def test_a_webhook_that_cannot_be_told_is_refused_before_anything_begins(
    hook: dict[str, str], param: str, dry_run: bool
) -> None:
    entrance = Entrance()
    answer = await entrance.post(json={**CAT, "webhook": hook, "dry_run": dry_run})

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert (entrance.counter.entered, entrance.asked) == ([], [])


# Callers who go


class Line:
    """A connection whose caller may hang up; `cut_after` messages of the answer, if that is set."""

    def __init__(self, body: dict[str, Any], *, cut_after: int | None = None) -> None:
        self._messages: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._messages.put_nowait({"type": "http.request", "body": json.dumps(body).encode()})
        self._cut_after = cut_after
        self.asked = 0
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        self.asked += 1
        return await self._messages.get()

    async def send(self, message: Any) -> None:
        self.sent.append(message)
        if len(self.sent) == self._cut_after:
            self.hang_up()
            await asyncio.sleep(0)
            await asyncio.sleep(0)

    def hang_up(self) -> None:
        self._messages.put_nowait({"type": "http.disconnect"})

    def call(self, entrance: Entrance) -> Any:
        scope = {
            "type": "http", "method": "POST", "path": "/v1/images/generations", "query_string": b"", "scheme": "http",
            "headers": [(b"authorization", b"Bearer sk-test-example")], "server": ("127.0.0.1", 8000),
        }  # fmt: skip
        return entrance.door(scope, self.receive, self.send)


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - a double has no event to wait for
            await asyncio.sleep(0)


async def test_who_hangs_up_while_waiting_leaves_unserved_and_nothing_stays_behind() -> None:
    entrance = Entrance()
    entrance.counter.ready.clear()
    before = asyncio.all_tasks()
    line = Line(CAT)
    call = asyncio.create_task(line.call(entrance))
    await until(lambda: entrance.counter.waiting)
    line.hang_up()
    async with asyncio.timeout(20):
        await call

    assert ([served for _, served in entrance.counter.left], line.sent) == ([False], [])
    assert (entrance.counter.waiting, asyncio.all_tasks() - before) == (0, set())


async def test_a_waiting_connection_is_asked_once_whether_it_is_there() -> None:
    entrance = Entrance()
    entrance.counter.ready.clear()
    line = Line(CAT)
    call = asyncio.create_task(line.call(entrance))
    await until(lambda: entrance.counter.waiting)
    for _ in range(50):
        await asyncio.sleep(0)
    asked = line.asked
    entrance.counter.ready.set()
    await call

    assert asked == 2  # for the body, and for its end
    assert line.sent[0]["status"] == 200


@pytest.mark.parametrize("cut_after", [1, 2])
async def test_who_hangs_up_within_the_answer_was_not_served(cut_after: int) -> None:
    entrance = Entrance()
    large = blobs.Spool(None).from_bytes(b"x" * 2_000_000)
    entrance.counter.outcome = a_result(store=False, images=(replace(an_image(), blob=large),))
    line = Line({**CAT, "store": False}, cut_after=cut_after)
    await line.call(entrance)

    assert ([served for _, served in entrance.counter.left], entrance.forgotten) == ([False], [])
    assert len(line.sent) == cut_after


async def test_a_door_that_is_stopped_leaves_too() -> None:
    entrance = Entrance()
    entrance.counter.ready.clear()
    call = asyncio.create_task(Line(CAT).call(entrance))
    await until(lambda: entrance.counter.waiting)
    call.cancel()
    await asyncio.wait({call})

    assert (call.cancelled(), [served for _, served in entrance.counter.left]) == (True, [False])


async def test_an_error_inside_the_desk_leaves_too() -> None:
    entrance = Entrance()
    entrance.counter.outcome = RuntimeError("broken")
    with pytest.raises(RuntimeError):
        await entrance.post(json=CAT)

    assert [served for _, served in entrance.counter.left] == [False]


@pytest.mark.parametrize("status", [409, 429, 503])
async def test_an_sdk_is_told_when_to_come_again_or_not_to(status: int) -> None:
    class Told(OneBrushError):
        code = "told"

    Told.status = status
    entrance = Entrance()
    entrance.counter.outcome = Told("come again")
    assert "retry-after" in (await entrance.post(json=CAT)).headers

    entrance.counter.outcome = Told("never", retry=False)
    headers = (await entrance.post(json=CAT)).headers
    assert (headers["x-should-retry"], "retry-after" in headers) == ("false", False)
