"""What must hold of a catalogue as a whole, checked once when it is loaded."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from onebrush.catalogue.check_fields import check_fields
from onebrush.catalogue.names import plain
from onebrush.catalogue.provider import Provider
from onebrush.catalogue.rows import CatalogueError
from onebrush.domain.model import ModelCard, Status
from onebrush.domain.size import Pixels, SizeRule

# Wires that can ask for a task.
TASKED = frozenset({"dashscope"})


def check(providers: Sequence[Provider], cards: Sequence[ModelCard]) -> None:
    """Raises CatalogueError naming the model and what is wrong with it."""
    by_id = {card.id: card for card in cards}
    places = {provider.name: set(provider.platforms) for provider in providers}
    wires = {provider.name: provider.wire for provider in providers}
    for card in cards:
        for wrong in (
            *_capability(card),
            *_task(card, wires[card.provider]),
            *_life(card, by_id),
            *_size(card.size),
            *check_fields(card),
            *_platforms(card, places[card.provider]),
        ):
            raise CatalogueError(f"{card.provider}, model '{card.id}': {wrong}.")
    _check_names(cards)


def _check_names(cards: Sequence[ModelCard]) -> None:
    owners: dict[str, str] = {}
    for card in cards:
        for name in (card.id, *card.aliases):
            owner = owners.setdefault(plain(name), card.id)
            if owner != card.id or (name != card.id and plain(name) == plain(card.id)):
                raise CatalogueError(
                    f"{card.provider}, model '{card.id}': the name '{name}' belongs to '{owner}' already."
                )


def _capability(card: ModelCard) -> Iterable[str]:
    can = card.capability
    if not 0 <= can.min_references <= max(can.max_references, 0):
        yield f"min_references {can.min_references} and max_references {can.max_references} make no range"
    if not can.text_to_image and not can.min_references:
        yield "without text_to_image it needs min_references"
    if can.text_to_image and can.min_references:
        yield "with text_to_image it cannot need references"
    if can.native_count < 1:
        yield f"native_count is {can.native_count}"
    if can.answer_form not in can.answer_forms:
        yield f"answer_form {can.answer_form} is not among answer_forms"
    if can.edits and not can.input_formats:
        yield "it takes pictures but no input_formats"
    if not can.edits and (can.mask or can.markup or can.layers):
        yield "it takes no pictures and so no mask, markup or layers"
    if any(limit is not None and limit < 1 for limit in (can.max_input_tokens, can.max_output_tokens)):
        yield "a limit of tokens is below 1"


def _task(card: ModelCard, wire: str) -> Iterable[str]:
    if card.capability.task == "prompt" and card.capability.edits:
        yield "it takes pictures, for which the task form 'prompt' has no place"
    if card.capability.task and wire not in TASKED:
        yield f"it has a task form, but the wire '{wire}' has no tasks"


def _life(card: ModelCard, by_id: Mapping[str, ModelCard]) -> Iterable[str]:
    if card.shutdown_date and card.status is Status.ACTIVE:
        yield "a row with a shutdown_date is deprecated or retired"
    if card.status is Status.RETIRED and not card.successor:
        yield "a retired row names its successor"
    seen = [card.id]
    while (after := by_id[seen[-1]].successor) is not None:
        if after not in by_id:
            yield f"its successor '{after}' is no row"
            return
        if after in seen:
            yield f"its successors go in a circle: {' -> '.join([*seen, after])}"
            return
        seen.append(after)
    if len(seen) > 1 and not (last := by_id[seen[-1]]).served:
        yield f"its successor '{last.id}' is not served"


def _size(rule: SizeRule) -> Iterable[str]:
    if rule.kind == "list" and not rule.allowed:
        yield "a list of sizes is empty"
    if rule.kind == "list" and rule.default and rule.default not in rule.allowed:
        yield f"default size {rule.default} is not in the list"
    if rule.kind == "ratio" and not rule.tables:
        yield "sizes by ratio need tables"
    tiers = {*rule.tables, *rule.tier_areas}
    if (rule.default_tier is not None or tiers) and rule.default_tier not in tiers:
        yield f"default_tier {rule.default_tier} is none of {', '.join(sorted(tiers)) or 'the tiers'}"
    if rule.kind == "free":
        for size in _named_sizes(rule):
            if not _within(size, rule):
                yield f"size {size} breaks its own rule"


def _named_sizes(rule: SizeRule) -> Iterable[Pixels]:
    yield from rule.picks
    if rule.default:
        yield rule.default
    for table in rule.tables.values():
        yield from table.values()


def _within(size: Pixels, rule: SizeRule) -> bool:
    long, short = max(size.width, size.height), min(size.width, size.height)
    return (
        rule.min_area <= size.area <= (rule.max_area or size.area)
        and rule.min_edge <= short
        and long <= (rule.max_edge or long)
        and long <= short * (rule.max_ratio or long)
        and long % rule.multiple == short % rule.multiple == 0
    )


def _platforms(card: ModelCard, places: set[str]) -> Iterable[str]:
    # "" stands for any platform, also where a provider has several.
    if strange := set(card.upstream) - places - {""}:
        yield f"upstream names the platform {', '.join(sorted(strange))}, which {card.provider} has not"
