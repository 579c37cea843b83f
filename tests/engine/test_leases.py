"""Leases: whose counter stands still for thirty seconds has lost its generations, by the observer's own clock alone."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace

import pytest

from onebrush.domain.errors import StorageUnavailable
from onebrush.domain.generation import Generation, GenerationStatus
from onebrush.engine.generate import Refused
from onebrush.engine.leases import BEAT, LEASE, Leases
from onebrush.engine.ports import Beat, BeginGeneration, ClaimGeneration, ForgetProcess, LeaseLost, RequestCancel
from onebrush.kit.clock import FixedClock
from onebrush.storage.memory import MemoryJournal, MemoryReads
from onebrush.storage.memory_rows import MemoryRecords
from tests.engine.benches import a_bench
from tests.engine.doubles import a_deployment, painted
from tests.engine.test_desk import come, hold, settle

pytestmark = pytest.mark.anyio


@dataclass(slots=True)
class Machine:
    """What the machine says of processes: nothing, unless told."""

    verdicts: dict[str, bool] = field(default_factory=dict)
    forgotten: list[str] = field(default_factory=list)

    def alive(self, process: str) -> bool | None:
        return self.verdicts.get(process)

    def forget(self, process: str) -> None:
        self.forgotten.append(process)


@dataclass(slots=True)
class Watch:
    """An observer and the others it looks at."""

    records: MemoryRecords = field(default_factory=MemoryRecords)
    name: str = "proc_me"
    clock: FixedClock = field(default_factory=FixedClock)
    machine: Machine = field(default_factory=Machine)
    adopted: list[str] = field(default_factory=list)
    halted: list[str] = field(default_factory=list)
    willing: bool = True
    leases: Leases = field(init=False)

    def __post_init__(self) -> None:
        self.leases = Leases(
            process=self.name,
            records=MemoryReads(self.records),
            journal=self.journal,
            presence=self.machine,
            clock=self.clock,
            adopt=self.adopt,
            halt=self.halted.append,
        )

    @property
    def journal(self) -> MemoryJournal:
        return MemoryJournal(self.records)

    async def adopt(self, generation: Generation) -> None:
        if not self.willing:
            return
        change = ClaimGeneration(generation=generation.id, owner=self.name, former=generation.owner)
        try:
            await self.journal.commit(change)
        except LeaseLost:
            return
        self.adopted.append(generation.id)

    async def look(self, *, after: float = BEAT) -> None:
        self.clock.advance(after)
        await self.leases.once()

    async def look_for(self, seconds: float) -> None:
        for _ in range(round(seconds / BEAT)):
            await self.look()


async def begun(records: MemoryRecords, owner: str, name: str = "gen_1") -> None:
    generation = Generation(
        id=name,
        key="key_1",
        test=False,
        model="painter",
        status=GenerationStatus.RUNNING,
        created=1,
        request="painter",
        owner=owner,
    )
    await MemoryJournal(records).commit(BeginGeneration(generation=generation))


async def beats(records: MemoryRecords, count: int = 7, process: str = "proc_other") -> None:
    await MemoryJournal(records).commit(Beat(process=process, count=count))


async def a_watch(**changes: object) -> Watch:
    """It has looked once at another process that owns a generation."""
    watch = Watch(**changes)  # type: ignore[arg-type]  # by name
    await beats(watch.records)
    await begun(watch.records, "proc_other")
    await watch.leases.once()
    return watch


async def test_a_counter_that_stands_still_for_thirty_seconds_has_lost_what_it_worked_on() -> None:
    watch = await a_watch()

    await watch.look_for(LEASE - BEAT)
    assert watch.adopted == []
    await watch.look()

    assert watch.adopted == ["gen_1"]
    assert (list(watch.records.processes), watch.machine.forgotten) == (["proc_me"], ["proc_other"])


async def test_a_counter_that_moves_now_and_then_keeps_its_lease() -> None:
    watch = await a_watch()

    for count in range(8, 20):
        await watch.look_for(LEASE - BEAT)
        await beats(watch.records, count)
        await watch.look()

    assert watch.adopted == []


async def test_a_counter_that_went_back_has_moved() -> None:
    watch = await a_watch()

    await watch.look_for(LEASE - BEAT)
    await beats(watch.records, 1)
    await watch.look_for(LEASE)

    assert watch.adopted == []


async def test_time_in_which_the_observer_could_not_see_does_not_count() -> None:
    watch = await a_watch()

    await watch.look(after=3600.0)
    await watch.look(after=3600.0)

    assert watch.adopted == []
    assert watch.leases.seen["proc_other"].stood == 4 * BEAT


async def test_a_store_that_was_away_says_nothing_of_the_others() -> None:
    watch = await a_watch()
    journal = watch.journal
    watch.leases.journal = journal
    journal.fault = StorageUnavailable("the database is locked")
    for _ in range(20):
        with pytest.raises(StorageUnavailable):
            await watch.look()
    journal.fault = None
    await watch.look()

    assert watch.adopted == []


@pytest.mark.parametrize("jump", [3600.0, -3600.0, 10 * 365 * 86_400.0])
async def test_wall_clocks_may_jump(jump: float) -> None:
    watch = await a_watch()
    watch.clock.set_wall(watch.clock.now() + jump)

    await watch.look_for(LEASE - BEAT)
    assert watch.adopted == []
    await watch.look()

    assert watch.adopted == ["gen_1"]


async def test_a_process_whose_lock_is_free_is_gone_at_once() -> None:
    watch = await a_watch()
    watch.machine.verdicts["proc_other"] = False

    await watch.look()

    assert watch.adopted == ["gen_1"]


async def test_a_process_that_lives_and_does_not_beat_has_lost_its_lease_all_the_same() -> None:
    watch = await a_watch()
    watch.machine.verdicts["proc_other"] = True

    await watch.look_for(LEASE)

    assert watch.adopted == ["gen_1"]


async def test_a_process_that_was_just_seen_first_has_its_whole_lease() -> None:
    watch = await a_watch()
    await watch.look_for(LEASE - BEAT)
    await beats(watch.records, 1, "proc_new")
    await begun(watch.records, "proc_new", "gen_2")

    await watch.look_for(2 * BEAT)

    assert watch.adopted == ["gen_1"]


async def test_ones_own_generations_are_never_taken_from_oneself() -> None:
    watch = Watch()
    watch.machine.verdicts["proc_me"] = False
    await begun(watch.records, "proc_me")

    await watch.look_for(3 * LEASE)

    assert (watch.adopted, watch.machine.forgotten) == ([], [])
    assert watch.records.processes == {"proc_me": 30}


async def test_what_a_version_without_owners_left_is_taken_at_the_first_look() -> None:
    watch = Watch()
    await begun(watch.records, "")

    await watch.leases.once()

    assert watch.adopted == ["gen_1"]


async def test_a_process_of_which_something_is_left_is_not_forgotten() -> None:
    watch = await a_watch()
    watch.machine.verdicts["proc_other"] = False
    watch.willing = False
    await watch.look()
    assert "proc_other" in watch.records.processes

    watch.willing = True
    await watch.look()

    assert watch.adopted == ["gen_1"]
    assert "proc_other" not in watch.records.processes


async def test_a_process_that_left_nothing_is_forgotten() -> None:
    watch = await a_watch()
    row = watch.records.generations["gen_1"]
    watch.records.generations["gen_1"] = replace(row, finished=2, status=GenerationStatus.FAILED)

    await watch.look_for(LEASE)

    assert (watch.adopted, watch.machine.forgotten) == ([], ["proc_other"])


async def test_of_two_observers_each_generation_has_one() -> None:
    one = await a_watch()
    other = Watch(records=one.records, name="proc_third")
    for number in range(2, 12):
        await begun(one.records, "proc_other", f"gen_{number}")
    one.machine.verdicts["proc_other"] = other.machine.verdicts["proc_other"] = False

    await asyncio.gather(one.look(), other.look())

    assert sorted(one.adopted + other.adopted) == sorted(f"gen_{number}" for number in range(1, 12))


async def test_it_beats_every_three_seconds_also_after_a_store_was_away() -> None:
    watch = Watch()
    journal = watch.journal
    watch.leases.journal = journal
    keeping = asyncio.create_task(watch.leases.keep())

    for number in range(6):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        journal.fault = StorageUnavailable("the database is locked") if number in (1, 2) else None
        watch.clock.advance(BEAT)
    keeping.cancel()

    kinds = [type(change) for commit in journal.committed for change in commit]
    assert kinds == [Beat] * 4
    assert ForgetProcess not in kinds


# Owners that never beat, work that cannot be taken up, work that is to stop


async def test_an_owner_that_never_beat_has_its_whole_lease_and_no_more() -> None:
    watch = Watch()
    await begun(watch.records, "proc_other")
    await watch.leases.once()

    await watch.look_for(LEASE - BEAT)
    assert watch.adopted == []
    await watch.look()

    assert (watch.adopted, watch.machine.forgotten) == (["gen_1"], ["proc_other"])


async def test_an_owner_that_never_beat_and_whose_lock_is_free_is_gone_at_once() -> None:
    watch = Watch()
    watch.machine.verdicts["proc_other"] = False
    await begun(watch.records, "proc_other")

    await watch.leases.once()

    assert watch.adopted == ["gen_1"]


async def test_one_that_cannot_be_taken_up_stops_neither_the_others_nor_the_beat() -> None:
    watch = await a_watch()
    watch.machine.verdicts["proc_other"] = False
    for number in (2, 3):
        await begun(watch.records, "proc_other", f"gen_{number}")

    async def breaks(generation: Generation) -> None:
        if generation.id == "gen_1":
            raise RuntimeError("a bug")
        await watch.adopt(generation)

    watch.leases.adopt = breaks
    await watch.look()
    await watch.look()

    assert watch.adopted == ["gen_2", "gen_3"]
    assert watch.records.processes == {"proc_other": 7, "proc_me": 3}


async def test_a_claim_that_could_not_be_written_is_made_at_the_next_beat() -> None:
    watch = await a_watch()
    watch.machine.verdicts["proc_other"] = False
    claims = 0

    async def away_once(generation: Generation) -> None:
        nonlocal claims
        claims += 1
        if claims == 1:
            raise StorageUnavailable("the database is locked")
        await watch.adopt(generation)

    watch.leases.adopt = away_once
    keeping = asyncio.create_task(watch.leases.keep())
    await until_asleep(watch)
    assert (watch.adopted, keeping.done()) == ([], False)
    watch.clock.advance(BEAT)
    await until_asleep(watch)
    keeping.cancel()

    assert (watch.adopted, claims) == (["gen_1"], 2)


async def until_asleep(watch: Watch) -> None:
    for _ in range(20):
        await asyncio.sleep(0)
    assert watch.clock.sleeping == 1


async def test_what_another_process_was_asked_to_stop_is_halted_at_the_next_beat() -> None:
    watch = await a_watch()
    await begun(watch.records, "proc_me", "gen_mine")
    await begun(watch.records, "proc_me", "gen_other")
    await watch.look()
    assert watch.halted == []
    for name in ("gen_1", "gen_mine"):
        await watch.journal.commit(RequestCancel(generation=name))

    await watch.look()

    assert watch.halted == ["gen_mine"]


async def test_a_cancel_at_another_process_reaches_what_waits_for_its_place_here(picture_bytes: bytes) -> None:
    bench = a_bench(painted(picture_bytes), live={"acme": (a_deployment(concurrency=1),)})
    other = a_bench(stores=bench.stores, process="proc_2")
    go = hold(bench)
    await come(bench, name="gen_1")
    await settle()
    ticket = await come(bench, name="gen_2")
    watch = Watch(records=bench.records, name="proc_1")
    watch.leases.halt = bench.desk.halt

    await other.desk.cancel(bench.records.generations["gen_2"])
    await watch.leases.once()
    with pytest.raises(Refused) as refused:
        await bench.desk.result(ticket)

    assert refused.value.error.code == "generation_canceled"
    go.set()
    await bench.desk.drain(600.0)
    assert len(bench.vendor.bought) == 1
