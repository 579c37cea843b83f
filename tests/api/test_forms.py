"""Multipart bodies on the image door: the same request as in JSON, and hostile ones refused before they are read."""

from __future__ import annotations

import base64
import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import httpx
import openai
import pytest
from starlette.types import Message

from onebrush.api.intake import ClientGone, read_body
from onebrush.domain.errors import InvalidImage, InvalidRequest, OneBrushError, RequestTooLarge
from onebrush.domain.request import GenerationRequest
from onebrush.domain.turn import Image, Turn
from onebrush.kit.blobs import Scope, Spool
from onebrush.kit.lift import LiftLimits
from onebrush.wires.openai.decode import decode
from onebrush.wires.openai.form_names import FORM_NAMES
from onebrush.wires.openai.references import PLACES
from tests.api.asking import headers
from tests.kit.forms import BOUNDARY, CONTENT_TYPE, END, a_file, form, part

pytestmark = pytest.mark.anyio

ONE, TWO, MASK = (bytes([number]) * 300 for number in (1, 2, 3))
CHUNK = 1000


def uri(data: bytes) -> str:
    return f"data:image/png;base64,{base64.b64encode(data).decode()}"


class Sender:
    """A client that sends a body in pieces, and counts how many were asked for."""

    def __init__(self, body: bytes, chunk: int = CHUNK) -> None:
        self._body = body
        self._chunk = chunk
        self.sent = 0

    async def receive(self) -> Message:
        piece = self._body[self.sent : self.sent + self._chunk]
        self.sent += len(piece)
        return {"type": "http.request", "body": piece, "more_body": self.sent < len(self._body)}


async def value_of(sender: Sender, content_type: str, **named: str) -> object:
    sent = headers(content_type=content_type, **named)
    return await read_body(sent, sender.receive, PLACES, FORM_NAMES, Scope(Spool(None)), LiftLimits())


async def read(body: bytes, content_type: str = CONTENT_TYPE) -> GenerationRequest:
    return with_bytes(decode(await value_of(Sender(body), content_type)))


async def refusal(body: bytes, content_type: str = CONTENT_TYPE) -> OneBrushError:
    with pytest.raises(OneBrushError) as refused:
        await read(body, content_type)
    return refused.value


async def said(body: dict[str, Any]) -> GenerationRequest:
    return await read(json.dumps(body).encode(), "application/json")


def with_bytes(request: GenerationRequest) -> GenerationRequest:
    """The same request, its pictures as plain bytes, so that two can be compared whole."""
    turns = tuple(
        Turn(role=turn.role, parts=tuple(plain(part) if isinstance(part, Image) else part for part in turn.parts))
        for turn in request.turns
    )
    mask, markup = (image and plain(image) for image in (request.mask, request.markup))
    return replace(request, turns=turns, mask=mask, markup=markup)


def plain(image: Image) -> Image:
    source: Any = image.source if isinstance(image.source, str) else image.source.read()
    return replace(image, source=source)


# The same request in JSON and as a form

BASE = {"model": "painter", "prompt": 'a "cat"\nin a hat'}
FIELDS = [part(name, value) for name, value in BASE.items()]
CONTENTS = [{"role": "user", "parts": [{"image": uri(ONE)}, {"text": "a cat"}]}]

