"""Outbound DashScope (Qwen-Image): a fitted request as a call or a task, the reply as events.

Facts are from www.alibabacloud.com/help/en/model-studio: qwen-image-api,
qwen-image-generation-and-editing-api-reference.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator, Mapping
from functools import partial
from typing import ClassVar

from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Done, Event, Fault
from onebrush.domain.exchange import Call, JsonBody, ReplyHead
from onebrush.domain.request import FittedRequest
from onebrush.kit.frames import Frame
from onebrush.wires import faults, options
from onebrush.wires.dashscope import answers, bodies, refusals, shapes, tasks

_PATH = "/services/aigc/multimodal-generation/generation"
_TASK_PATH = "/services/aigc/image-generation/generation"
_LEGACY_TASK_PATH = "/services/aigc/text2image/image-synthesis"
# Needed by these two routes, refused by the first.
_AS_TASK = {"X-DashScope-Async": "enable"}


class DashScopeOutbound(options.Guarded):
    """The synchronous route, which serves every Qwen image model, and the two routes for tasks."""

    fields: ClassVar[frozenset[str]] = bodies.FIELDS
    reserved: ClassVar[options.Reserved] = options.Reserved(
        fields={
            "model": "model",
            "input.messages": "contents",
            "input.prompt": "prompt",
            "input.images": "image",
            "input.negative_prompt": "negative_prompt",
            **{f"parameters.{name}": name for name in ("size", "n", *sorted(fields))},
            "parameters.stream": "stream",
            "stream": "stream",
        },
    )

    def submit(self, request: FittedRequest) -> Call:
        """The call that asks for `request` and waits for it."""
        return _call(_PATH, bodies.with_messages(request), request)

    def submit_task(self, request: FittedRequest) -> Call:
        """The call that asks for it as a task, in the body its card names. Raises TypeError where it names none."""
        match request.card.capability.task:
            case "messages":
                return _call(_TASK_PATH, bodies.with_messages(request), request, _AS_TASK)
            case "prompt":
                return _call(_LEGACY_TASK_PATH, bodies.with_prompt(request), request, _AS_TASK)
            case _:
                raise TypeError(f"model '{request.model}' has no task form; it is asked with submit")

    def poll(self, task: str) -> Call:
        """The call that asks how a task stands. Raises ValueError for what is no id of a task."""
        return tasks.poll(task)

    def cancel(self, task: str) -> Call | None:
        """The call that takes a task back. Raises ValueError for what is no id of a task."""
        return tasks.cancel(task)

    async def read(
        self, head: ReplyHead, frames: AsyncIterator[Frame], call: Call | None = None
    ) -> AsyncIterator[Event]:
        """The reply to `call` (None: one of the submitting ones) as events.

        A fault without index is the last of them, else Pending or Done is.
        """
        refused = tasks.polled(call) is not None and not head.ok
        async for event in faults.events(head, frames, partial(_events, call)):
            yield tasks.lost(event) if refused and isinstance(event, Fault) else event


def _call(
    path: str, body: Mapping[str, object], request: FittedRequest, headers: Mapping[str, str] | None = None
) -> Call:
    whole = options.merged(body, request.options)
    return Call(path=path, body=JsonBody(value=whole), places=tasks.NOWHERE, headers=headers or {})


def _events(call: Call | None, head: ReplyHead, frame: Frame) -> Iterator[Event]:
    reply = faults.shaped(frame.data, shapes.Reply)
    code = faults.code(reply.code) if reply else None
    if reply is None or not (head.ok or code):
        yield faults.unreadable(head, frame)
    elif code:  # success is 2xx, no code and a picture
        yield _refusal(call, head, reply, code)
    elif tasks.is_cancel(call):
        yield _canceled(head, reply)
    elif (task := tasks.told(reply)) is not None:
        yield from tasks.events(head, reply, task, tasks.polled(call))
    else:
        yield from answers.events(head, reply)


def _refusal(call: Call | None, head: ReplyHead, reply: shapes.Reply, code: str) -> Fault:
    said = faults.Said(code=code, message=faults.words(reply.message), request_id=answers.request_id(head, reply))
    fault = refusals.refusal(head, said)
    return tasks.lost(fault) if tasks.polled(call) else fault


def _canceled(head: ReplyHead, reply: shapes.Reply) -> Event:
    """A task taken back is answered with nothing but an id of the call."""
    if (request_id := faults.words(reply.request_id)) is not None:
        return Done(request_id=request_id)
    return faults.fault(FaultKind.BAD_RESPONSE, head, faults.Said(message="The vendor did not confirm the cancelling"))
