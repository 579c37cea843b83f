"""Names nobody can guess."""

import base64
import secrets


def new_id(prefix: str) -> str:
    """The prefix, an underscore and 128 random bits in 26 lower-case characters that need no escaping."""
    text = base64.b32encode(secrets.token_bytes(16)).decode("ascii")
    return f"{prefix}_{text.rstrip('=').lower()}"
