"""Pictures decoded and written anew, in a process of their own that ends with the picture (kit.darkroom).

Two at a time, because a decoded picture is a hundred times its file: one that is paid, and one of all the others, so
that neither kind waits for the other. Ours is only to hand over and to take back, some kilobytes at a time, so that the
gateway's memory stays what it was.

What fails is told apart: the picture is unsound (NotAPicture), it is too much work here and may be sound (TooMuchWork,
a NotAPicture too), or the fault is ours (DarkroomFailed).
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Sequence
from contextlib import suppress

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

_NO_ANSWER = (
    anyio.EndOfStream,
    anyio.IncompleteRead,
    anyio.BrokenResourceError,
    anyio.DelimiterNotFound,
    darkroom.Garbled,
)


class DarkroomFailed(Exception):
    """A picture could not be worked on, and the fault is the gateway's own: it says nothing about the picture.

    The process could not start, ended as no picture makes it end, or ran into an error of ours. Already logged.
    """


# A limiter belongs to the loop it is first used in; the gateway has one loop, tests have many.
_callers: RunVar[CapacityLimiter] = RunVar("developing for callers")
_paid: RunVar[CapacityLimiter] = RunVar("developing what is paid")


async def examined(blob: Blob) -> Measured:
    """The thorough measure of a caller's picture, without keeping anybody waiting. Raises NotAPicture."""
    # However small the file: 16 KB can unpack to megabytes, or hold thousands of blocks.
    return await to_thread.run_sync(lambda: measure(blob, thorough=True))


async def proven(blob: Blob, scope: Scope) -> None:
    """Decode a picture that is needed only after buying. Raises, like the others, while that costs nobody anything."""
    await _developed(Job(work="proof"), [blob], scope)


async def convert(blob: Blob, media_type: str, scope: Scope, *, quality: int | None = None) -> Blob:
    """The first frame, upright, as `media_type` (PNG, JPEG or WebP), kept in `scope`.

    Raises NotAPicture, TooMuchWork, DarkroomFailed.
    """
    made, _ = await _developed(Job(work="retouch", media_type=media_type, quality=quality), [blob], scope)
    return made


async def finished(blob: Blob, finish: Finish, media_type: str, scope: Scope, *, paid: bool = False) -> Blob:
    """The delivered picture with all of `finish` done in one decoding, as `media_type`.

    First the patch, then size or ratio. The patch's pictures must be at hand: no links. A `paid` picture waits only for
    others that are paid. Raises NotAPicture, TooMuchWork, DarkroomFailed.
    """
    size = (finish.size.width, finish.size.height) if finish.size else None
    ratio = (finish.ratio.width, finish.ratio.height) if finish.ratio else None
    job = Job(work="retouch", media_type=media_type, quality=finish.quality, size=size, ratio=ratio)
    patch = [finish.patch.original.blob, finish.patch.mask.blob] if finish.patch else []
    made, _ = await _developed(job, [blob, *patch], scope, paid=paid)
    return made


async def native_mask(mask: Blob, width: int, height: int, scope: Scope) -> tuple[Blob, bool]:
    """The mask as PNG of that size with alpha (0: change), and whether it was resized.

    A mask that is that already is returned as it is. Raises NotAPicture, TooMuchWork, DarkroomFailed.
    """
    made, answer = await _developed(Job(work="mask", size=(width, height)), [mask], scope)
    return made, answer.resized


async def thumbnail(blob: Blob, side: int, scope: Scope) -> Blob:
    """The first frame as WebP, no side longer than `side`. Raises NotAPicture, TooMuchWork, DarkroomFailed."""
    made, _ = await _developed(Job(work="thumbnail", side=side), [blob], scope)
    return made


async def _developed(job: Job, sources: Sequence[Blob], scope: Scope, *, paid: bool = False) -> tuple[Blob, Developed]:
    async with _one_at_a_time(_paid if paid else _callers):
        try:
            with anyio.fail_after(PATIENCE):
                made, answer = await _in_darkroom(job, sources, scope)
        except TimeoutError:
            raise TooMuchWork(f"It took longer than {PATIENCE:g} s to decode") from None
    _check(job, answer)
    return (sources[0] if answer.as_it_was else made), answer


def _check(job: Job, answer: Developed) -> None:
    if answer.fault is not None:
        raise _failed(job, fault=answer.fault)
    if answer.too_much is not None:
        raise TooMuchWork(answer.too_much)
    if answer.refused is not None:
        raise NotAPicture(answer.refused)


def _failed(job: Job, **what: object) -> DarkroomFailed:
    log.error("a picture could not be worked on, by a fault of the gateway", job=job.work, **what)
    return DarkroomFailed("It could not be worked on, by a fault of the gateway itself")


async def _in_darkroom(job: Job, sources: Sequence[Blob], scope: Scope) -> tuple[Blob, Developed]:
    """Whatever becomes of us, the process is gone when this ends."""
    async with await _started(job) as process:
        assert process.stdin is not None and process.stdout is not None
        try:
            await _hand_over(process.stdin, job, sources)
            return await _taken_back(process.stdout, scope)
        except _NO_ANSWER:
            raise await _why_it_died(process, job) from None
        finally:
            if process.returncode is None:
                process.kill()


async def _started(job: Job) -> Process:
    try:
        return await anyio.open_process(
            darkroom.COMMAND,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # decoders write what the picture told them to
            env=darkroom.environment(),
            start_new_session=True,  # an interrupt from the terminal is the gateway's, which finishes its work first
        )
    except OSError as error:  # no memory, too many processes or files
        raise _failed(job, not_started=str(error)) from error


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
        with suppress(anyio.EndOfStream):
            while True:
                writer.write(await incoming.receive(64 * 1024))
        if writer.size != answer.length:
            raise darkroom.Garbled("The picture is not as long as was said")
        return writer.finish(), answer
    except BlobTooLarge as error:
        raise TooMuchWork(f"Written anew it has more than {error.limit} bytes") from error
    finally:
        writer.abort()


async def _why_it_died(process: Process, job: Job) -> NotAPicture | DarkroomFailed:
    """Only what the kernel ends for its limits is the picture's doing."""
    with anyio.move_on_after(1):
        await process.wait()
    status = process.returncode
    if status == -signal.SIGXCPU:
        return TooMuchWork(f"It took longer than {darkroom.SECONDS} s of work to decode")
    if status == -signal.SIGKILL:
        return TooMuchWork(darkroom.TOO_MUCH_MEMORY)
    return _failed(job, status=status)


def _one_at_a_time(lane: RunVar[CapacityLimiter]) -> CapacityLimiter:
    limiter = lane.get(None)
    if limiter is None:
        limiter = CapacityLimiter(1)
        lane.set(limiter)
    return limiter
