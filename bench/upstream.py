"""The upstream and the floor: nginx serving fixed answers, and nginx passing them on."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn

PIECE = 256 * 1024
# Debian keeps it outside the path of ordinary users.
PLACES = "/usr/sbin:/usr/local/sbin:/opt/homebrew/bin"

_COMMON = """
daemon off;
master_process off;
pid {run}/{name}.pid;
error_log {run}/{name}.log warn;
worker_rlimit_nofile 4096;
events {{ worker_connections 2048; }}
http {{
  access_log off;
  tcp_nodelay on;
  sendfile on;
  keepalive_requests 10000000;
  keepalive_timeout 600s;
  client_max_body_size 512m;
  client_body_temp_path {run}/{name}-body;
  proxy_temp_path {run}/{name}-proxy;
  fastcgi_temp_path {run}/{name}-fastcgi;
  uwsgi_temp_path {run}/{name}-uwsgi;
  scgi_temp_path {run}/{name}-scgi;
{http}
}}
"""

# A POST to a file is a 405, which becomes the file itself: the answer to every call is the vendor's current one.
_UPSTREAM = """
  types {{ image/png png; application/json json; }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    root {files};
    location ~ ^/([a-z-]+)/ {{
      set $answer /$1.json;
      error_page 405 =200 $answer;
      try_files $answer =404;
    }}
    location / {{ }}
  }}
"""

# Buffers of a megabyte a connection and no temporary files: the floor touches no disk.
_FLOOR = """
  upstream vendor {{ server 127.0.0.1:{upstream}; keepalive 256; }}
  server {{
    listen 127.0.0.1:{port} backlog=1024;
    location / {{
      proxy_pass http://vendor;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_buffer_size 64k;
      proxy_buffers 16 64k;
      proxy_busy_buffers_size 512k;
      proxy_max_temp_file_size 0;
    }}
  }}
"""


def find_nginx() -> str | None:
    """The nginx of this machine."""
    return shutil.which("nginx") or shutil.which("nginx", path=PLACES)


def upstream_command(nginx: str | None, run: Path, files: Path, port: int) -> list[str]:
    """What starts the upstream: nginx, or a plain server of ours that is enough for memory."""
    if nginx is None:
        return [sys.executable, "-m", "bench.upstream", str(files), str(port)]
    return _nginx(nginx, run, "upstream", _UPSTREAM.format(port=port, files=files))


def floor_command(nginx: str, run: Path, upstream: int, port: int) -> list[str]:
    """What starts the floor."""
    return _nginx(nginx, run, "floor", _FLOOR.format(port=port, upstream=upstream))


def _nginx(nginx: str, run: Path, name: str, http: str) -> list[str]:
    config = run / f"{name}.conf"
    config.write_text(_COMMON.format(run=run, name=name, http=http))
    return [nginx, "-e", str(run / f"{name}.log"), "-p", str(run), "-c", str(config)]


class Plain:
    """The same answers from the same files, as an ASGI app."""

    def __init__(self, files: Path) -> None:
        self._files = files

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        """Whatever is asked, the answer is a file."""
        while (await receive()).get("more_body"):
            pass
        pieces = _pieces(self._file(str(scope["path"])))
        length = next(pieces)
        headers = [(b"content-length", length)]
        await send({"type": "http.response.start", "status": 200 if length != b"0" else 404, "headers": headers})
        for piece in pieces:
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body"})

    def _file(self, path: str) -> Path:
        name, _, rest = path.strip("/").partition("/")
        return self._files / (f"{name}.json" if rest else name)


def _pieces(path: Path) -> Iterator[bytes]:
    """The length in digits, then the file; reads block, but the page cache holds every file."""
    if not path.is_file():
        yield b"0"
        return
    yield str(path.stat().st_size).encode()
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


if __name__ == "__main__":
    uvicorn.run(Plain(Path(sys.argv[1])), port=int(sys.argv[2]), log_level="error", lifespan="off")
