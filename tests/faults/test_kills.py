"""F-15: kill -9 at each of eight points and while a vendor's task is pending; nothing lost, nothing bought twice."""

from __future__ import annotations

import base64
import io
import random
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import pytest
from PIL import Image

from tests.faults import scripts
from tests.faults.proxy import passing
from tests.faults.test_answers import with_picture
from tests.faults.test_hangups import Caller
from tests.faults.test_tasks import TASKS, told
from tests.faults.world import (
    BOUGHT,
    INLINE,
    LINKED,
    UNRESOLVED,
    Asking,
    World,
    kill,
    label_in,
    pictures_in,
    wait_ready,
)
from tests.running import Server

RESUMED = 30.0
ROUNDS = 13  # of each point, inline and linked: 26 runs a point in the long form

# Point -> vendor's calls that are paid by then, the status after the restart, the money. None: as the mode has it.
POINTS: Mapping[str, tuple[int, str, list[str]] | None] = {
    "before-sent": None,
    "after-sent": (0, "unknown", UNRESOLVED),
    "mid-upload": (0, "unknown", UNRESOLVED),
    "waiting": (1, "unknown", UNRESOLVED),
    "mid-answer": (1, "unknown", UNRESOLVED),
    "before-store": (1, "succeeded", BOUGHT),
    "before-settle": (1, "succeeded", BOUGHT),
    "mid-reply": (1, "succeeded", BOUGHT),
}
# Where it matters to the gateway whether the answer holds pictures or links to them.
DIFFERENT = ("mid-answer", "before-store", "before-settle")
TAKEN_IN = ("before-store", "before-settle")
MODES: Mapping[str, Mapping[str, str]] = {
    "plain": {},
    "named": {},  # under an Idempotency-Key
    "wait": {"Prefer": "wait=30"},
    "async": {"Prefer": "respond-async"},
}
# Nobody waits for an asynchronous one, and `Prefer: wait` may become one: what was never sent is bought for them.
UNSENT = {
    False: (0, "failed", ["reserved", "released"]),
    True: (1, "succeeded", ["reserved", "released", *BOUGHT]),
}


@dataclass(kw_only=True)
class Tally:
    """What the runs of one point came to."""

    runs: int = 0
    pictures: int = 0
    ready: float = 0.0
    resumed: float = 0.0
    wrong: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def upload() -> str:
    """A picture too large for the buffers of a connection, as a data URI."""
    side = 1_700
    noise = Image.frombytes("RGB", (side, side), random.Random(1).randbytes(side * side * 3))
    file = io.BytesIO()
    noise.save(file, "PNG", compress_level=1)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


class Lives:
    """One data folder through many lives of its gateway."""

    def __init__(self, world: World, **settings: Any) -> None:
        self.world = world
        self._settings = settings
        self._block: Any = None
        self.server: Server
        self.rise()

    def rise(self) -> float:
        """Start it; seconds until it is ready."""
        self.world.disarm()
        began = time.monotonic()
        self._block = self.world.gateway(**self._settings)
        self.server = self._block.__enter__()
        wait_ready(self.server)
        return time.monotonic() - began

    def fall(self) -> None:
        """kill -9."""
        kill(self.server)
        self.bury()

    def bury(self) -> None:
        """It is dead; wait for its end and close what is open of it here."""
        self.server.process.wait(60)
        self._block.__exit__(None, None, None)

    def end(self) -> None:
        """Stop it in peace."""
        self._block.__exit__(None, None, None)


