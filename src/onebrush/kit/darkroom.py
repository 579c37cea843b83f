"""The process in which strangers' pictures are decoded: one job comes in, one picture goes out, and it ends.

On standard input a line of JSON (the job), then the sources that are not named by their path. On standard output a
line of JSON (the answer), then the picture. It limits itself before it looks at anything: its processor time, and its
memory by the pixels and bytes the headers state.
"""

import json
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import BinaryIO, Literal

SECONDS = 10  # of processor time
_BASE = 256 * 1024 * 1024
_PER_PIXEL = 40  # a WebP takes 16 bytes while it is decoded; an original and a turned copy come on top
_PER_BYTE = 4  # files are held whole, some twice

TOO_MUCH_MEMORY = "It needs more memory than a picture of its size may take"

COMMAND = (sys.executable, "-P", "-m", "onebrush.kit.darkroom")
# All of our environment that the process is given: vendors' keys are not for those who might break out of a decoder.
_KEPT = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "LANG", "LC_ALL", "LC_CTYPE")


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What to make of the sources.

    `retouch`: of a picture, or of a picture, its original and a mask (see kit.retouching). `mask`: PNG with alpha of
    `size`. `thumbnail`: WebP with no side over `side`. `proof`: nothing, but it decodes.
    """

    work: Literal["retouch", "mask", "thumbnail", "proof"]
    media_type: str = "image/png"
    quality: int | None = None
    size: tuple[int, int] | None = None
    ratio: tuple[int, int] | None = None
    side: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Developed:
    """The answer. `as_it_was`: the first source needs no change. `length` is that of the picture that follows.

    There is no picture where one of these says why: `refused`: the source is unsound. `too_much`: it may be sound, and
    is more than can be done here. `fault`: the error is ours.
    """

    refused: str | None = None
    too_much: str | None = None
    fault: str | None = None
    as_it_was: bool = False
    resized: bool = False
    length: int = 0


def environment() -> dict[str, str]:
    """The environment to start the process in."""
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "MALLOC_ARENA_MAX": "1"}  # arenas count as memory, used or not


def head_of(job: Job, sources: Sequence[Path | int]) -> bytes:
    """The job's line; a source is a path, or the length of the bytes that follow."""
    told = [str(source) if isinstance(source, Path) else source for source in sources]
    return json.dumps({**asdict(job), "sources": told}).encode() + b"\n"


class Garbled(Exception):
    """What came is no answer: whoever sent it is not to be trusted with anything more."""


def answer_of(line: bytes) -> Developed:
    """The answer's line, read. Raises Garbled."""
    try:
        return Developed(**json.loads(line))
    except (ValueError, TypeError) as error:
        raise Garbled(str(error)) from error


def main() -> None:
    """Do the one job."""
    answers = _private_output()
    _limit_time()
    job, sources = _read_job(sys.stdin.buffer)
    answer, made = _developed(job, sources)
    answers.write(json.dumps(asdict(replace(answer, length=len(made)))).encode() + b"\n")
    answers.write(made)
    answers.close()
    os._exit(0)  # nothing to tidy up that takes time


def _private_output() -> BinaryIO:
    """Standard output for us alone: a decoder that prints would garble the answer."""
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return answers


def _read_job(incoming: BinaryIO) -> tuple[Job, list[bytes | Path]]:
    told = json.loads(incoming.readline())
    sources = [Path(source) if isinstance(source, str) else incoming.read(source) for source in told.pop("sources")]
    pair = {name: tuple(told[name]) for name in ("size", "ratio") if told[name]}
    return Job(**{**told, **pair}), sources


def _developed(job: Job, sources: list[bytes | Path]) -> tuple[Developed, bytes]:
    from onebrush.kit.reading import NotAPicture, TooMuchWork

    try:
        _limit_memory(job, sources)
        return _worked(job, sources)
    except TooMuchWork as error:
        return Developed(too_much=error.reason), b""
    except NotAPicture as error:
        return Developed(refused=error.reason), b""
    except MemoryError:
        return Developed(too_much=TOO_MUCH_MEMORY), b""
    except Exception as error:
        return Developed(fault=f"{type(error).__name__}: {error}"[:500]), b""


def _worked(job: Job, sources: list[bytes | Path]) -> tuple[Developed, bytes]:
    from onebrush.kit import decoding, masks, retouching

    if job.work == "proof":
        decoding.decoded(sources[0])
        return Developed(as_it_was=True), b""
    if job.work == "thumbnail":
        return Developed(), retouching.small(sources[0], job.side)
    if job.work == "mask" and job.size:
        made, resized = masks.with_alpha(sources[0], *job.size)
        return Developed(as_it_was=made is None, resized=resized), made or b""
    original, mask = sources[1:] if len(sources) == 3 else (None, None)
    work = retouching.Retouch(
        media_type=job.media_type, quality=job.quality, size=job.size, ratio=job.ratio, original=original, mask=mask
    )
    return Developed(), retouching.retouched(sources[0], work)


def _limit_time() -> None:
    """Work, counted as the processor's time: a busy machine must not make a sound picture unsound.

    And where memory runs out, we are the one to go.
    """
    import resource

    with suppress(ValueError, OSError):
        resource.setrlimit(resource.RLIMIT_CPU, (SECONDS, SECONDS + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")


def _limit_memory(job: Job, sources: list[bytes | Path]) -> None:
    """Raises NotAPicture or TooMuchWork for a source that must not be decoded at all."""
    import resource

    from onebrush.kit.decoding import check_size, measured

    extents = [(found.width, found.height) for found in map(measured, sources)]
    if job.size:
        check_size(*job.size)
        extents.append(job.size)
    pixels = sum(width * height for width, height in extents)
    bytes_in = sum(len(source) if isinstance(source, bytes) else source.stat().st_size for source in sources)
    limit = _BASE + _PER_PIXEL * pixels + _PER_BYTE * bytes_in
    with suppress(ValueError, OSError):  # not every system has the limit
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))


if __name__ == "__main__":
    main()
