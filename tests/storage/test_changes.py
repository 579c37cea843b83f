"""What each change of the journal does and refuses, on every backend."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from onebrush.domain.generation import AttemptRecord, GenerationStatus
from onebrush.domain.ledger import LedgerState
from onebrush.domain.webhook import DeliveryStatus
from onebrush.engine.ports import (
    Beat,
    CancelAsked,
    Change,
    ClaimGeneration,
    FinishGeneration,
    ForgetArtifacts,
    ForgetGeneration,
    ForgetProcess,
    KeepDelivery,
    KeepReply,
    KeepTask,
    KeyTaken,
    LeaseLost,
    MarkDropped,
    RequestCancel,
    Wanted,
)
from onebrush.storage.errors import ChangeRefused
from tests.storage.values import (
    NOW,
    Store,
    artifact,
    attempt,
    begin,
    delivery,
    entry,
    finish,
    generation,
    outcome,
    send,
)

pytestmark = pytest.mark.anyio

DAY = 24 * 3600


async def everything(store: Store) -> object:
    """All rows that the tests' own names reach."""
    generations = [await store.records.get(name) for name in ("gen_a", "gen_b", "gen_c")]
    hanging = [
        (await read(name))
        for name in ("gen_a", "gen_b", "gen_c")
        for read in (store.records.attempts, store.records.entries, store.records.artifacts, store.records.delivery_of)
    ]
    return generations, hanging, await store.records.beats()


async def refused(store: Store, error: type[Exception], *changes: Change) -> None:
    """The commit is refused, and nothing of it was made."""
    before = await everything(store)
    with pytest.raises(error):
        await store.journal.commit(*changes)
    assert await everything(store) == before


async def status(store: Store, name: str = "gen_a") -> GenerationStatus:
    found = await store.records.get(name)
    assert found is not None
    return found.status


# Beginning


async def test_a_begun_generation_reads_back_equal_with_what_it_may_cost(store: Store) -> None:
    reserved = entry(), entry(attempt="att_b", nano=None, currency=None, basis="unknown")
    whole: dict[str, Any] = {
        "asynchronous": True,
        "idempotency": "order-7",
        "provider": "openai",
        "cancel": True,
        "dropped": True,
    }
    await store.journal.commit(begin("gen_a", *reserved, **whole))
    assert await store.records.get("gen_a") == generation(**whole)
    assert await store.records.entries("gen_a") == list(reserved)


async def test_an_id_is_begun_once(store: Store) -> None:
    await store.journal.commit(begin())
    await refused(store, ChangeRefused, begin())


async def test_changes_of_one_commit_are_made_all_or_none(store: Store) -> None:
    await store.journal.commit(begin("gen_a"))
    await refused(store, ChangeRefused, begin("gen_b"), begin("gen_a"))


async def test_a_key_that_stands_is_taken_and_says_by_whom(store: Store) -> None:
    await store.journal.commit(begin("gen_a", idempotency="order-7"))
    with pytest.raises(KeyTaken) as taken:
        await store.journal.commit(begin("gen_b", entry(of="gen_b"), idempotency="order-7"))
    assert taken.value.generation == "gen_a"
    assert await store.records.get("gen_b") is None
    assert await store.records.entries("gen_b") == []


async def test_names_are_each_keys_own(store: Store) -> None:
    await store.journal.commit(begin("gen_a", idempotency="order-7"))
    await store.journal.commit(begin("gen_b", idempotency="order-7", key="key_b"))
    await store.journal.commit(begin("gen_c", idempotency="order-8"))
    found = store.records.by_idempotency
    assert await found("key_a", "order-7", NOW) == generation("gen_a", idempotency="order-7")
    assert await found("key_b", "order-7", NOW) == generation("gen_b", idempotency="order-7", key="key_b")


@pytest.mark.parametrize("end", [GenerationStatus.FAILED, GenerationStatus.CANCELED])
async def test_a_key_whose_generation_bought_nothing_may_be_used_again(store: Store, end: GenerationStatus) -> None:
    await store.journal.commit(begin("gen_a", idempotency="order-7"))
    await store.journal.commit(finish("gen_a", status=end))
    await store.journal.commit(begin("gen_b", idempotency="order-7", created=NOW + 1))
    found = await store.records.by_idempotency("key_a", "order-7", NOW)
    assert found is not None
    assert found.id == "gen_b"
    await refused(store, KeyTaken, begin("gen_c", idempotency="order-7"))


