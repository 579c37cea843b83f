"""Writes the parts of the manual that are data: `python docs/_tables.py`, after a change of catalogue or settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from onebrush.catalogue.catalogue import Catalogue
from onebrush.catalogue.provider import Provider
from onebrush.domain.model import Capability, FieldRule, ModelCard, Treatment
from onebrush.domain.money import Price, Unit
from onebrush.domain.size import Pixels, SizeRule
from onebrush.settings import ProviderSettings, Settings

HERE = Path(__file__).parent
MILLION = 1_000_000

MODELS = """# Models

What this version knows of each model. This page is written by `docs/_tables.py` from the catalogue
(`src/onebrush/catalogue/data/`); the pages of the vendors that state a fact are named there, row by row.

- **Takes**: `text` draws from words alone; `1-3 pictures` is how many `image` may hold.
- **A call**: how many pictures one call to the vendor gives. `n` may be 1 to 10 on every model: the gateway makes as
  many calls as it needs.
- **Status** is the vendor's own word. A `deprecated` model is asked for as it is and served by its successor once the
  vendor says that it is gone; a `retired` one, or one past its date, is served by its successor at once. In the sandbox
  every model answers as itself.
- **\\*** marks what the vendor's own page was not seen to state.
"""

# What is wanted, who does it, and why; {pictures}, {calls} and {price} are read from the model's card.
CHOICES = (
    ("words in, one picture out, no fuss", "gpt-image-2", "free sizes to 4K, up to {pictures} pictures given"),
    (
        "the newest of GPT Image, where detail counts",
        "gpt-image-2.6-sunburst",
        "qualities up to `max`, and `complexity`",
    ),
    (
        "a conversation about a picture",
        "gemini-nano-banana-2.1",
        "takes whole histories; the vendor's recommended default",
    ),
    ("a long banner or strip", "gemini-nano-banana-2.1", "ratios from 1:8 to 8:1, each in 1K, 2K and 4K"),
    ("a flat low price", "doubao-seedream-5-0-flash-260915", "{price}"),
    ("a related series", "doubao-seedream-4-0-250828", "`sequential_image_generation`: up to 15; {price}"),
    ("variants in one call, a negative prompt", "qwen-image-3.0", "{calls} pictures a call; {price}"),
)

CALL: Mapping[str, str] = {"b64_json": "inline (`b64_json`)", "url": "by link (`url`)"}


def models_page() -> str:
    """docs/models.md, whole."""
    catalogue = Catalogue.load()
    sections = [_provider(provider, catalogue) for provider in catalogue.providers.values()]
    return "\n".join([MODELS, _choices(catalogue), *sections])


def _choices(catalogue: Catalogue) -> str:
    """Where to begin; a model that is no longer active has to be replaced here."""
    cards = {card.id: card for card in catalogue.cards if card.status.value == "active"}
    rows = [(want, f"`{name}`", _why(why, cards[name])) for want, name, why in CHOICES]
    lead = "Any model will do in the sandbox. To buy, begin here:"
    return f"## Which model?\n\n{lead}\n\n" + _table(("you want", "model", "why"), rows) + "\n"


def _why(why: str, card: ModelCard) -> str:
    can = card.capability
    price = next(map(_price, card.prices), "price unknown")
    return why.format(pictures=can.max_references, calls=can.native_count, price=price)


def _provider(provider: Provider, catalogue: Catalogue) -> str:
    cards = [card for card in catalogue.cards if card.provider == provider.name]
    served = [card for card in cards if card.served]
    parts = [
        f"## {provider.title}",
        _account(provider, served),
        _table(("model", "takes", "a call", "size", "prompt", "status"), map(_row, served)),
        _aliases(served),
        _notes(served),
        _sizes(served),
        _fields(served),
        _prices(served),
        _not_served([card for card in cards if not card.served]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _account(provider: Provider, served: Sequence[ModelCard]) -> str:
    keys = " or ".join(f"`{name}`" for name in provider.key_env)
    form = CALL[served[0].capability.answer_form]
    return f"Provider `{provider.name}`, key in {keys}. Unless `response_format` says, pictures come {form}."


# Models


def _row(card: ModelCard) -> tuple[str, ...]:
    can = card.capability
    return (f"`{card.id}`", _takes(can), str(can.native_count), _size_link(card.size), _prompt(can), _status(card))


def _takes(can: Capability) -> str:
    least, most = max(1, can.min_references), can.max_references
    pictures = f"{least}-{most} pictures" if most > least else f"{most} picture"
    words = [*(["text"] if can.text_to_image else []), *([pictures] if most else [])]
    return ", ".join([*words, *(["turns"] if can.multi_turn else [])])


def _size_link(rule: SizeRule) -> str:
    words: Mapping[str, str] = {
        "list": "a list",
        "free": "free",
        "ratio": "ratio",
        "adaptive": "the picture's",
        "none": "the model's own",
    }
    tiers = " ".join(_tiers(rule))
    return f"{words[rule.kind]}; {tiers}" if tiers and rule.sends_tier else words[rule.kind]


def _tiers(rule: SizeRule) -> list[str]:
    return list(dict.fromkeys((*rule.tables, *rule.tier_areas)))


def _prompt(can: Capability) -> str:
    if can.prompt_limit is None:
        return "32000"
    return f"{can.prompt_limit}, then cut" if can.prompt_cut else str(can.prompt_limit)


def _status(card: ModelCard) -> str:
    ends = f" {card.shutdown_date}" if card.shutdown_date else ""
    after = f", then `{card.successor}`" if card.successor else ""
    return f"{card.status.value}{ends}{after}"


def _aliases(cards: Sequence[ModelCard]) -> str:
    named = [(f"`{card.id}`", ", ".join(f"`{alias}`" for alias in card.aliases)) for card in cards if card.aliases]
    return "Other names:\n\n" + _table(("model", "also called"), named) if named else ""


def _notes(cards: Sequence[ModelCard]) -> str:
    return "\n".join(f"- `{card.id}`: {card.note}" for card in cards if card.note)


def _not_served(cards: Sequence[ModelCard]) -> str:
    if not cards:
        return ""
    names = ", ".join(f"`{card.id}`" for card in cards)
    return f"Known but not served: {names}. Asking for one is a 404 that names a model to use instead."


# Sizes


def _sizes(cards: Sequence[ModelCard]) -> str:
    grouped = _grouped(cards, lambda card: (repr(card.size),))
    parts = [f"**{_names(group)}**: {_rule(group[0].size)}" for group in grouped.values()]
    return "### Sizes\n\n" + "\n\n".join(parts)


def _rule(rule: SizeRule) -> str:
    said = _WORDS[rule.kind](rule)
    words = f" Sent as they are: {', '.join(f'`{word}`' for word in rule.keywords)}." if rule.keywords else ""
    default = f" Unset: {rule.default}." if rule.default else ""
    cells = _cells(rule)
    return f"{said}{words}{default}" + (f"\n\n{cells}" if cells else "")


def _listed(rule: SizeRule) -> str:
    return f"{_pixels(rule.allowed)}; anything else becomes the nearest by ratio, then by area."


def _free(rule: SizeRule) -> str:
    bounds = [
        f"{rule.min_area:,} to {rule.max_area:,} pixels" if rule.max_area else "",
        f"edges from {rule.min_edge}" if rule.min_edge > 1 else "",
        f"edges up to {rule.max_edge}" if rule.max_edge else "",
        f"edges in multiples of {rule.multiple}" if rule.multiple > 1 else "",
        f"no longer than {rule.max_ratio:g}:1" if rule.max_ratio else "",
    ]
    picks = f" A ratio becomes one of {_pixels(rule.picks)} where one of them has it." if rule.picks else ""
    areas = ", ".join(f"{tier} {area:,} pixels" for tier, area in rule.tier_areas.items())
    tiers = f" Tiers: {areas}." if areas else ""
    return f"any size of {', '.join(bound for bound in bounds if bound)}.{tiers}{picks}"


def _by_ratio(rule: SizeRule) -> str:
    default = f" Unset: {rule.default_tier}." if rule.default_tier and rule.sends_tier else ""
    return f"a ratio and a tier; pixels become the nearest of both.{default}"


_WORDS: Mapping[str, Callable[[SizeRule], str]] = {
    "list": _listed,
    "free": _free,
    "ratio": _by_ratio,
    "adaptive": lambda rule: "as the picture given; a size is dropped with a warning.",
    "none": lambda rule: "the model chooses; a size is dropped with a warning.",
}


def _pixels(sizes: Iterable[Pixels]) -> str:
    return ", ".join(map(str, sizes))


def _cells(rule: SizeRule) -> str:
    """Tiers across, ratios down."""
    if not rule.tables:
        return ""
    ratios = dict.fromkeys(ratio for table in rule.tables.values() for ratio in table)
    rows = [(ratio, *(str(table.get(ratio, "-")) for table in rule.tables.values())) for ratio in ratios]
    return _table(("ratio", *rule.tables), rows)


# Fields


def _fields(cards: Sequence[ModelCard]) -> str:
    names = sorted({name for card in cards for name in card.fields})
    rows = [row for name in names for row in _field(name, cards)]
    lead = "A field that is not listed for a model is left out with the warning `field_ignored`."
    return f"### Fields\n\n{lead}\n\n" + _table(("field", "what becomes of it", "models"), rows)


def _field(name: str, cards: Sequence[ModelCard]) -> Iterable[tuple[str, ...]]:
    having = [card for card in cards if name in card.fields]
    for group in _grouped(having, lambda card: (repr(card.fields[name]),)).values():
        yield f"`{name}`", _treated(group[0].fields[name]), _among(group, cards)


def _treated(rule: FieldRule) -> str:
    mapped = ", ".join(f"`{said}` as `{sent}`" for said, sent in rule.mapping.items())
    facts = [
        _TREATED[rule.treatment],
        ", ".join(f"`{value}`" for value in rule.values),
        f"{_plain(rule.minimum)} to {_plain(rule.maximum)}" if rule.maximum is not None else "",
        f"{mapped}, with a warning" if mapped else "",
        f"{', '.join(f'`{value}`' for value in rule.omit)} left out, without a warning" if rule.omit else "",
        f"unset: `{str(rule.default).lower()}` is sent" if rule.default is not None else "",
        "effect unverified, with a warning" if rule.unverified else "",
    ]
    return "; ".join(fact for fact in facts if fact)


def _plain(number: float | None) -> str:
    return str(int(number)) if number is not None and number == int(number) else str(number)


def _among(group: Sequence[ModelCard], cards: Sequence[ModelCard]) -> str:
    """The names, or those of the others where these are fewer."""
    others = [card for card in cards if card not in group]
    if not others:
        return "all"
    return f"all but {_names(others)}" if len(others) < len(group) else _names(group)


_TREATED: Mapping[Treatment, str] = {
    Treatment.NATIVE: "sent",
    Treatment.MAPPED: "sent in the vendor's words",
    Treatment.EMULATED: "done by the gateway",
    Treatment.IGNORED: "left out, with a warning",
    Treatment.REJECTED: "refused with a 400",
}


# Prices


def _prices(cards: Sequence[ModelCard]) -> str:
    grouped = _grouped(cards, lambda card: (repr(card.prices),))
    rows = [row for group in grouped.values() for row in _priced(group)]
    lead = "List prices of the vendors. What a generation cost stands in its answer."
    return f"### Prices\n\n{lead}\n\n" + _table(("models", "platform", "price"), rows)


def _priced(group: Sequence[ModelCard]) -> Iterable[tuple[str, ...]]:
    prices = group[0].prices
    if not prices:
        yield _names(group), "", "unknown"
    for platform in dict.fromkeys(price.platform for price in prices):
        lines = [_price(price) for price in prices if price.platform == platform]
        yield _names(group), platform, "; ".join(lines)


_UNITS: Mapping[Unit, str] = {
    "image": "a picture",
    "input_image": "a picture given",
    "text_input_token": "a million tokens of words given",
    "image_input_token": "a million tokens of pictures given",
    "image_output_token": "a million tokens of pictures made",
    "text_output_token": "a million tokens of words made",
}


def _price(price: Price) -> str:
    money = price.money.times(MILLION) if price.unit.endswith("_token") else price.money
    bound = f" up to {price.max_area:,} pixels" if price.max_area else f" of {price.tier}" if price.tier else ""
    mark = "\\*" if price.unverified else ""
    return f"{money.decimal} {money.currency} {_UNITS[price.unit]}{bound}{mark}"


# Settings


def settings_table() -> str:
    """Every setting: its name in the file, in the environment, its default, its meaning."""
    rows = [_setting(name, field) for name, field in Settings.model_fields.items() if name != "providers"]
    return _table(("setting", "environment", "default", "meaning"), rows)


def _setting(name: str, field: FieldInfo) -> tuple[str, ...]:
    return f"`{name}`", f"`ONEBRUSH_{name.upper()}`", _default(name, field), field.description or ""


def account_table() -> str:
    """What may be set of one provider."""
    rows = [
        (f"`{name}`", _account_variable(name), _default(name, field), field.description or "")
        for name, field in ProviderSettings.model_fields.items()
    ]
    return _table(("setting", "environment", "default", "meaning"), rows)


def _account_variable(name: str) -> str:
    if name == "api_key":
        return "see below"
    return f"`ONEBRUSH_<PROVIDER>_{name.upper()}`" if name in ("base_url", "region") else ""


def _default(name: str, field: FieldInfo) -> str:
    if name == "data":
        return "`~/.local/share/onebrush`"
    value: Any = field.get_default(call_default_factory=True)
    if value is None or value == [] or value == {}:
        return ""
    return f"`{str(value).lower() if isinstance(value, bool) else value}`"


def providers_table() -> str:
    """Who sells, under which key, where."""
    rows = [row for provider in Catalogue.load().providers.values() for row in _platforms(provider)]
    return _table(("provider", "key", "region", "base URL"), rows)


def _platforms(provider: Provider) -> Iterable[tuple[str, ...]]:
    for platform in provider.platforms.values():
        default = " (default)" if platform.name and platform.name == provider.default_platform else ""
        region = f"`{platform.name}`{default}" if platform.name else ""
        keys = ", ".join(f"`{name}`" for name in provider.key_env)
        yield f"`{provider.name}`", keys, region, f"`{platform.base_url}`"


# Pages


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', ' ') for cell in line)} |" for line in lines)


def _grouped(
    cards: Iterable[ModelCard], key: Callable[[ModelCard], tuple[str, ...]]
) -> Mapping[tuple[str, ...], list[ModelCard]]:
    groups: dict[tuple[str, ...], list[ModelCard]] = {}
    for card in cards:
        groups.setdefault(key(card), []).append(card)
    return groups


def _names(cards: Iterable[ModelCard]) -> str:
    return ", ".join(f"`{card.id}`" for card in cards)


TABLES: Mapping[str, Callable[[], str]] = {
    "settings": settings_table,
    "account": account_table,
    "providers": providers_table,
}


def filled(page: str) -> str:
    """The page with its tables anew: whatever stands between `<!-- table: NAME -->` and `<!-- end -->`."""
    return re.sub(
        r"(<!-- table: (\w+) -->\n).*?(<!-- end -->)",
        lambda match: f"{match[1]}\n{TABLES[match[2]]()}\n\n{match[3]}",
        page,
        flags=re.DOTALL,
    )


def main() -> None:
    """Write docs/models.md and the tables of docs/configuration.md."""
    (HERE / "models.md").write_text(models_page(), "utf-8")
    configuration = HERE / "configuration.md"
    configuration.write_text(filled(configuration.read_text("utf-8")), "utf-8")


if __name__ == "__main__":
    main()
