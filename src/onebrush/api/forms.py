"""Multipart bodies of the image door: which of them are taken, and which of their texts may be JSON."""

from __future__ import annotations

from onebrush.domain.errors import InvalidRequest
from onebrush.kit.blobs import Scope
from onebrush.kit.form import FormLift, boundary_of
from onebrush.kit.lift import LiftLimits, Places

# Fields whose values are objects or lists: a form has only text for them. Prompts are never looked into.
JSON_NAMES = frozenset(
    {
        "contents", "parts", "content", "input", "messages", "parameters", "extra", "extra_body", "metadata",
        "provider_options", "emulate", "tools", "response_modalities", "svg", "sequential_image_generation_options",
        "optimize_prompt_options", "max_cost", "openai", "gemini", "ark", "dashscope",
    }
)  # fmt: skip


def form_lift(content_type: str, places: Places, scope: Scope, limits: LiftLimits) -> FormLift:
    """The parser of a body of this type. Raises InvalidRequest for other kinds of multipart and without a boundary."""
    if content_type.partition(";")[0].strip().lower() != "multipart/form-data":
        raise InvalidRequest("Of multipart bodies only multipart/form-data is taken.", param="Content-Type")
    boundary = boundary_of(content_type)
    if boundary is None:
        raise InvalidRequest(
            "The Content-Type names no boundary that can be used; let your HTTP client set this header.",
            param="Content-Type",
        )
    return FormLift(boundary, places, scope, limits, json_names=JSON_NAMES)