@pytest.mark.parametrize("end", [GenerationStatus.SUCCEEDED, GenerationStatus.PARTIAL, GenerationStatus.UNKNOWN])
async def test_a_key_whose_generation_may_be_paid_stands(store: Store, end: GenerationStatus) -> None:
    await store.journal.commit(begin("gen_a", idempotency="order-7"))
    await store.journal.commit(finish("gen_a", status=end))
    await refused(store, KeyTaken, begin("gen_b", idempotency="order-7"))


@pytest.mark.parametrize("state", [LedgerState.SETTLED, LedgerState.UNRESOLVED])
async def test_a_key_whose_failed_generation_is_or_may_be_paid_stands(store: Store, state: LedgerState) -> None:
    await store.journal.commit(begin("gen_a", idempotency="order-7"))
    ended = finish("gen_a", status=GenerationStatus.FAILED)
    await store.journal.commit(replace(ended, entries=(entry(state),)))
    await refused(store, KeyTaken, begin("gen_b", idempotency="order-7"))


async def test_a_key_stands_for_a_day(store: Store) -> None:
    await store.journal.commit(begin("gen_a", idempotency="order-7"))
    await refused(store, KeyTaken, begin("gen_b", idempotency="order-7", created=NOW + DAY))
    assert await store.records.by_idempotency("key_a", "order-7", NOW) is not None
    assert await store.records.by_idempotency("key_a", "order-7", NOW + 1) is None
    await store.journal.commit(begin("gen_b", idempotency="order-7", created=NOW + DAY + 1))


async def test_a_clock_that_went_back_frees_no_key(store: Store) -> None:
    await store.journal.commit(begin("gen_a", idempotency="order-7"))
    await refused(store, KeyTaken, begin("gen_b", idempotency="order-7", created=NOW - 3600))


async def test_a_forgotten_generation_frees_its_key(store: Store) -> None:
    await store.journal.commit(begin("gen_a", idempotency="order-7"), finish("gen_a"))
    await store.journal.commit(ForgetGeneration(generation="gen_a"))
    assert await store.records.by_idempotency("key_a", "order-7", 0) is None
    await store.journal.commit(begin("gen_b", idempotency="order-7"))


async def test_forgetting_a_failed_one_leaves_the_key_to_who_took_it_after(store: Store) -> None:
    await store.journal.commit(begin("gen_a", idempotency="order-7"))
    await store.journal.commit(finish("gen_a", status=GenerationStatus.FAILED, idempotency="order-7"))
    await store.journal.commit(begin("gen_b", idempotency="order-7"))
    await store.journal.commit(ForgetGeneration(generation="gen_a"))
    await refused(store, KeyTaken, begin("gen_c", idempotency="order-7"))


async def test_of_a_hundred_who_ask_at_once_one_gets_the_key(store: Store) -> None:
    names = [f"gen_{number}" for number in range(100)]
    asks = [store.journal.commit(begin(name, idempotency="order-7")) for name in names]
    ends = await asyncio.gather(*asks, return_exceptions=True)
    begun = [name for name, end in zip(names, ends, strict=True) if end is None]
    assert len(begun) == 1
    assert [end.generation for end in ends if isinstance(end, KeyTaken)] == begun * 99


# Sending


async def test_what_is_sent_is_running_and_tells_of_those_before_it(store: Store) -> None:
    await store.journal.commit(begin("gen_a", entry()))
    await store.journal.commit(send("att_a", entries=(entry(LedgerState.SENT),)))
    released = entry(LedgerState.RELEASED, why="It was never sent")
    again = entry(LedgerState.SENT, attempt="att_b")
    await store.journal.commit(send("att_b", entries=(released, again), ended={"att_a": "Refused with 503"}))
    assert await status(store) is GenerationStatus.RUNNING
    assert await store.records.attempts("gen_a") == [
        AttemptRecord(attempt=attempt("att_a"), ended="Refused with 503"),
        AttemptRecord(attempt=attempt("att_b")),
    ]
    assert await store.records.entries("gen_a") == [entry(), entry(LedgerState.SENT), released, again]


async def test_attempts_of_one_second_keep_the_order_in_which_they_were_sent(store: Store) -> None:
    await store.journal.commit(begin(), send("att_z"), send("att_m", slot=1), send("att_a"))
    assert [row.attempt.id for row in await store.records.attempts("gen_a")] == ["att_z", "att_m", "att_a"]


