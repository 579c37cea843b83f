"""What a process sees of the others and of itself: who owns work without a beat, and what of its own is to stop."""

from __future__ import annotations

import pytest

from onebrush.domain.generation import GenerationStatus
from onebrush.engine.ports import Beat, ClaimGeneration, RequestCancel
from tests.storage.values import Store, begin, finish

pytestmark = pytest.mark.anyio


async def test_an_owner_of_unfinished_work_that_never_beat_is_seen(store: Store) -> None:
    await store.journal.commit(Beat(process="proc_a", count=4))
    await store.journal.commit(begin("gen_a"), begin("gen_b", owner="proc_b"), begin("gen_c", owner="proc_b"))
    await store.journal.commit(begin("gen_d", owner="proc_d"), finish("gen_d", owner="proc_d"))

    assert await store.records.beats() == {"proc_a": 4, "proc_b": -1}


async def test_what_the_first_version_left_has_an_owner_without_a_name(store: Store) -> None:
    await store.journal.commit(begin("gen_a", owner=""))

    assert await store.records.beats() == {"": -1}


async def test_what_a_process_is_to_stop_is_its_own_and_unfinished(store: Store) -> None:
    await store.journal.commit(begin("gen_a"), begin("gen_b"), begin("gen_c"), begin("gen_d", owner="proc_d"))
    for name in ("gen_a", "gen_c", "gen_d"):
        await store.journal.commit(RequestCancel(generation=name))
    await store.journal.commit(finish("gen_c", status=GenerationStatus.CANCELED))

    assert await store.records.to_stop("proc_a") == ["gen_a"]
    assert await store.records.to_stop("proc_d") == ["gen_d"]
    await store.journal.commit(ClaimGeneration(generation="gen_a", owner="proc_d", former="proc_a"))
    assert await store.records.to_stop("proc_a") == []
    assert sorted(await store.records.to_stop("proc_d")) == ["gen_a", "gen_d"]
