"""DashScope's tasks, emulated (www.alibabacloud.com/help/en/model-studio/manage-asynchronous-tasks).

A task is counted when it is accepted: as paid, unless it is going to fail, to bring nothing or never to end. One that
is canceled is paid no more; a lost one stays paid.
"""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import uuid4

import anyio
from anyio import to_thread
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from onebrush.sandbox import dashscope_errors as errors
from onebrush.sandbox import mishaps
from onebrush.sandbox.dashscope_painting import Painting, choices
from onebrush.sandbox.desk import Desk, charged, refused, touch
from onebrush.sandbox.faults import FaultKind
from onebrush.sandbox.step import On, Step
from onebrush.sandbox.tasks import State, Task, Tasks

VENDOR = "dashscope"
FREE = (FaultKind.MODERATION, FaultKind.EMPTY, FaultKind.STUCK)
SERVICES = {"messages": "image-generation:generation", "prompt": "text2image:image-synthesis"}
# What is done to a result is done when it is made; only these are done to the answer of the submitting call.
OF_THE_RESULT = ("fewer", "more", "item_error", *mishaps.LINKS)


@dataclass(frozen=True, slots=True)
class Submitting:
    """One order on its way to being a task."""

    painting: Painting
    form: str
    tasks: Tasks

    async def answer(self) -> Response:
        """Take it as a task, unless a fault stands in for that."""
        order, desk = self.painting.order, self.painting.desk
        step = desk.step(VENDOR, order)
        if (response := refused(step, _refuse)) is not None:
            await desk.note(VENDOR, order, step, paid=step.is_paid(False))
            return response
        task = await self._made(step)
        await to_thread.run_sync(self.tasks.keep, task)
        billed = charged(order, step)
        await desk.note(VENDOR, billed, step, paid=step.is_paid(billed.images > 0 and step.fault not in FREE))
        body = {"output": {"task_id": task.id, "task_status": State.PENDING}, "request_id": order.request_id}
        return _sent(desk, step, JSONResponse(body, headers={"x-request-id": order.request_id}))

    async def _made(self, step: Step) -> Task:
        painting, now = self.painting, self.painting.desk.clock.now()
        files = await self._files(step)
        settings = painting.desk.settings
        starts = now + (step.seconds if step.fault == FaultKind.QUEUED else settings.queue_s)
        slow = step.seconds if step.fault != FaultKind.QUEUED else 0.0
        blocked = errors.blocked(200).body if step.fault == FaultKind.MODERATION else {}
        return Task(
            id=str(uuid4()), request_id=painting.order.request_id, model=painting.order.model, form=self.form,
            prompt=painting.words.prompt, submitted=now, starts=starts, ends=starts + settings.latency_s + slow,
            fault=step.fault, files=files, refused=int(step.fault == "item_error"),
            told=self._told(len(files)), usage=self._usage(len(files)),
            failure={name: blocked[name] for name in ("code", "message") if name in blocked},
        )  # fmt: skip

    async def _files(self, step: Step) -> tuple[str, ...]:
        if step.fault in (FaultKind.MODERATION, FaultKind.EMPTY):
            return ()
        links, spoil = self.painting.desk.links, touch(step).linked
        files = [links.keep(VENDOR, spoil(data), "png") for data in await self.painting.drawn()]
        if step.fault == "link_private":
            return (step.url or mishaps.PRIVATE,) * len(files)
        if step.fault in mishaps.LINKS:
            mishaps.spoil(files, step, links)
        last = {"fewer": files[:-1], "item_error": files[:-1], "more": [*files, files[-1]]}
        return tuple(last.get(step.fault, files))

    def _told(self, drawn: int) -> Mapping[str, Any]:
        """What the output says beside pictures; the counts of a task are spelled in the plural."""
        told = self.painting.told(min(drawn, self.painting.ask.n))
        metric = {"task_metrics": told.pop("task_metric")} if "task_metric" in told else {}
        return told | metric

    def _usage(self, drawn: int) -> Mapping[str, Any]:
        return {"image_count": drawn} if self.form == "prompt" else self.painting.usage(drawn)