async def test_only_the_owner_of_an_unfinished_generation_may_send(store: Store) -> None:
    await refused(store, LeaseLost, send())
    await store.journal.commit(begin())
    await refused(store, LeaseLost, send(owner="proc_b"))
    await store.journal.commit(finish())
    await refused(store, LeaseLost, send())


async def test_nothing_is_sent_of_what_was_asked_to_stop(store: Store) -> None:
    await store.journal.commit(begin(), send(), begin("gen_b"))
    await store.journal.commit(RequestCancel(generation="gen_a"), RequestCancel(generation="gen_b"))
    await refused(store, CancelAsked, send("att_b", "gen_b"))
    await refused(store, CancelAsked, send("att_b", slot=1, entries=(entry(LedgerState.SENT),)))
    await refused(store, LeaseLost, send("att_b", slot=1, owner="proc_b"))


async def test_an_attempt_is_sent_once(store: Store) -> None:
    await store.journal.commit(begin(), send())
    await refused(store, ChangeRefused, send(entries=(entry(LedgerState.SENT),)))


# What came back


async def test_a_task_and_a_reply_are_kept_with_their_attempt(store: Store) -> None:
    await store.journal.commit(begin(), send())
    await store.journal.commit(KeepTask(attempt="att_a", task="task-1"))
    assert await status(store) is GenerationStatus.RUNNING
    await store.journal.commit(KeepReply(attempt="att_a", generation="gen_a", reply='{"links":1}'))
    assert await status(store) is GenerationStatus.COLLECTING
    kept = AttemptRecord(attempt=attempt(), task="task-1", reply='{"links":1}')
    assert await store.records.attempts("gen_a") == [kept]


async def test_the_next_call_of_a_collecting_generation_makes_it_running(store: Store) -> None:
    await store.journal.commit(begin(), send(), KeepReply(attempt="att_a", generation="gen_a", reply="{}"))
    await store.journal.commit(send("att_b", slot=1))
    assert await status(store) is GenerationStatus.RUNNING


@pytest.mark.parametrize(("state", "reply"), [(LedgerState.SETTLED, None), (LedgerState.UNRESOLVED, "{}")])
async def test_a_reply_is_forgotten_once_it_is_settled_and_kept_while_it_is_not(
    store: Store, state: LedgerState, reply: str | None
) -> None:
    await store.journal.commit(begin(), send(), KeepReply(attempt="att_a", generation="gen_a", reply="{}"))
    await store.journal.commit(replace(finish(attempts={"att_a": "over"}), entries=(entry(state=state),)))
    assert await store.records.attempts("gen_a") == [AttemptRecord(attempt=attempt(), reply=reply, ended="over")]


async def test_what_was_never_sent_has_no_task_and_no_reply(store: Store) -> None:
    await store.journal.commit(begin(), begin("gen_b"), send())
    await refused(store, ChangeRefused, KeepTask(attempt="att_b", task="task-1"))
    await refused(store, ChangeRefused, KeepReply(attempt="att_b", generation="gen_a", reply="{}"))
    await refused(store, ChangeRefused, KeepReply(attempt="att_a", generation="gen_b", reply="{}"))


async def test_a_reply_that_comes_late_is_kept_and_the_outcome_stays(store: Store) -> None:
    await store.journal.commit(begin(), send(), finish(status=GenerationStatus.UNKNOWN))
    await store.journal.commit(KeepReply(attempt="att_a", generation="gen_a", reply="{}"))
    assert await status(store) is GenerationStatus.UNKNOWN
    assert await store.records.attempts("gen_a") == [AttemptRecord(attempt=attempt(), reply="{}")]


async def test_open_replies_are_those_of_unfinished_generations(store: Store) -> None:
    await store.journal.commit(begin("gen_a"), begin("gen_b"), send("att_a"), send("att_b", "gen_b"))
    await store.journal.commit(send("att_c", slot=1))
    await store.journal.commit(KeepReply(attempt="att_a", generation="gen_a", reply="mine"))
    await store.journal.commit(KeepReply(attempt="att_b", generation="gen_b", reply="done"), finish("gen_b"))
    assert await store.rows.open_replies() == ["mine"]


# The end


