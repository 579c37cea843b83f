"""The secrets that sign webhooks, as Standard Webhooks spells them: `whsec_` and base64.

https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md
"""

from __future__ import annotations

import base64
import binascii
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, SecretStr

PREFIX = "whsec_"
LEAST_BYTES = 24


def _listed(value: object) -> object:
    return (value,) if isinstance(value, str) else value


def _strong(secrets: tuple[SecretStr, ...]) -> tuple[SecretStr, ...]:
    for secret in secrets:
        if _strength(secret.get_secret_value()) < LEAST_BYTES:
            raise ValueError(f"must be {PREFIX} and the base64 of at least {LEAST_BYTES} random bytes")
    return secrets


def _strength(secret: str) -> int:
    """How many bytes it holds; 0 for what is no secret of this kind."""
    try:
        return len(base64.b64decode(secret.removeprefix(PREFIX), validate=True)) if secret.startswith(PREFIX) else 0
    except (binascii.Error, ValueError):
        return 0


# One secret, or two while they are changed: the first signs first, and receivers take either.
SigningSecrets = Annotated[
    tuple[SecretStr, ...], BeforeValidator(_listed), Field(min_length=1, max_length=2), AfterValidator(_strong)
]
