"""A caller's request, read whole: its body, its preferences, and by what it is known again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from starlette.types import Receive, Scope

from onebrush.api.identity import identity_of
from onebrush.api.intake import read_body
from onebrush.api.own_headers import own_headers, refuse_guards, unknown_headers
from onebrush.api.preferences import Preferences, preferences_of
from onebrush.domain.errors import InvalidRequest
from onebrush.domain.request import GenerationRequest
from onebrush.domain.webhook import Webhook
from onebrush.engine.identity import Identity
from onebrush.kit import blobs
from onebrush.kit.lift import LiftLimits
from onebrush.wires.openai.decode import decode
from onebrush.wires.openai.form_names import FORM_NAMES
from onebrush.wires.openai.references import PLACES
from onebrush.wires.openai.render import Envelope

GENERATIONS = "/v1/images/generations"
EDITS = "/v1/images/edits"


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorSettings:
    """What an operator may set of the door. `link_ttl` is in seconds."""

    link_ttl: int = 86_400
    default_model: str | None = None
    envelope: Envelope = "plain"
    limits: LiftLimits = field(default_factory=LiftLimits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """Which webhooks may be asked for: `knows` a secret's name; `check` raises InvalidRequest for a bad address."""

    knows: Callable[[str], bool]
    check: Callable[[str], Awaitable[None]]

    async def admit(self, webhook: Webhook) -> None:
        """Raises InvalidRequest."""
        if not self.knows(webhook.secret):
            raise InvalidRequest(
                f"webhook.secret_id {webhook.secret[:60]!r} names no secret of this gateway; ask its operator for one.",
                param="webhook.secret_id",
            )
        try:
            await self.check(webhook.url)
        except InvalidRequest as error:
            error.param = error.param or "webhook.url"
            raise


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One request. `seconds` is how long its caller waits for pictures before it takes the record; None: to the end."""

    request: GenerationRequest
    identity: Identity
    preferences: Preferences

    @property
    def seconds(self) -> float | None:
        if self.preferences.wait is not None:
            return float(self.preferences.wait)
        return 0.0 if self.request.asynchronous else None


async def read_request(
    scope: Scope, receive: Receive, pictures: blobs.Scope, hooks: Hooks, settings: DoorSettings
) -> Asked:
    """The request, its pictures in `pictures`. Raises OneBrushError and ClientGone."""
    headers, edit = scope["headers"], scope["path"].endswith(EDITS)
    body = await read_body(headers, receive, PLACES, FORM_NAMES, pictures, settings.limits)
    own = own_headers(headers)
    request = decode(body, default_model=settings.default_model, edit=edit, headers=own)
    refuse_guards(headers)
    preferences = preferences_of(headers)
    if request.webhook is not None:
        await hooks.admit(request.webhook)
    identity = await identity_of(EDITS if edit else GENERATIONS, body, headers, own)
    request = replace(
        request,
        link_ttl=request.link_ttl or settings.link_ttl,
        asynchronous=request.asynchronous or preferences.asynchronous,
        warnings=(*request.warnings, *preferences.warnings, *unknown_headers(headers)),
    )
    return Asked(request=request, identity=identity, preferences=preferences)
