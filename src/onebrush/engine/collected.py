"""A vendor's picture at hand."""

from __future__ import annotations

from dataclasses import dataclass

from onebrush.domain.warning import RequestWarning
from onebrush.kit.blobs import Blob
from onebrush.kit.pictures import Measured


@dataclass(frozen=True, slots=True, kw_only=True)
class Collected:
    """Its bytes, what was measured of them, what was changed, and whether they are still the vendor's own."""

    blob: Blob
    measured: Measured
    warnings: tuple[RequestWarning, ...] = ()
    untouched: bool = True
