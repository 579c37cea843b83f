"""F-19: the caller goes at five points, plain or with `Prefer: wait`; the picture is kept, charged once, and found."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable, Mapping
from typing import Any

import pytest

from tests.faults import scripts
from tests.faults.inner import InnerWorld
from tests.faults.world import BOUGHT, FAMILIES, HOPELESS, KEY, label_in, pictures_in
from tests.running import Listening

POINTS = ("before the body's end", "after the body", "while it waits", "in the head", "in the body")
PREFERRED: Mapping[str, Mapping[str, str]] = {"plain": {}, "wait": {"Prefer": "wait=30"}}


class Caller:
    """A caller with its hand on the plug."""

    def __init__(self, server: Listening, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        host, _, port = server.url.removeprefix("http://").partition(":")
        self._plug = socket.create_connection((host, int(port)), timeout=HOPELESS)
        self._body = json.dumps(body).encode()
        named = {"Host": host, "Authorization": f"Bearer {KEY}", "Content-Type": "application/json", **headers}
        lines = "".join(f"{name}: {value}\r\n" for name, value in named.items())
        head = f"POST /v1/images/generations HTTP/1.1\r\n{lines}Content-Length: {len(self._body)}\r\n\r\n"
        self._plug.sendall(head.encode())

    def send(self, all_but: int = 0) -> None:
        """The body, or most of it."""
        self._plug.sendall(self._body[: len(self._body) - all_but])

    def read(self, until: Callable[[bytes], bool]) -> None:
        """As much of the answer as it takes, in the smallest pieces."""
        got = b""
        while not until(got):
            piece = self._plug.recv(16)
            assert piece, f"the answer ended at {got[-200:]!r}"
            got += piece

    def go(self) -> None:
        """Hang up."""
        self._plug.close()


def hang_up(inner: InnerWorld, server: Listening, point: str, caller: Caller) -> None:
    """Go at the point."""
    met = len(inner.proxy.of("call"))
    if point == "before the body's end":
        caller.send(all_but=10)
    elif point == "after the body":
        caller.send()
    elif point == "while it waits":
        caller.send()
        inner.proxy.until(lambda: len(inner.proxy.of("call")) > met)
    elif point == "in the head":
        caller.send()
        caller.read(lambda got: len(got) >= 16)
    else:
        caller.send()
        caller.read(lambda got: b"\r\n\r\n" in got and len(got.partition(b"\r\n\r\n")[2]) >= 64)
    caller.go()


@pytest.mark.parametrize("preferred", PREFERRED)
@pytest.mark.parametrize("family", FAMILIES)
def test_who_hangs_up_finds_the_picture_later(inner: InnerWorld, family: str, preferred: str) -> None:
    inner.proxy.script = scripts.delayed(0.2)
    with inner.serving() as server:
        for point in POINTS:
            body = inner.body(family)
            name = label_in(body)
            headers = {**PREFERRED[preferred], "Idempotency-Key": name}
            hang_up(inner, server, point, Caller(server, body, headers))
            begun = _begun(inner, name, wait=point != POINTS[0])
            inner.wait_terminal()
            # What was not asked to its end is not bought.
            assert inner.paid(name) == len(begun) == (point != POINTS[0]), point
            again = server.generate(body, **headers)
            assert again.status == 200, point
            assert inner.paid(name) == 1, point
            generation = again.headers["x-request-id"]
            assert not begun or begun == [generation], point
            assert inner.money(generation) == BOUGHT, point
            assert pictures_in(again, server) == pictures_in(_as_answer(inner, server, generation), server), point
    verdict = inner.verdict()
    assert verdict.wrong == {}
    assert (verdict.paid, verdict.pictures) == (len(POINTS), len(POINTS))


def _begun(inner: InnerWorld, name: str, *, wait: bool) -> list[str]:
    deadline = time.monotonic() + (HOPELESS if wait else 0.3)
    while True:
        rows = [row["id"] for row in inner.rows("SELECT id FROM generations WHERE idempotency=?", name)]
        if rows or time.monotonic() > deadline:
            return rows
        time.sleep(0.02)


def _as_answer(inner: InnerWorld, server: Listening, generation: str) -> Any:
    found = server.ask(f"/v1/images/generations/{generation}")
    assert found.json()["status"] == "succeeded"
    return found


def test_what_a_caller_left_is_joined_by_the_same_body(inner: InnerWorld) -> None:
    """Without a name too: its first connection is gone, so an equal body is its repeat."""
    body = inner.body()
    inner.proxy.script = scripts.delayed(1.0)
    with inner.serving() as server:
        caller = Caller(server, body, {})
        hang_up(inner, server, "while it waits", caller)
        time.sleep(0.2)  # so that the gateway has noticed
        again = server.generate(body)
        assert again.status == 200
    inner.notes[again.headers["x-request-id"]] = label_in(body)
    assert inner.paid(label_in(body)) == 1
    assert inner.verdict().wrong == {}


def test_a_hundred_who_hang_up_are_a_hundred_rows(inner: InnerWorld, long: bool, report: Callable[..., None]) -> None:
    number = 100 if long else 20
    inner.proxy.script = scripts.delayed(0.3)
    names = []
    with inner.serving() as server:
        for _ in range(number):
            body = inner.body("openai")
            names.append(label_in(body))
            caller = Caller(server, body, {"Idempotency-Key": names[-1]})
            caller.send()
            caller.go()
        for name in names:
            assert _begun(inner, name, wait=True)
        inner.wait_terminal()
    verdict = inner.verdict()
    assert verdict.wrong == {}
    assert (verdict.paid, verdict.pictures) == (number, number)
    assert [inner.money(row["id"]) for row in inner.rows("SELECT id FROM generations")] == [BOUGHT] * number
    report("F-19", "callers who hang up after their body", runs=number, paid=verdict.paid, pictures=verdict.pictures)