class TaskCounter:
    """Tells of tasks and takes them back."""

    def __init__(self, desk: Desk, tasks: Tasks) -> None:
        self._desk, self._tasks = desk, tasks

    async def poll(self, request: Request) -> Response:
        """Tell how one stands."""
        name = request.path_params["name"]

        def told(step: Step) -> Response:
            body = self._told(request, name, step)
            return JSONResponse(body, headers={"x-request-id": body["request_id"]})

        return await self._scripted("poll", told)

    def _told(self, request: Request, name: str, step: Step) -> dict[str, Any]:
        task, now = self._tasks.find(name), self._desk.clock.now()
        state = self._tasks.polled(task, now) if task and step.fault != FaultKind.LOST else State.UNKNOWN
        swapped = FaultKind.SWAPPED in (step.fault, task.fault if task else "")
        output: dict[str, Any] = {"task_id": str(uuid4()) if swapped else name, "task_status": state}
        body: dict[str, Any] = {"request_id": str(uuid4()), "output": output}
        if task is None or state is State.UNKNOWN:
            return body
        output |= _times(task, state)
        if state is State.FAILED:
            output |= task.failure
        if state is State.SUCCEEDED:
            output |= {**task.told, **self._results(request, task)}
            body["usage"] = task.usage
        return body

    def _results(self, request: Request, task: Task) -> dict[str, Any]:
        links = [self._link(request, name, task.ends) for name in task.files]
        if task.form == "messages":
            parts = [{"type": "image", "image": link} for link in links]
            return {"choices": choices(parts or [{"type": "text", "text": "No picture could be made of this."}])}
        prompts = {"orig_prompt": task.prompt, "actual_prompt": task.prompt}
        blocked = errors.blocked(200).body
        failures = [{"code": blocked["code"], "message": blocked["message"]}] * task.refused
        return {"results": [*({**prompts, "url": link} for link in links), *failures]}

    def _link(self, request: Request, name: str, now: float) -> str:
        return name if name.startswith("http") else self._desk.links.link(request, VENDOR, name, now)

    async def cancel(self, request: Request) -> Response:
        """Take one back that is still PENDING."""
        name, now = request.path_params["name"], self._desk.clock.now()
        step = self._desk.script.take(VENDOR, "cancel")
        if (response := refused(step, _refuse)) is not None:
            return response
        task = self._tasks.find(name)
        if task is None or task.state(now) is not State.PENDING:
            # What is said of a task that nobody knows is unverified.
            raise errors.not_pending()
        self._desk.count.give_back(task.request_id, "canceled")
        await to_thread.run_sync(self._tasks.keep, replace(task, canceled=now))
        return _sent(self._desk, step, JSONResponse({"request_id": str(uuid4())}))

    async def list(self, request: Request) -> Response:
        """Tell of all tasks, by page; `start_time` and `end_time` are not narrowed by."""
        asked, now = request.query_params, self._desk.clock.now()
        wanted = {name: asked[name] for name in ("task_id", "status", "model_name") if name in asked}
        rows = [_row(task, task.state(now)) for task in self._tasks.newest()]
        found = [row for row in rows if all(row[name] == value for name, value in wanted.items())]
        page, size = _number(asked.get("page_no", "1")), _number(asked.get("page_size", "10"))
        body = {
            "total": len(found), "data": found[(page - 1) * size : page * size], "page_no": page, "page_size": size,
            "total_page": -(-len(found) // size), "request_id": str(uuid4()),
        }  # fmt: skip
        return JSONResponse(body)

    async def _scripted(self, on: On, told: Callable[[Step], Response]) -> Response:
        step = self._desk.script.take(VENDOR, on)
        if (response := refused(step, _refuse)) is not None:
            return response
        await anyio.sleep(step.seconds)
        return _sent(self._desk, step, told(step))


def _refuse(kind: FaultKind) -> Response | None:
    """A prompt that is not allowed makes a task that fails; nothing else about tasks is a matter of content."""
    return None if kind is FaultKind.MODERATION else errors.REFUSALS[kind]().response()


def _sent(desk: Desk, step: Step, response: Response) -> Response:
    return response if step.fault in OF_THE_RESULT else desk.sent(step, response, _refuse)


def _times(task: Task, state: State) -> dict[str, str]:
    times = {"submit_time": task.submitted}
    if state not in (State.PENDING, State.CANCELED):
        times["scheduled_time"] = task.starts
    if state in (State.SUCCEEDED, State.FAILED):
        times["end_time"] = task.ends
    return {name: _spelled(at) for name, at in times.items()}


def _spelled(at: float) -> str:
    # No zone is told: unverified which one it is.
    return f"{time.strftime('%Y-%m-%d %H:%M:%S', time.gmtime(at))}.{int(at % 1 * 1000):03d}"


def _row(task: Task, state: State) -> dict[str, Any]:
    row = {
        "task_id": task.id, "request_id": task.request_id, "status": state, "model_name": task.model,
        "api_key_id": "1", "caller_uid": "1", "caller_parent_id": "1", "region": "cn-beijing",
        "gmt_create": int(task.submitted * 1000),
        "user_api_unique_key": f"apikey:v1:aigc:{SERVICES[task.form]}:{task.model}",
    }  # fmt: skip
    times = {"start_time": task.starts, "end_time": task.ends}
    shown = {State.RUNNING: ("start_time",), State.SUCCEEDED: tuple(times), State.FAILED: tuple(times)}.get(state, ())
    return row | {name: int(times[name] * 1000) for name in shown}


def _number(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and 1 <= len(text) <= 6 and int(text)):
        raise errors.invalid("page_no", "page_no and page_size are whole numbers from 1.")
    return int(text)
