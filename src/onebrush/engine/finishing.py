"""What the gateway does itself to the pictures that come: format, exact size, the mask that the model lacks."""

from __future__ import annotations

from collections.abc import Mapping

from onebrush.domain.errors import ConflictingParameters, InvalidRequest
from onebrush.domain.finish import Finish, Patch
from onebrush.domain.request import GenerationRequest
from onebrush.domain.warning import RequestWarning
from onebrush.engine import developing
from onebrush.engine.collected import Collected
from onebrush.kit import pictures
from onebrush.kit.blobs import Blob, Scope
from onebrush.kit.pictures import Measured

LARGEST = 50_000_000  # pixels of a picture made here
LONGEST = 16_383  # pixels of an edge: what WebP still takes
_WRITTEN = ("image/png", "image/jpeg", "image/webp")
# A drawing or an animation would lose what makes it one.
_LEFT_ALONE = ("image/svg+xml", "image/gif")

Warnings = tuple[RequestWarning, ...]


def unmade(request: GenerationRequest, warnings: Warnings) -> Warnings:
    """The warnings of a size that is not made up for here."""
    if not request.exact_size:
        return warnings
    return tuple(warning for warning in warnings if warning.param != "size")


def plan(
    request: GenerationRequest, sent: Mapping[str, object], emulated: Mapping[str, object], patch: Patch | None
) -> Finish:
    """The work on each picture. Raises InvalidRequest where it cannot be done, before anything is bought."""
    form, quality = emulated.get("output_format"), emulated.get("output_compression")
    if request.exact_size:
        _check_exact(request)
    _check_workable(request, sent, patch)
    return Finish(
        media_type=f"image/{form}" if isinstance(form, str) else None,
        quality=quality if isinstance(quality, int) else None,
        size=request.size.pixels if request.exact_size else None,
        ratio=request.size.ratio if request.exact_size else None,
        patch=patch,
    )


def _check_exact(request: GenerationRequest) -> None:
    size = request.size.pixels
    if size is None and request.size.ratio is None:
        raise InvalidRequest(
            "exact_size needs pixels (1200x630) or a ratio (16:9) in size; a tier or `auto` names no exact one.",
            param="exact_size",
        )
    if size and (size.area > LARGEST or max(size.width, size.height) > LONGEST):
        raise InvalidRequest(
            f"size is {size}; an exact size has at most {LARGEST} pixels and edges of at most {LONGEST}.", param="size"
        )


def _check_workable(request: GenerationRequest, sent: Mapping[str, object], patch: Patch | None) -> None:
    form = sent.get("output_format")
    asked = "exact_size" if request.exact_size else "mask" if patch else None
    if asked and form in ("gif", "svg"):
        raise ConflictingParameters(
            f"{asked} is seen to by the gateway, which does not work on {form}; leave one of the two out.", param=asked
        )


async def finished(blob: Blob, measured: Measured, finish: Finish, scope: Scope) -> Collected:
    """The picture as it is to be delivered. Raises kit.pictures.NotAPicture where it does not decode."""
    if not _has_work(measured, finish):
        return Collected(blob=blob, measured=measured)
    if measured.media_type in _LEFT_ALONE:
        return _left_alone(blob, measured, finish, f"{measured.media_type} is not worked on here")
    target = _target(measured, finish)
    try:
        made = await developing.finished(blob, finish, target, scope, paid=True)
    except (pictures.TooMuchWork, developing.DarkroomFailed) as error:
        # It is paid, and may well be sound.
        return _left_alone(blob, measured, finish, str(error))
    now = pictures.measure(made)
    return Collected(blob=made, measured=now, warnings=_told(measured, now, finish), untouched=False)


def _target(measured: Measured, finish: Finish) -> str:
    wanted = finish.media_type or measured.media_type
    return wanted if wanted in _WRITTEN else "image/png"


def _has_work(measured: Measured, finish: Finish) -> bool:
    return (
        finish.patch is not None
        or _other_format(measured, finish)
        or _compressed(measured, finish)
        or _other_size(measured, finish)
    )


def _other_format(measured: Measured, finish: Finish) -> bool:
    return finish.media_type not in (None, measured.media_type)


def _compressed(measured: Measured, finish: Finish) -> bool:
    return finish.quality is not None and _target(measured, finish) != "image/png"


def _other_size(measured: Measured, finish: Finish) -> bool:
    if finish.size is not None:
        return (measured.width, measured.height) != (finish.size.width, finish.size.height)
    ratio = finish.ratio
    # A pixel's difference is as near as whole pixels come.
    return ratio is not None and abs(measured.width * ratio.height - measured.height * ratio.width) >= max(
        ratio.width, ratio.height
    )


def _told(came: Measured, made: Measured, finish: Finish) -> Warnings:
    warnings: list[RequestWarning] = []
    if _other_format(came, finish) or _compressed(came, finish):
        warnings.append(_converted(came, made, finish))
    if (came.width, came.height) != (made.width, made.height):
        warnings.append(_resized(came, made))
    return tuple(warnings)


def _converted(came: Measured, made: Measured, finish: Finish) -> RequestWarning:
    at = f" at quality {finish.quality}" if _compressed(came, finish) else ""
    return RequestWarning(
        code="converted",
        message=f"The vendor gave {came.media_type}; the picture was encoded as {made.media_type}{at}.",
        param="output_format",
        asked=made.media_type,
        sent=came.media_type,
        stage="result",
    )


def _resized(came: Measured, made: Measured) -> RequestWarning:
    asked, sent = f"{made.width}x{made.height}", f"{came.width}x{came.height}"
    return RequestWarning(
        code="resized",
        message=f"The vendor drew {sent}; the picture was scaled and cut to exactly {asked}.",
        param="size",
        asked=asked,
        sent=sent,
        stage="result",
    )


def _left_alone(blob: Blob, measured: Measured, finish: Finish, why: str) -> Collected:
    """What was not done is named, and the picture delivered."""
    done = {"mask": finish.patch, "exact_size": finish.size or finish.ratio, "output_format": finish.media_type}
    missing = [name for name, asked in done.items() if asked is not None] or ["output_compression"]
    message = f"The picture is as the vendor gave it; {' and '.join(missing)} could not be seen to: {why}."
    warning = RequestWarning(code="not_converted", message=message, param=missing[0], stage="result")
    return Collected(blob=blob, measured=measured, warnings=(warning,))