ALIKE: dict[str, tuple[dict[str, Any], Sequence[bytes]]] = {
    "one file": ({"image": uri(ONE)}, [a_file("image", ONE)]),
    "one in a list": ({"image": [uri(ONE)]}, [a_file("image[]", ONE)]),
    "repeated": ({"image": [uri(ONE), uri(TWO)]}, [a_file("image", ONE), a_file("image", TWO)]),
    "repeated with brackets": ({"image": [uri(ONE), uri(TWO)]}, [a_file("image[]", ONE), a_file("image[]", TWO)]),
    "numbered": ({"image": [uri(ONE), uri(TWO)]}, [a_file("image[1]", TWO), a_file("image[0]", ONE)]),
    "images": ({"images": [uri(ONE), uri(TWO)]}, [a_file("images", ONE), a_file("images", TWO)]),
    "as text": ({"image": [uri(ONE), uri(TWO)]}, [part("image", uri(ONE)), part("image[]", uri(TWO))]),
    "a link": ({"image": "https://a.example/b.png"}, [part("image", "https://a.example/b.png")]),
    "an id": ({"image": "img_kept"}, [part("image", "img_kept")]),
    "objects": ({"images": [{"image_url": uri(ONE)}]}, [part("images", json.dumps([{"image_url": uri(ONE)}]))]),
    "a nested file": ({"images": [{"image_url": uri(ONE)}]}, [a_file("images[0][image_url]", ONE)]),
    "a mask": ({"image": uri(ONE), "mask": uri(MASK)}, [a_file("image", ONE), a_file("mask", MASK)]),
    "a markup": ({"image": uri(ONE), "markup": uri(MASK)}, [a_file("image", ONE), a_file("markup", MASK)]),
    "a mask with brackets": ({"image": uri(ONE), "mask": uri(MASK)}, [a_file("image", ONE), a_file("mask[]", MASK)]),
    "a list repeated": (
        {"emulate": ["negative_prompt", "negative_prompt"], "response_modalities": ["text", "image"],
         "tools": [{"type": "web_search"}, {"type": "web_search"}]},
        [*[part("emulate", "negative_prompt")] * 2, part("response_modalities", "text"),
         part("response_modalities[]", "image"), *[part("tools", '{"type": "web_search"}')] * 2],
    ),
    "options of a provider of one's own": (
        {"provider_options": {"acme": {"a": 1}, "b": {"c": {"d": "[1"}}}},
        [part("provider_options[acme]", '{"a": 1}'), part("provider_options[b][c][d]", "[1")],
    ),
    "numbers and flags": (
        {"n": 2, "seed": 0, "watermark": False, "guidance_scale": 2.5, "output_compression": 40, "store": False,
         "strict": True, "dry_run": True, "exact_size": True, "size": "16:9", "link_ttl": 60},
        [part(name, value) for name, value in
         {"n": "2", "seed": "0", "watermark": "false", "guidance_scale": "2.5", "output_compression": "40",
          "store": "false", "strict": "true", "dry_run": "True", "exact_size": "true", "size": "16:9",
          "link_ttl": "60"}.items()],
    ),
    "text that looks like more": (
        {"negative_prompt": "1", "quality": "high", "user": '{"a": 1}'},
        [part("negative_prompt", "1"), part("quality", "high"), part("user", '{"a": 1}')],
    ),
    "nested names": (
        {"svg": {"model": "fast"}, "sequential_image_generation_options": {"max_images": 3},
         "parameters": {"size": "1328*1328", "n": 2}},
        [part("svg[model]", "fast"), part("sequential_image_generation_options[max_images]", "3"),
         part("parameters[size]", "1328*1328"), part("parameters[n]", "2")],
    ),
    "objects as JSON text": (
        {"parameters": {"seed": 4, "watermark": True}, "metadata": {"a": [1]}, "tools": [{"type": "web_search"}],
         "provider_options": {"ark": {"x": {"y": None}}}, "emulate": ["negative_prompt"]},
        [part("parameters", '{"seed": 4, "watermark": true}'), part("metadata", '{"a": [1]}'),
         part("tools", '[{"type": "web_search"}]'), part("provider_options[ark]", '{"x": {"y": null}}'),
         part("emulate[]", "negative_prompt")],
    ),
    "a conversation": ({"contents": CONTENTS}, [part("contents", json.dumps(CONTENTS))]),
    "a conversation in parts": (
        {"contents": CONTENTS},
        [part("contents[0][role]", "user"), a_file("contents[0][parts][0][image]", ONE),
         part("contents[0][parts][1][text]", "a cat")],
    ),
    "unknown": ({"seeed": "4", "api_base": "https://evil.example"},
                [part("seeed", "4"), part("api_base", "https://evil.example")]),
}  # fmt: skip


