"""F-10: answers without end are cut at their cap, and the process does not grow with them."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from functools import partial

from bench import proc
from tests.faults import scripts
from tests.faults.proxy import Script
from tests.faults.world import UNRESOLVED, World

MB = 1_000_000
MOST_PICTURE, MOST_BODY = 4 * MB, 8 * MB
# What lies in the sockets' buffers when the gateway lets go was sent, but not taken.
BUFFERED = 12 * MB


def bomb(unpacked: int) -> bytes:
    """A gzip body of ten thousandths of what it unpacks to: one flushed block again and again."""
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    head = packer.compress(b'{"data":"') + packer.flush(zlib.Z_FULL_FLUSH)
    zeros = b"0" * 10 * MB
    block = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    again = packer.compress(zeros) + packer.flush(zlib.Z_FULL_FLUSH)
    return head + block + again * (unpacked // len(zeros))


FLOODS: dict[str, tuple[str, Script]] = {
    "a picture": ("openai", scripts.endless(b'{"data":[{"b64_json":"')),
    "a text": ("gemini", scripts.endless(b'{"candidates":[{"content":{"parts":[{"text":"')),
    "no JSON at all": ("ark", scripts.endless(b"<html>", kind="text/html")),
    "events": ("dashscope", scripts.endless(b": ", kind="text/event-stream")),
    "a gzip bomb": ("ark", scripts.packed(bomb(1_000 * MB))),
    "a million headers": ("openai", scripts.endless_headers),
}


def test_floods_are_cut(world: World, report: Callable[..., None]) -> None:
    sent = {}
    with world.gateway(max_picture=MOST_PICTURE, max_reply=MOST_BODY) as server:
        for family in ("openai", "gemini", "ark", "dashscope"):
            world.outcome(server, family)
        proc.reset_peak(server.process.pid)
        before = proc.memory(server.process.pid)
        for name, (family, script) in FLOODS.items():
            world.proxy.then(script)
            came = world.outcome(server, family)
            assert (came.answer.status, came.calls, came.money) == (502, 1, UNRESOLVED), (name, came.answer.body)
            flood = world.calls()[-1]
            world.proxy.until(partial(getattr, flood, "over"))
            sent[name] = flood.sent
            assert flood.sent < MOST_BODY + BUFFERED, name
        grown = proc.peak(server.process.pid) - before
    assert grown <= 64, f"{grown:.0f} MB"
    assert world.verdict().wrong == {}
    report("F-10", "six floods of up to 1 GB", runs=len(FLOODS), memory=f"{grown:.0f} MB", most=max(sent.values()))
