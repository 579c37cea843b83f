"""DashScope's tasks: their paths, and what a reply says of one.

Facts are from www.alibabacloud.com/help/en/model-studio/manage-asynchronous-tasks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Event, Fault, Pending
from onebrush.domain.exchange import Call, ReplyHead
from onebrush.kit.lift import Places
from onebrush.wires import faults
from onebrush.wires.dashscope import answers, refusals, shapes

NOWHERE = Places()  # results are links, never bytes

# The vendor's ids are UUIDs; one that could mean something in a path is none.
_ID = r"[A-Za-z0-9][A-Za-z0-9._:-]{0,127}"
_PLAIN = re.compile(rf"{_ID}\Z")
_POLL = re.compile(rf"/tasks/({_ID})\Z")
# Of a poll these speak of the asking, not of the work, which goes on or is lost.
_OF_THE_ASKING = frozenset({FaultKind.BAD_REQUEST, FaultKind.MODEL_GONE})
_LONGEST_QUOTE = 64


def poll(task: str) -> Call:
    """Ask how it stands: 20 such calls a second for an account."""
    return Call(method="GET", path=_path(task), body=None, places=NOWHERE)


def cancel(task: str) -> Call:
    """Take it back, which the vendor does only while it is PENDING."""
    return Call(path=f"{_path(task)}/cancel", body=None, places=NOWHERE)


def _path(task: str) -> str:
    if not _PLAIN.match(task):
        raise ValueError(f"{task[:_LONGEST_QUOTE]!r} is no task id")
    return f"/tasks/{task}"


def polled(call: Call | None) -> str | None:
    """The task that `call` polls; None for any other call."""
    found = _POLL.match(call.path) if call and call.method == "GET" else None
    return found[1] if found else None


def is_cancel(call: Call | None) -> bool:
    """Whether `call` takes a task back."""
    return call is not None and call.path.startswith("/tasks/") and call.path.endswith("/cancel")


def lost(fault: Fault) -> Fault:
    """A poll's refusal as what it means for the task: one that cannot be asked for may have been paid."""
    return replace(fault, kind=FaultKind.OUTCOME_UNKNOWN) if _loses(fault) else fault


def _loses(fault: Fault) -> bool:
    return fault.kind in _OF_THE_ASKING or fault.status == 404


def told(reply: shapes.Reply) -> shapes.Task | None:
    """What the reply says of a task; None where it speaks of none."""
    task = faults.shaped(reply.output, shapes.Task)
    return task if task and (faults.words(task.task_status) or faults.words(task.task_id)) else None


def events(head: ReplyHead, reply: shapes.Reply, task: shapes.Task, asked: str | None) -> Iterator[Event]:
    """How a task stands; `asked` is the one that was polled, None where it was submitted just now."""
    name = faults.words(task.task_id) or asked
    if asked is not None and name != asked:
        yield _said(head, reply, FaultKind.BAD_RESPONSE, f"The vendor answered for task '{_quoted(name)}'", asked)
        return
    match task.task_status:
        case "SUCCEEDED":
            yield from answers.events(head, reply)
        case "FAILED":
            yield _failed(head, reply, task)
        case "CANCELED":
            yield _said(head, reply, FaultKind.NO_IMAGE, "The vendor says that it was canceled", name)
        case "UNKNOWN":  # older than 24 hours, never there, or another account's
            yield _said(head, reply, FaultKind.OUTCOME_UNKNOWN, "The vendor no longer knows it", name)
        case _:  # PENDING, RUNNING, SUSPENDED, or a state yet to come: whoever waits has a deadline
            yield _pending(head, reply, name)


def _pending(head: ReplyHead, reply: shapes.Reply, name: str | None) -> Pending | Fault:
    if name is not None and _PLAIN.match(name):
        return Pending(task=name)
    return _said(head, reply, FaultKind.OUTCOME_UNKNOWN, "The vendor works under an id that cannot be asked for", name)


def _failed(head: ReplyHead, reply: shapes.Reply, task: shapes.Task) -> Fault:
    message = faults.words(task.message) or "The vendor's task failed, and it gave no reason"
    request_id = answers.request_id(head, reply)
    return refusals.failure(head, faults.Said(code=faults.code(task.code), message=message, request_id=request_id))


def _said(head: ReplyHead, reply: shapes.Reply, kind: FaultKind, message: str, name: str | None) -> Fault:
    told = f"{message} (task '{_quoted(name)}')" if name else message
    return faults.fault(kind, head, faults.Said(message=told, request_id=answers.request_id(head, reply)))


def _quoted(name: str | None) -> str:
    return (name or "")[:_LONGEST_QUOTE]
