"""Caller keys: made at random, kept only as keyed digests, found without asking the database."""

from __future__ import annotations

import contextlib
import hmac
import secrets
import string
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy import Engine, insert, select

from onebrush.domain.errors import StorageUnavailable
from onebrush.domain.key import ApiKey, Mode
from onebrush.kit.clock import Clock
from onebrush.kit.ids import new_id
from onebrush.storage.database import fetch, write
from onebrush.storage.schema import api_keys

SCHEMES = {Mode.TEST: "sk-test-", Mode.LIVE: "sk-"}
LETTERS = string.ascii_letters + string.digits
LENGTH = 32  # 62 letters give 190 bits
SHOWN = 4  # letters of a made key that its display prefix gives away


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredKey:
    """A key as it is kept: never the secret, only its digest."""

    key: ApiKey
    digest: bytes
    created: int


class KeyStore(Protocol):
    """Where made keys are kept."""

    async def all(self) -> Sequence[StoredKey]:
        """Every key."""
        ...

    async def add(self, stored: StoredKey) -> None:
        """Keep one more, durably. Raises StorageUnavailable."""
        ...


class KeyRows:
    """Made keys in the database."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    async def all(self) -> Sequence[StoredKey]:
        """Every key, oldest first."""
        rows = await fetch(self._engine, select(api_keys).order_by(api_keys.c.created, api_keys.c.id))
        return [
            StoredKey(
                key=ApiKey(id=row["id"], mode=Mode(row["mode"]), prefix=row["prefix"]),
                digest=row["digest"],
                created=row["created"],
            )
            for row in rows
        ]

    async def add(self, stored: StoredKey) -> None:
        """Keep one more, durably. Raises StorageUnavailable."""
        key = stored.key
        row: dict[str, object] = {"id": key.id, "mode": key.mode.value, "prefix": key.prefix}
        row |= {"digest": stored.digest, "created": stored.created}
        await write(self._engine, insert(api_keys).values(row))


class Keys:
    """The keys that open the doors, in memory by their digest."""

    def __init__(self, store: KeyStore, *, pepper: bytes, clock: Clock) -> None:
        """`pepper` keys the digests: a copy of the database alone does not let anybody test guesses."""
        if len(pepper) < 16:
            raise ValueError("The pepper must have at least 16 bytes")
        self._store = store
        self._pepper = pepper
        self._clock = clock
        self._known: dict[bytes, tuple[bytes, ApiKey]] = {}

    async def keep_fresh(self, every: float = 1.0) -> None:
        """Take in what other processes made, until cancelled; a store that is away is asked again."""
        while True:
            await self._clock.sleep(every)
            with contextlib.suppress(StorageUnavailable):
                await self.load()

    async def load(self) -> None:
        """Read the made keys."""
        for stored in await self._store.all():
            self._known[stored.digest] = (stored.digest, stored.key)

    def find(self, secret: str) -> ApiKey | None:
        """The key of this secret."""
        digest = self._digest(secret)
        found = self._known.get(digest)
        # The table is searched by digest, which tells a timing observer nothing about the secret; the
        # comparison that decides takes the same time wherever the two differ.
        return found[1] if found is not None and hmac.compare_digest(found[0], digest) else None

    def of_mode(self, mode: Mode) -> list[ApiKey]:
        """The keys of a mode: whether the first run still has to make one."""
        return [key for _, key in self._known.values() if key.mode is mode]

    async def create(self, mode: Mode) -> tuple[ApiKey, str]:
        """Make and keep a key; its secret is never seen again. Raises StorageUnavailable."""
        secret = SCHEMES[mode] + "".join(secrets.choice(LETTERS) for _ in range(LENGTH))
        key = ApiKey(id=new_id("key"), mode=mode, prefix=secret[: len(SCHEMES[mode]) + SHOWN])
        digest = self._digest(secret)
        await self._store.add(StoredKey(key=key, digest=digest, created=int(self._clock.now())))
        self._known[digest] = (digest, key)
        return key, secret

    def add_fixed(self, fixed: Iterable[str]) -> list[ApiKey]:
        """Let the operator's own keys in; they live in the settings and are not stored.

        One that was made here keeps its id, so that its records stay its own: load first.
        """
        return [self._add_fixed(secret) for secret in fixed]

    def _add_fixed(self, secret: str) -> ApiKey:
        if not secret:
            raise ValueError("A fixed key is empty; it would let in whoever sends none")
        digest = self._digest(secret)
        mode = Mode.TEST if secret.startswith(SCHEMES[Mode.TEST]) else Mode.LIVE
        # An operator's key may be short: nothing beyond its scheme is shown.
        prefix = SCHEMES[mode] if secret.startswith(SCHEMES[mode]) else ""
        key = ApiKey(id=f"key_{digest.hex()[:32]}", mode=mode, prefix=prefix)
        return self._known.setdefault(digest, (digest, key))[1]

    def _digest(self, secret: str) -> bytes:
        # A header may carry what is no valid text; it is no key of ours, and no reason to fail.
        return hmac.digest(self._pepper, secret.encode("utf-8", "surrogatepass"), "sha256")