def die(lives: Lives, point: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
    """Ask for a picture and let the gateway die at the point."""
    world, met = lives.world, len(lives.world.calls())

    def carried(done: Callable[[Any], Any]) -> Callable[[], bool]:
        return lambda: len(world.calls()) > met and bool(done(world.calls()[met]))

    if point == "mid-reply":
        caller = Caller(lives.server, body, headers)
        caller.send()
        caller.read(lambda got: b"\r\n\r\n" in got and len(got.partition(b"\r\n\r\n")[2]) >= 64)
        world.wait_terminal()  # an asynchronous caller has its answer long before the end
        lives.fall()
        caller.go()
        return
    outside = {
        "mid-upload": (scripts.stall_upload(1_000), carried(lambda call: len(call.body) >= 1_000)),
        "waiting": (scripts.hold_bought, carried(lambda call: call.answer)),
        "mid-answer": (scripts.hold_in_answer, carried(lambda call: call.sent)),
    }
    if point in outside:
        script, there = outside[point]
        world.proxy.then(script)
        asking = Asking(lives.server, body, **headers)
        world.proxy.until(there)
        time.sleep(0.1)  # what was sent has arrived, or stands in the buffers
        lives.fall()
    else:
        world.arm(point)
        asking = Asking(lives.server, body, **headers)
        lives.bury()
    asking.done()


def one_kill(lives: Lives, point: str, family: str, mode: str, upload: str, tally: Tally) -> None:
    """One death, one restart, and what came of it."""
    world = lives.world
    more = {"image": upload} if point == "mid-upload" else {}
    body = world.body(family, **more)
    label, headers = label_in(body), dict(MODES[mode])
    if mode == "named":
        headers["Idempotency-Key"] = label
    die(lives, point, body, headers)
    [generation] = world.note(label)
    tally.ready = max(tally.ready, lives.rise())
    tally.resumed = max(tally.resumed, world.wait_terminal(RESUMED))
    tally.runs += 1
    paid, status, money = POINTS[point] or UNSENT["Prefer" in headers]
    record = world.record(lives.server, generation)
    found = (world.paid(label), record["status"], world.money(generation))
    assert found == (paid, status, money), f"{point}, {family}, {mode}: {found}"
    if status == "succeeded":
        [picture] = pictures_in(lives.server.ask(f"/v1/images/generations/{generation}"), lives.server)
        with Image.open(io.BytesIO(picture)) as image:
            image.load()
        tally.pictures += 1
    if mode == "named" and status != "failed":
        again = lives.server.generate(body, **headers)
        assert again.headers["x-request-id"] == generation
        assert again.status == (200 if status == "succeeded" else 502)
        assert world.paid(label) == paid


@pytest.mark.parametrize("families", [INLINE, LINKED], ids=["inline", "linked"])
def test_a_kill_loses_nothing_and_buys_nothing_twice(
    families: tuple[str, ...], world: World, upload: str, long: bool, report: Callable[..., None]
) -> None:
    chance, modes = random.Random(15), list(MODES)
    lives = Lives(world)
    try:
        form = "inline" if families is INLINE else "linked"
        for place, point in enumerate(POINTS if long or families is INLINE else DIFFERENT):
            tally = Tally()
            for number in range(ROUNDS if long else 1):
                # The Qwen row draws only: an upload goes to another family.
                family = families[0] if point == "mid-upload" else families[(place + number) % 2]
                mode = chance.choice(modes) if long else modes[(place + (families is LINKED)) % len(modes)]
                one_kill(lives, point, family, mode, upload, tally)
            if families is INLINE and point in TAKEN_IN:
                # Bytes that are too many for the record lie in a file of their own.
                world.proxy.then(with_picture(base64.b64decode(upload.partition(",")[2])))
                one_kill(lives, point, "openai", "async", upload, tally)
            told_of(world, point, form, tally, report)
    finally:
        lives.end()


def more_polls(world: World, than: int) -> bool:
    """Whether the vendor was asked about tasks more often."""
    return len(world.proxy.of("poll")) > than


def told_of(world: World, point: str, form: str, tally: Tally, report: Callable[..., None]) -> None:
    """The verdict over all that has been so far, and the line for the table."""
    verdict = world.verdict()
    assert verdict.wrong == {}, point
    report(
        "F-15",
        f"{point}, {form}",
        runs=tally.runs,
        lost=len(verdict.lost),
        doubled=len(verdict.doubled),
        pictures=tally.pictures,
        ready=f"{tally.ready:.1f} s",
        resumed=f"{tally.resumed:.1f} s",
    )


@pytest.mark.parametrize("model", ["qwen-image-plus", "qwen-image-3.0"])
def test_a_kill_while_a_task_is_pending_still_brings_its_picture(
    model: str, world: World, long: bool, report: Callable[..., None]
) -> None:
    tally, rounds = Tally(), 13 if long else 1
    lives = Lives(world, providers=TASKS)
    try:
        for number in range(rounds):
            body = world.body("dashscope", model=model)
            mode = ("plain", "async")[number % 2]
            world.proxy.then(*[told("PENDING" if number % 3 else "RUNNING")] * 3, kind="poll")
            polled = len(world.proxy.of("poll"))
            asking = Asking(lives.server, body, **MODES[mode])
            world.proxy.until(partial(more_polls, world, polled))
            lives.fall()
            asking.done()
            [generation] = world.note(label_in(body))
            tally.ready = max(tally.ready, lives.rise())
            tally.resumed = max(tally.resumed, world.wait_terminal(RESUMED))
            tally.runs += 1
            assert (world.paid(label_in(body)), world.money(generation)) == (1, BOUGHT)
            found = lives.server.ask(f"/v1/images/generations/{generation}")
            tally.pictures += len(pictures_in(found, lives.server))
        assert tally.pictures == rounds
        told_of(world, f"task pending, {model}", "linked", tally, report)
    finally:
        lives.end()


@pytest.mark.parametrize(("point", "paid", "status"), [("before-task", 1, "unknown"), ("after-task", 1, "succeeded")])
def test_a_task_is_resumed_from_where_its_handle_is_durable(point: str, paid: int, status: str, world: World) -> None:
    body = world.body("dashscope")
    lives = Lives(world, providers=TASKS)
    try:
        world.arm(point)
        asking = Asking(lives.server, body)
        lives.bury()
        asking.done()
        [generation] = world.note(label_in(body))
        lives.rise()
        world.wait_terminal(RESUMED)
        assert (world.paid(label_in(body)), world.record(lives.server, generation)["status"]) == (paid, status)
        assert world.verdict().wrong == {}
    finally:
        lives.end()


def test_a_kill_in_the_middle_of_many_pictures_keeps_the_slots_apart(world: World) -> None:
    """Four slots: two are in, one is made and unheard of, one was never sent; each has the end that is its own."""
    body = world.body("gemini", n=4)
    label = label_in(body)
    world.bought[label] = 4
    account = {"gemini": {"concurrency": 1}}
    world.proxy.then(passing, passing, scripts.hold_bought)
    lives = Lives(world, providers=account)
    try:
        asking = Asking(lives.server, body, **MODES["async"])
        world.proxy.until(lambda: len(world.calls()) == 3 and world.calls()[2].answer)
        lives.fall()
        asking.done()
        [generation] = world.note(label)
        lives.rise()
        world.wait_terminal(RESUMED)
        record = world.record(lives.server, generation)
        assert (record["status"], len(record["result"]["data"])) == ("partial", 3)
        money = Counter(world.money(generation))
        assert (money["sent"], money["settled"], money["unresolved"]) == (4, 3, 1)
        assert world.paid(label) == 4
        assert world.verdict().wrong == {}
    finally:
        lives.end()
