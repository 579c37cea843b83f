"""Frames: plain bodies and event streams, however they are cut."""

from collections.abc import AsyncIterator

import pytest

from onebrush.kit.blobs import Scope, Spool
from onebrush.kit.frames import Frame, json_frames, sse_frames
from onebrush.kit.lift import LiftError

from .bodies import PLACES, RAW, STANDARD, dumped, plain

pytestmark = pytest.mark.anyio


async def chunks(body: bytes, size: int) -> AsyncIterator[bytes]:
    for start in range(0, len(body), size):
        yield body[start : start + size]


def shown(frame: Frame) -> tuple[object, str, str | None]:
    return (plain(frame.data), frame.text, frame.event)


async def plain_frames(body: bytes, size: int = 1 << 20) -> list[tuple[object, str, str | None]]:
    return [shown(frame) async for frame in json_frames(chunks(body, size), PLACES, Spool(None))]


async def events(body: bytes, size: int = 1 << 20) -> list[tuple[object, str, str | None]]:
    return [shown(frame) async for frame in sse_frames(chunks(body, size), PLACES, Spool(None))]


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
async def test_a_json_body_is_one_frame(size: int) -> None:
    body = b" \r\n" + dumped({"data": [{"b64_json": STANDARD}], "n": 1})
    expected = {"data": [{"b64_json": ("picture", None, RAW)}], "n": 1}
    assert await plain_frames(body, size) == [(expected, "", None)]


@pytest.mark.parametrize("size", [1, 7, 1 << 20])
@pytest.mark.parametrize(
    ("body", "frame"),
    [
        (b"", (None, "", None)),
        (b'<html>[ "NaN </html>', (None, '<html>[ "NaN </html>', None)),
        (b"upstream error: \xff", (None, "upstream error: \ufffd", None)),
        (b"<" * 5000, (None, "<" * 2048, None)),
        (b'"a text"', ("a text", "", None)),
        (b"[]", ([], "", None)),
        (b"\xef\xbb\xbf{}", ({}, "", None)),
        (b"\xef\xbb\xbf" + b'{"a":"long enough"}', ({"a": "long enough"}, "", None)),
    ],
)
async def test_a_body_that_is_no_json_is_shown(body: bytes, frame: object, size: int) -> None:
    assert await plain_frames(body, size) == [frame]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b'{"data":[', "truncated"),
        (b'{"data":[{"b64_json":"data:image/png;base64,QQ', "truncated"),
        (b'{"data":[{"b64_json":"data:image/png;base64,#"}]}', "base64"),
        (b"{'a':1} and a good deal more", "syntax"),
    ],
)
async def test_broken_json_is_an_error_and_leaves_no_blob(body: bytes, kind: str) -> None:
    spool = Spool(None)
    for read in (
        json_frames(chunks(body, 9), PLACES, spool),
        sse_frames(chunks(b"data:" + body, 9), PLACES, spool),
    ):
        with pytest.raises(LiftError) as caught:
            [frame async for frame in read]
        assert caught.value.kind == kind
    assert spool.in_memory == 0


STREAM = (
    b": a comment\n"
    b"event: image_generation.partial_image\r\n"
    b'data: {"image":"' + STANDARD.encode() + b'"}\r\n'
    b"\r\n"
    b"id: 7\nretry: 10\n\n"
    b'data:{"a":\ndata: [1,\r\ndata:2]}\n\n'
    b"\n"
    b"event: ping\n\n"
    b"data: not json\ndata: at all\n\n"
    b"data\n\n"
    b'event:last\ndata: {"image":"data:image/webp;base64,UklGRg=="}\n\n'
    b"data: [DONE]\n\n"
)
FRAMES = [
    ({"image": ("picture", None, RAW)}, "", "image_generation.partial_image"),
    ({"a": [1, 2]}, "", None),
    (None, "not json\n at all", None),
    ({"image": ("picture", "image/webp", b"RIFF")}, "", "last"),
    (None, "[DONE]", None),
]


async def test_a_stream_gives_the_same_frames_at_every_cut() -> None:
    assert await events(STREAM) == FRAMES
    for size in range(1, 80):
        assert await events(STREAM, size) == FRAMES, size


async def test_a_stream_without_a_last_empty_line_is_read_to_its_end() -> None:
    assert await events(b'data: {"a":1}') == [({"a": 1}, "", None)]
    assert await events(b"") == []
    assert await events(b"event: x\n\n:\n") == []


async def test_a_stream_cut_within_an_event_gives_the_former_ones_first() -> None:
    got = []
    with pytest.raises(LiftError) as caught:
        async for frame in sse_frames(chunks(STREAM[:-120], 10), PLACES, Spool(None)):
            got.append(shown(frame))
        async for frame in sse_frames(chunks(b'data: {"a":"cut', 10), PLACES, Spool(None)):
            got.append(shown(frame))
    assert caught.value.kind in ("truncated", "base64") and got[:2] == FRAMES[:2]


async def test_a_line_of_many_megabytes_is_taken(tmp_path: object) -> None:
    import base64

    raw = bytes(range(256)) * 20_000
    body = b'data: {"image":"' + base64.b64encode(raw) + b'"}\n\n'
    assert await events(body, 65_536) == [({"image": ("picture", None, raw)}, "", None)]


async def test_blobs_belong_to_the_scope(spool: Spool) -> None:
    with Scope(spool) as scope:
        frames = [frame async for frame in sse_frames(chunks(STREAM, 50), PLACES, scope)]
        assert len(frames) == len(FRAMES) and spool.in_memory == len(RAW) + 4
    assert spool.in_memory == 0


async def test_a_stream_that_is_left_midway_lets_go_of_the_unfinished_picture(spool: Spool) -> None:
    body = b'data: {"a":1}\n\n' + b'data: {"image":"' + STANDARD.encode()

    async def endless() -> AsyncIterator[bytes]:
        yield body
        raise ConnectionError("cut")

    with pytest.raises(ConnectionError):
        [frame async for frame in sse_frames(endless(), PLACES, spool)]
    assert spool.in_memory == 0
