"""Pictures worked on in a process of their own: what comes back, and what the process may not do to us."""

import asyncio
import io
import os
import resource
import sys
import textwrap
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from PIL import Image

from onebrush.domain.finish import Finish, Patch
from onebrush.domain.size import Pixels, Ratio
from onebrush.domain.turn import Image as Given
from onebrush.engine import developing
from onebrush.engine.developing import DarkroomFailed
from onebrush.kit import darkroom
from onebrush.kit.blobs import Blob, Scope, Spool
from onebrush.kit.measure import Measured, NotAPicture, measure
from onebrush.kit.reading import TooMuchWork
from tests import unsound
from tests.unsound import made

pytestmark = pytest.mark.anyio


@pytest.fixture(params=["memory", "disk"])
def scope(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Scope]:
    """Blobs in memory, and blobs that all lie in files."""
    spool = Spool(None) if request.param == "memory" else Spool(tmp_path, memory_budget=0)
    with Scope(spool) as scope:
        yield scope


def saved(scope: Scope, picture: Image.Image, form: str = "PNG") -> Blob:
    out = io.BytesIO()
    picture.save(out, form)
    return scope.from_bytes(out.getvalue())


def opened(blob: Blob) -> Image.Image:
    return Image.open(io.BytesIO(blob.read()))


@pytest.mark.parametrize("wanted", ["image/png", "image/jpeg", "image/webp"])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
async def test_a_picture_is_converted(form: str, wanted: str, scope: Scope) -> None:
    found = await developing.convert(scope.from_bytes(made(form)), wanted, scope)
    assert measure(found) == Measured(wanted, 64, 48)


async def test_a_quality_is_passed_on(scope: Scope) -> None:
    blob = scope.from_bytes(made("PNG", 200, 200))
    sizes = [(await developing.convert(blob, "image/jpeg", scope, quality=quality)).size for quality in (0, 50, 100)]
    assert sizes == sorted(set(sizes))


async def test_a_finish_is_done_whole(scope: Scope) -> None:
    mask = Image.new("L", (64, 32), 0)
    mask.paste(255, (0, 0, 32, 32))
    patch = Patch(
        original=Given(source=saved(scope, Image.new("RGB", (64, 32), "blue")), param="image"),
        mask=Given(source=saved(scope, mask), param="mask"),
    )
    finish = Finish(size=Pixels(width=40, height=20), patch=patch)
    found = await developing.finished(saved(scope, Image.new("RGB", (128, 64), "red")), finish, "image/png", scope)
    assert [opened(found).getpixel(at) for at in ((4, 10), (36, 10))] == [(255, 0, 0), (0, 0, 255)]
    assert measure(found) == Measured("image/png", 40, 20)


async def test_a_ratio_is_cut_to(scope: Scope) -> None:
    finish = Finish(ratio=Ratio(width=16, height=9))
    found = await developing.finished(scope.from_bytes(made("JPEG", 160, 160)), finish, "image/webp", scope)
    assert measure(found) == Measured("image/webp", 160, 90)


async def test_a_mask_is_made_the_vendors_or_left_as_it_is(scope: Scope) -> None:
    white = saved(scope, Image.new("L", (64, 32), 255))
    native, resized = await developing.native_mask(white, 64, 32, scope)
    assert not resized
    assert opened(native).getchannel("A").getextrema() == (0, 0)
    assert await developing.native_mask(native, 64, 32, scope) == (native, False)
    larger, resized = await developing.native_mask(native, 640, 320, scope)
    assert resized and measure(larger) == Measured("image/png", 640, 320)


async def test_a_thumbnail_is_made(scope: Scope) -> None:
    assert measure(await developing.thumbnail(scope.from_bytes(made("JPEG", 640, 320)), 64, scope)) == Measured(
        "image/webp", 64, 32
    )


async def test_a_sound_picture_is_proven(scope: Scope) -> None:
    data = made("GIF")
    blob = scope.from_bytes(data)
    await developing.proven(blob, scope)
    assert blob.read() == data


@pytest.mark.parametrize("size", [(30, 20), (900, 900)])
async def test_a_callers_picture_is_examined(size: tuple[int, int], scope: Scope) -> None:
    sound, frames = made("PNG", *size), unsound.gif(40_000)
    assert await developing.examined(scope.from_bytes(sound)) == Measured("image/png", *size)
    assert (await developing.examined(scope.from_bytes(frames))).frames == 10_001
    with pytest.raises(NotAPicture):
        await developing.examined(scope.from_bytes(sound + unsound.HTML))


