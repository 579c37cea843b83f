"""A vendor's picture, bytes or link -> a checked blob, finished as asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from onebrush.domain.deployment import Deployment
from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Fault, Picture
from onebrush.domain.finish import Finish
from onebrush.engine.collected import Collected
from onebrush.engine.finishing import finished
from onebrush.engine.ports import Transport, TransportFault
from onebrush.kit import pictures
from onebrush.kit.blobs import Blob, Scope

FETCH_TRIES = 3


async def collect(
    picture: Picture, finish: Finish, deployment: Deployment, transport: Transport, scope: Scope
) -> Collected | Fault:
    """The picture's bytes, checked, with `finish` done to them."""
    blob = await _bytes(picture.source, deployment, transport, scope)
    if isinstance(blob, Fault):
        return blob
    try:
        measured = pictures.measure(blob)
    except pictures.NotAPicture as error:
        message = f"The vendor sent bytes that are no whole picture ({error})."
        return Fault(kind=FaultKind.BAD_RESPONSE, message=message)
    try:
        return await finished(blob, measured, finish, scope)
    except pictures.NotAPicture as error:
        message = f"The vendor's picture does not decode ({error})."
        return Fault(kind=FaultKind.BAD_RESPONSE, message=message)


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
