"""A recording relay between the gateway and the sandbox: what a vendor is really sent, byte for byte."""

import email.parser
import email.policy
import http.client
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlsplit

LONG = 1000  # a string of this length in a vendor body is a picture, whatever its field


@dataclass(frozen=True, kw_only=True)
class Sent:
    """One vendor call: its path, its body without the pictures, where the pictures were, and a form's files by part."""

    path: str
    body: dict[str, Any]
    pictures: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)


class Recorder:
    """The calls seen since the last `clear`."""

    def __init__(self, target: str) -> None:
        self.target = urlsplit(target).netloc
        self.calls: list[Sent] = []

    def clear(self) -> None:
        """Forget what was seen."""
        self.calls.clear()


@contextmanager
def recording(target: str) -> Iterator[tuple[Recorder, str]]:
    """A relay before `target`; the recorder and the relay's own address."""
    recorder = Recorder(target)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(recorder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield recorder, f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


def _handler(recorder: Recorder) -> type[BaseHTTPRequestHandler]:
    class Relay(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            recorder.calls.append(_read(self.path, self.headers["Content-Type"], body))
            self._relay("POST", body)

        def do_GET(self) -> None:
            self._relay("GET", None)

        def _relay(self, method: str, body: bytes | None) -> None:
            connection = http.client.HTTPConnection(recorder.target, timeout=120)
            connection.request(method, self.path, body, dict(self.headers.items()))
            reply = connection.getresponse()
            data = reply.read()
            self.send_response(reply.status)
            for name, value in reply.getheaders():
                if name.lower() not in ("content-length", "transfer-encoding", "connection", "server", "date"):
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)
            connection.close()

        def log_message(self, *_arguments: object) -> None:
            return

    return Relay


def _read(path: str, content_type: str, body: bytes) -> Sent:
    if content_type.startswith("multipart/"):
        return _form(path, content_type, body)
    value = json.loads(body)
    pictures: list[str] = []
    return Sent(path=path, body=_without_pictures(value, "", pictures), pictures=tuple(pictures))


def _without_pictures(value: Any, place: str, found: list[str]) -> Any:
    if isinstance(value, dict):
        return {key: _without_pictures(inner, f"{place}.{key}", found) for key, inner in value.items()}
    if isinstance(value, list):
        return [_without_pictures(inner, f"{place}.{at}", found) for at, inner in enumerate(value)]
    if isinstance(value, str) and len(value) >= LONG:
        found.append(place.lstrip("."))
        return "<picture>"
    return value


def _form(path: str, content_type: str, body: bytes) -> Sent:
    parser = email.parser.BytesParser(policy=email.policy.HTTP)
    message = parser.parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    fields: dict[str, Any] = {}
    pictures: list[str] = []
    files: dict[str, bytes] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        assert isinstance(name, str)
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        if part.get_filename() is not None:
            assert part.get_content_type().startswith("image/"), "a file part needs its true type"
            pictures.append(name)
            files[name] = payload
        else:
            fields[name] = payload.decode()
    return Sent(path=path, body=fields, pictures=tuple(pictures), files=files)
