"""A vendor's picture, bytes or link -> a checked blob in the format asked for."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace

from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Fault, Picture
from onebrush.domain.warning import RequestWarning
from onebrush.engine.converting import convert
from onebrush.engine.ports import Transport, TransportFault
from onebrush.kit import pictures
from onebrush.kit.blobs import Blob, Scope
from onebrush.kit.pictures import Measured

FETCH_TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """A picture at hand: its bytes, what was measured of them, and what was changed."""

    blob: Blob
    measured: Measured
    warnings: tuple[RequestWarning, ...] = ()


async def collect(
    picture: Picture, wanted: str | None, deployment: Deployment, transport: Transport, scope: Scope
) -> Collected | Fault:
    """The picture's bytes, checked and, where `wanted` names another media type, converted."""
    blob = await _bytes(picture.source, deployment, transport, scope)
    if isinstance(blob, Fault):
        return blob
    try:
        measured = pictures.measure(blob)
    except pictures.NotAPicture as error:
        message = f"The vendor sent bytes that are no whole picture ({error})."
        return Fault(kind=FaultKind.BAD_RESPONSE, message=message)
    if wanted in (None, measured.media_type) or not _convertible(measured):
        return Collected(blob=blob, measured=measured)
    return await _converted(blob, measured, str(wanted), scope)


async def _bytes(source: Blob | str, deployment: Deployment, transport: Transport, scope: Scope) -> Blob | Fault:
    """A link is fetched again where that failed: fetching buys nothing."""
    if not isinstance(source, str):
        return source
    for tries in range(1, FETCH_TRIES + 1):
        try:
            return await transport.fetch_result(source, deployment, scope)
        except TransportFault as error:
            if error.fault.kind is not FaultKind.UNAVAILABLE:
                return error.fault
            if tries == FETCH_TRIES:
                # The call was made and is paid: whoever asked must not be told to ask again.
                return replace(error.fault, kind=FaultKind.OUTCOME_UNKNOWN)
            await asyncio.sleep(0.2 * tries)
    raise AssertionError("the loop returns")


def _convertible(measured: Measured) -> bool:
    # A drawing or an animation would lose what makes it one.
    return measured.media_type not in ("image/svg+xml", "image/gif")


async def _converted(blob: Blob, measured: Measured, wanted: str, scope: Scope) -> Collected | Fault:
    try:
        converted = await convert(blob, wanted, scope)
    except pictures.NotAPicture as error:
        message = f"The vendor's picture does not decode ({error})."
        return Fault(kind=FaultKind.BAD_RESPONSE, message=message)
    warning = RequestWarning(
        code="converted",
        message=f"The vendor gave {measured.media_type}; the picture was converted to {wanted}.",
        param="mime_type",
        asked=wanted,
        sent=measured.media_type,
        stage="result",
    )
    return Collected(blob=converted, measured=pictures.measure(converted), warnings=(warning,))


Collect = Callable[[Picture], Awaitable[Collected | Fault]]
