"""A webhook receiver on loopback: verifies with the standard's own library, and is out of order now and then."""

from __future__ import annotations

import random
import threading
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from standardwebhooks import Webhook, WebhookVerificationError

SECRET = "whsec_" + "cmlnLXNlY3JldC1vZi10aGUtZmF1bHQtdGVzdHMtMDA="


class Receiver:
    """`seen` is generation -> how often it was told of and taken; `forged` what did not verify, `refused` the 503s."""

    def __init__(self, *, failing: float = 0.2, seed: int = 6) -> None:
        self.seen: Counter[str] = Counter()
        self.messages: dict[str, set[str]] = {}
        self.forged, self.refused = 0, 0
        self._failing, self._chance, self._lock = failing, random.Random(seed), threading.Lock()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def url(self) -> str:
        """Where webhooks go."""
        return f"http://127.0.0.1:{self.port}/hooks"

    def close(self) -> None:
        """Listen no more."""
        self._server.shutdown()
        self._server.server_close()

    def take(self, body: bytes, headers: dict[str, str]) -> int:
        """The status that one delivery is answered with."""
        with self._lock:
            try:
                told = Webhook(SECRET).verify(body.decode(), headers)
            except WebhookVerificationError:
                self.forged += 1
                return 400
            if self._chance.random() < self._failing:
                self.refused += 1
                return 503
            generation = told["data"]["id"]
            self.seen[generation] += 1
            self.messages.setdefault(generation, set()).add(headers["webhook-id"])
            return 200

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                status = receiver.take(body, {name.lower(): value for name, value in self.headers.items()})
                self.send_response(status)
                self.send_header("content-length", "0")
                self.end_headers()

            def log_message(self, *_: Any) -> None:
                """Silent."""

        return Handler
