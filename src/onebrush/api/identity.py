"""By what a request is known again: a digest of all that means something in it, its Idempotency-Key, an SDK's retry."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping

import msgspec
from blake3 import blake3

from onebrush.api.auth import header
from onebrush.api.intake import Headers
from onebrush.domain.errors import InvalidRequest
from onebrush.engine.identity import Identity
from onebrush.kit.blobs import MIB, Blob
from onebrush.kit.lift import Lifted

IDEMPOTENCY = "Idempotency-Key"
LONGEST_KEY = 255
# As much as takes a tenth of a millisecond: more is hashed beside the loop.
MOST_AT_ONCE = 256 * 1024

_PRINTABLE = re.compile(r"[\x20-\x7e]+")
# How SDKs count their own retries of one call; github.com/openai/openai-python, _base_client.py.
_RETRIES = ("x-stainless-retry-count",)


async def identity_of(meaning: str, body: object, headers: Headers, own: Mapping[str, tuple[str, ...]]) -> Identity:
    """The identity of a body with its pictures lifted out.

    `meaning` is what its path stands for, `own` the gateway's own headers that were sent. Two bodies that say the same
    in other words are two. Raises InvalidRequest for an Idempotency-Key that is none.
    """
    name = idempotency_key(headers)
    told = [meaning, {key.lower(): [value.strip().lower() for value in values] for key, values in own.items()}, body]
    if sum(blob.size for blob in _blobs(body)) > MOST_AT_ONCE:
        digest = await asyncio.to_thread(digest_of, told)
    else:
        digest = digest_of(told)
    return Identity(digest=digest, idempotency=name, retried=_is_retry(headers))


def digest_of(value: object) -> str:
    """The same for what is the same, whatever the order of members; pictures count by their bytes and place."""
    text = msgspec.json.encode(value, enc_hook=_stand_in, order="sorted")
    return blake3(text).hexdigest()


def _stand_in(value: object) -> msgspec.Raw:
    """What stands for a picture's bytes: no JSON, so that nothing a caller can write is taken for it."""
    if not isinstance(value, Blob):
        raise NotImplementedError(f"{type(value).__name__} has no JSON form")
    hashed = blake3()
    for piece in value.pieces(MIB):
        hashed.update(piece)
    return msgspec.Raw(f"<{hashed.hexdigest()}>".encode())


def _blobs(value: object) -> Iterator[Blob]:
    if isinstance(value, Lifted):
        yield value.blob
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _blobs(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _blobs(inner)


def idempotency_key(headers: Headers) -> str | None:
    """The caller's own name for its request. Raises InvalidRequest."""
    wanted = IDEMPOTENCY.lower().encode()
    said = {value.decode("latin-1").strip() for name, value in headers if name.lower() == wanted}
    if not said:
        return None
    if len(said) > 1:
        raise InvalidRequest(f"Two different {IDEMPOTENCY} headers were sent; send one.", param=IDEMPOTENCY)
    name = said.pop()
    if len(name) > LONGEST_KEY or not _PRINTABLE.fullmatch(name):
        raise InvalidRequest(
            f"{IDEMPOTENCY} must be 1 to {LONGEST_KEY} printable ASCII characters, such as a random UUID.",
            param=IDEMPOTENCY,
        )
    return name


def _is_retry(headers: Headers) -> bool:
    counts = [header(headers, name) or "" for name in _RETRIES]
    return any(count.isascii() and count.isdigit() and count.strip("0") != "" for count in counts)
