"""What the engine needs of the outside: wires, a transport, stores. Bootstrap hands them over."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import Protocol

from onebrush.domain.deployment import Deployment
from onebrush.domain.event import Event, Fault
from onebrush.domain.exchange import Call, ReplyHead
from onebrush.domain.generation import Attempt, AttemptRecord, Generation
from onebrush.domain.ledger import LedgerEntry
from onebrush.domain.request import FittedRequest
from onebrush.domain.result import Artifact
from onebrush.domain.webhook import Delivery
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

    def submit_task(self, request: FittedRequest) -> Call:
        """The call that asks for it as a task; only for cards that have one (`capability.task`)."""
        ...

    def poll(self, task: str) -> Call:
        """The call that asks how a task stands; what `read` makes of its reply is Pending while it is at work."""
        ...

    def cancel(self, task: str) -> Call | None:
        """The call that takes a task back; None where the vendor has none. A reply without Fault confirms it."""
        ...

    def read(self, head: ReplyHead, frames: AsyncIterator[Frame], call: Call) -> AsyncIterator[Event]:
        """The reply to `call` as events; what it refuses or cannot read is a Fault, never an exception."""
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

    async def post_webhook(self, url: str, body: bytes, headers: Mapping[str, str]) -> int:
        """Send a webhook through the guarded door, no redirect followed; the status. Raises TransportFault."""
        ...

    async def check_webhook(self, url: str) -> None:
        """Whether `url` is one that webhooks may go to. Raises InvalidRequest saying why not."""
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


class LeaseLost(Exception):
    """The generation is another process's by now, or is over: nothing of the change was made."""


class CancelAsked(Exception):
    """Whoever owns the generation asked for it to stop: nothing more of it is sent."""


class KeyTaken(Exception):
    """The Idempotency-Key belongs to a generation that stands."""

    def __init__(self, generation: str) -> None:
        super().__init__(generation)
        self.generation = generation


