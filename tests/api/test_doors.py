"""The image door before and after the engine: which request it hands on, and how a rehearsal is answered."""

from __future__ import annotations

import asyncio
import base64
from dataclasses import replace
from typing import Any, cast

import pytest
from starlette.types import Scope

from onebrush.api.doors import DoorSettings, ImageDoor
from onebrush.api.links import Links
from onebrush.api.origin import Origin
from onebrush.domain.errors import NotFound
from onebrush.domain.key import ApiKey
from onebrush.domain.rehearsal import Rehearsal
from onebrush.domain.request import GenerationRequest
from onebrush.domain.warning import RequestWarning
from onebrush.engine.generate import Engine
from onebrush.kit import blobs
from tests.api.asking import Ring, ask
from tests.kit.forms import CONTENT_TYPE, a_file, form
from tests.wires.openai.rehearsals import REHEARSAL

pytestmark = pytest.mark.anyio

AUTHORIZED = {"Authorization": "Bearer sk-test-example"}
PICTURE = b"\x07" * 300
WARNING = RequestWarning(code="unknown_field", message="no", param="x")


class Rehearser:
    """An engine that only rehearses, and remembers what it was asked."""

    def __init__(self) -> None:
        self.asked: list[GenerationRequest] = []
        self.open: list[int] = []

    async def rehearse(self, request: GenerationRequest, key: ApiKey, generation: str, scope: blobs.Scope) -> Rehearsal:
        self.asked.append(request)
        self.open.append(scope.spool.in_memory)
        return replace(REHEARSAL, id=generation, warnings=(*request.warnings, WARNING))

    async def generate(self, request: GenerationRequest, key: ApiKey, generation: str, scope: blobs.Scope) -> None:
        self.asked.append(request)
        raise NotFound("bought nothing")


class Entrance:
    """A door before a rehearser."""

    def __init__(self) -> None:
        self.engine = Rehearser()
        self.spool = blobs.Spool(None)
        self.door = ImageDoor(
            engine=cast(Engine, self.engine),
            keys=Ring(),
            links=Links([b"a secret"], lambda: 0.0),
            origin=Origin(),
            spool=self.spool,
            forget=self._forget,
            settings=DoorSettings(),
        )

    async def _forget(self, artifacts: object) -> None:
        raise AssertionError("nothing was kept")

    async def post(self, path: str = "/v1/images/generations", **sent: Any) -> Any:
        headers = {**AUTHORIZED, **sent.pop("headers", {})}
        return await ask(self.door, "POST", path, headers=headers, **sent)


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
    assert [request.dry_run for request in entrance.engine.asked] == [True]


async def test_a_wrapped_dry_run_has_the_three_keys_and_no_data() -> None:
    answer = (await Entrance().post("/wrapped/v1/images/generations", json=BODY)).json()

    assert (answer["code"], answer["msg"], answer["data"]) == (200, "Success", None)
    assert answer["onebrush"]["dry_run"]["calls"]


async def test_the_header_asks_for_a_dry_run_too() -> None:
    entrance = Entrance()
    body = {"model": "painter", "prompt": "a cat"}
    for headers, status in [({"X-OneBrush-Dry-Run": "true"}, 200), ({"X-OneBrush-Dry-Run": "false"}, 404)]:
        assert (await entrance.post(json=body, headers=headers)).status_code == status

    assert [request.dry_run for request in entrance.engine.asked] == [True, False]


async def test_a_header_and_a_field_that_differ_are_a_400_naming_both() -> None:
    answer = await Entrance().post(json=BODY, headers={"X-OneBrush-Dry-Run": "false"})

    assert (answer.status_code, answer.json()["error"]["code"]) == (400, "conflicting_parameters")
    assert "dry_run and X-OneBrush-Dry-Run" in answer.json()["error"]["message"]


@pytest.mark.parametrize("name", ["X-OneBrush-Max-Cost", "X-OneBrush-DryRun", "X-OneBrush-Strickt"])
async def test_a_header_that_is_to_keep_from_buying_is_not_overlooked(name: str) -> None:
    entrance = Entrance()
    answer = await entrance.post(json=BODY, headers={name: "true"})

    assert (answer.status_code, entrance.engine.asked) == (400, [])
    assert answer.json()["error"]["param"].lower() == name.lower()


async def test_a_header_that_looks_like_ours_and_is_not_is_told() -> None:
    entrance = Entrance()
    await entrance.post(json=BODY, headers={"X-OneBrush-Exact-Size": "true"})

    [warning] = entrance.engine.asked[0].warnings
    assert (warning.code, warning.param) == ("header_ignored", "x-onebrush-exact-size")


@pytest.mark.parametrize("name", ["Prefer", "Idempotency-Key"])
async def test_a_header_of_a_later_version_is_told(name: str) -> None:
    entrance = Entrance()
    await entrance.post(json=BODY, headers={name: "1"})

    [warning] = entrance.engine.asked[0].warnings
    assert (warning.code, warning.param) == ("header_ignored", name.lower())


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
    assert [image.param for image in entrance.engine.asked[0].images] == ["image[0]"]
    assert entrance.engine.open == [len(PICTURE)]
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
