"""F-3 to F-7 and F-11: connections that never come, are not to be trusted, fall silent, trickle, break or lead away."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import pytest

from tests.faults import scripts
from tests.faults.inner import InnerWorld
from tests.faults.proxy import Script
from tests.faults.tls import Certificates, TlsFront
from tests.faults.world import BOUGHT, FAMILIES, PATHS, RELEASED, UNRESOLVED, World

SHORT = {"openai": {"timeout": 1.0}}


def closed_port() -> str:
    """An origin at which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as plug:
        return f"http://127.0.0.1:{plug.getsockname()[1]}"


# F-3


@pytest.mark.parametrize("how", ["nobody listens", "no such host"])
def test_an_address_that_cannot_be_reached_is_released(
    inner: InnerWorld, how: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    base = closed_port()
    if how == "no such host":
        base = "http://vendor.invalid"
        monkeypatch.setattr("aiohttp.resolver.ThreadedResolver.resolve", unknown_to_dns)
    with inner.serving(providers={"openai": {"base_url": base + PATHS["openai"]}}) as server:
        came = inner.outcome(server)
    assert (came.answer.status, came.code, came.status) == (503, "provider_unavailable", "failed")
    assert came.money == RELEASED * (len(came.money) // 3)
    assert came.money
    assert inner.verdict().wrong == {}


async def unknown_to_dns(*_: Any, **__: Any) -> Any:
    """What asking for a name comes to that does not exist; no question leaves the machine."""
    raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")


def test_a_dead_account_is_passed_over(inner: InnerWorld) -> None:
    account = {"provider": "openai", "api_key": "sandbox", "base_url": inner.proxy.url + PATHS["openai"]}
    dead = {"openai": {"base_url": closed_port() + PATHS["openai"]}}
    with inner.serving(providers=dead, deployments={"second": account}) as server:
        came = inner.outcome(server)
    assert (came.answer.status, came.calls, came.money[-3:]) == (200, 1, BOUGHT)
    assert set(came.money[:-3]) <= set(RELEASED)
    assert inner.verdict().wrong == {}


# F-4


def test_a_certificate_that_is_wrong_is_never_talked_to(world: World, tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    front = TlsFront(world.proxy.port, certificates.contexts["right"])
    trust = {"SSL_CERT_FILE": str(certificates.bundle)}
    base = {"base_url": front.url + PATHS["openai"]}
    with world.gateway(providers={"openai": base}, environ=trust) as server:
        assert world.outcome(server).money == BOUGHT  # so that the refusals below are for what they are
        for wrong in ("expired", "wrong name", "unknown root", "plain"):
            front.context, front.received, met = certificates.contexts[wrong], b"", front.met
            came = world.outcome(server)
            assert (came.answer.status, came.money, came.status) == (502, RELEASED, "failed"), wrong
            assert front.met == met + 1, wrong
            # On the plain port a greeting arrives; nothing of it is the request.
            assert b"POST" not in front.received, wrong
            assert b"sandbox" not in front.received, wrong
            assert wrong == "plain" or front.received == b"", wrong
    front.close()
    assert world.verdict().wrong == {}


# F-5, F-6


@pytest.mark.parametrize(
    "script",
    [scripts.hold, scripts.hold_bought, scripts.trickle(0.05), scripts.trickle(0.05, head=True)],
    ids=["silence", "silence when it is made", "a byte at a time", "a header at a time"],
)
def test_the_deadline_holds_whatever_comes_meanwhile(inner: InnerWorld, script: Script) -> None:
    inner.proxy.then(script)
    with inner.serving(providers=SHORT) as server:
        came = inner.outcome(server)
        assert (came.answer.status, came.code, came.calls) == (504, "provider_timeout", 1)
        assert (came.money, came.status) == (UNRESOLVED, "unknown")
        assert came.answer.headers["x-should-retry"] == "false"
        inner.proxy.until(lambda: inner.proxy.of()[0].over)  # the gateway let go of it
        again = inner.outcome(server)
    assert again.money == BOUGHT
    assert inner.verdict().wrong == {}


# F-7

BROKEN: dict[str, Script] = {
    "half a body": scripts.half_body,
    "a length that is too long": scripts.wrong_length(10),
    "a length that is too short": scripts.wrong_length(-10),
    "a reset before the head": scripts.reset_before_head,
    "a reset after the head": scripts.reset_after_head,
    "a chunk without a size": scripts.bad_chunk,
}


@pytest.mark.parametrize("broken", BROKEN)
def test_a_broken_answer_is_unresolved(inner: InnerWorld, broken: str) -> None:
    inner.proxy.script = BROKEN[broken]
    with inner.serving() as server:
        for family in FAMILIES:
            came = inner.outcome(server, family)
            assert (came.answer.status, came.code, came.calls) == (502, "provider_error", 1), family
            assert (came.money, came.status) == (UNRESOLVED, "unknown"), family
            assert came.answer.headers["x-should-retry"] == "false", family
    verdict = inner.verdict()
    assert verdict.wrong == {}
    assert (verdict.paid, verdict.unresolved, verdict.pictures) == (4, 4, 0)


def test_an_upload_that_is_cut_is_unresolved(inner: InnerWorld) -> None:
    inner.proxy.then(scripts.cut_upload(10))
    with inner.serving() as server:
        came = inner.outcome(server)
    assert (came.answer.status, came.calls, came.money) == (502, 1, UNRESOLVED)
    assert inner.verdict().wrong == {}


# F-11


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(inner: InnerWorld, status: int) -> None:
    elsewhere = inner.another_proxy()
    where: dict[str, Any] = {"location": f"{elsewhere.url}{PATHS['openai']}/images/generations"}
    inner.proxy.then(scripts.canned(status, b"", **where))
    with inner.serving() as server:
        came = inner.outcome(server)
    assert (came.answer.status, came.calls, elsewhere.exchanges) == (502, 1, [])
    assert came.money == UNRESOLVED
    assert inner.verdict().wrong == {}