@dataclass(frozen=True, slots=True, kw_only=True)
class BeginGeneration:
    """Write the record, with what its calls may cost at most, before money can be spent.

    Raises KeyTaken where its `idempotency` is another generation's of the same key, unless that one is older than 24 h,
    or failed or was canceled with nothing unresolved (so that nothing was bought).
    """

    generation: Generation
    entries: tuple[LedgerEntry, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimGeneration:
    """Take over the generation of a process that is gone. Raises LeaseLost where `former` does not own it any more."""

    generation: str
    owner: str
    former: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkSent:
    """An attempt is about to leave: durable before its first byte. The generation's status becomes running.

    `ended` and `entries` may tell of the attempts before it on the same slot. Raises LeaseLost where `owner` does not
    own the unfinished generation, CancelAsked where it was asked to stop.
    """

    attempt: Attempt
    owner: str
    entries: tuple[LedgerEntry, ...] = ()
    ended: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepTask:
    """The vendor's handle of an attempt, before its first poll."""

    attempt: str
    task: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepReply:
    """What an attempt's answer held, before its links are fetched. The generation's status becomes collecting."""

    attempt: str
    generation: str
    reply: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FinishGeneration:
    """The outcome, with the pictures that were stored, its money and its webhook, in one transaction.

    `attempts` is attempt id -> how it ended, in one sentence. Raises LeaseLost where the generation is not its
    `generation.owner`'s any more; but an outcome always replaces `unknown`, which is none, and one with more pictures
    replaces `partial`: money that is settled or released by then stays as it is.
    """

    generation: Generation
    artifacts: tuple[Artifact, ...]
    attempts: Mapping[str, str]
    entries: tuple[LedgerEntry, ...] = ()
    delivery: Delivery | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCancel:
    """Ask the owner of an unfinished generation to stop; a finished one is left as it is."""

    generation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkDropped:
    """The generation's first connection went before it had the answer."""

    generation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetArtifacts:
    """The rows of pictures that are deleted."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetGeneration:
    """A finished record, with the rows of its attempts, pictures, deliveries and Idempotency-Key; the ledger stays."""

    generation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepDelivery:
    """A row of the outbox, new or as it stands now."""

    delivery: Delivery


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A process is alive: its counter, one higher each time."""

    process: str
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgetProcess:
    """A process that is gone, once nothing is its any more."""

    process: str


Change = (
    BeginGeneration
    | ClaimGeneration
    | MarkSent
    | KeepTask
    | KeepReply
    | FinishGeneration
    | RequestCancel
    | MarkDropped
    | ForgetArtifacts
    | ForgetGeneration
    | KeepDelivery
    | Beat
    | ForgetProcess
)


class Journal(Protocol):
    """The only hot writer: each call returns when all its changes are durable. Raises StorageUnavailable."""

    async def commit(self, *changes: Change, patient: bool = False) -> None:
        """Make the changes durable, all or none; the changes' own exceptions say when they are refused.

        A `patient` commit is not given up while the database is locked or its disk full: it is written when that is
        over, or refused when the journal closes.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which records a list shows: of one key and mode, newest first. Times are unix seconds.

    `before` is the cursor: the id of the last record of the page before.
    """

    key: str
    limit: int = 20
    status: str | None = None
    model: str | None = None
    created_from: int | None = None
    created_to: int | None = None
    before: str | None = None


class Records(Protocol):
    """Reading what the journal wrote. Raises StorageUnavailable."""

    async def get(self, generation_id: str) -> Generation | None:
        """The generation of that id."""
        ...

    async def attempts(self, generation_id: str) -> list[AttemptRecord]:
        """The calls made for a generation, in their order."""
        ...

    async def entries(self, generation_id: str) -> list[LedgerEntry]:
        """Its rows of the ledger, in their order."""
        ...

    async def artifacts(self, generation_id: str) -> list[Artifact]:
        """Its pictures, in their order."""
        ...

    async def page(self, wanted: Wanted) -> list[Generation]:
        """Records of a list, newest first; one more than `wanted.limit` where there are more.

        A long ask (over 32 KiB) is left out.
        """
        ...

    async def by_idempotency(self, key: str, name: str, since: int) -> Generation | None:
        """What this Idempotency-Key of this key began at or after `since`."""
        ...

    async def by_digest(self, key: str, digest: str, since: int) -> Generation | None:
        """The newest generation of this key and body that is unfinished, or finished at or after `since`."""
        ...

    async def owned(self, owners: Collection[str]) -> list[Generation]:
        """The unfinished generations of these processes, oldest first."""
        ...

    async def beats(self) -> Mapping[str, int]:
        """Process -> its counter, of every process that is not forgotten; -1 for one that owns work and never beat."""
        ...

    async def to_stop(self, owner: str) -> list[str]:
        """The unfinished generations of a process that it is asked to stop."""
        ...

    async def due(self, now: int, limit: int) -> list[Delivery]:
        """Pending deliveries due by `now`, longest due first."""
        ...

    async def delivery_of(self, generation_id: str) -> Delivery | None:
        """The newest delivery of a generation."""
        ...


class InputStore(Protocol):
    """The given pictures of generations that outlive their connection, by location."""

    async def put(self, blob: Blob, generation: str, number: int) -> str:
        """Keep a copy durably; the location. Raises StorageUnavailable."""
        ...

    def at(self, location: str) -> Blob:
        """The bytes kept there. Raises OSError where they are gone."""
        ...

    async def drop(self, generation: str) -> None:
        """Delete all of a generation; none is no error."""
        ...


class Artifacts(Protocol):
    """Picture bytes by location."""

    async def keep(self, blob: Blob, artifact_id: str, media_type: str) -> str:
        """Store durably; the location. Raises StorageUnavailable (disk full and the like)."""
        ...

    def kept(self, artifact_id: str) -> Blob | None:
        """The picture that was stored under this id before, by whatever process; None where there is none."""
        ...

    def spooled(self, name: str) -> Blob | None:
        """The spool file of that name, left by a process that is gone; None where there is none."""
        ...

    async def remove(self, locations: Sequence[str]) -> None:
        """Delete; missing ones are no error."""
        ...

    def has_room(self) -> bool:
        """Whether the reserve of free space is there; asked before anything is bought."""
        ...