@pytest.mark.parametrize("name", ALIKE)
async def test_a_form_and_json_make_the_same_request(name: str) -> None:
    fields, parts = ALIKE[name]

    assert await read(form(*FIELDS, *parts)) == await said({**BASE, **fields})


async def test_no_file_chosen_for_a_mask_is_no_mask() -> None:
    nothing = part("mask", b"", filename="", kind="application/octet-stream")

    assert (await read(form(*FIELDS, a_file("image", ONE), nothing))).mask is None


@pytest.mark.parametrize(
    "name", ["webhook", "stream", "async", "partial_images", "image", "image[]", "mask", "previous_image_id"]
)
async def test_a_field_left_empty_says_nothing(name: str) -> None:
    assert await read(form(*FIELDS, part(name, ""))) == await said(BASE)


async def test_the_sdks_own_form_is_read() -> None:
    sent: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        sent.append(request)
        return httpx.Response(200, json={"created": 1, "data": []})

    with openai.OpenAI(
        base_url="http://gate.example/v1",
        api_key="sk-test-example",
        http_client=httpx.Client(transport=httpx.MockTransport(answer)),
    ) as client:
        client.images.edit(model="painter", prompt="a cat", image=[ONE, TWO], mask=MASK, n=2, size="1024x1024")
    read_as = await read(sent[0].read(), sent[0].headers["content-type"])

    mask: Any = read_as.mask
    sources: list[Any] = [image.source for image in (*read_as.images, mask)]
    assert sources == [ONE, TWO, MASK]
    assert (read_as.n, str(read_as.size.pixels), read_as.warnings) == (2, "1024x1024", ())


# Hostile forms


