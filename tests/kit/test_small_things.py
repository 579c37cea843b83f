"""Clock, ids and logs."""

import asyncio
import io
import json
import logging
import re
from collections.abc import Iterator

import pytest
import structlog

from onebrush.kit.clock import Clock, FixedClock, SystemClock
from onebrush.kit.ids import new_id
from onebrush.kit.logs import get_logger, set_up


def test_ids_are_plain_words_of_128_random_bits() -> None:
    ids = {new_id("img") for _ in range(1000)}
    assert len(ids) == 1000
    assert all(re.fullmatch(r"img_[0-9a-v]{36}", found) for found in ids)


@pytest.mark.anyio
async def test_a_fixed_clock_wakes_sleepers_in_their_time() -> None:
    clock = FixedClock(100.0)
    woken: list[str] = []

    async def sleeper(name: str, seconds: float) -> None:
        await clock.sleep(seconds)
        woken.append(name)

    tasks = [asyncio.create_task(sleeper("late", 5)), asyncio.create_task(sleeper("soon", 2))]
    await asyncio.sleep(0)
    assert clock.sleeping == 2
    clock.advance(2)
    await tasks[1]
    assert (woken, clock.now(), clock.monotonic(), clock.sleeping) == (["soon"], 102.0, 2.0, 1)
    clock.set_wall(1.0)
    clock.advance(3)
    await tasks[0]
    assert (woken, clock.now(), clock.monotonic()) == (["soon", "late"], 4.0, 5.0)
    await clock.sleep(0)


@pytest.mark.anyio
async def test_the_system_clock_goes_forward() -> None:
    clock: Clock = SystemClock()
    before, wall = clock.monotonic(), clock.now()
    await clock.sleep(0.001)
    assert clock.monotonic() > before and wall > 1_700_000_000


@pytest.fixture
def out() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield io.StringIO()
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_an_event_is_one_json_line(out: io.StringIO) -> None:
    set_up("info", as_json=True, stream=out)
    get_logger().info("started", port=8000, note="a\nb\u2028é", items=[1, {"n": None}])
    get_logger().debug("unheard")
    logging.getLogger("other").warning("from %s", "elsewhere")
    first, second = map(json.loads, out.getvalue().splitlines())
    assert (first["event"], first["port"], first["note"], first["level"]) == (
        "started",
        8000,
        "a\nb\u2028é",
        "info",
    )
    assert first["items"] == [1, {"n": None}] and "timestamp" in first
    assert (second["event"], second["level"]) == ("from elsewhere", "warning")


@pytest.mark.parametrize("as_json", [True, False])
def test_keys_and_pictures_never_reach_a_log(out: io.StringIO, as_json: bool) -> None:
    set_up("info", as_json=as_json, stream=out)
    picture = "QUJD" * 100
    get_logger().info(
        "sent sk-test-example-secret to https://host/x?key=abcdef&sig=123456",
        authorization="Bearer sk-other",
        api_key="plain",
        headers={"Authorization": "Token zzz", "x-goog-api-key": "AIzaSyExampleExample", "accept": "text"},
        body=b"rawbytes",
        image=f"data:image/png;base64,{picture}",
        parts=[picture, "Bearer qqq"],
        long="word " * 1000,
        key_id="key_1",
    )
    try:
        raise ValueError(f"bad picture {picture} for sk-test-example-secret")
    except ValueError:
        get_logger().exception("failed")
    text = out.getvalue()
    for secret in (
        "example-secret",
        "sk-other",
        "plain",
        "zzz",
        "AIza",
        "rawbytes",
        "QUJD",
        "qqq",
        "abcdef",
        "123456",
    ):
        assert secret not in text, secret
    for kept in (
        "accept",
        "[8 bytes]",
        "[data URI]",
        "key_1",
        "(5000 characters)",
        "ValueError: bad picture",
    ):
        assert kept in text, kept


def test_an_unknown_level_is_named(out: io.StringIO) -> None:
    with pytest.raises(ValueError, match="'loud'"):
        set_up("loud", stream=out)
