"""n pictures -> calls: native where one call gives them, split above that, fanned out where it gives one."""

from __future__ import annotations

from dataclasses import dataclass, replace

from onebrush.domain.request import FittedRequest, GenerationRequest
from onebrush.domain.warning import RequestWarning
from onebrush.engine import series

SEED_LIMIT = 2**31


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One call and the places of its pictures in the answer: `first` and the `n` after it."""

    first: int
    request: FittedRequest

    @property
    def most(self) -> int:
        """How many pictures are taken of what the call brings; the rest was not asked."""
        return series.most(self.request.fields, self.request.card, self.request.n)

    @property
    def varies(self) -> bool:
        """Whether the vendor decides how many pictures come."""
        return series.varies(self.request.fields)


def split(fitted: FittedRequest) -> tuple[tuple[Slot, ...], tuple[RequestWarning, ...]]:
    """The calls that together give the `n` asked, in order; with a seed s, picture i is asked with s + i."""
    if series.is_series(fitted.fields):
        return _series(fitted)
    most = 1 if series.one_a_call(fitted.fields, fitted.card) else max(1, fitted.card.capability.native_count)
    counts = [min(most, fitted.n - first) for first in range(0, fitted.n, most)]
    slots = tuple(
        Slot(first=index * most, request=_call(fitted, count, index * most)) for index, count in enumerate(counts)
    )
    return slots, _seed_warning(fitted, len(slots))


def _series(fitted: FittedRequest) -> tuple[tuple[Slot, ...], tuple[RequestWarning, ...]]:
    """A related series is one call; a count asked beside it is its upper bound, as far as references leave room."""
    if "max_images" in fitted.fields or fitted.n == 1:
        return (Slot(first=0, request=replace(fitted, n=1)),), _unused_count(fitted)
    most = min(fitted.n, series.group_room(len(fitted.references)))
    fields = {**fitted.fields, "max_images": most}
    return (Slot(first=0, request=replace(fitted, n=1, fields=fields)),), _cut_short(fitted.n, most)


def _unused_count(fitted: FittedRequest) -> tuple[RequestWarning, ...]:
    if fitted.n in (1, fitted.fields.get("max_images")):
        return ()
    message = f"max_images bounds a series ({fitted.fields['max_images']}); n {fitted.n} was not used beside it."
    return (RequestWarning(code="field_ignored", message=message, param="n", asked=fitted.n),)


def _cut_short(asked: int, most: int) -> tuple[RequestWarning, ...]:
    if most == asked:
        return ()
    message = f"The references leave room for {most} pictures of a series; n is {most}."
    return (
        RequestWarning(
            code="field_adjusted", message=message, param="n", asked=asked, sent=most, allowed=(f"1 to {most}",)
        ),
    )


def _call(fitted: FittedRequest, count: int, first: int) -> FittedRequest:
    seed = fitted.fields.get("seed")
    if not isinstance(seed, int) or seed < 0 or not first:
        return replace(fitted, n=count)
    return replace(fitted, n=count, fields={**fitted.fields, "seed": (seed + first) % SEED_LIMIT})


def _seed_warning(fitted: FittedRequest, calls: int) -> tuple[RequestWarning, ...]:
    seed = fitted.fields.get("seed")
    if calls < 2 or not isinstance(seed, int) or seed < 0:
        return ()
    message = f"{calls} calls were made; call i was asked with seed {seed} plus the place of its first picture."
    return (
        RequestWarning(code="seed_varied", message=message, param="seed", asked=seed, allowed=("a seed with n 1",)),
    )


def part_of(request: GenerationRequest, slot: Slot) -> GenerationRequest:
    """The part of an ask that falls to a slot: its count, and the seed its first picture was asked with."""
    if slot.varies or slot.request.n == request.n:
        return request
    seed = request.fields.get("seed")
    if not isinstance(seed, int) or seed < 0 or not slot.first:
        return replace(request, n=slot.request.n)
    return replace(request, n=slot.request.n, fields={**request.fields, "seed": (seed + slot.first) % SEED_LIMIT})
