"""The records' routes: one of them, its progress as events, the list, stopping, deleting, telling once more."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

import pytest

from onebrush.api.app import App, Routes
from onebrush.api.doors import ImageDoor
from onebrush.api.generations import GenerationRoutes, is_of_records
from onebrush.api.handover import Handover
from onebrush.api.links import Links
from onebrush.api.origin import Origin
from onebrush.api.progress import KEEP_ALIVE
from onebrush.domain.errors import NotFound
from onebrush.domain.generation import GenerationStatus
from onebrush.domain.result import Artifact
from onebrush.domain.webhook import Delivery, Webhook
from onebrush.engine.archive import Archive, Dossier
from onebrush.engine.desk import Desk
from onebrush.engine.job import Step
from onebrush.kit import blobs
from onebrush.kit.clock import FixedClock
from onebrush.wires.openai.record import webhook_payload
from tests.api.asking import Ring, ask, scope
from tests.api.counter import NOW, PICTURE, Counter, Drawer, a_generation, a_result
from tests.wires.openai.bodies import said

pytestmark = pytest.mark.anyio

OWNER = {"Authorization": "Bearer sk-test-example"}
STRANGER = {"Authorization": "Bearer sk-test-other"}
LIST = "/v1/images/generations"
ONE = f"{LIST}/gen_1"
RUNNING, DONE = GenerationStatus.RUNNING, GenerationStatus.SUCCEEDED
WEBHOOK = Webhook(url="https://hooks.example", secret="main")
DELIVERY = Delivery(id="msg_1", generation="gen_1", url=WEBHOOK.url, secret="main", created=NOW, due=NOW)


class Door:
    """An image door that answers with its name."""

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 299, "headers": []})
        await send({"type": "http.response.body", "body": b"the door"})


class Office:
    """The whole app over a counter and a drawer."""

    def __init__(self) -> None:
        self.counter, self.drawer, self.clock = Counter(), Drawer(), FixedClock(NOW + 10)
        self.forgotten: list[str] = []
        self.told: list[str] = []
        self.routes = GenerationRoutes(
            desk=cast(Desk, self.counter),
            archive=cast(Archive, self.drawer),
            keys=Ring(),
            origin=Origin(),
            spool=blobs.Spool(None),
            handover=Handover(links=Links([b"a secret"], self.clock.now), link_ttl=3600, forget=self._forget),
            redeliver=self._redeliver,
            clock=self.clock,
        )
        nowhere = cast(Any, None)
        self.app = App(
            Routes(
                door=cast(ImageDoor, Door()),
                generations=self.routes,
                pictures=cast(Any, _Nothing()),
                models=cast(Any, _Nothing()),
                ready=lambda: nowhere,
                draining=lambda: self.counter.draining,
            )
        )

    async def _forget(self, artifacts: list[Artifact]) -> None:
        self.forgotten += [artifact.id for artifact in artifacts]

    async def _redeliver(self, generation_id: str) -> Delivery:
        self.told.append(generation_id)
        return DELIVERY

    def lay(self, status: GenerationStatus = DONE, name: str = "gen_1", **papers: Any) -> None:
        finished = NOW + 6 if status.finished else None
        generation = a_generation(name, status=status, finished=finished)
        self.drawer.lay(Dossier(**{"generation": generation, "request": said(), **papers}))

    async def ask(self, method: str = "GET", path: str = ONE, headers: Any = OWNER, **sent: Any) -> Any:
        return await ask(self.app, method, path, headers=headers, **sent)


class _Nothing:
    """Stands for routes that no request of these tests is for."""

    def __getattr__(self, name: str) -> Any:
        async def nothing(_: Any) -> None:
            raise NotFound("another route")

        return nothing


# Which route


@pytest.mark.parametrize(
    ("method", "path", "records"),
    [
        ("POST", LIST, False),
        ("GET", LIST, True),
        ("DELETE", LIST, True),
        ("GET", f"/wrapped{LIST}", True),
        ("POST", f"/wrapped{LIST}", False),
        ("GET", ONE, True),
        ("POST", ONE, True),
        ("POST", f"{ONE}/webhook", True),
        ("GET", f"{ONE}/webhook/more", False),
        ("GET", "/v1/images/edits", False),
        ("GET", "/v1/images/img_1", False),
        ("GET", f"{LIST}/a/b", False),
        ("GET", f"{LIST}s", False),
    ],
)
async def test_the_list_and_what_is_below_it_are_the_records(method: str, path: str, records: bool) -> None:
    assert is_of_records({**scope(path), "method": method}) is records


@pytest.mark.parametrize("base", ["", "/v1", "/v1/v1"])
async def test_the_door_stays_where_it_is_beside_the_list(base: str) -> None:
    office = Office()
    office.lay()

    assert (await office.ask("POST", f"{base}{LIST}/")).text == "the door"
    assert (await office.ask("GET", f"{base}{LIST}/")).json()["object"] == "list"
    assert (await office.ask("GET", f"{base}{ONE}/")).json()["id"] == "gen_1"


@pytest.mark.parametrize(
    ("method", "path", "names"),
    [("PUT", LIST, "GET and POST"), ("POST", ONE, "GET and DELETE"), ("GET", f"{ONE}/webhook", "POST")],
)
async def test_another_method_is_told_which_there_are(method: str, path: str, names: str) -> None:
    answer = await Office().ask(method, path)

    assert (answer.status_code, answer.json()["error"]["code"]) == (405, "method_not_allowed")
    assert f"takes {names}, not {method}" in answer.json()["error"]["message"]


@pytest.mark.parametrize(("method", "path"), [("GET", LIST), ("GET", ONE), ("DELETE", ONE), ("POST", f"{ONE}/webhook")])
async def test_nothing_is_shown_or_changed_without_the_owners_key(method: str, path: str) -> None:
    office = Office()
    office.lay(delivery=DELIVERY)
    nobody, stranger = await office.ask(method, path, headers={}), await office.ask(method, path, headers=STRANGER)

    assert nobody.status_code == 401
    assert stranger.status_code == (200 if path == LIST else 404)
    assert path != LIST or office.drawer.asked[0].key == "key_2"
    assert (office.drawer.forgotten, office.counter.stopped, office.told) == ([], [], [])


# One record


async def test_a_record_is_read_with_its_pictures_inline_as_they_were_asked_for() -> None:
    office = Office()
    office.lay(result=a_result())
    answer = await office.ask()

    record = answer.json()
    assert (answer.status_code, answer.headers["x-request-id"], record["status"]) == (200, "gen_1", "succeeded")
    assert base64.b64decode(record["result"]["data"][0]["b64_json"]) == PICTURE
    assert record["links"] == {"self": f"http://gate.example{ONE}"}
    assert office.drawer.read == [("gen_1", True)]


async def test_the_wrapped_base_wraps_it() -> None:
    office = Office()
    office.lay(RUNNING)
    told = (await office.ask(path=f"/wrapped{ONE}")).json()

    assert (told["code"], told["msg"], told["data"]["id"]) == (200, "Success", "gen_1")
    assert told["data"]["links"]["cancel"] == f"http://gate.example/wrapped{ONE}"
    missing = await office.ask(path=f"/wrapped{LIST}/gen_2")
    assert (missing.status_code, missing.json()["code"], missing.json()["data"]) == (404, 404, None)


async def test_a_record_that_is_not_there_is_a_404() -> None:
    answer = await Office().ask(path=f"{LIST}/gen_%00%3Cb%3E")

    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize(("form", "forgotten"), [("b64_json", ["img_0"]), ("url", [])])
async def test_pictures_that_are_not_to_be_stored_go_when_their_record_delivered_them(
    form: Any, forgotten: list[str]
) -> None:
    office = Office()
    office.lay(result=a_result(answer_form=form, store=False))
    record = (await office.ask()).json()

    assert (list(record["result"]["data"][0]), office.forgotten) == (["url" if form == "url" else form], forgotten)


# Stopping and deleting


async def test_deleting_what_is_at_work_asks_it_to_stop_again_and_again() -> None:
    office = Office()
    office.lay(RUNNING)
    answers = [await office.ask("DELETE") for _ in range(2)]

    assert [(answer.status_code, answer.json()["id"]) for answer in answers] == [(202, "gen_1")] * 2
    assert (office.counter.stopped, office.drawer.forgotten) == (["gen_1", "gen_1"], [])


@pytest.mark.parametrize("status", [status for status in GenerationStatus if status.finished])
async def test_deleting_what_is_finished_deletes_it(status: GenerationStatus) -> None:
    office = Office()
    office.lay(status)
    answer = await office.ask("DELETE")

    assert answer.json() == {"id": "gen_1", "object": "image.generation", "deleted": True}
    assert (office.drawer.forgotten, office.counter.stopped) == (["gen_1"], [])
    assert (await office.ask("DELETE")).status_code == 404


# Telling once more


async def test_a_webhook_is_told_once_more() -> None:
    office = Office()
    office.lay(delivery=DELIVERY)
    answer = await office.ask("POST", f"{ONE}/webhook")

    assert (answer.status_code, answer.json()["webhook"]["status"], office.told) == (202, "pending", ["gen_1"])


async def test_what_is_at_work_will_be_told_of_in_any_case() -> None:
    office = Office()
    office.lay(RUNNING, request=replace(said(), webhook=WEBHOOK))
    answer = await office.ask("POST", f"{ONE}/webhook")

    assert (answer.status_code, office.told) == (202, [])


async def test_without_a_webhook_there_is_nobody_to_tell() -> None:
    office = Office()
    office.lay()

    assert (await office.ask("POST", f"{ONE}/webhook")).status_code == 404
    assert office.told == []


async def test_a_webhook_tells_the_same_at_each_try() -> None:
    office = Office()
    done = Dossier(generation=a_generation(status=DONE, finished=NOW + 6), result=a_result())
    first, again = b"", b""
    for _ in range(2):
        first, again = again, webhook_payload(done, office.routes.handover.linker(done.result, "https://asked.example"))
        office.clock.advance(600)

    assert first == again
    told = json.loads(first)
    assert told["type"] == "image.generation.succeeded"
    assert told["data"]["result"]["data"][0]["url"].startswith("https://asked.example/v1/images/img_0/content?")


# Lists


async def test_a_list_is_a_page_of_records_without_bytes() -> None:
    office = Office()
    for number in range(3):
        office.lay(name=f"gen_{number}", result=a_result())
    page = (await office.ask(path=f"{LIST}?limit=2")).json()

    assert (page["object"], page["has_more"], page["first_id"], page["last_id"]) == ("list", True, "gen_0", "gen_1")
    assert [record["id"] for record in page["data"]] == ["gen_0", "gen_1"]
    assert all(list(record["result"]["data"][0]) == ["url"] for record in page["data"])
    assert not any(with_bytes for _, with_bytes in office.drawer.read)


async def test_nothing_is_an_empty_page() -> None:
    page = (await Office().ask(path=LIST)).json()

    assert page == {"object": "list", "data": [], "has_more": False, "first_id": None, "last_id": None}


async def test_filters_and_cursor_are_handed_on() -> None:
    office = Office()
    office.lay(name="gen_9")
    query = "status=succeeded&model=painter-1&created_after=5&created_before=9&limit=100&after=gen_9&envelope=plain"
    await office.ask(path=f"{LIST}?{query}")
    [wanted] = office.drawer.asked

    assert (wanted.key, wanted.limit, wanted.status, wanted.model) == ("key_1", 100, "succeeded", "painter-1")
    assert (wanted.created_from, wanted.created_to, wanted.before) == (5, 9, "gen_9")


@pytest.mark.parametrize(
    ("query", "param"),
    [
        ("limit=0", "limit"),
        ("limit=101", "limit"),
        ("limit=ten", "limit"),
        ("limit=", "limit"),
        ("limit=%C2%B2", "limit"),
        ("status=done", "status"),
        ("status=", "status"),
        ("model=", "model"),
        (f"model={'m' * 201}", "model"),
        ("created_after=-1", "created_after"),
        ("created_before=yesterday", "created_before"),
        ("after=img_1", "after"),
        ("after=gen_unknown", "after"),
        ("limit=5&limit=6", "limit"),
        ("order=asc", "order"),
        ("page=2", "page"),
    ],
)
async def test_a_query_that_makes_no_sense_is_refused_naming_the_parameter(query: str, param: str) -> None:
    office = Office()
    answer = await office.ask(path=f"{LIST}?{query}")

    assert (answer.status_code, answer.json()["error"]["param"]) == (400, param)
    assert office.drawer.asked == []


async def test_a_query_of_very_many_parameters_is_refused() -> None:
    assert (await Office().ask(path=f"{LIST}?{'&'.join(['limit=5'] * 30)}")).status_code == 400


# Events


class Listener:
    """A connection that listens to a record's events, and may hang up."""

    def __init__(self, office: Office, name: str = "gen_1", key: bytes = b"Bearer sk-test-example") -> None:
        self._gone = asyncio.Event()
        self._begun = False
        self.status = 0
        self.headers: dict[bytes, bytes] = {}
        self.text = b""
        self.ended = False
        asked = {
            **scope(f"{LIST}/{name}"),
            "method": "GET",
            "headers": [(b"authorization", key), (b"accept", b"application/json;q=0.1, Text/Event-Stream")],
        }
        self.call = asyncio.create_task(office.app(asked, self.receive, self.send))

    async def receive(self) -> Any:
        if not self._begun:
            self._begun = True
            return {"type": "http.request", "body": b""}
        await self._gone.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status, self.headers = message["status"], dict(message["headers"])
        else:
            self.text += bytes(message["body"])
            self.ended = not message["more_body"]

    def hang_up(self) -> None:
        self._gone.set()

    @property
    def events(self) -> list[tuple[str, Any]]:
        blocks = [block for block in self.text.decode().split("\n\n") if block.startswith("event: ")]
        return [(name[7:], json.loads(data[6:])) for name, _, data in (block.partition("\n") for block in blocks)]


