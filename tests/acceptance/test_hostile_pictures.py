"""Pictures that are bombs, damaged or none at all, sent to a running gateway: refused, and its memory stays flat."""

import base64
import io
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests import unsound
from tests.running import Answer, Server, gateway

MOST_GROWN = 64 * 1024  # KiB
MODEL = "gpt-image-2"  # it takes PNG, JPEG and WebP: all else is converted, so decoded
OPAQUE = unsound.made("PNG")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A gateway of its own that has served an edit; at the end its memory has not grown, whatever it was sent."""
    with gateway(tmp_path_factory.mktemp("hostile")) as server:
        assert edit(server, unsound.made("BMP")).status == 200
        before = memory(server)
        yield server
        assert edit(server, unsound.made("BMP")).status == 200
        after = memory(server)
        print(f"peak of the gateway's memory: {before} KiB, then {after} KiB")
        assert after - before < MOST_GROWN
        assert server.process.poll() is None


def memory(server: Server) -> int:
    """The most memory the gateway ever took, in KiB."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    peak = re.search(r"VmHWM:\s*(\d+) kB", status)
    assert peak
    return int(peak[1])


def uri(data: bytes, media_type: str = "image/png") -> str:
    return f"data:{media_type};base64,{base64.b64encode(data).decode()}"


def edit(server: Server, data: bytes, **more: object) -> Answer:
    return spelt(server, uri(data), **more)


def spelt(server: Server, image: str, **more: object) -> Answer:
    started = time.perf_counter()
    answer = server.generate({"model": MODEL, "prompt": "Make it blue", "image": image, **more})
    print(f"{answer.status} after {time.perf_counter() - started:.3f} s")
    return answer


def assert_refused(answer: Answer, param: str) -> None:
    said = answer.json()["error"]
    assert (answer.status, said["code"], said["type"]) == (400, "invalid_image", "invalid_request_error"), said
    assert said["param"] == param and param in said["message"]
    assert answer.headers["content-type"].startswith("application/json")


@pytest.mark.parametrize("name", unsound.UNSOUND)
def test_an_unsound_picture_is_refused(name: str, server: Server) -> None:
    assert_refused(edit(server, unsound.UNSOUND[name]()), "image")


@pytest.mark.parametrize("name", unsound.UNDECODABLE)
def test_a_picture_that_does_not_decode_is_refused_where_it_has_to_be(name: str, server: Server) -> None:
    assert_refused(edit(server, unsound.UNDECODABLE[name]()), "image")


@pytest.mark.parametrize("name", unsound.SOUND)
def test_an_odd_picture_that_is_sound_is_served(name: str, server: Server) -> None:
    answer = edit(server, unsound.SOUND[name]())
    assert answer.status == 200, answer.body


@pytest.mark.parametrize("name", ["50,000 by 50,000 of one colour", "a page behind a PNG", "a PDF", "a text bomb"])
def test_a_mask_is_looked_at_as_closely(name: str, server: Server) -> None:
    assert_refused(edit(server, OPAQUE, mask=uri(unsound.UNSOUND[name]())), "mask")


@pytest.mark.parametrize("model", [MODEL, "seedream-4-0"])
def test_a_damaged_mask_is_refused_before_anything_is_bought(model: str, server: Server) -> None:
    damaged = unsound.UNDECODABLE["a TIFF of pixels that are none"]()
    assert_refused(edit(server, OPAQUE, model=model, mask=uri(damaged)), "mask")


BROKEN = {
    "no comma": "data:image/png;base64" + base64.b64encode(OPAQUE).decode(),
    "a comma and nothing": "data:image/png;base64,",
    "no base64": "data:image/png,%89PNG",
    "letters that are none": uri(OPAQUE)[:100] + "!!!" + uri(OPAQUE)[103:],
    "one character over": uri(OPAQUE).rstrip("=")[:-1] + ("" if len(uri(OPAQUE).rstrip("=")) % 4 == 2 else "A"),
    "padding in the middle": uri(OPAQUE[:100]) + "====" + base64.b64encode(OPAQUE[100:]).decode(),
    "a million parameters": "data:image/png" + ";a=b" * 1_000_000 + ";base64," + base64.b64encode(OPAQUE).decode(),
    "one in another": uri(uri(OPAQUE).encode()),
    "one behind another": "data:image/png;base64," + uri(OPAQUE),
    "another scheme": "file:///etc/passwd",
    "a picture's name": "picture.png",
    "nothing": "",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_data_uri_is_refused(name: str, server: Server) -> None:
    assert_refused(spelt(server, BROKEN[name]), "image")


@pytest.mark.parametrize("declared", ["image/jpeg", "text/html", "image/svg+xml", "IMAGE/PNG", ""])
def test_the_type_is_what_the_bytes_say(declared: str, server: Server) -> None:
    assert spelt(server, uri(OPAQUE, declared)).status == 200


def bitmap() -> bytes:
    """49 megapixels, 49 MB."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((7_000, 7_000)).save(out, "BMP")
    return out.getvalue()


def page() -> bytes:
    """50 megapixels, well packed."""
    out = io.BytesIO()
    Image.linear_gradient("L").resize((8_000, 6_250)).convert("RGB").save(out, "TIFF", compression="tiff_deflate")
    return out.getvalue()


@pytest.mark.parametrize("make", [bitmap, page])
def test_the_largest_sound_picture_is_converted(make: Callable[[], bytes], server: Server) -> None:
    answer = edit(server, make())
    assert answer.status == 200, answer.body
    assert "converted" in [warning["code"] for warning in answer.json()["onebrush"]["warnings"]]
