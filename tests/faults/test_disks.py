"""F-16: full disks, real ones: a tmpfs of 16 MiB in a mount namespace of the gateway's own."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from tests.faults import scripts
from tests.faults.world import BOUGHT, Asking, World, label_in, wait_ready
from tests.running import Answer, Server

SMALL = "16m"
MOUNT = f'mount --make-rprivate / && mount -t tmpfs -o size={SMALL} tmpfs "$0" && exec "$@"'


class Disk:
    """The small disk, seen through the process that has it."""

    def __init__(self, server: Server, folder: Path) -> None:
        self.folder = through(server, folder)

    def fill(self, *, but: int = 0) -> None:
        """To the last byte, or to the last `but` bytes."""
        path = self.folder / "filler"
        with path.open("wb", buffering=0) as filler, suppress(OSError):
            while filler.write(b"x" * 4_096):
                pass
        os.truncate(path, max(0, path.stat().st_size - but))

    def free(self) -> None:
        """As it was."""
        (self.folder / "filler").unlink()


def through(server: Server, path: Path) -> Path:
    """A path as the process sees it."""
    return Path(f"/proc/{server.process.pid}/root") / path.relative_to("/")


@contextmanager
def on_small_disk(world: World, folder: Path, **settings: Any) -> Iterator[tuple[Server, Disk]]:
    """A gateway that has `folder` on a small disk; the oracle is asked at the end."""
    folder.mkdir(parents=True, exist_ok=True)
    # Who is not root is root of a user namespace, and may mount there.
    alone = "-m" if os.geteuid() == 0 else "-rm"
    within = ["unshare", alone, "sh", "-c", MOUNT, str(folder)]
    with world.gateway(within=within, **settings) as server:
        world.seen = through(server, world.data)
        wait_ready(server)
        yield server, Disk(server, folder)
        world.wait_terminal()
        assert world.verdict().wrong == {}


def inline(world: World, answer: Answer) -> bool:
    """Whether an answer has its picture inside, said to be not stored; the oracle is told of it."""
    said = answer.json()
    if answer.status != 200 or said["onebrush"]["images"][0].get("stored") is not False:
        return False
    [image] = said["onebrush"]["images"]
    world.unstored[world.notes[answer.headers["x-request-id"]]] = [image["width"] * image["height"]]
    return "b64_json" in said["data"][0]


def test_a_picture_for_which_no_room_is_left_is_delivered_all_the_same(world: World) -> None:
    with on_small_disk(world, world.data / "pictures") as (server, disk):
        assert world.outcome(server, "openai").money == BOUGHT
        world.proxy.then(scripts.delayed(1.0), scripts.delayed(1.0))
        bodies = [world.body(family) for family in ("openai", "ark")]
        asking = [Asking(server, body, Idempotency_Key=label_in(body)) for body in bodies]
        world.proxy.until(lambda: len(world.calls()) == 3)
        disk.fill()
        for one, body in zip(asking, bodies, strict=True):
            answer = one.done()
            assert answer is not None
            world.notes[answer.headers["x-request-id"]] = label_in(body)
            assert inline(world, answer), answer.body[:300]
            world.wait_terminal()
            assert world.money(answer.headers["x-request-id"]) == BOUGHT
        # The next one is not bought: its picture would have no room either.
        refused = world.outcome(server)
        assert (refused.answer.status, refused.code, refused.calls) == (503, "storage_unavailable", 0)
        disk.free()
        wait_ready(server, 5.0)
        again = world.outcome(server, "ark")
        assert (again.answer.status, again.money) == (200, BOUGHT)
        assert "stored" not in again.answer.json()["onebrush"]["images"][0]
        assert not list(disk.folder.glob("*/*.part")) + list(disk.folder.glob("*/.*"))


def test_below_the_reserve_nothing_is_bought(world: World) -> None:
    with on_small_disk(world, world.data / "pictures", disk_reserve=8_000_000) as (server, disk):
        assert world.outcome(server).money == BOUGHT
        disk.fill(but=4_000_000)
        _until_not_ready(server)
        refused = world.outcome(server)
        assert (refused.answer.status, refused.code, refused.calls) == (503, "storage_unavailable", 0)
        assert refused.money == []
        disk.free()
        wait_ready(server, 5.0)
        assert world.outcome(server).money == BOUGHT


def _until_not_ready(server: Server) -> None:
    deadline = time.monotonic() + 10
    while server.ask("/readyz").status == 200:
        assert time.monotonic() < deadline, "it says that it is ready"
        time.sleep(0.05)


def test_a_database_that_cannot_be_written_refuses_before_anything_is_bought(world: World) -> None:
    with on_small_disk(world, world.data) as (server, disk):
        assert world.outcome(server).money == BOUGHT
        disk.fill()
        # What the log has room for is still written; then it is refused, and nothing was sent.
        for _ in range(50):
            met = len(world.calls())
            answer = world.ask(server)
            if answer.status == 503:
                break
            assert inline(world, answer), answer.body[:300]
        assert (answer.status, answer.json()["error"]["code"]) == (503, "storage_unavailable")
        assert len(world.calls()) == met
        disk.free()
        wait_ready(server, 5.0)
        assert world.outcome(server).money == BOUGHT


def test_an_outcome_that_cannot_be_written_now_is_written_when_there_is_room(world: World) -> None:
    world.proxy.then(scripts.delayed(1.0))
    with on_small_disk(world, world.data) as (server, disk):
        body = world.body()
        world.unstored[label_in(body)] = [1024 * 1024]
        asking = Asking(server, body, Idempotency_Key=label_in(body))
        world.proxy.until(world.calls)
        disk.fill()
        world.proxy.until(lambda: world.calls()[0].over)
        time.sleep(0.5)
        disk.free()
        answer = asking.done()
        assert answer is not None
        assert answer.status == 200
        world.wait_terminal()
        assert world.money(answer.headers["x-request-id"]) == BOUGHT