async def test_an_outcome_reads_back_with_pictures_money_and_webhook(store: Store) -> None:
    second, first = artifact("img_second", index=1), artifact("img_first", index=0)
    await store.journal.commit(begin(), send())
    whole = FinishGeneration(
        generation=outcome(model="gpt-image-2-mini"),
        artifacts=(second, first),
        attempts={"att_a": "Two pictures came", "att_never_sent": "Not sent"},
        entries=(entry(LedgerState.SETTLED),),
        delivery=delivery(),
    )
    await store.journal.commit(whole)
    assert await store.records.get("gen_a") == outcome(model="gpt-image-2-mini")
    assert await store.records.artifacts("gen_a") == [first, second]
    assert await store.artifacts.get("img_second") == second
    assert await store.records.attempts("gen_a") == [AttemptRecord(attempt=attempt(), ended="Two pictures came")]
    assert await store.records.entries("gen_a") == [entry(LedgerState.SETTLED)]
    assert await store.records.delivery_of("gen_a") == delivery()


async def test_an_outcome_changes_nothing_that_was_settled_before(store: Store) -> None:
    await store.journal.commit(begin("gen_a", idempotency="order-7"))
    await store.journal.commit(RequestCancel(generation="gen_a"), MarkDropped(generation="gen_a"))
    stale: dict[str, Any] = {"key": "key_x", "created": 1, "request": "x", "digest": "x", "origin": "x", "test": False}
    await store.journal.commit(finish("gen_a", ask="another", **stale))
    assert await store.records.get("gen_a") == outcome(idempotency="order-7", cancel=True, dropped=True)


async def test_an_ask_that_is_not_to_be_kept_goes_with_the_outcome(store: Store) -> None:
    await store.journal.commit(begin(), finish("gen_a", ask=None))
    assert await store.records.get("gen_a") == outcome(ask=None)


async def test_only_the_owner_finishes_and_only_once(store: Store) -> None:
    await refused(store, LeaseLost, finish())
    await store.journal.commit(begin())
    await refused(store, LeaseLost, finish("gen_a", artifact(), owner="proc_b"))
    await store.journal.commit(finish())
    await refused(store, LeaseLost, finish("gen_a", artifact()))


async def test_an_outcome_replaces_unknown_whoever_brings_it(store: Store) -> None:
    await store.journal.commit(begin(), send())
    await store.journal.commit(ClaimGeneration(generation="gen_a", owner="proc_b", former="proc_a"))
    await store.journal.commit(finish("gen_a", owner="proc_b", status=GenerationStatus.UNKNOWN, result=None))
    await refused(store, LeaseLost, finish("gen_a", status=GenerationStatus.UNKNOWN))
    await store.journal.commit(finish("gen_a", artifact()))
    assert await store.records.get("gen_a") == outcome(owner="proc_b")
    assert await store.records.artifacts("gen_a") == [artifact()]
    await refused(store, LeaseLost, finish("gen_a"))


async def test_a_picture_is_recorded_once(store: Store) -> None:
    await store.journal.commit(begin("gen_a"), begin("gen_b"), finish("gen_a", artifact()))
    await refused(store, ChangeRefused, finish("gen_b", artifact(of="gen_b")))


# Owners


async def test_a_claimed_generation_is_its_new_owners_alone(store: Store) -> None:
    await store.journal.commit(begin())
    await store.journal.commit(ClaimGeneration(generation="gen_a", owner="proc_b", former="proc_a"))
    await refused(store, LeaseLost, send())
    await refused(store, LeaseLost, finish())
    await refused(store, LeaseLost, ClaimGeneration(generation="gen_a", owner="proc_c", former="proc_a"))
    await store.journal.commit(send(owner="proc_b"), finish("gen_a", owner="proc_b"))
    await refused(store, LeaseLost, ClaimGeneration(generation="gen_a", owner="proc_c", former="proc_b"))


async def test_of_two_who_claim_at_once_one_gets_it(store: Store) -> None:
    await store.journal.commit(begin())
    claims = [ClaimGeneration(generation="gen_a", owner=f"proc_{name}", former="proc_a") for name in "bcd"]
    ends = await asyncio.gather(*(store.journal.commit(claim) for claim in claims), return_exceptions=True)
    assert [type(end) for end in ends if end is not None] == [LeaseLost, LeaseLost]


