"""Writes the parts of the manual that are data: `python docs/_tables.py`, after a change of catalogue or settings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

from pydantic.fields import FieldInfo

from onebrush.catalogue.catalogue import Catalogue
from onebrush.catalogue.provider import Provider
from onebrush.domain.field import FIELDS
from onebrush.domain.model import ModelCard, Treatment
from onebrush.domain.money import Unit
from onebrush.settings import DeploymentSettings, ProviderSettings, RouteSettings, Settings
from onebrush.wires.openai.capabilities import Descriptor, PriceLine, Prompt, References, descriptor
from onebrush.wires.openai.capability_fields import FieldDescriptor, Notes
from onebrush.wires.openai.capability_sizes import SizeDescriptor

HERE = Path(__file__).parent
MILLION = 1_000_000

MODELS = """# Models

What this version knows of each model. This page is written by `docs/_tables.py` from what `GET /v1/images/models` says
of them; the facts stand in `src/onebrush/catalogue/data/`, with the vendors' pages that state them.

- **Takes**: `text` draws from words alone; `1-3 pictures` is how many `image` may hold; `turns`, `mask`, `markup` and
  `layers` are the vendor's own. Every other model that takes pictures has histories flattened and masks done by the
  gateway.
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
    models = [_model(card) for card in catalogue.cards if card.served]
    sections = [_provider(provider, models, catalogue) for provider in catalogue.providers.values()]
    return "\n".join([MODELS, _choices(models), *sections])


def _model(card: ModelCard) -> Descriptor:
    """As `GET /v1/images/models/{id}` tells it, but for the day: status and successor are the row's own."""
    return descriptor(card, card.status, card.successor)


def _choices(models: Sequence[Descriptor]) -> str:
    """Where to begin; a model that is no longer active has to be replaced here."""
    active = {model.id: model for model in models if model.status.value == "active"}
    rows = [(want, f"`{name}`", _why(why, active[name])) for want, name, why in CHOICES]
    lead = "Any model will do in the sandbox. To buy, begin here:"
    return f"## Which model?\n\n{lead}\n\n" + _table(("you want", "model", "why"), rows) + "\n"


def _why(why: str, model: Descriptor) -> str:
    price = next(map(_price, model.prices), "price unknown")
    return why.format(pictures=model.references.max, calls=model.count.per_call, price=price)