REFUSED: dict[str, tuple[bytes, type[OneBrushError], str | None]] = {
    "one field twice": (form(*FIELDS, part("seed", "1"), part("seed", "1")), InvalidRequest, "seed"),
    "two prompts": (form(*FIELDS, part("prompt", "a dog")), InvalidRequest, "prompt"),
    "two masks": (form(*FIELDS, a_file("mask", MASK), a_file("mask", MASK)), InvalidRequest, "mask"),
    "nested": (form(*FIELDS, part("image", "x", kind="multipart/mixed; boundary=y")), InvalidRequest, None),
    "cut off": (form(*FIELDS, a_file("image", ONE))[:-30], InvalidRequest, None),
    "another boundary": (form(*FIELDS).replace(BOUNDARY, b"other"), InvalidRequest, None),
    "JSON after all": (b'{"model": "painter"}', InvalidRequest, None),
    "broken base64": (form(*FIELDS, part("image", uri(ONE) + "!")), InvalidImage, "image"),
    "no picture": (form(*FIELDS, part("image", "cat.png")), InvalidImage, "image"),
    "broken JSON": (form(*FIELDS, part("contents", "[}")), InvalidRequest, "contents"),
    "a second field in JSON": (form(*FIELDS, part("tools", '[], "n": []')), InvalidRequest, "tools"),
    "no text": (form(part("model", b"\xff"), part("prompt", "a cat")), InvalidRequest, "model"),
    "an empty form": (END, InvalidRequest, "prompt"),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_makes_no_sense_is_a_400_naming_the_field(name: str) -> None:
    body, kind, param = REFUSED[name]
    refused = await refusal(body)

    assert isinstance(refused, kind)
    assert (refused.status, refused.param) == (400, param)


LARGE: dict[str, bytes] = {
    "a hundred thousand parts": form(*(part(f"a{number}", "v") for number in range(100_000))),
    "a hundred thousand headers": form(part("a", "v", *(f"X-{number}: v" for number in range(100_000)))),
    "a name of a megabyte": form(part("a" * 1_000_000, "v")),
    "a text of ten megabytes": form(part("prompt", "a" * 10_000_000)),
    "a field of ten megabytes twice": form(part("a", "v"), part("a", "v"), part("b", "v" * 10_000_000)),
    "JSON of a million values": form(part("metadata", "[" + "1," * 1_000_000 + "1]")),
    "JSON of a hundred thousand levels": form(part("metadata", "[" * 100_000 + "]" * 100_000)),
}


@pytest.mark.parametrize("name", LARGE)
async def test_excess_is_refused_before_much_of_it_was_read(name: str) -> None:
    sender = Sender(LARGE[name], chunk=16_384)
    with pytest.raises((InvalidRequest, RequestTooLarge)) as refused:
        await value_of(sender, CONTENT_TYPE)

    assert refused.value.status in (400, 413)
    assert sender.sent <= 5_000_000
    assert sender.sent < len(LARGE[name]) / 2


@pytest.mark.parametrize(
    "filename", ["../../../etc/passwd", "C:\\\\windows\\\\a.png", "a%0d%0aX-Evil: 1.png", "é" * 80]
)
async def test_a_files_name_is_never_looked_at(filename: str) -> None:
    assert await read(form(*FIELDS, a_file("image", ONE, filename=filename))) == await said({**BASE, "image": uri(ONE)})


async def test_a_line_end_in_a_files_name_ends_its_header_and_no_more() -> None:
    refused = await refusal(
        form(*FIELDS, a_file("image", ONE, filename='a.png"\r\nContent-Disposition: form-data; x="'))
    )

    assert refused.status == 400


@pytest.mark.parametrize(
    "content_type",
    ["multipart/form-data", "multipart/form-data; boundary=", "multipart/mixed; boundary=x",
     "multipart/related; boundary=x", "multipart/form-data; boundary=" + "x" * 500],
)  # fmt: skip
async def test_without_a_usable_boundary_nothing_is_read(content_type: str) -> None:
    sender = Sender(form(*FIELDS))
    with pytest.raises(InvalidRequest) as refused:
        await value_of(sender, content_type)

    assert (refused.value.status, refused.value.param, sender.sent) == (400, "Content-Type", 0)


@pytest.mark.parametrize("content_type", [CONTENT_TYPE, "application/json"])
async def test_a_length_over_the_cap_or_a_packed_body_is_refused_unread(content_type: str) -> None:
    sender = Sender(b"x" * 5000)
    with pytest.raises(RequestTooLarge):
        await value_of(sender, content_type, content_length="256000001")
    with pytest.raises(InvalidRequest):
        await value_of(sender, content_type, content_encoding="gzip")

    assert sender.sent == 0


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        (CONTENT_TYPE, form(*FIELDS) + b" " * 10_000),
        ("application/json", b'{"image": "' + b"AAAA" * 20 + rb"\n" * 5_000 + b'"}'),
    ],
)
async def test_a_body_without_a_length_is_counted_as_it_comes(content_type: str, body: bytes) -> None:
    sender = Sender(body)
    limits = LiftLimits(total=5_000)
    with pytest.raises(RequestTooLarge):
        await read_body(
            headers(content_type=content_type), sender.receive, PLACES, FORM_NAMES, Scope(Spool(None)), limits
        )

    assert sender.sent <= 6_000


async def test_a_caller_who_leaves_midway_leaves_nothing_behind() -> None:
    spool = Spool(None)
    body = form(*FIELDS, a_file("image", ONE), a_file("image", TWO))
    messages: list[Message] = [
        {"type": "http.request", "body": body[:-200], "more_body": True},
        {"type": "http.disconnect"},
    ]

    async def receive() -> Message:
        return messages.pop(0)

    with Scope(spool) as scope, pytest.raises(ClientGone):
        await read_body(headers(content_type=CONTENT_TYPE), receive, PLACES, FORM_NAMES, scope, LiftLimits())

    assert spool.in_memory == 0
