"""A conversation as a model takes it: whole where it has memory, else its last words and their pictures."""

from __future__ import annotations

from dataclasses import replace

from onebrush.domain.model import ModelCard
from onebrush.domain.request import GenerationRequest
from onebrush.domain.turn import Image, Opaque, Part, Text, Turn
from onebrush.domain.warning import RequestWarning

Warnings = tuple[RequestWarning, ...]


def conversation(request: GenerationRequest, card: ModelCard) -> tuple[tuple[Turn, ...], Warnings]:
    """The turns to send, the last one the user's."""
    if not request.is_conversation:
        return request.turns, ()
    if card.capability.multi_turn:
        return _reshaped(request.turns)
    return _flattened(request.turns, masked=request.mask is not None or request.markup is not None)


def _flattened(turns: tuple[Turn, ...], *, masked: bool) -> tuple[tuple[Turn, ...], Warnings]:
    """One user turn: the last model picture, then the last user turn's pictures, and its words.

    With a mask the user's own come first: vendors take a mask for the first picture.
    """
    last = max(index for index, turn in enumerate(turns) if turn.role == "user")
    painted = [image for turn in turns if turn.role == "model" for image in turn.images][-1:]
    own = list(turns[last].images)
    images = ([*own, *painted] if masked else [*painted, *own]) or [
        image for turn in turns if turn.role == "user" for image in turn.images
    ]
    kept = Turn(role="user", parts=(*images, Text(text=turns[last].text)))
    return (kept,), (_flattened_warning(turns, images, last),)


def _flattened_warning(turns: tuple[Turn, ...], images: list[Image], last: int) -> RequestWarning:
    pictures = sum(len(turn.images) for turn in turns) - len(images)
    texts = sum(bool(turn.text) for index, turn in enumerate(turns) if index != last)
    message = (
        "The model takes no history: the last words and their pictures were sent; left out: "
        f"{texts} earlier text{'s' * (texts != 1)}, {pictures} earlier picture{'s' * (pictures != 1)}."
    )
    return RequestWarning(
        code="history_flattened", message=message, param="contents", asked=f"{len(turns)} turns", allowed=("one turn",)
    )


def _reshaped(turns: tuple[Turn, ...]) -> tuple[tuple[Turn, ...], Warnings]:
    """Pictures of model turns without the vendor's mark behind them go to the user's next turn: the vendor takes
    no others there (ai.google.dev/gemini-api/docs/thought-signatures)."""
    done: list[Turn] = []
    carried: list[Part] = []
    moved = 0
    for turn in turns:
        if turn.role == "model":
            unmarked = _unmarked(turn)
            carried.extend(unmarked)
            moved += len(unmarked)
            parts: tuple[Part, ...] = tuple(part for part in turn.parts if part not in unmarked)
        else:
            parts, carried = (*carried, *turn.parts), []
        if parts:
            _append(done, replace(turn, parts=parts))
    return tuple(done), _reshaped_warning(moved)


def _unmarked(turn: Turn) -> list[Image]:
    """The pictures that no Opaque follows."""
    after = (*turn.parts[1:], None)
    return [
        part
        for part, then in zip(turn.parts, after, strict=True)
        if isinstance(part, Image) and not isinstance(then, Opaque)
    ]


def _append(turns: list[Turn], turn: Turn) -> None:
    """Neighbouring turns of one side become one."""
    if turns and turns[-1].role == turn.role:
        turn = replace(turn, parts=(*turns.pop().parts, *turn.parts))
    turns.append(turn)


def _reshaped_warning(moved: int) -> Warnings:
    if not moved:
        return ()
    pictures = f"{moved} picture{'s' * (moved != 1)}"
    message = f"{pictures} of model turns came without the vendor's signature and went as user parts."
    return (
        RequestWarning(
            code="history_reshaped",
            message=message,
            param="contents",
            asked=pictures,
            allowed=("pictures this model gave out here, byte for byte",),
        ),
    )
