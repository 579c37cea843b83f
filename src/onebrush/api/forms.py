"""Multipart bodies: which of them are taken."""

from __future__ import annotations

from onebrush.domain.errors import InvalidRequest
from onebrush.kit.blobs import Scope
from onebrush.kit.brackets import Names
from onebrush.kit.form import FormLift, boundary_of
from onebrush.kit.lift import LiftLimits, Places


def form_lift(content_type: str, places: Places, names: Names, scope: Scope, limits: LiftLimits) -> FormLift:
    """The parser of a body of this type. Raises InvalidRequest for other kinds of multipart and without a boundary."""
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        raise InvalidRequest("Of multipart bodies only multipart/form-data is taken.", param="Content-Type")
    boundary = boundary_of(content_type)
    if boundary is None:
        raise InvalidRequest(
            "The Content-Type names no boundary that can be used; let your HTTP client set this header.",
            param="Content-Type",
        )
    return FormLift(boundary, places, scope, limits, names=names)
