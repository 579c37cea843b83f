"""More of a generation than whoever took it over could have: what a paused process still brings is not lost."""

from __future__ import annotations

from dataclasses import replace

import pytest

from onebrush.domain.generation import GenerationStatus
from onebrush.domain.ledger import LedgerState
from onebrush.engine.ports import ClaimGeneration, LeaseLost
from tests.storage.values import Store, artifact, begin, entry, finish, send

pytestmark = pytest.mark.anyio


async def taken_over(store: Store) -> None:
    """Two calls; the first one's picture is settled by who took over, the second one's call is unresolved."""
    await store.journal.commit(begin(), send("att_a"), send("att_b", slot=1))
    await store.journal.commit(ClaimGeneration(generation="gen_a", owner="proc_b", former="proc_a"))
    partial = finish("gen_a", artifact("img_1"), status=GenerationStatus.PARTIAL, owner="proc_b")
    entries = entry(LedgerState.SETTLED), entry(LedgerState.UNRESOLVED, attempt="att_b")
    await store.journal.commit(replace(partial, entries=entries))


async def test_an_outcome_with_more_pictures_replaces_a_partial_one_and_settles_nothing_twice(store: Store) -> None:
    await taken_over(store)
    whole = finish("gen_a", artifact("img_1"), artifact("img_2", index=1), attempts={"att_a": "x", "att_b": "came"})
    entries = entry(LedgerState.SETTLED), entry(LedgerState.SETTLED, attempt="att_b")
    await store.journal.commit(replace(whole, entries=entries))

    found = await store.records.get("gen_a")
    assert found is not None and found.status is GenerationStatus.SUCCEEDED
    assert [row.id for row in await store.records.artifacts("gen_a")] == ["img_1", "img_2"]
    states = [(row.attempt, row.state) for row in await store.records.entries("gen_a")]
    assert states.count(("att_a", LedgerState.SETTLED)) == 1
    assert states[-1] == ("att_b", LedgerState.SETTLED)
    assert [call.ended for call in await store.records.attempts("gen_a")] == [None, "came"]


async def test_an_outcome_with_no_more_pictures_is_refused(store: Store) -> None:
    await taken_over(store)
    with pytest.raises(LeaseLost):
        await store.journal.commit(finish("gen_a", artifact("img_3")))
    assert [row.id for row in await store.records.artifacts("gen_a")] == ["img_1"]


async def test_what_succeeded_is_never_replaced(store: Store) -> None:
    await store.journal.commit(begin(), send("att_a"))
    await store.journal.commit(finish("gen_a", artifact("img_1")))
    with pytest.raises(LeaseLost):
        await store.journal.commit(finish("gen_a", artifact("img_2"), artifact("img_3", index=1)))
