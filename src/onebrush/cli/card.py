"""All that is known of one model, as lines for a terminal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from textwrap import wrap

from onebrush.catalogue.catalogue import Catalogue
from onebrush.cli.brief import MEGAPIXEL, MILLION, can_words, megapixels, status_words
from onebrush.cli.tables import table
from onebrush.domain.model import Capability, FieldRule, ModelCard, Treatment
from onebrush.domain.money import Price, Unit
from onebrush.domain.size import SizeRule

LABEL = 13
NARROWEST = 40

UNITS: Mapping[Unit, str] = {
    "image": "a picture",
    "input_image": "a picture given",
    "text_input_token": "a million tokens of words given",
    "image_input_token": "a million tokens of pictures given",
    "image_output_token": "a million tokens of pictures made",
    "text_output_token": "a million tokens of words made",
}
TREATED: Mapping[Treatment, str] = {
    Treatment.NATIVE: "sent",
    Treatment.MAPPED: "sent in the vendor's words",
    Treatment.EMULATED: "done by the gateway",
    Treatment.IGNORED: "left out, with a warning",
    Treatment.REJECTED: "refused",
}


def told(card: ModelCard, catalogue: Catalogue, today: date, width: int) -> Iterator[str]:
    """Name, abilities, sizes, fields, prices, life, sources; no word is broken, whatever the width."""
    yield card.id
    yield f"{card.title}, from {catalogue.providers[card.provider].title}"
    yield ""
    for label, lines in _facts(card, catalogue, today):
        for number, line in enumerate(lines):
            yield from _set(label if number == 0 else "", line, width)
    if any(price.unverified for price in card.prices):
        yield "\n* not seen on the vendor's own page."


def _facts(card: ModelCard, catalogue: Catalogue, today: date) -> Iterator[tuple[str, list[str]]]:
    yield "also called", [", ".join(card.aliases)] if card.aliases else []
    yield "can", [_abilities(card)]
    yield "takes", [_inputs(card.capability)] if card.capability.edits else []
    yield "answers", [" or ".join(_form(form) for form in card.capability.answer_forms)]
    yield "sizes", [_sizes(card.size), *_cells(card.size)]
    yield "fields", [_field(name, rule) for name, rule in sorted(card.fields.items())]
    yield "prices", [_price(price) for price in card.prices] or ["unknown"]
    yield "life", [_life(card, catalogue, today)]
    yield "note", [card.note] if card.note else []
    yield "sources", list(card.sources)


def _set(label: str, text: str, width: int) -> Iterator[str]:
    """A line behind its label, continued below itself; what is laid out with two spaces or more stays as it is."""
    room = max(width, NARROWEST) - LABEL
    lines = [text] if "  " in text else wrap(text, room, break_long_words=False, break_on_hyphens=False)
    for number, line in enumerate(lines):
        yield f"{label if number == 0 else '':<{LABEL}}{line}"


# What it can


def _abilities(card: ModelCard) -> str:
    can = card.capability
    words = [can_words(card), _masks(can), "several turns" if can.multi_turn else ""]
    words += ["taking a picture apart into layers"] if can.layers else []
    if can.prompt_limit:
        words.append(f"prompts of {can.prompt_limit:,} characters{', then cut' if can.prompt_cut else ''}")
    return ", ".join(word for word in words if word)


def _masks(can: Capability) -> str:
    if not can.edits:
        return ""
    return "masks of its own" if can.mask else "masks held to by the gateway"


def _inputs(can: Capability) -> str:
    formats = ", ".join(name.removeprefix("image/") for name in can.input_formats)
    least = f"at least {can.min_references}; " if can.min_references else ""
    return f"pictures as {formats}; {least}each up to {can.max_input_bytes / MEGAPIXEL:g} MB"


def _form(form: str) -> str:
    return "by link (url)" if form == "url" else "inline (b64_json)"


# Sizes


def _sizes(rule: SizeRule) -> str:
    words = [_kind(rule), *(f"tier {tier}: {megapixels(area)} MP" for tier, area in rule.tier_areas.items())]
    words += [f"also {', '.join(rule.keywords)}"] if rule.keywords else []
    words += [f"unset: {rule.default}"] if rule.default else []
    return "; ".join(words)


def _kind(rule: SizeRule) -> str:
    if rule.kind == "list":
        return ", ".join(map(str, rule.allowed))
    if rule.kind == "free":
        return f"any of {', '.join(_bounds(rule))}" if any(_bounds(rule)) else "any"
    words = {"ratio": "a ratio and a tier", "adaptive": "as the picture given", "none": "the model chooses"}
    return words[rule.kind]


def _bounds(rule: SizeRule) -> Iterator[str]:
    if rule.max_area:
        yield f"{megapixels(rule.min_area)} to {megapixels(rule.max_area)} MP"
    if rule.min_edge > 1:
        yield f"edges ≥ {rule.min_edge}"
    if rule.max_edge:
        yield f"edges ≤ {rule.max_edge}"
    if rule.multiple > 1:
        yield f"edges in multiples of {rule.multiple}"
    if rule.max_ratio:
        yield f"at most {rule.max_ratio:g}:1"


def _cells(rule: SizeRule) -> list[str]:
    """Tiers across, ratios down."""
    ratios = dict.fromkeys(ratio for sizes in rule.tables.values() for ratio in sizes)
    rows = [(ratio, *(str(sizes.get(ratio, "-")) for sizes in rule.tables.values())) for ratio in ratios]
    return table(("ratio", *rule.tables), rows).splitlines() if rows else []


# Fields, prices, life


def _field(name: str, rule: FieldRule) -> str:
    facts = [
        TREATED[rule.treatment],
        ", ".join((*rule.values, *(f"{word} (made here)" for word in rule.emulated))),
        f"{rule.minimum or 0:g} to {rule.maximum:.15g}" if rule.maximum is not None else "",
        ", ".join(f"{said} as {sent}" for said, sent in rule.mapping.items() if said not in rule.emulated),
        f"unset: {str(rule.default).lower()} is sent" if rule.default is not None else "",
        "effect unverified" if rule.unverified else "",
    ]
    return f"{name}: {'; '.join(fact for fact in facts if fact)}"


def _price(price: Price) -> str:
    money = price.money.times(MILLION) if price.unit.endswith("_token") else price.money
    bound = f" up to {price.max_area:,} pixels" if price.max_area else f" of {price.tier}" if price.tier else ""
    place = f"{price.platform}: " if price.platform else ""
    return f"{place}{money.decimal} {money.currency} {UNITS[price.unit]}{bound}{'*' if price.unverified else ''}"


def _life(card: ModelCard, catalogue: Catalogue, today: date) -> str:
    made = f", made {card.created}" if card.created else ""
    return f"{status_words(card, catalogue, today)}{made}{'' if card.served else ', not served here'}"
