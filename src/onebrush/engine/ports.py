"""What the engine needs of the outside: wires, a transport, stores. Bootstrap hands them over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Protocol

from onebrush.domain.deployment import Deployment
from onebrush.domain.event import Event, Fault
from onebrush.domain.exchange import Call, ReplyHead
from onebrush.domain.generation import Attempt, Generation
from onebrush.domain.request import FittedRequest
from onebrush.domain.result import Artifact
from onebrush.kit.blobs import Blob, Scope
from onebrush.kit.frames import Frame


class Wire(Protocol):
    """A vendor's format, outbound: pure translation, no client, clock or credential."""

    def refuse_options(self, options: Mapping[str, object], provider: str) -> None:
        """Whether a caller's members for `provider` may go into its body; asked before anything is bought.

        Raises ConflictingParameters or InvalidRequest, `param` being `provider_options.<provider>.<member>`.
        """
        ...

    def submit(self, request: FittedRequest) -> Call:
        """The call that asks for `request`."""
        ...

    def read(self, head: ReplyHead, frames: AsyncIterator[Frame]) -> AsyncIterator[Event]:
        """The reply as events; what it refuses or cannot read is a Fault, never an exception."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A vendor's reply as it comes in: the head, then its frames with the pictures lifted out."""

    head: ReplyHead
    frames: AsyncIterator[Frame]


class TransportFault(Exception):
    """What never became a whole reply: refused, cut, silent. Carries the Fault that names it."""

    def __init__(self, fault: Fault) -> None:
        super().__init__(fault.message)
        self.fault = fault


@dataclass(frozen=True, slots=True, kw_only=True)
class Addressed:
    """The head of a call that is only shown: `headers` without the credential."""

    method: str
    url: str
    headers: Mapping[str, str]


class Transport(Protocol):
    """The only way out. Raises TransportFault for whatever never became a reply."""

    def send(self, call: Call, deployment: Deployment, scope: Scope) -> AbstractAsyncContextManager[Reply]:
        """Send once, never retried; pictures of the reply are kept in `scope`."""
        ...

    def addressed(self, call: Call, deployment: Deployment) -> Addressed:
        """Where `call` would go and under which headers, the credential blotted out. Sends nothing."""
        ...

    async def fetch_result(self, url: str, deployment: Deployment, scope: Scope) -> Blob:
        """A vendor's result link, through the guarded door."""
        ...

    async def fetch_input(self, url: str, scope: Scope) -> Blob:
        """A caller's picture link, through the guarded door. Raises InvalidImage."""
        ...


class Library(Protocol):
    """The pictures kept here, for callers who name one instead of sending its bytes."""

    async def take(self, source: str, key: str, scope: Scope, *, test: bool) -> Blob | None:
        """The bytes of the kept picture that `source` names: its id, or a link of ours; None for any other link.

        `test` is whether the sandbox is asked: what it drew is for nothing else.

        Raises NotFound for a picture that is gone or another key's, InvalidImage for a link of ours that does not
        open it.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginGeneration:
    """Write the record before money can be spent."""

    generation: Generation


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkSent:
    """An attempt is about to leave: durable before its first byte."""

    attempt: Attempt


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishGeneration:
    """The outcome, with the pictures that were stored, in one transaction.

    `attempts` is attempt id -> how it ended, in one sentence.
    """

    generation: Generation
    artifacts: tuple[Artifact, ...]
    attempts: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetArtifacts:
    """The rows of pictures that are deleted."""

    ids: tuple[str, ...]


Change = BeginGeneration | MarkSent | FinishGeneration | ForgetArtifacts


class Journal(Protocol):
    """The only hot writer: each call returns when all its changes are durable. Raises StorageUnavailable."""

    async def commit(self, *changes: Change) -> None:
        """Make the changes durable, all or none."""
        ...


class Artifacts(Protocol):
    """Picture bytes by location."""

    async def keep(self, blob: Blob, artifact_id: str, media_type: str) -> str:
        """Store durably; the location. Raises StorageUnavailable (disk full and the like)."""
        ...

    async def remove(self, locations: Sequence[str]) -> None:
        """Delete; missing ones are no error."""
        ...

    def has_room(self) -> bool:
        """Whether the reserve of free space is there; asked before anything is bought."""
        ...
