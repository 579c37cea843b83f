"""The work beside the requests: what is swept up and what is not, and that it goes on after it broke."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from onebrush.bootstrap import working
from onebrush.bootstrap.keeping import Store, open_store, prepare_folder
from onebrush.domain.errors import StorageUnavailable
from onebrush.domain.generation import GenerationStatus
from onebrush.engine.keeping import KeptReply, Landed, reply_text
from onebrush.engine.ports import Change, FinishGeneration, KeepReply, LeaseLost
from onebrush.kit.blobs import Spool
from onebrush.kit.clock import FixedClock
from onebrush.settings import Settings, read_settings
from onebrush.storage.artifacts import ArtifactRows
from onebrush.storage.records import Records
from tests.engine.benches import a_bench
from tests.storage.values import artifact, begin, finish, send

pytestmark = pytest.mark.anyio

LONGEST = 8100.0


@dataclass(slots=True, kw_only=True)
class Place:
    """A data folder, with files as old as a test wants them."""

    settings: Settings
    store: Store
    clock: FixedClock
    spool: Spool = field(default_factory=lambda: Spool(None))

    async def picture(self, name: str, *, age: float = LONGEST + 60) -> Path:
        location = await self.store.objects.keep(self.spool.from_bytes(b"picture"), name, "image/png")
        return self._aged(self.settings.data / "pictures" / location, age)

    async def given(self, name: str, *, age: float = LONGEST + 60) -> Path:
        await self.store.inputs.put(self.spool.from_bytes(b"picture"), name, 0)
        return self._aged(self.settings.data / "inputs" / name, age)

    def _aged(self, path: Path, age: float) -> Path:
        os.utime(path, times=(self.clock.now() - age,) * 2)
        return path

    async def answered(self, picture: str, of: str = "gen_a") -> None:
        """A generation with an answer that is written down and not yet taken in."""
        reply = reply_text(KeptReply(pictures=(Landed(id=picture, index=0),)))
        await self.store.journal.commit(begin(of), send(f"att_{of}", of))
        await self.store.journal.commit(KeepReply(attempt=f"att_{of}", generation=of, reply=reply))

    async def clear(self) -> None:
        await working._clear(self.store, LONGEST)


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    settings = read_settings(data=tmp_path / "data")
    clock = FixedClock()
    prepare_folder(settings.data)
    async with AsyncExitStack() as stack:
        yield Place(settings=settings, store=await open_store(settings, clock, stack), clock=clock)


def recorded(picture: Path, of: str = "gen_a") -> FinishGeneration:
    """The end of a generation, with the row of its picture."""
    row = replace(artifact(picture.stem, of), location=f"{picture.parent.name}/{picture.name}")
    return finish(of, row, attempts={f"att_{of}": "1 picture came."})


async def settle() -> None:
    """Until the threads of the stores have had their turns as well."""
    for _ in range(40):
        await asyncio.sleep(0.005)


# What is swept up


async def test_a_picture_that_nobody_awaits_goes(place: Place) -> None:
    orphan = await place.picture("img_orphan")

    await place.clear()

    assert not orphan.exists()


async def test_a_picture_that_an_open_answer_names_stays_however_old_it_is(place: Place) -> None:
    await place.answered("img_awaited")
    awaited = await place.picture("img_awaited", age=30 * 86_400)
    orphan = await place.picture("img_orphan")

    await place.clear()

    assert (awaited.exists(), orphan.exists()) == (True, False)


async def test_a_picture_that_only_an_answer_that_is_over_names_goes(place: Place) -> None:
    await place.answered("img_failed")
    failed = await place.picture("img_failed")
    await place.store.journal.commit(finish("gen_a", status=GenerationStatus.FAILED))

    await place.clear()

    assert not failed.exists()


async def test_a_picture_with_its_row_and_a_young_one_stay(place: Place) -> None:
    await place.answered("img_known")
    known = await place.picture("img_known")
    await place.store.journal.commit(recorded(known))
    young = await place.picture("img_young", age=LONGEST - 60)

    await place.clear()

    assert (known.exists(), young.exists()) == (True, True)


async def test_an_answer_that_cannot_be_read_keeps_no_other_picture(place: Place) -> None:
    await place.answered("img_awaited")
    await place.store.journal.commit(begin("gen_b"), send("att_b", "gen_b"))
    await place.store.journal.commit(KeepReply(attempt="att_b", generation="gen_b", reply="["))
    awaited, orphan = await place.picture("img_awaited"), await place.picture("img_orphan")

    await place.clear()

    assert (awaited.exists(), orphan.exists()) == (True, False)


Then = Callable[[], Awaitable[None]]


class TellingRecords(Records):
    """Rows, and what happens when open answers were asked for."""

    def __init__(self, rows: Records, then: Then) -> None:
        super().__init__(rows._engine)
        self._then = then

    async def open_replies(self) -> list[str]:
        found = await super().open_replies()
        await self._then()
        return found


class TellingArtifacts(ArtifactRows):
    """Rows, and what happens when pictures were looked up."""

    def __init__(self, rows: ArtifactRows, then: Then) -> None:
        super().__init__(rows._engine)
        self._then = then

    async def recorded(self, locations: Collection[str]) -> set[str]:
        found = await super().recorded(locations)
        await self._then()
        return found


async def test_a_picture_whose_row_is_written_in_the_midst_of_the_sweep_stays(place: Place) -> None:
    await place.answered("img_awaited")
    awaited = await place.picture("img_awaited")
    ends: list[Change] = [recorded(awaited)]

    async def end() -> None:
        if ends:
            await place.store.journal.commit(ends.pop())

    store = replace(
        place.store,
        records=TellingRecords(place.store.records, end),
        artifacts=TellingArtifacts(place.store.artifacts, end),
    )
    await working._clear(store, LONGEST)

    assert (ends, awaited.exists()) == ([], True)


async def test_given_pictures_of_what_is_over_go_and_those_of_the_rest_stay(place: Place) -> None:
    await place.store.journal.commit(begin("gen_done"), begin("gen_queued"), finish("gen_done"))
    names = ("gen_done", "gen_queued", "gen_never")
    done, queued, never = [await place.given(name) for name in names]
    beginning = await place.given("gen_beginning", age=60)

    await place.clear()

    assert [path.exists() for path in (done, queued, never, beginning)] == [False, True, False, True]


async def test_it_is_swept_once_an_hour_but_not_while_records_are_being_closed(place: Place) -> None:
    engine = a_bench([]).engine
    writing = asyncio.create_task(asyncio.Event().wait())
    orphan = await place.picture("img_orphan", age=30 * 86_400)
    engine.closing.add(writing)  # type: ignore[arg-type]  # any task will do
    sweeping = asyncio.create_task(working._keep_clear(place.store, engine, place.settings, place.clock))
    await settle()
    place.clock.advance(working.HOUR)
    await settle()
    assert orphan.exists()
    engine.closing.clear()
    place.clock.advance(working.HOUR)
    await settle()
    assert not orphan.exists()
    for task in (sweeping, writing):
        task.cancel()
    await asyncio.wait({sweeping, writing})


async def test_a_store_that_is_away_is_swept_an_hour_later(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    swept = 0

    async def away_once(store: Store, longest: float) -> None:
        nonlocal swept
        swept += 1
        if swept == 1:
            raise StorageUnavailable("the database is locked")

    monkeypatch.setattr(working, "_clear", away_once)
    keep = working._keep_clear(place.store, a_bench([]).engine, place.settings, place.clock)
    sweeping = asyncio.create_task(keep)
    for _ in range(2):
        await settle()
        place.clock.advance(working.HOUR)
    await settle()

    assert (swept, sweeping.done()) == (2, False)
    sweeping.cancel()


# Work that breaks


async def test_work_that_breaks_is_begun_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(working, "BEGUN_AGAIN", 0)
    begun, third = 0, asyncio.Event()

    async def work() -> None:
        nonlocal begun
        begun += 1
        if begun < 3:
            raise (RuntimeError("a bug"), LeaseLost())[begun - 1]
        third.set()
        await asyncio.Event().wait()

    async with AsyncExitStack() as stack:
        working._beside(work, stack)
        async with asyncio.timeout(5):
            await third.wait()

    assert begun == 3


async def test_work_ends_with_the_stack_and_is_not_begun_again() -> None:
    ended = 0
    begun = asyncio.Event()

    async def work() -> None:
        nonlocal ended
        try:
            begun.set()
            await asyncio.Event().wait()
        finally:
            ended += 1

    before = asyncio.all_tasks()
    async with AsyncExitStack() as stack:
        working._beside(work, stack)
        await begun.wait()

    assert (ended, asyncio.all_tasks()) == (1, before)