async def until(condition: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110 - a double has no event to wait for
            await asyncio.sleep(0)


async def test_progress_is_told_step_by_step_and_the_record_at_the_end() -> None:
    office = Office()
    office.lay(RUNNING)
    listener = Listener(office)
    office.counter.told.put_nowait(Step(status=RUNNING, of=2))
    office.counter.told.put_nowait(Step(status=GenerationStatus.COLLECTING, done=1, failed=1, of=2))
    await until(lambda: len(listener.events) == 2)
    office.lay(result=a_result())
    office.counter.told.put_nowait(None)
    await listener.call

    progress = {"id": "gen_1", "object": "image.generation.progress"}
    (first, one), (second, two), (last, record) = listener.events
    assert (first, one) == ("progress", {**progress, "status": "running", "done": 0, "failed": 0, "of": 2})
    assert (second, two) == ("progress", {**progress, "status": "collecting", "done": 1, "failed": 1, "of": 2})
    assert (last, record["status"], listener.ended) == ("image.generation.succeeded", "succeeded", True)
    assert base64.b64decode(record["result"]["data"][0]["b64_json"]) == PICTURE
    assert listener.status == 200
    assert listener.headers[b"content-type"].startswith(b"text/event-stream")
    assert b"content-length" not in listener.headers


async def test_silence_is_broken_by_comments() -> None:
    office = Office()
    office.lay(RUNNING)
    listener = Listener(office)
    for beat in (1, 2):
        await until(lambda: office.clock.sleeping)
        office.clock.advance(KEEP_ALIVE)
        await until(lambda: listener.text.count(b": keep-alive\n\n") == beat)  # noqa: B023 - it is over within the turn
    office.lay(GenerationStatus.FAILED)
    office.counter.told.put_nowait(None)
    await listener.call

    assert [name for name, _ in listener.events] == ["image.generation.failed"]
    assert office.clock.sleeping == 0


async def test_the_stream_ends_when_its_listener_leaves() -> None:
    office = Office()
    office.lay(RUNNING)
    before = asyncio.all_tasks()
    listener = Listener(office)
    office.counter.told.put_nowait(Step(status=RUNNING))
    await until(lambda: listener.events)
    listener.hang_up()
    async with asyncio.timeout(20):
        await listener.call

    assert (listener.ended, [name for name, _ in listener.events]) == (False, ["progress"])
    assert (asyncio.all_tasks() - before - {listener.call}, office.clock.sleeping) == (set(), 0)


async def test_the_stream_ends_when_the_gateway_is_stopped() -> None:
    office = Office()
    office.lay(RUNNING)
    listener = Listener(office)
    await until(lambda: office.clock.sleeping)
    office.counter.draining = True
    office.clock.advance(KEEP_ALIVE)
    await listener.call

    assert (listener.ended, listener.events) == (True, [])


@pytest.mark.parametrize(("name", "key"), [("gen_2", b"Bearer sk-test-example"), ("gen_1", b"Bearer sk-test-other")])
async def test_of_a_record_that_is_not_ones_own_nothing_is_streamed(name: str, key: bytes) -> None:
    office = Office()
    office.lay(RUNNING)
    listener = Listener(office, name, key)
    await listener.call

    assert (listener.status, json.loads(listener.text)["error"]["code"]) == (404, "not_found")


# The gateway is stopped


@pytest.mark.parametrize("draining", [False, True])
async def test_while_it_is_stopped_every_answer_closes_its_connection(draining: bool) -> None:
    office = Office()
    office.counter.draining = draining
    office.lay()
    answers = [
        await office.ask(),
        await office.ask("POST", LIST),
        await office.ask(path="/healthz"),
        await office.ask(path="/x"),
    ]

    assert [answer.headers.get("connection") for answer in answers] == ["close" if draining else None] * 4
