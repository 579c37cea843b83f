"""The gateway's own secret: made at random by the first run, and a key of its own derived for each purpose."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from pathlib import Path

SHORTEST = 16

# Purposes that more than one file derives for.
CALLER_KEYS = "caller-keys"


def made_secret(path: Path) -> bytes:
    """The secret in the file, made there when there is none, readable by its owner alone.

    Raises ValueError for a file that is empty or too short: going on would forge links anybody can forge.
    """
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return _read(path)
    made = secrets.token_hex(32).encode()
    with os.fdopen(descriptor, "wb") as file:
        file.write(made)
        file.flush()
        os.fsync(file.fileno())
    return made


def _read(path: Path) -> bytes:
    secret = path.read_bytes().strip()
    if len(secret) < SHORTEST:
        raise ValueError(f"The secret in {path} is empty or too short; restore it, or delete it and lose all links.")
    return secret


def derived(secret: bytes, purpose: str) -> bytes:
    """A key for one purpose: what one opens, another does not."""
    return hmac.digest(secret, f"onebrush/{purpose}".encode(), hashlib.sha256)