def _provider(provider: Provider, models: Sequence[Descriptor], catalogue: Catalogue) -> str:
    served = [model for model in models if model.provider == provider.name]
    parts = [
        f"## {provider.title}",
        _account(provider, served),
        _table(("model", "takes", "a call", "size", "prompt", "status"), map(_row, served)),
        _aliases(served),
        _notes(served),
        _inputs(served),
        _sizes(served),
        _fields(served),
        _prices(served),
        _not_served([card.id for card in catalogue.cards if card.provider == provider.name and not card.served]),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _account(provider: Provider, served: Sequence[Descriptor]) -> str:
    keys = " or ".join(f"`{name}`" for name in provider.key_env)
    form = CALL[served[0].response_format.native]
    return f"Provider `{provider.name}`, key in {keys}. Unless `response_format` says, pictures come {form}."


# Models


def _row(model: Descriptor) -> tuple[str, ...]:
    calls = str(model.count.per_call)
    return (f"`{model.id}`", _takes(model), calls, _size_link(model.size), _prompt(model.prompt), _status(model))


def _takes(model: Descriptor) -> str:
    least, most = max(1, model.references.min), model.references.max
    pictures = f"{least}-{most} pictures" if most > least else f"{most} picture"
    words = [
        "text" if "generate" in model.operations else "",
        pictures if most else "",
        "turns" if model.multi_turn == "native" else "",
        *(name for name in ("mask", "markup") if getattr(model, name) == "native"),
        f"layers (up to {model.layers} pictures)" if model.layers else "",
    ]
    return ", ".join(word for word in words if word)


def _size_link(size: SizeDescriptor) -> str:
    words: Mapping[str, str] = {
        "list": "a list",
        "free": "free",
        "ratio": "ratio",
        "adaptive": "the picture's",
        "none": "the model's own",
    }
    return f"{words[size.kind]}; {' '.join(size.tiers)}" if size.tiers else words[size.kind]


def _prompt(prompt: Prompt) -> str:
    return f"{prompt.max}, then cut" if prompt.beyond == "cut" else str(prompt.max)


def _status(model: Descriptor) -> str:
    ends = f" {model.shutdown_date}" if model.shutdown_date else ""
    after = f", then `{model.successor}`" if model.successor else ""
    return f"{model.status.value}{ends}{after}"


def _aliases(models: Sequence[Descriptor]) -> str:
    named = [(f"`{model.id}`", ", ".join(f"`{alias}`" for alias in model.aliases)) for model in models if model.aliases]
    return "Other names:\n\n" + _table(("model", "also called"), named) if named else ""


def _notes(models: Sequence[Descriptor]) -> str:
    return "\n".join(f"- `{model.id}`: {model.note}" for model in models if model.note)


def _inputs(models: Sequence[Descriptor]) -> str:
    editing = [model for model in models if model.references.max]
    groups = _grouped(editing, lambda model: (repr(model.references.formats), str(model.references.max_bytes)))
    rows = [(_among(group, editing), *_input(group[0].references)) for group in groups.values()]
    lead = "What the vendor takes; any other format is converted, with a warning."
    return f"### Pictures given\n\n{lead}\n\n" + _table(("models", "formats", "each up to"), rows)


def _input(references: References) -> tuple[str, str]:
    formats = ", ".join(name.removeprefix("image/") for name in references.formats)
    return formats, f"{references.max_bytes / MILLION:g} MB"


def _not_served(names: Sequence[str]) -> str:
    if not names:
        return ""
    listed = ", ".join(f"`{name}`" for name in names)
    return f"Known but not served: {listed}. Asking for one is a 404 that names a model to use instead."


# Sizes


def _sizes(models: Sequence[Descriptor]) -> str:
    grouped = _grouped(models, lambda model: (repr(model.size),))
    parts = [f"**{_names(group)}**: {_rule(group[0].size)}" for group in grouped.values()]
    return "### Sizes\n\n" + "\n\n".join(parts)


def _rule(size: SizeDescriptor) -> str:
    said = _WORDS[size.kind](size)
    words = f" Sent as they are: {', '.join(f'`{word}`' for word in size.keywords)}." if size.keywords else ""
    default = f" Unset: {size.default}." if size.default else ""
    cells = _cells(size)
    return f"{said}{words}{default}" + (f"\n\n{cells}" if cells else "")


def _listed(size: SizeDescriptor) -> str:
    return f"{', '.join(size.allowed)}; anything else becomes the nearest by ratio, then by area."


def _free(size: SizeDescriptor) -> str:
    area, edge = size.area, size.edge
    bounds = [
        f"{area.min:,} to {area.max:,} pixels" if area and area.max else "",
        f"edges from {edge.min}" if edge and edge.min > 1 else "",
        f"edges up to {edge.max}" if edge and edge.max else "",
        f"edges in multiples of {size.multiple}" if size.multiple > 1 else "",
        f"no longer than {size.max_ratio:g}:1" if size.max_ratio else "",
    ]
    picks = f" A ratio becomes one of {', '.join(size.picks)} where one of them has it." if size.picks else ""
    areas = ", ".join(f"{tier} {area:,} pixels" for tier, area in size.tier_areas.items())
    tiers = f" Tiers: {areas}." if areas else ""
    return f"any size of {', '.join(bound for bound in bounds if bound)}.{tiers}{picks}"


def _by_ratio(size: SizeDescriptor) -> str:
    default = f" Unset: {size.default_tier}." if size.default_tier and size.tiers else ""
    return f"a ratio and a tier; pixels become the nearest of both.{default}"


_WORDS: Mapping[str, Callable[[SizeDescriptor], str]] = {
    "list": _listed,
    "free": _free,
    "ratio": _by_ratio,
    "adaptive": lambda size: "as the picture given; a size is dropped with a warning.",
    "none": lambda size: "the model chooses; a size is dropped with a warning.",
}


def _cells(size: SizeDescriptor) -> str:
    """Tiers across, ratios down."""
    rows = [(ratio, *(table.get(ratio, "-") for table in size.tables.values())) for ratio in size.ratios]
    return _table(("ratio", *size.tables), rows) if rows else ""


# Fields


def _fields(models: Sequence[Descriptor]) -> str:
    rows = [row for name in sorted(FIELDS) for row in _field(name, models)]
    lead = "A field that is not listed for a model is left out with the warning `field_ignored`."
    return f"### Fields\n\n{lead}\n\n" + _table(("field", "what becomes of it", "models"), rows)


def _field(name: str, models: Sequence[Descriptor]) -> Iterable[tuple[str, ...]]:
    having = [model for model in models if _worth_saying(model.fields[name])]
    for group in _grouped(having, lambda model: (repr(model.fields[name]),)).values():
        yield f"`{name}`", _treated(group[0].fields[name]), _among(group, models)


def _worth_saying(field: FieldDescriptor) -> bool:
    return field.treatment is not Treatment.IGNORED or field.notes is not None or field.effect_unverified


def _treated(field: FieldDescriptor) -> str:
    notes = field.notes or Notes()
    silent = "left out; kept with the generation's record" if notes.silent else _TREATED[field.treatment]
    facts = [silent, *(_values(field) if field.treatment is not Treatment.IGNORED else ()), *_conditions(notes)]
    if field.effect_unverified:
        ignored = field.treatment is Treatment.IGNORED
        facts.append("disputed, unverified" if ignored else "effect unverified, with a warning")
    return "; ".join(fact for fact in facts if fact)


def _values(field: FieldDescriptor) -> Iterable[str]:
    made = [value for value in field.mapping if value in field.emulated]
    changed = ", ".join(f"`{said}` as `{sent}`" for said, sent in field.mapping.items() if said not in made)
    yield _code(field.values)
    yield f"{field.minimum} to {field.maximum}" if field.maximum is not None else ""
    yield f"{_code(made)} made by the gateway of `{field.mapping[made[0]]}`" if made else ""
    yield f"{changed}, with a warning" if changed else ""
    yield f"unset: `{str(field.default).lower()}` is sent" if field.default is not None else ""


def _conditions(notes: Notes) -> Iterable[str]:
    yield f"{_code(notes.left_out)} left out, without a warning" if notes.left_out else ""
    yield {"": "", "edit": "in edits only", "generate": "without pictures only"}[notes.on]
    yield from (_needed(name, values) for name, values in notes.needs.items())
    for value, others in notes.forbids.items():
        refused = " or ".join(f"`{name}` {_code(values, ' or ')}" for name, values in others.items())
        yield f"`{value}` with {refused}: refused with a 400"
    yield from (f"`{said}` as `{sent}` in edits, with a warning" for said, sent in notes.on_edit.items())
    yield f"one picture a call with {_code(notes.one_a_call, ' or ')}" if notes.one_a_call else ""
    yield "put into the prompt where `emulate` names it" if notes.emulate else ""


def _needed(name: str, values: Sequence[str]) -> str:
    unsaid = f", or without `{name}`" if "" in values else ""
    return f"only with `{name}` {_code(filter(None, values), ' or ')}{unsaid}"


def _code(words: Iterable[str], between: str = ", ") -> str:
    return between.join(f"`{word}`" for word in words)


def _among(group: Sequence[Descriptor], models: Sequence[Descriptor]) -> str:
    """The names, or those of the others where these are fewer."""
    others = [model for model in models if model not in group]
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


def _prices(models: Sequence[Descriptor]) -> str:
    grouped = _grouped(models, lambda model: (repr(model.prices),))
    rows = [row for group in grouped.values() for row in _priced(group)]
    lead = "List prices of the vendors. What a generation cost stands in its answer."
    return f"### Prices\n\n{lead}\n\n" + _table(("models", "platform", "price"), rows)


def _priced(group: Sequence[Descriptor]) -> Iterable[tuple[str, ...]]:
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


def _price(price: PriceLine) -> str:
    times = MILLION if price.unit.endswith("_token") else 1
    amount = f"{(Decimal(price.amount) * times).normalize():f}"
    bound = f" up to {price.max_area:,} pixels" if price.max_area else f" of {price.tier}" if price.tier else ""
    mark = "\\*" if price.unverified else ""
    return f"{amount} {price.currency} {_UNITS[price.unit]}{bound}{mark}"


# Settings


def settings_table() -> str:
    """Every setting: its name in the file, in the environment, its default, its meaning."""
    rows = [_setting(name, field) for name, field in Settings.model_fields.items() if name != "providers"]
    return _table(("setting", "environment", "default", "meaning"), rows)


# Tables of the file, each with a section of its own.
TABLED = ("deployments", "routes", "webhook_secrets")


def _setting(name: str, field: FieldInfo) -> tuple[str, ...]:
    variable = "" if name in TABLED else f"`ONEBRUSH_{name.upper()}`"
    return f"`{name}`", variable, _default(name, field), field.description or ""


def account_table() -> str:
    """What may be set of one provider."""
    rows = [
        (f"`{name}`", _account_variable(name), _default(name, field), field.description or "")
        for name, field in ProviderSettings.model_fields.items()
    ]
    return _table(("setting", "environment", "default", "meaning"), rows)


def deployment_table() -> str:
    """What may be set of a further account only."""
    own = [(name, field) for name, field in DeploymentSettings.model_fields.items() if name in DEPLOYMENTS_OWN]
    return _table(("setting", "default", "meaning"), [_row_of(name, field) for name, field in own])


def route_table() -> str:
    """What may be set of a route."""
    return _table(
        ("setting", "default", "meaning"), [_row_of(name, field) for name, field in RouteSettings.model_fields.items()]
    )


DEPLOYMENTS_OWN = {*DeploymentSettings.model_fields} - {*ProviderSettings.model_fields} | {"api_key"}


def _row_of(name: str, field: FieldInfo) -> tuple[str, ...]:
    return f"`{name}`", "" if field.is_required() else _default(name, field), field.description or ""


def _account_variable(name: str) -> str:
    if name == "api_key":
        return "see below"
    return f"`ONEBRUSH_<PROVIDER>_{name.upper()}`" if name in ("base_url", "region") else ""


def _default(name: str, field: FieldInfo) -> str:
    if name == "data":
        return "`~/.local/share/onebrush`"
    value: Any = field.get_default(call_default_factory=True)
    if value in (None, [], {}, ()):
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
    models: Iterable[Descriptor], key: Callable[[Descriptor], tuple[str, ...]]
) -> Mapping[tuple[str, ...], list[Descriptor]]:
    groups: dict[tuple[str, ...], list[Descriptor]] = {}
    for model in models:
        groups.setdefault(key(model), []).append(model)
    return groups


def _names(models: Iterable[Descriptor]) -> str:
    return _code(model.id for model in models)


TABLES: Mapping[str, Callable[[], str]] = {
    "settings": settings_table,
    "account": account_table,
    "deployment": deployment_table,
    "route": route_table,
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
