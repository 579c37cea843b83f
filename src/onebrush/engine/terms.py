"""What is needed to take a call's answer in without its request: kept with the attempt, so that another process can."""

from __future__ import annotations

from dataclasses import dataclass

from onebrush.domain.finish import Finish
from onebrush.domain.size import Pixels, Ratio
from onebrush.engine import metering
from onebrush.engine.slots import Slot


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """One call: the places of its pictures, its price's makings, and the work on its pictures.

    `first` and the `n` after it are places in the answer; of what comes at most `most` pictures are taken, `varies` as
    in Slot. `card` is the model's id. `patched`: an emulated mask was to be laid over the pictures; the pictures it
    takes are not kept.
    """

    first: int
    n: int
    most: int
    varies: bool
    card: str
    references: int
    unpriced: bool
    media_type: str | None = None
    quality: int | None = None
    size: Pixels | None = None
    ratio: Ratio | None = None
    patched: bool = False

    @property
    def finish(self) -> Finish:
        """The work on each picture, but for the mask."""
        return Finish(media_type=self.media_type, quality=self.quality, size=self.size, ratio=self.ratio)


def terms_of(slot: Slot) -> Terms:
    """The terms of a slot that is about to be sent."""
    request, finish = slot.request, slot.request.finish
    return Terms(
        first=slot.first,
        n=request.n,
        most=slot.most,
        varies=slot.varies,
        card=request.card.id,
        references=len(request.references),
        unpriced=metering.unpriced(request.fields),
        media_type=finish.media_type,
        quality=finish.quality,
        size=finish.size,
        ratio=finish.ratio,
        patched=finish.patch is not None,
    )