async def test_however_small_a_picture_its_look_keeps_nobody_waiting(
    scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[int] = []

    def noted(blob: Blob, *, thorough: bool = False) -> Measured:
        threads.append(threading.get_ident())
        return measure(blob, thorough=thorough)

    monkeypatch.setattr(developing, "measure", noted)
    await developing.examined(scope.from_bytes(made("PNG", 2, 2)))
    assert threads and threading.get_ident() not in threads


@pytest.mark.parametrize(
    "name", ["one by a thousand million", "50,000 by 50,000 of one colour", "just over the cap", *unsound.UNDECODABLE]
)
async def test_what_must_not_be_decoded_is_refused(name: str, scope: Scope) -> None:
    data = {**unsound.UNSOUND, **unsound.UNDECODABLE}[name]()
    for work in (
        developing.convert(scope.from_bytes(data), "image/png", scope),
        developing.native_mask(scope.from_bytes(data), 5, 5, scope),
        developing.proven(scope.from_bytes(data), scope),
    ):
        with pytest.raises(NotAPicture):
            await work


async def test_a_large_result_takes_none_of_our_memory(tmp_path: Path) -> None:
    with Scope(Spool(tmp_path)) as scope:
        blob = saved(scope, Image.effect_noise((3_000, 3_000), 90).convert("RGB"), "BMP")
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        found = await developing.convert(blob, "image/png", scope)
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024
        assert found.size > 5_000_000 and found.path is not None
        assert grown < 16


# The process


def stand_in(monkeypatch: pytest.MonkeyPatch, code: str) -> None:
    """Another process in the place of the one that decodes."""
    monkeypatch.setattr(darkroom, "COMMAND", (sys.executable, "-c", textwrap.dedent(code)))


async def test_a_process_that_takes_too_long_is_ended(
    scope: Scope, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    note = tmp_path / "number"
    stand_in(monkeypatch, f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    monkeypatch.setattr(developing, "PATIENCE", 1.0)
    with pytest.raises(TooMuchWork, match="longer than 1 s"):
        await developing.convert(scope.from_bytes(made("PNG")), "image/png", scope)
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


async def test_a_picture_that_is_too_much_work_is_refused(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    code = """
        from onebrush.kit import darkroom, retouching
        def endless(source, work):
            while True:
                pass
        retouching.retouched = endless
        darkroom.SECONDS = 1
        darkroom.main()
    """
    stand_in(monkeypatch, code)
    with pytest.raises(TooMuchWork, match="longer than 10 s"):
        await developing.convert(scope.from_bytes(made("PNG")), "image/png", scope)


@pytest.mark.parametrize(
    "code",
    [
        "import os; os.abort()",
        "import sys; sys.stdin.buffer.read(); sys.exit(3)",
        "print('x' * 9_000)",
        "print('{\"refused\": nul')",
        "print('{\"length\": 100}'); print('half a picture')",
    ],
)
async def test_a_process_that_dies_or_raves_is_our_own_fault_and_the_next_one_works(
    code: str, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        stand_in(patched, code)
        with pytest.raises(DarkroomFailed, match="a fault of the gateway itself"):
            await developing.convert(scope.from_bytes(made("PNG", 900, 900)), "image/png", scope)
    assert measure(await developing.convert(scope.from_bytes(made("PNG")), "image/png", scope)).width == 64


@pytest.mark.parametrize(
    ("end", "why"), [("SIGKILL", "more memory than a picture of its size may take"), ("SIGXCPU", "longer than 10 s")]
)
async def test_what_the_kernel_ends_is_too_much_work(
    end: str, why: str, scope: Scope, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(monkeypatch, f"import os, signal; os.kill(os.getpid(), signal.{end})")
    with pytest.raises(TooMuchWork, match=why):
        await developing.convert(scope.from_bytes(made("PNG")), "image/png", scope)


async def test_a_process_that_cannot_start_is_our_own_fault(
    scope: Scope, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(darkroom, "COMMAND", (str(tmp_path / "nothing"),))
    with pytest.raises(DarkroomFailed):
        await developing.convert(scope.from_bytes(made("PNG")), "image/png", scope)


async def test_what_may_be_sound_is_told_from_what_is_not(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    wide, broken = saved(scope, Image.new("L", (17_000, 2))), scope.from_bytes(made("PNG")[:-40] + made("PNG")[-12:])
    with pytest.raises(TooMuchWork, match="17000x2 cannot be written as image/webp"):
        await developing.convert(wide, "image/webp", scope)
    with pytest.raises(TooMuchWork, match="exceeds 50000000 pixels"):
        await developing.finished(wide, Finish(size=Pixels(width=9_000, height=9_000)), "image/png", scope)
    with pytest.raises(NotAPicture) as refused:
        await developing.convert(broken, "image/png", scope)
    assert not isinstance(refused.value, TooMuchWork)
    monkeypatch.setattr(developing, "MOST_BYTES", 10)
    with pytest.raises(TooMuchWork, match="more than 10 bytes"):
        await developing.convert(wide, "image/png", scope)


async def test_a_picture_shorter_than_was_said_takes_no_room(monkeypatch: pytest.MonkeyPatch) -> None:
    spool = Spool(None)
    stand_in(monkeypatch, "print('{\"length\": 100}'); print('half a picture')")
    with Scope(spool) as scope:
        blob = scope.from_bytes(made("PNG"))
        with pytest.raises(DarkroomFailed):
            await developing.convert(blob, "image/png", scope)
        assert spool.in_memory == blob.size


async def test_a_paid_picture_does_not_wait_for_callers_pictures(
    scope: Scope, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    note, blob = tmp_path / "number", scope.from_bytes(made("PNG"))
    with monkeypatch.context() as patched:
        stand_in(patched, f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(600)")
        slow = asyncio.create_task(developing.convert(blob, "image/png", scope))
        await anyio.to_thread.run_sync(written, note)
    waiting = asyncio.create_task(developing.thumbnail(blob, 64, scope))
    finish = Finish(size=Pixels(width=8, height=8))
    assert measure(await developing.finished(blob, finish, "image/png", scope, paid=True)).width == 8
    assert not waiting.done()
    slow.cancel()
    assert (await waiting).size > 0


def written(note: Path) -> None:
    """Wait until something stands there."""
    while not (note.exists() and note.read_text()):
        time.sleep(0.01)


async def test_whoever_stops_waiting_leaves_no_process(
    scope: Scope, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    note = tmp_path / "number"
    stand_in(monkeypatch, f"import os, time; open({str(note)!r}, 'w').write(str(os.getpid())); time.sleep(600)")
    working = asyncio.create_task(developing.convert(scope.from_bytes(made("PNG")), "image/png", scope))
    await anyio.to_thread.run_sync(written, note)
    working.cancel()
    with pytest.raises(asyncio.CancelledError):
        await working
    with pytest.raises(ProcessLookupError):
        os.kill(int(note.read_text()), 0)


async def test_pictures_are_worked_on_one_at_a_time(
    scope: Scope, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    door = tmp_path / "door"
    code = f"""
        import json, os, sys, time
        os.mkdir({str(door)!r})
        time.sleep(0.05)
        os.rmdir({str(door)!r})
        print(json.dumps({{"refused": "done"}}))
    """
    stand_in(monkeypatch, code)
    blob = scope.from_bytes(made("PNG"))
    reasons = []

    async def once() -> None:
        with pytest.raises(NotAPicture) as caught:
            await developing.convert(blob, "image/png", scope)
        reasons.append(caught.value.reason)

    async with anyio.create_task_group() as tasks:
        for _ in range(5):
            tasks.start_soon(once)
    assert reasons == ["done"] * 5


async def test_a_vendors_key_is_not_in_the_environment(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", "sk-test-example")
    code = "import json, os, sys; sys.stdin.buffer.read(); print(json.dumps({'refused': ' '.join(os.environ)}))"
    stand_in(monkeypatch, code)
    with pytest.raises(NotAPicture) as caught:
        await developing.convert(scope.from_bytes(made("PNG")), "image/png", scope)
    assert "PATH" in caught.value.reason and "OPENAI_API_KEY" not in caught.value.reason


async def test_memory_is_limited_by_what_the_header_says(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    code = f"""
        import sys
        from onebrush.kit import darkroom, retouching
        retouching.retouched = lambda source, work: bytes({4 * 1024**3})
        darkroom.main()
    """
    stand_in(monkeypatch, code)
    with pytest.raises(TooMuchWork, match="more memory than a picture of its size may take"):
        await developing.convert(scope.from_bytes(made("PNG")), "image/png", scope)


async def test_a_decoder_that_prints_does_not_garble_the_answer(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    code = """
        import os
        from onebrush.kit import darkroom, retouching
        kept = retouching.retouched
        def loud(source, work):
            os.write(1, b"a warning from deep inside")
            return kept(source, work)
        retouching.retouched = loud
        darkroom.main()
    """
    stand_in(monkeypatch, code)
    found = await developing.convert(scope.from_bytes(made("PNG")), "image/png", scope)
    assert measure(found) == Measured("image/png", 64, 48)


async def test_a_fault_of_ours_is_no_refusal_and_tells_nothing(scope: Scope, monkeypatch: pytest.MonkeyPatch) -> None:
    code = """
        from onebrush.kit import darkroom, retouching
        def broken(source, work):
            raise RuntimeError("a secret of the house")
        retouching.retouched = broken
        darkroom.main()
    """
    stand_in(monkeypatch, code)
    with pytest.raises(DarkroomFailed) as caught:
        await developing.convert(scope.from_bytes(made("PNG")), "image/png", scope)
    assert "secret" not in str(caught.value) and not isinstance(caught.value, NotAPicture)
