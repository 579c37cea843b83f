"""How many pictures a call may bring where its fields, not its count, decide."""

from __future__ import annotations

from collections.abc import Mapping

from onebrush.domain.model import ModelCard

# Seedream counts references and results together: at most 15 (docs.byteplus.com/en/docs/ModelArk/1541523).
GROUP_LIMIT = 15

Fields = Mapping[str, object]


def group_room(references: int) -> int:
    """How many pictures a series may have beside its references."""
    return max(1, GROUP_LIMIT - references)


def is_series(fields: Fields) -> bool:
    """Whether a related series is asked, which may have fewer pictures than its bound."""
    return fields.get("sequential_image_generation") == "auto"


def is_layered(fields: Fields) -> bool:
    """Whether a picture is taken apart, which gives as many as it has layers."""
    return fields.get("layer_decomposition") is True


def varies(fields: Fields) -> bool:
    """Whether the vendor decides how many pictures come."""
    return is_series(fields) or is_layered(fields)


def most(fields: Fields, card: ModelCard, n: int) -> int:
    """The most pictures that one call brings, of `n` asked."""
    if is_layered(fields):
        return max(1, card.capability.layers)
    if not is_series(fields):
        return n
    bound = fields.get("max_images")
    return bound if isinstance(bound, int) else GROUP_LIMIT


def one_a_call(fields: Fields, card: ModelCard) -> bool:
    """Whether a value among `fields` lets one call give one picture only."""
    return any(_single(name, value, card) for name, value in fields.items())


def _single(name: str, value: object, card: ModelCard) -> bool:
    rule = card.fields.get(name)
    return rule is not None and str(value) in rule.one_a_call
