"""What every test starts from: no vendor in the environment, one event loop kind, real pictures."""

import io
import os
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from PIL import Image

# Tests never buy and never leave loopback: no key, no base URL, no gateway setting, no proxy gets in.
FOREIGN = ("ARK_", "DASHSCOPE_", "GEMINI_", "GOOGLE_", "ONEBRUSH_", "OPENAI_", "VOLC")
PROXIES = ("ALL_PROXY", "HTTP_PROXY", "HTTPS_PROXY")

settings.register_profile("dev", deadline=None, max_examples=100)
settings.register_profile(
    "ci",
    deadline=None,
    max_examples=100,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("ci" if os.environ.get("CI") else "dev")


def pytest_configure() -> None:
    """Empty the environment of vendors before any test module is read."""
    for name in list(os.environ):
        if name.upper().startswith(FOREIGN) or name.upper() in PROXIES:
            del os.environ[name]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """Async tests run on asyncio, as the gateway does."""
    return "asyncio"


@pytest.fixture(scope="session")
def make_picture() -> Callable[..., bytes]:
    """Draw a small gradient and hand over its file, in any format Pillow writes."""

    def make(width: int = 64, height: int = 48, file_format: str = "PNG", mode: str = "RGB") -> bytes:
        ramp = Image.linear_gradient("L").resize((width, height))
        picture = Image.merge("RGB", (ramp, ramp.transpose(Image.Transpose.ROTATE_180), ramp)).convert(mode)
        file = io.BytesIO()
        picture.save(file, file_format)
        return file.getvalue()

    return make


@pytest.fixture(scope="session")
def picture_bytes(make_picture: Callable[..., bytes]) -> bytes:
    """A real PNG, 64 by 48."""
    return make_picture()
