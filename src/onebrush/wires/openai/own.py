"""The gateway's own fields, each of which may stand in the body or, some of them, in a header."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from onebrush.domain.errors import InvalidRequest, MissingParameter
from onebrush.domain.field import Field
from onebrush.domain.webhook import Webhook
from onebrush.wires.openai.said import Body, Said

LONGEST_LINK = 7 * 86_400
MOST_PROVIDERS = 20
LONGEST_URL = 2048
LONGEST_NAME = 200
LONGEST_METADATA = 16_384
EMULATED = ("negative_prompt",)

# Header -> the field it is another way of saying.
HEADERS: Mapping[str, str] = {
    "X-OneBrush-Strict": "strict",
    "X-OneBrush-Dry-Run": "dry_run",
    "X-OneBrush-Link-TTL": "link_ttl",
    "X-OneBrush-Store": "store",
}
OWN_FIELDS = (*HEADERS.values(), "exact_size", "emulate", "provider_options", "async", "webhook")
# What of a webhook is read.
WEBHOOK = frozenset({"url", "secret_id"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Own:
    """What the caller asks of the gateway itself; `link_ttl` in seconds."""

    link_ttl: int | None
    store: bool
    strict: bool
    dry_run: bool
    exact_size: bool
    emulate: frozenset[str]
    provider_options: Mapping[str, Mapping[str, object]]
    asynchronous: bool
    webhook: Webhook | None
    metadata: object


def read_own(body: Body) -> Own:
    """The gateway's own fields. Raises InvalidRequest, MissingParameter and ConflictingParameters."""
    return Own(
        link_ttl=_link_ttl(body),
        store=_flag(body, "store", True),
        strict=_flag(body, "strict", False),
        dry_run=_flag(body, "dry_run", False),
        exact_size=_flag(body, "exact_size", False),
        emulate=_emulate(body),
        provider_options=_options(body),
        asynchronous=_asynchronous(body),
        webhook=_webhook(body),
        metadata=_metadata(body),
    )


def _flag(body: Body, name: str, default: bool) -> bool:
    said = body.first(name)
    return default if said is None else bool(Field(name=name, kind="boolean").parse(said.value, said.param))


def _metadata(body: Body) -> object:
    """Whatever JSON it is: it comes back with the record as it was."""
    said = body.first("metadata")
    if said is None:
        return None
    size = len(msgspec.json.encode(said.value, enc_hook=_no_json))
    if size > LONGEST_METADATA:
        raise InvalidRequest(
            f"{said.param} has {size} bytes as JSON; at most {LONGEST_METADATA} are kept.", param=said.param
        )
    return said.value


def _no_json(value: object) -> object:
    raise InvalidRequest("metadata holds a picture; say its id or link instead.", param="metadata")


def _asynchronous(body: Body) -> bool:
    """Left empty, as forms leave fields, it was not said."""
    said = body.first("async")
    return said is not None and said.value != "" and _flag(body, "async", False)


def _link_ttl(body: Body) -> int | None:
    said = body.first("link_ttl")
    if said is None:
        return None
    ttl = Field(name="link_ttl", kind="integer", minimum=1, maximum=LONGEST_LINK).parse(said.value, said.param)
    assert isinstance(ttl, int)
    return ttl


def _emulate(body: Body) -> frozenset[str]:
    said = body.first("emulate")
    if said is None:
        return frozenset()
    names = [said.value] if isinstance(said.value, str) else said.value
    if not isinstance(names, list) or any(name not in EMULATED for name in names):
        raise InvalidRequest(f"{said.param} must be a list of: {', '.join(EMULATED)}.", param=said.param)
    return frozenset(names)


def _options(body: Body) -> Mapping[str, Mapping[str, object]]:
    """`provider_options`: provider -> members. Which providers there are the engine knows."""
    said = body.first("provider_options")
    if said is None:
        return {}
    if not isinstance(said.value, dict):
        raise InvalidRequest(f"{said.param} must be an object of providers.", param=said.param)
    named = {name: value for name, value in said.value.items() if value is not None}
    if len(named) > MOST_PROVIDERS:
        raise InvalidRequest(f"{said.param} names {len(named)} providers; name those you use.", param=said.param)
    return {name: _members(value, f"{said.param}.{name[:60]}") for name, value in named.items()}


def _members(value: object, param: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise InvalidRequest(f"{param} must be an object of members for that provider's body.", param=param)
    return value


def _webhook(body: Body) -> Webhook | None:
    said = body.first("webhook")
    if said is None or said.value == "":
        return None
    if not isinstance(said.value, Mapping):
        raise InvalidRequest(f"{said.param} must be an object with `url` and `secret_id`.", param=said.param)
    return Webhook(url=_text(said, "url", LONGEST_URL), secret=_text(said, "secret_id", LONGEST_NAME))


def _text(said: Said, member: str, longest: int) -> str:
    assert isinstance(said.value, Mapping)
    value, param = said.value.get(member), f"{said.param}.{member}"
    value = value.strip() if isinstance(value, str) else value
    if value is None or value == "":
        raise MissingParameter(f"{param} is missing: a webhook needs `url` and `secret_id`.", param=param)
    if not isinstance(value, str) or len(value) > longest:
        raise InvalidRequest(f"{param} must be text of at most {longest} characters.", param=param)
    return value


def header_sayings(headers: Mapping[str, tuple[str, ...]]) -> Mapping[str, tuple[Said, ...]]:
    """What headers of these names say, as if it stood in the body."""
    return {
        HEADERS[name]: tuple(Said(value=value.strip(), param=name) for value in values)
        for name, values in headers.items()
    }
