"""A stand-in for all four vendors that keeps every body whole and answers at once with the same small picture."""

from __future__ import annotations

import base64
import io
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from PIL import Image

from tests.conformance.wire import Sent, read


@dataclass(kw_only=True)
class Vendor:
    """Its address, and the calls since the last `clear`, in the order they came."""

    url: str = ""
    calls: list[Sent] = field(default_factory=list)

    def clear(self) -> None:
        """Forget what was sent."""
        self.calls.clear()


def _png() -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (64, 64), (20, 90, 160)).save(file, "PNG")
    return file.getvalue()


PNG = _png()
BASE64 = base64.b64encode(PNG).decode()


@contextmanager
def standing_in() -> Iterator[Vendor]:
    """The vendor, listening on a free port of this machine."""
    vendor = Vendor()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(vendor))
    vendor.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield vendor
    finally:
        server.shutdown()
        server.server_close()


def _handler(vendor: Vendor) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def do_POST(self) -> None:
            data = self.rfile.read(int(self.headers["Content-Length"]))
            sent = read(self.path, self.headers["Content-Type"], data)
            vendor.calls.append(sent)
            self._answer("application/json", json.dumps(_reply(sent, vendor.url)).encode())

        def do_GET(self) -> None:
            self._answer("image/png", PNG)

        def _answer(self, media_type: str, data: bytes) -> None:
            self.send_response(200)
            self.send_header("Content-Type", media_type)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def log_message(self, *_arguments: object) -> None:
            return

    return Handler


def _reply(sent: Sent, url: str) -> dict[str, Any]:
    if ":generateContent" in sent.path:
        return _gemini()
    if "/services/aigc/" in sent.path:
        return _dashscope(int(sent.body["parameters"].get("n", 1)), url)
    return _ark(sent.body, url) if "/ark/" in sent.path else _openai(int(sent.body.get("n", 1)))


def _openai(n: int) -> dict[str, Any]:
    return {"created": 1, "data": [{"b64_json": BASE64}] * n}


def _gemini() -> dict[str, Any]:
    parts = [{"inlineData": {"mimeType": "image/png", "data": BASE64}}]
    return {"candidates": [{"content": {"role": "model", "parts": parts}, "finishReason": "STOP", "index": 0}]}


def _ark(body: dict[str, Any], url: str) -> dict[str, Any]:
    entry = {"b64_json": BASE64} if body.get("response_format") == "b64_json" else {"url": f"{url}/ark.png"}
    n = body.get("sequential_image_generation_options", {}).get("max_images", 1)
    return {"model": body["model"], "created": 1, "data": [{**entry, "size": "64x64"}] * n}


def _dashscope(n: int, url: str) -> dict[str, Any]:
    content = [{"image": f"{url}/dashscope.png"}] * n
    choice = {"finish_reason": "stop", "message": {"role": "assistant", "content": content}}
    return {"output": {"choices": [choice]}, "usage": {"image_count": n}, "request_id": "1"}