async def test_owned_are_the_unfinished_of_these_processes_oldest_first(store: Store) -> None:
    await store.journal.commit(begin("gen_a", created=NOW + 2), begin("gen_b", owner="proc_b"), begin("gen_c"))
    await store.journal.commit(begin("gen_d"), finish("gen_d"), begin("gen_e", owner="proc_c"))
    assert [row.id for row in await store.records.owned(["proc_a", "proc_b"])] == ["gen_b", "gen_c", "gen_a"]
    assert await store.records.owned([]) == []
    assert await store.records.owned(["proc_x"]) == []


async def test_asking_to_stop_and_leaving_are_noted_and_a_finished_one_is_not_asked(store: Store) -> None:
    await store.journal.commit(begin("gen_a"), begin("gen_b"), finish("gen_b"))
    for name in ("gen_a", "gen_b", "gen_x"):
        await store.journal.commit(RequestCancel(generation=name), MarkDropped(generation=name))
    assert await store.records.get("gen_a") == generation("gen_a", cancel=True, dropped=True)
    assert await store.records.get("gen_b") == outcome("gen_b", dropped=True)


async def test_a_process_beats_and_is_forgotten_once_nothing_is_its_any_more(store: Store) -> None:
    await store.journal.commit(Beat(process="proc_a", count=1), Beat(process="proc_b", count=1))
    await store.journal.commit(Beat(process="proc_a", count=2), begin())
    assert await store.records.beats() == {"proc_a": 2, "proc_b": 1}
    await store.journal.commit(ForgetProcess(process="proc_a"), ForgetProcess(process="proc_b"))
    assert await store.records.beats() == {"proc_a": 2}
    await store.journal.commit(finish(), ForgetProcess(process="proc_a"), ForgetProcess(process="proc_x"))
    assert await store.records.beats() == {}


# Forgetting


async def test_a_forgotten_generation_leaves_only_its_ledger(store: Store) -> None:
    await store.journal.commit(begin("gen_a", entry()), begin("gen_b"), send("att_a"), send("att_b", "gen_b"))
    told = replace(finish("gen_a", artifact("img_abcd")), delivery=delivery())
    await store.journal.commit(told, finish("gen_b", artifact("img_efgh", of="gen_b")))
    await store.journal.commit(ForgetGeneration(generation="gen_a"))
    assert await store.records.get("gen_a") is None
    assert await store.records.attempts("gen_a") == []
    assert await store.records.artifacts("gen_a") == []
    assert await store.records.delivery_of("gen_a") is None
    assert await store.records.entries("gen_a") == [entry()]
    assert [row.id for row in await store.records.artifacts("gen_b")] == ["img_efgh"]
    assert len(await store.records.attempts("gen_b")) == 1


async def test_what_is_not_finished_cannot_be_forgotten_and_forgetting_twice_is_no_error(store: Store) -> None:
    await store.journal.commit(begin())
    await refused(store, ChangeRefused, ForgetGeneration(generation="gen_a"))
    await store.journal.commit(finish())
    for _ in range(2):
        await store.journal.commit(ForgetGeneration(generation="gen_a"))


async def test_forgotten_pictures_are_gone_and_forgetting_again_is_no_error(store: Store) -> None:
    await store.journal.commit(begin(), finish("gen_a", artifact("img_abcd"), artifact("img_efgh")))
    await store.journal.commit(ForgetArtifacts(ids=("img_abcd",)))
    await store.journal.commit(ForgetArtifacts(ids=("img_abcd", "img_never")))
    assert [each.id for each in await store.records.artifacts("gen_a")] == ["img_efgh"]


# Webhooks


async def test_due_deliveries_are_pending_ones_whose_time_has_come_longest_due_first(store: Store) -> None:
    await store.journal.commit(begin())
    states = {
        "msg_now": delivery("msg_now", due=NOW),
        "msg_long": delivery("msg_long", due=NOW - 100),
        "msg_later": delivery("msg_later", due=NOW + 1),
        "msg_done": delivery("msg_done", due=NOW - 200, status=DeliveryStatus.DELIVERED),
        "msg_failed": delivery("msg_failed", due=NOW - 200, status=DeliveryStatus.FAILED),
    }
    await store.journal.commit(*(KeepDelivery(delivery=each) for each in states.values()))
    assert await store.records.due(NOW, 10) == [states["msg_long"], states["msg_now"]]
    assert await store.records.due(NOW, 1) == [states["msg_long"]]


