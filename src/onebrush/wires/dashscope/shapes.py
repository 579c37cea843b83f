"""The bodies of DashScope's image generation, as far as a gateway reads them.

Optional parts are `object` where a wrong type in them must not cost a picture that was paid for; they are
looked at one by one. Sources: www.alibabacloud.com/help/en/model-studio: qwen-image-api, manage-asynchronous-tasks.
"""

from __future__ import annotations

import msgspec


class Reply(msgspec.Struct, frozen=True, kw_only=True):
    """The answer; a `code` that says something is a refusal, whatever the HTTP status."""

    output: object = None
    usage: object = None
    code: object = None
    message: object = None
    request_id: object = None


class Task(msgspec.Struct, frozen=True, kw_only=True):
    """What an output says of a task; `code` and `message` are those of a failed one."""

    task_id: object = None
    task_status: object = None
    code: object = None
    message: object = None


class Output(msgspec.Struct, frozen=True, kw_only=True):
    """What came of it: `choices`, or `results` of a task with the legacy body.

    `rewrite_status` is the outcome of the prompt's rewriting (3.0).
    """

    choices: list[object] | None = None
    results: list[object] | None = None
    rewrite_status: object = None


class Message(msgspec.Struct, frozen=True, kw_only=True):
    """What a choice says: parts with an `image` or a `text`."""

    content: list[object] | None = None


class Choice(msgspec.Struct, frozen=True, kw_only=True):
    """One of `choices`; pictures may be in one or spread over several."""

    message: Message | None = None


class Part(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a message."""

    image: object = None
    text: object = None


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """One of `results`: a link with the prompt as it was rewritten, or why there is none."""

    url: object = None
    actual_prompt: object = None
    code: object = None
    message: object = None


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Counts and pixels, under other names from 3.0 on."""

    image_count: int | None = None
    output_image_count: int | None = None
    width: int | None = None
    height: int | None = None
    output_width: int | None = None
    output_height: int | None = None
