"""The guards that the fault tests hold: what each is for, how it is taken away, and the test that fails without it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutation:
    """A guard taken away by text replacements, file -> (text, what stands there instead)."""

    row: str
    guard: str
    edits: tuple[tuple[str, str, str], ...]
    test: str


def _one(row: str, guard: str, file: str, old: str, new: str, test: str) -> Mutation:
    return Mutation(row=row, guard=guard, edits=((file, old, new),), test=test)


JUDGING, RESILIENCE, RECOVERY = "engine/judging.py", "engine/resilience.py", "engine/recovery.py"
TRANSPORT, CHANGES, STATEMENTS = "upstream/transport.py", "storage/changes.py", "storage/statements.py"

MUTATIONS = (
    Mutation(
        row="F-1",
        guard="a long wait is not waited for (decided, and kept by the deployment's health)",
        edits=(
            (
                RESILIENCE,
                "seconds if seconds is not None and seconds <= SHORT_WAIT else None",
                "min(seconds, 0.1) if seconds is not None else None",
            ),
            ("engine/health.py", "seat.rest.take(min(fault.retry_after, LONGEST_NAMED), now, fault.kind)", "pass"),
        ),
        test="test_refusals.py -k not_fit",
    ),
    _one(
        "F-1",
        "the wait that a vendor names is kept",
        "engine/health.py",
        "seat.rest.take(min(fault.retry_after, LONGEST_NAMED), now, fault.kind)",
        "pass",
        "test_refusals.py -k one_account_is_limited",
    ),
    _one(
        "F-2",
        "a 503 is tried again",
        RESILIENCE,
        "MAX_TRIES = 3",
        "MAX_TRIES = 1",
        "test_refusals.py -k 503_is_tried",
    ),
    Mutation(
        row="F-2",
        guard="what may be paid is never sent again (decided, and watched over once more)",
        edits=(
            (RESILIENCE, "FaultKind.OUTCOME_UNKNOWN, FaultKind.TIMED_OUT})", "FaultKind.TIMED_OUT})"),
            (RESILIENCE, "if fault.kind is not FaultKind.UNAVAILABLE or", "if"),
            (
                "engine/pursuit.py",
                "resilience.Stop() if paid and fault.kind is not FaultKind.CONTENT_BLOCKED else decision",
                "decision",
            ),
        ),
        test="test_refusals.py -k may_be_paid",
    ),
    _one(
        "F-3",
        "what never connected is released",
        TRANSPORT,
        "return Fault(kind=FaultKind.UNAVAILABLE, message=message, sent=False)",
        "return Fault(kind=FaultKind.OUTCOME_UNKNOWN, message=message)",
        "test_connections.py -k cannot_be_reached",
    ),
    _one(
        "F-4",
        "certificates are verified",
        TRANSPORT,
        "limit=0, ssl=verify or True,",
        "limit=0, ssl=verify or False,",
        "test_connections.py -k certificate",
    ),
    _one(
        "F-5, F-6",
        "the deadline is one for the whole call",
        TRANSPORT,
        "total=deployment.timeout,",
        "sock_read=deployment.timeout,",
        "test_connections.py -k deadline_holds",
    ),
    _one(
        "F-7",
        "a cut connection is an unknown outcome",
        TRANSPORT,
        'return Fault(kind=FaultKind.OUTCOME_UNKNOWN, message=f"The connection was cut {when}.")',
        'return Fault(kind=FaultKind.UNAVAILABLE, message=f"The connection was cut {when}.")',
        "test_connections.py -k broken_answer",
    ),
    _one(
        "F-8",
        "a 200 without sense may be paid",
        JUDGING,
        "return not (fault.kind in (FaultKind.BAD_RESPONSE, FaultKind.NO_IMAGE) and refused)",
        "return fault.kind not in (FaultKind.BAD_RESPONSE, FaultKind.NO_IMAGE)",
        "test_answers.py -k without_sense",
    ),
    _one(
        "F-9",
        "a paid answer whose pictures are none is unresolved",
        JUDGING,
        "return LedgerState.UNRESOLVED  # made and paid, but none could be had",
        "return LedgerState.RELEASED",
        "test_answers.py -k no_picture_is_never",
    ),
    _one(
        "F-9",
        "never more pictures than asked",
        "engine/taking.py",
        "outcome.pictures[: served.terms.most]",
        "outcome.pictures",
        "test_answers.py -k too_many",
    ),
    _one("F-10", "bodies without end are cut", TRANSPORT, "if seen > most:", "if False:", "test_floods.py"),
    _one(
        "F-11",
        "redirects are not followed",
        TRANSPORT,
        "allow_redirects=False,",
        "allow_redirects=True,",
        "test_connections.py -k redirect",
    ),
    _one(
        "F-12",
        "a link that fails for a moment is fetched again",
        "engine/collect.py",
        "FETCH_TRIES = 3",
        "FETCH_TRIES = 1",
        "test_answers.py -k for_a_moment",
    ),
    Mutation(
        row="F-12",
        guard="links go through the guarded door (as they are read, and as they are dialled)",
        edits=(
            ("upstream/bounds.py", "_ANYWHERE if origin_of(target) in trusted else self._policy", "_ANYWHERE"),
            ("upstream/bounds.py", 'raise OutOfBounds("the port is not admitted")', "pass"),
        ),
        test="test_answers.py -k inner_address",
    ),
    _one(
        "F-13",
        "a poll that fails says nothing of the task",
        "engine/polling.py",
        "return fault.status is not None and 200 <= fault.status < 300",
        "return True",
        "test_tasks.py -k polls_that_fail",
    ),
    _one(
        "F-13",
        "polls are further and further apart",
        "engine/polling.py",
        "GROWTH = 1.5",
        "GROWTH = 1.0",
        "test_tasks.py -k without_an_end",
    ),
    _one(
        "F-14",
        "retries have a budget",
        "engine/budget.py",
        "            return False\n        self._tokens -= 1",
        "            return True\n        self._tokens -= 1",
        "test_storm.py -k stormed",
    ),
    _one(
        "F-14",
        "five in a row open the breaker",
        "engine/health.py",
        "STREAK = 5",
        "STREAK = 50",
        "test_storm.py -k five_in_a_row",
    ),
    _one(
        "F-14",
        "one probe tries an open breaker out",
        "engine/health.py",
        "self.probe = None if self.opened is None else now",
        "self.probe = None",
        "test_storm.py -k five_in_a_row",
    ),
    _one(
        "F-15",
        "sent is durable before the first byte leaves",
        "engine/sending.py",
        "            await self.journal.commit(change)\n        except BaseException as error:\n            job.unsend",
        "            pass\n        except BaseException as error:\n            job.unsend",
        "test_kills.py -k inline",
    ),
    _one(
        "F-15",
        "an answer is durable before it is taken in",
        "engine/taking.py",
        "        await self._keep_reply(job, served, outcome, landed)\n",
        "",
        "test_kills.py -k inline",
    ),
    _one(
        "F-15",
        "a call that was cut off stays unknown",
        RECOVERY,
        "        job.doubt = True\n        job.close(call.attempt.id, LedgerState.UNRESOLVED, UNKNOWN, CUT_OFF)\n",
        "        job.close(call.attempt.id, LedgerState.RELEASED, UNKNOWN, CUT_OFF)\n",
        "test_kills.py -k inline",
    ),
    _one(
        "F-15",
        "a picture that was stored already is found",
        RECOVERY,
        "if kept is not None:",
        "if False:",
        "test_kills.py -k inline",
    ),
    _one(
        "F-15",
        "a task's handle is durable before it is polled",
        "engine/sending.py",
        "        await self._keep_task(job, attempt, outcome.task)\n",
        "",
        "test_kills.py -k task_is_pending",
    ),
    _one(
        "F-16",
        "nothing is bought below the reserve",
        "engine/generate.py",
        "        self._check_room()\n",
        "",
        "test_disks.py -k below_the_reserve",
    ),
    _one(
        "F-16",
        "what cannot be stored is delivered all the same",
        "engine/artifacts.py",
        '        location = ""\n    return',
        "        raise\n    return",
        "test_disks.py -k no_room",
    ),
    _one(
        "F-17",
        "a lock is waited for",
        "storage/sqlite.py",
        "return _code(error) in BUSY",
        "return False",
        "test_locks.py -k short_lock",
    ),
    _one(
        "F-17",
        "an outcome is patient",
        "engine/generate.py",
        "patient=True",
        "patient=False",
        "test_locks.py -k outcome_waits",
    ),
    _one(
        "F-19",
        "a caller who goes takes nothing along",
        "engine/desk.py",
        "        entry.dropped = True\n        if",
        "        entry.dropped = True\n        if entry.task:\n            entry.task.cancel()\n        if",
        "test_hangups.py -k finds_the_picture",
    ),
    _one(
        "F-20",
        "deadlines go by the monotonic clock",
        "engine/job.py",
        "max(0.0, self.deadline - self.clock.monotonic())",
        "max(0.0, self.deadline - self.clock.monotonic() + self.record.created - self.clock.now())",
        "test_clocks.py -k time_left",
    ),
    _one(
        "F-21",
        "only the owner finishes",
        STATEMENTS,
        '"id"=? AND ("owner"=? AND "finished" IS NULL OR',
        '"id"=? AND ("owner"=? OR 1 OR',
        "test_pauses.py -k task_of_a_paused",
    ),
    _one(
        "F-21",
        "a lease is not lost by taking long",
        "engine/leases.py",
        "if before is None or before.count != count:",
        "if before is None:",
        "test_pauses.py -k work_that_goes_on",
    ),
    Mutation(
        row="Show 3",
        guard="equal requests join (found at work, and refused by the record)",
        edits=(
            ("engine/roster.py", "self.named[entry.key, entry.identity.idempotency] = entry", "pass"),
            (CHANGES, "raise KeyTaken(holder)", "return"),
        ),
        test="test_repeats.py -k hundred",
    ),
    _one(
        "Show 3",
        "another body under the same name is refused",
        "engine/roster.py",
        "if identity.idempotency is not None and digest != identity.digest:",
        "if False:",
        "test_repeats.py -k hundred",
    ),
    _one(
        "J-1",
        "a webhook is written with the outcome",
        CHANGES,
        "    if change.delivery is not None:\n        apply(database, KeepDelivery(delivery=change.delivery))\n",
        "",
        "test_jobs.py",
    ),
    _one(
        "J-1",
        "a webhook that was refused is tried again",
        "engine/webhooks.py",
        "    tried = replace(delivery, tries=tries, said=why)\n",
        "    tried = replace(delivery, tries=tries, said=why)\n    return hopeless(tried, why)\n",
        "test_jobs.py",
    ),
)