async def test_a_delivery_is_kept_as_it_stands_now(store: Store) -> None:
    await store.journal.commit(begin(), replace(finish(), delivery=delivery()))
    tried = delivery(due=NOW + 5, tries=1, said="It answered 503")
    await store.journal.commit(KeepDelivery(delivery=tried))
    assert await store.records.delivery_of("gen_a") == tried
    newer = delivery("msg_b", created=NOW + 60)
    await store.journal.commit(KeepDelivery(delivery=newer))
    assert await store.records.delivery_of("gen_a") == newer
    assert await store.records.due(NOW + 5, 10) == [newer, tried]


async def test_of_two_deliveries_of_one_second_the_later_is_the_newest(store: Store) -> None:
    await store.journal.commit(begin())
    await store.journal.commit(KeepDelivery(delivery=delivery("msg_z")), KeepDelivery(delivery=delivery("msg_a")))
    newest = await store.records.delivery_of("gen_a")
    assert newest is not None
    assert newest.id == "msg_a"


async def test_the_telling_of_a_forgotten_generation_is_not_taken_up_again(store: Store) -> None:
    await store.journal.commit(begin(), replace(finish(), delivery=delivery()))
    await store.journal.commit(ForgetGeneration(generation="gen_a"))
    await store.journal.commit(KeepDelivery(delivery=delivery(tries=1)))
    assert await store.records.due(NOW + 100, 10) == []


# Lists


async def test_a_list_is_newest_first_in_pages_without_gap_or_repeat(store: Store) -> None:
    names = [f"gen_{number:02}" for number in range(9)]
    # Three to a second: the id decides within it.
    created = {name: NOW + number // 3 for number, name in enumerate(names)}
    await store.journal.commit(*(begin(name, created=created[name]) for name in names))
    await store.journal.commit(begin("gen_other", key="key_b"))
    seen: list[str] = []
    before = None
    for _ in range(5):
        page = await store.records.page(Wanted(key="key_a", limit=2, before=before))
        assert len(page) == min(3, 9 - len(seen))
        seen += [row.id for row in page[:2]]
        before = seen[-1]
    assert seen == names[::-1]


async def test_a_list_shows_what_was_asked_for(store: Store) -> None:
    await store.journal.commit(begin("gen_a"), begin("gen_b", created=NOW + 1, model="qwen-image"))
    await store.journal.commit(begin("gen_c", created=NOW + 2), finish("gen_c"))

    async def shown(**wanted: Any) -> list[str]:
        return [row.id for row in await store.records.page(Wanted(key="key_a", **wanted))]

    assert await shown() == ["gen_c", "gen_b", "gen_a"]
    assert await shown(status="succeeded") == ["gen_c"]
    assert await shown(status="%") == []
    assert await shown(model="qwen-image") == ["gen_b"]
    assert await shown(created_from=NOW + 1) == ["gen_c", "gen_b"]
    assert await shown(created_to=NOW + 1) == ["gen_b", "gen_a"]
    assert await shown(created_from=NOW + 1, created_to=NOW + 1, status="queued", before="gen_c") == ["gen_b"]


async def test_a_list_after_a_record_that_is_not_there_or_anothers_is_empty(store: Store) -> None:
    await store.journal.commit(begin("gen_a"), begin("gen_b", key="key_b", created=NOW + 1))
    assert await store.records.page(Wanted(key="key_a", before="gen_x")) == []
    assert await store.records.page(Wanted(key="key_a", before="gen_b")) == []


async def test_the_same_body_is_found_while_it_is_unfinished_or_for_a_while_after(store: Store) -> None:
    found = store.records.by_digest
    assert await found("key_a", "d1", 0) is None
    await store.journal.commit(begin("gen_a"))
    assert await found("key_a", "d1", NOW + 1000) == generation()
    await store.journal.commit(finish("gen_a"))
    assert await found("key_a", "d1", NOW + 9) == outcome()
    assert await found("key_a", "d1", NOW + 10) is None
    assert await found("key_a", "d2", 0) is None
    assert await found("key_b", "d1", 0) is None


async def test_of_several_with_the_same_body_the_newest_is_found(store: Store) -> None:
    await store.journal.commit(begin("gen_a"), begin("gen_b", created=NOW + 2), begin("gen_c", created=NOW + 1))
    await store.journal.commit(finish("gen_b"))
    newest = await store.records.by_digest("key_a", "d1", NOW)
    assert newest is not None
    assert newest.id == "gen_b"
    unfinished = await store.records.by_digest("key_a", "d1", NOW + 10)
    assert unfinished is not None
    assert unfinished.id == "gen_c"
