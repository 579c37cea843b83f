"""The bodies of Ark's image API, as far as a gateway reads them.

Optional parts are `object` where a wrong type in them must not cost a picture that was paid for; they are
looked at one by one. Sources: docs.byteplus.com/en/docs/ModelArk/1541523, volcengine-ark-runtime 5.0.54.
"""

from __future__ import annotations

import msgspec


class ImagesReply(msgspec.Struct, frozen=True, kw_only=True):
    """The answer; `error` is a failure of the whole request, absent or null otherwise.

    The time (`created`; `created_at` in the SDK's type) is not read: the gateway has its own clock.
    """

    data: list[object] | None = None
    usage: object = None
    error: object = None


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """One of `data`: a picture in one of two forms, or the error it ended in."""

    url: object = None
    b64_json: object = None
    size: object = None
    output_format: object = None
    background: object = None
    z_index: object = None
    bounding_box: object = None
    name: object = None
    description: object = None
    error: object = None


class Box(msgspec.Struct, frozen=True, kw_only=True):
    """Where a layer lies: left, top, right, bottom in pixels."""

    absolute: tuple[int, int, int, int] | None = None


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """What was drawn; `generated_images` is the billed count."""

    generated_images: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
