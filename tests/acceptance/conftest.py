"""A gateway and a sandbox as users run them, with a recorder between the two."""

import base64
import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from tests.acceptance.recorder import Recorder, recording
from tests.running import Server, gateway, sandbox

EXAMPLES = Path(__file__).parents[1] / "fixtures" / "examples"


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Recorder]]:
    """A gateway whose vendors are a sandbox behind a recorder."""
    folder = tmp_path_factory.mktemp("stage")
    with (
        sandbox(folder / "sandbox", "--draft") as vendors,
        recording(vendors.url) as (recorder, relay),
        gateway(folder / "gateway", sandbox_url=relay) as server,
    ):
        yield server, recorder


@pytest.fixture(scope="session")
def server(stage: tuple[Server, Recorder]) -> Server:
    """The gateway."""
    return stage[0]


@pytest.fixture
def recorder(stage: tuple[Server, Recorder]) -> Recorder:
    """What the vendors were sent in this test."""
    stage[1].clear()
    return stage[1]


@pytest.fixture(scope="session")
def pictures(make_picture: Callable[..., bytes]) -> list[str]:
    """Three different 640x480 pictures as data URIs."""
    return [_uri(make_picture(640, 480), turned) for turned in (0, 1, 2)]


def _uri(data: bytes, turned: int) -> str:
    """The picture mirrored `turned` times this way and that, so that no two are alike."""
    image = Image.open(io.BytesIO(data)).transpose(list(Image.Transpose)[turned % 2])
    image.putpixel((0, 0), (turned, 0, 0))
    file = io.BytesIO()
    image.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


@pytest.fixture(scope="session")
def example(pictures: list[str]) -> Callable[[str], dict[str, object]]:
    """A reference request with a real picture for its placeholder."""

    def read(name: str) -> dict[str, object]:
        text = (EXAMPLES / name).read_text("utf-8").replace("${IMAGE_DATA_URI}", pictures[0])
        body = json.loads(text)
        assert isinstance(body, dict)
        return body

    return read
