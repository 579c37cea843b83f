"""A TLS server before a proxy, with a certificate as a test wants it: right, expired, another name's, a stranger's."""

from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

PLAIN = b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class Certificates:
    """An authority that the gateway trusts (`bundle`), and contexts by what is wrong with them."""

    def __init__(self, folder: Path) -> None:
        trusted, stranger = trustme.CA(), trustme.CA()
        self.bundle = folder / "authority.pem"
        trusted.cert_pem.write_to_path(str(self.bundle))
        long_ago = datetime.now(UTC) - timedelta(days=30)
        past = trusted.issue_cert("127.0.0.1", not_before=long_ago, not_after=long_ago + timedelta(days=7))
        self.contexts: Mapping[str, ssl.SSLContext | None] = {
            "right": _context(trusted.issue_cert("127.0.0.1")),
            "expired": _context(past),
            "wrong name": _context(trusted.issue_cert("pictures.example.com")),
            "unknown root": _context(stranger.issue_cert("127.0.0.1")),
            "plain": None,
        }


def _context(leaf: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    leaf.configure_cert(context)
    return context


class TlsFront:
    """Listens with the certificate that `context` is at the moment (None: plain HTTP), and passes on what it opens.

    `met` counts connections; `received` is what came over them in the clear: all that a vendor could have read.
    """

    def __init__(self, behind: int, context: ssl.SSLContext | None) -> None:
        """`behind` is the port on loopback that it passes on to."""
        self.context, self._behind = context, behind
        self.met, self.received = 0, b""
        self._listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        """Its origin."""
        return f"https://127.0.0.1:{self._listener.getsockname()[1]}"

    def close(self) -> None:
        """Listen no more."""
        self._listener.close()

    def _serve(self) -> None:
        with suppress(OSError):
            while True:
                plug, _ = self._listener.accept()
                self.met += 1
                threading.Thread(target=self._meet, args=(plug, self.context), daemon=True).start()

    def _meet(self, plug: socket.socket, context: ssl.SSLContext | None) -> None:
        with suppress(OSError), plug:
            plug.settimeout(10)
            if context is None:
                self.received += plug.recv(65_536)
                plug.sendall(PLAIN)
                return
            with context.wrap_socket(plug, server_side=True) as opened:
                self._pass_on(opened)

    def _pass_on(self, opened: ssl.SSLSocket) -> None:
        """Requests here are small: whatever comes in one piece or a few is one request, then the answer goes back."""
        with socket.create_connection(("127.0.0.1", self._behind)) as onward:
            request = b""
            while not _whole(request):
                request += opened.recv(65_536)
            self.received += request
            onward.sendall(request)
            while piece := onward.recv(65_536):
                opened.sendall(piece)


def _whole(request: bytes) -> bool:
    head, blank, body = request.partition(b"\r\n\r\n")
    if not blank:
        return False
    lengths = [line.partition(b":")[2] for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    return len(body) >= int(lengths[0] if lengths else 0)
