"""Pictures decoded and written anew, in a process of their own that ends with the picture (kit.darkroom).

One at a time, because a decoded picture is a hundred times its file. Ours is only to hand over and to take back, some
kilobytes at a time, so that the gateway's memory stays what it was.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Sequence

import anyio
from anyio import CapacityLimiter, to_thread
from anyio.abc import ByteReceiveStream, ByteSendStream, Process
from anyio.lowlevel import RunVar
from anyio.streams.buffered import BufferedByteReceiveStream

from onebrush.domain.finish import Finish
from onebrush.kit import darkroom
from onebrush.kit.blobs import MIB, Blob, BlobTooLarge, Scope
from onebrush.kit.darkroom import Developed, Job
from onebrush.kit.logs import get_logger
from onebrush.kit.measure import Measured, NotAPicture, measure
from onebrush.kit.reading import TooMuchWork

log = get_logger()

PATIENCE = 30.0  # seconds; the process stops itself sooner, after darkroom.SECONDS of work
MOST_BYTES = 512 * MIB
_LONGEST_ANSWER = 4096
_READ_AT_ONCE = 256 * 1024  # measured here; larger pictures in a thread

_NO_ANSWER = (
    anyio.EndOfStream,
    anyio.IncompleteRead,
    anyio.BrokenResourceError,
    anyio.DelimiterNotFound,
    darkroom.Garbled,
)

# A limiter belongs to the loop it is first used in; the gateway has one loop, tests have many.
_limiter: RunVar[CapacityLimiter] = RunVar("developing")


async def examined(blob: Blob) -> Measured:
    """The thorough measure of a caller's picture, without keeping anybody waiting. Raises NotAPicture."""
    if blob.size <= _READ_AT_ONCE:
        return measure(blob, thorough=True)
    return await to_thread.run_sync(lambda: measure(blob, thorough=True))


async def proven(blob: Blob, scope: Scope) -> None:
    """Decode a picture that is needed only after buying. Raises NotAPicture while that costs nobody anything."""
    await _developed(Job(work="proof"), [blob], scope)


async def convert(blob: Blob, media_type: str, scope: Scope, *, quality: int | None = None) -> Blob:
    """The first frame, upright, as `media_type` (PNG, JPEG or WebP), kept in `scope`. Raises NotAPicture."""
    made, _ = await _developed(Job(work="retouch", media_type=media_type, quality=quality), [blob], scope)
    return made


async def finished(blob: Blob, finish: Finish, media_type: str, scope: Scope) -> Blob:
    """The delivered picture with all of `finish` done in one decoding, as `media_type`. Raises NotAPicture.

    First the patch, then size or ratio. The patch's pictures must be at hand: no links.
    """
    size = (finish.size.width, finish.size.height) if finish.size else None
    ratio = (finish.ratio.width, finish.ratio.height) if finish.ratio else None
    job = Job(work="retouch", media_type=media_type, quality=finish.quality, size=size, ratio=ratio)
    patch = [finish.patch.original.blob, finish.patch.mask.blob] if finish.patch else []
    made, _ = await _developed(job, [blob, *patch], scope)
    return made


async def native_mask(mask: Blob, width: int, height: int, scope: Scope) -> tuple[Blob, bool]:
    """The mask as PNG of that size with alpha (0: change), and whether it was resized. Raises NotAPicture.

    A mask that is that already is returned as it is.
    """
    made, answer = await _developed(Job(work="mask", size=(width, height)), [mask], scope)
    return made, answer.resized


async def thumbnail(blob: Blob, side: int, scope: Scope) -> Blob:
    """The first frame as WebP, no side longer than `side`. Raises NotAPicture."""
    made, _ = await _developed(Job(work="thumbnail", side=side), [blob], scope)
    return made


async def _developed(job: Job, sources: Sequence[Blob], scope: Scope) -> tuple[Blob, Developed]:
    async with _one_at_a_time():
        try:
            with anyio.fail_after(PATIENCE):
                made, answer = await _in_darkroom(job, sources, scope)
        except TimeoutError:
            raise TooMuchWork(f"It took longer than {PATIENCE:g} s to decode") from None
    if answer.fault is not None:
        log.error("a picture could not be worked on", job=job.work, fault=answer.fault)
    if answer.refused is not None:
        raise NotAPicture(answer.refused)
    return (sources[0] if answer.as_it_was else made), answer


async def _in_darkroom(job: Job, sources: Sequence[Blob], scope: Scope) -> tuple[Blob, Developed]:
    """Whatever becomes of us, the process is gone when this ends."""
    async with await anyio.open_process(
        darkroom.COMMAND,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,  # decoders write what the picture told them to
        env=darkroom.environment(),
        start_new_session=True,  # an interrupt from the terminal is the gateway's, which finishes its work first
    ) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            await _hand_over(process.stdin, job, sources)
            return await _taken_back(process.stdout, scope)
        except _NO_ANSWER:
            raise await _why_it_died(process) from None
        finally:
            if process.returncode is None:
                process.kill()


async def _hand_over(stdin: ByteSendStream, job: Job, sources: Sequence[Blob]) -> None:
    await stdin.send(darkroom.head_of(job, [source.path or source.size for source in sources]))
    for source in sources:
        if source.path is None:
            for piece in source.pieces():
                await stdin.send(bytes(piece))
    await stdin.aclose()


async def _taken_back(stdout: ByteReceiveStream, scope: Scope) -> tuple[Blob, Developed]:
    incoming = BufferedByteReceiveStream(stdout)
    answer = darkroom.answer_of(await incoming.receive_until(b"\n", _LONGEST_ANSWER))
    writer = scope.writer(limit=MOST_BYTES)
    try:
        while True:
            writer.write(await incoming.receive(64 * 1024))
    except anyio.EndOfStream:
        if writer.size != answer.length:
            raise darkroom.Garbled("The picture is not as long as was said") from None
        return writer.finish(), answer
    except BlobTooLarge as error:
        raise TooMuchWork(f"Written anew it has more than {error.limit} bytes") from error
    except BaseException:
        writer.abort()
        raise


async def _why_it_died(process: Process) -> NotAPicture:
    with anyio.move_on_after(1):
        await process.wait()
    log.warning("the process that decodes pictures gave no picture", status=process.returncode)
    if process.returncode == -signal.SIGXCPU:
        return TooMuchWork(f"It took longer than {darkroom.SECONDS} s to decode")
    return TooMuchWork("Decoding it failed: it took more memory than a picture of its size may take")


def _one_at_a_time() -> CapacityLimiter:
    limiter = _limiter.get(None)
    if limiter is None:
        limiter = CapacityLimiter(1)
        _limiter.set(limiter)
    return limiter
