"""Pictures from one format to another: one at a time, because a decoded picture is a hundred times its file."""

from __future__ import annotations

from anyio import CapacityLimiter, to_thread
from anyio.lowlevel import RunVar

from onebrush.kit import pictures
from onebrush.kit.blobs import Blob, Scope

# A limiter belongs to the loop it is first used in; the gateway has one loop, tests have many.
_limiter: RunVar[CapacityLimiter] = RunVar("converting")


async def convert(blob: Blob, media_type: str, scope: Scope) -> Blob:
    """The picture as `media_type`, kept in `scope`. Raises kit.pictures.NotAPicture."""
    data = await to_thread.run_sync(lambda: pictures.convert(blob.read(), media_type), limiter=_one_at_a_time())
    writer = scope.writer(limit=max(len(data), 1), hint=len(data))
    writer.write(data)
    return writer.finish()


def _one_at_a_time() -> CapacityLimiter:
    limiter = _limiter.get(None)
    if limiter is None:
        limiter = CapacityLimiter(1)
        _limiter.set(limiter)
    return limiter
