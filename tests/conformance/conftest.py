"""A gateway before a stand-in vendor that keeps every body."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping

import pytest
from PIL import Image

from tests.conformance.asking import uri
from tests.conformance.vendor import Vendor, standing_in
from tests.running import Server, gateway


@pytest.fixture(scope="session")
def conformance_stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Vendor]]:
    """The gateway, its test mode pointed at the stand-in."""
    with standing_in() as vendor, gateway(tmp_path_factory.mktemp("conformance"), sandbox_url=vendor.url) as server:
        yield server, vendor


@pytest.fixture(scope="session")
def server(conformance_stage: tuple[Server, Vendor]) -> Server:
    """The gateway."""
    return conformance_stage[0]


@pytest.fixture
def vendor(conformance_stage: tuple[Server, Vendor]) -> Vendor:
    """What the vendor was sent in this test."""
    conformance_stage[1].clear()
    return conformance_stage[1]


@pytest.fixture(scope="session")
def words(make_picture: Callable[..., bytes]) -> Mapping[str, str]:
    """What the words of the files stand for: pictures of 640x480 as data URIs."""
    plain = Image.open(io.BytesIO(make_picture(640, 480)))
    drawn = {
        "$picture": plain,
        "$second": plain.rotate(180),
        "$third": plain.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
    }
    clear = plain.convert("RGBA")
    clear.paste((0, 0, 0, 0), (100, 100, 300, 300))
    return {name: _uri(image) for name, image in (drawn | {"$alpha": clear, "$mask": clear}).items()}


def _uri(image: Image.Image) -> str:
    file = io.BytesIO()
    image.save(file, "PNG")
    return uri(file.getvalue())
