"""Names nobody can guess."""

import base64
import secrets
import time


def new_id(prefix: str) -> str:
    """The prefix, an underscore and 36 characters that need no escaping: milliseconds since 1970, then 128 random bits.

    Names made one after another lie side by side in an index: it is written at one place and not all over.
    """
    when = (time.time_ns() // 1_000_000).to_bytes(6, "big")
    text = base64.b32hexencode(when + secrets.token_bytes(16)).decode("ascii")
    return f"{prefix}_{text.rstrip('=').lower()}"
