"""A sandbox on a real socket, and plain words to talk to it."""

import base64
import io
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from PIL import Image

from onebrush.kit.clock import Clock
from onebrush.sandbox.server import create_app
from onebrush.sandbox.settings import SandboxSettings

BEARER = {"authorization": "Bearer sandbox"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """A running sandbox."""

    url: str
    client: httpx.Client = field(default_factory=lambda: httpx.Client(timeout=60))

    def openai(self, body: dict[str, Any], path: str = "generations", key: str = "sandbox") -> httpx.Response:
        url = f"{self.url}/openai/v1/images/{path}"
        return self.client.post(url, json=body, headers={"authorization": f"Bearer {key}"})

    def form(self, fields: dict[str, str], files: list[tuple[str, tuple[str, bytes, str]]]) -> httpx.Response:
        return self.client.post(f"{self.url}/openai/v1/images/edits", data=fields, files=files, headers=BEARER)

    def gemini(self, model: str, body: dict[str, Any], key: str = "sandbox") -> httpx.Response:
        url = f"{self.url}/gemini/v1beta/models/{model}:generateContent"
        return self.client.post(url, json=body, headers={"x-goog-api-key": key})

    def ark(self, body: dict[str, Any], key: str = "sandbox") -> httpx.Response:
        url = f"{self.url}/ark/api/v3/images/generations"
        return self.client.post(url, json=body, headers={"authorization": f"Bearer {key}"})

    def dashscope(self, body: dict[str, Any], **headers: str) -> httpx.Response:
        url = f"{self.url}/dashscope/api/v1/services/aigc/multimodal-generation/generation"
        return self.client.post(url, json=body, headers={**BEARER, **headers})

    def task(self, body: dict[str, Any], **headers: str) -> httpx.Response:
        """Submit a task by the route of its body."""
        service = "text2image/image-synthesis" if "prompt" in body["input"] else "image-generation/generation"
        url = f"{self.url}/dashscope/api/v1/services/aigc/{service}"
        return self.client.post(url, json=body, headers={**BEARER, "X-DashScope-Async": "enable", **headers})

    def poll(self, task: str) -> dict[str, Any]:
        """What is said of a task, whatever it is, with HTTP 200."""
        answer = self.client.get(f"{self.url}/dashscope/api/v1/tasks/{task}", headers=BEARER)
        assert answer.status_code == 200, answer.text
        told: dict[str, Any] = answer.json()
        return told

    def cancel(self, task: str) -> httpx.Response:
        return self.client.post(f"{self.url}/dashscope/api/v1/tasks/{task}/cancel", headers=BEARER)

    def script(self, *steps: dict[str, Any]) -> None:
        """Begin a script of steps."""
        answer = self.client.put(f"{self.url}/script", json=steps)
        assert answer.status_code == 200, answer.text

    def count(self, **wanted: str) -> dict[str, Any]:
        counted: dict[str, Any] = self.client.get(f"{self.url}/count", params=wanted).json()
        return counted


@contextmanager
def listening(data: Path, settings: SandboxSettings | None = None, clock: Clock | None = None) -> Iterator[Stand]:
    """Serve a sandbox from this process until the block ends."""
    server = uvicorn.Server(
        uvicorn.Config(create_app(data, settings, clock), log_level="critical", timeout_graceful_shutdown=1)
    )
    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        stand = Stand(url=f"http://127.0.0.1:{listener.getsockname()[1]}")
        try:
            # The socket listens already, so the first call waits for the server by itself.
            assert stand.client.get(f"{stand.url}/healthz").json() == {"status": "ok"}
            yield stand
        finally:
            stand.client.close()
            server.should_exit = True
            thread.join()


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stand]:
    with listening(tmp_path_factory.mktemp("sandbox")) as stand:
        yield stand


@pytest.fixture
def stand_with(tmp_path: Path) -> Iterator[Callable[[SandboxSettings], Any]]:
    """Start a sandbox with settings of its own: `with stand_with(settings) as stand`."""
    yield lambda settings: listening(tmp_path, settings)


@pytest.fixture(scope="session")
def measure() -> Callable[[bytes], tuple[str, int, int]]:
    """Decode a picture whole and tell its format and pixels."""

    def look(data: bytes) -> tuple[str, int, int]:
        with Image.open(io.BytesIO(data)) as image:
            image.load()
            return str(image.format), image.width, image.height

    return look


@pytest.fixture(scope="session")
def data_uri() -> Callable[..., str]:
    """Spell a picture as a data URI."""

    def spell(data: bytes, media_type: str = "image/png") -> str:
        return f"data:{media_type};base64,{base64.b64encode(data).decode('ascii')}"

    return spell
