"""A caller's body on the main door, JSON or a form -> the canonical request.

The format is OpenAI's, with the other families' fields beside it and the four ways of writing a Qwen request;
null means "did not say", an unknown field is a warning, one thing said two ways is refused.
"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Mapping

from onebrush.domain.errors import (
    ConflictingParameters,
    InvalidRequest,
    MissingParameter,
    NotBuiltYet,
    UnknownParameter,
)
from onebrush.domain.field import FIELDS, Field
from onebrush.domain.model import AnswerForm
from onebrush.domain.request import GenerationRequest
from onebrush.domain.warning import RequestWarning
from onebrush.wires.openai.members import MEMBERS, canonical, check_svg, leftovers
from onebrush.wires.openai.own import OWN_FIELDS, header_sayings, read_own
from onebrush.wires.openai.references import OVERLAYS, PICTURE_FIELDS, read_overlays
from onebrush.wires.openai.said import Body, Said, unfold
from onebrush.wires.openai.sizes import read_size
from onebrush.wires.openai.strays import strays
from onebrush.wires.openai.words import misspelt, read_turns

# Fields of the contract that come with later versions: a value that asks for nothing is let pass, as is empty text.
LATER: Mapping[str, tuple[object, ...]] = {
    "stream": (False,),
    "partial_images": (0,),
    "max_cost": (),
}

# Read elsewhere, or kept for the record only.
_READ = {
    "model", "prompt", "contents", "n", "size", "image_size", "aspect_ratio", "resolution",
    "response_format", "metadata", "mime_type", "previous_image_id", "tools",
    *MEMBERS, *PICTURE_FIELDS, *OVERLAYS, *OWN_FIELDS,
}  # fmt: skip

# Fields that keep from buying: a slip in one of them is no reason to buy.
GUARDS = ("strict", "dry_run", "max_cost")

# What other formats call a field.
MEANT = {
    "num_images": "n", "number_of_images": "n", "width": "size", "height": "size", "guidance": "guidance_scale",
    "cfg_scale": "guidance_scale", "messages": "contents", "format": "output_format", "ratio": "aspect_ratio",
}  # fmt: skip

# Looking for what an unknown field may have meant takes a millisecond: a body may not have thousands.
MOST_FIELDS = 200
MOST_TOLD = 20


def decode(
    body: object,
    *,
    default_model: str | None = None,
    edit: bool = False,
    headers: Mapping[str, tuple[str, ...]] | None = None,
) -> GenerationRequest:
    """The request of a body with its pictures lifted out. Raises InvalidRequest and its kinds, naming the field.

    `edit` demands a picture. `headers` are those of own.HEADERS that were sent, each with its values.
    """
    said = canonical(unfold(body, header_sayings(headers or {})))
    own = read_own(said)
    if own.asynchronous:
        _refuse_stream(said)
    _refuse_later(said)
    turns, reworded = read_turns(said)
    mask, markup = read_overlays(said)
    if edit and not any(turn.images for turn in turns):
        raise MissingParameter("`image` is missing: an edit needs a picture to start from.", param="image")
    fields, spelled, unknown = _fields(said)
    return GenerationRequest(
        model=_model(said, default_model),
        turns=turns,
        n=_count(said),
        size=read_size(said),
        answer_form=_answer_form(said),
        fields=fields,
        spelled=spelled,
        link_ttl=own.link_ttl,
        store=own.store,
        mask=mask,
        markup=markup,
        strict=own.strict,
        dry_run=own.dry_run,
        exact_size=own.exact_size,
        emulate=own.emulate,
        provider_options=own.provider_options,
        asynchronous=own.asynchronous,
        webhook=own.webhook,
        metadata=own.metadata,
        warnings=(*reworded, *unknown),
    )


def _refuse_stream(body: Body) -> None:
    """What is answered later is not streamed."""
    for said in body.all("stream"):
        if _asks(said, LATER["stream"]):
            raise ConflictingParameters(
                f"async and {said.param} exclude each other: the events of an asynchronous generation are streamed by "
                "GET /v1/images/generations/{id}.",
                param=said.param,
            )


def _asks(said: Said, harmless: tuple[object, ...]) -> bool:
    return said.value not in (*harmless, "", *(str(value).lower() for value in harmless))


def _refuse_later(body: Body) -> None:
    for name, harmless in LATER.items():
        for said in body.all(name):
            if _asks(said, harmless):
                raise NotBuiltYet(
                    f"{said.param} is not served by this version of the gateway yet; leave it out.",
                    param=said.param,
                )


def _model(body: Body, default: str | None) -> str:
    said = body.first("model")
    name = said.value if said else default
    if name is None or name == "":
        hint = "" if said else misspelt(body, "model")
        raise MissingParameter(f"`model` is missing; GET /v1/models lists the names.{hint}", param="model")
    if not isinstance(name, str) or len(name) > 200:
        raise InvalidRequest("model must be a name of at most 200 characters.", param="model")
    return name


def _count(body: Body) -> int:
    said = body.first("n")
    if said is None:
        return 1
    count = Field(name="n", kind="integer", minimum=1, maximum=10).parse(said.value, said.param)
    assert isinstance(count, int)
    return count


def _answer_form(body: Body) -> AnswerForm | None:
    said = body.first("response_format")
    if said is None:
        return None
    if said.value == "url":
        return "url"
    if said.value == "b64_json":
        return "b64_json"
    raise InvalidRequest("response_format must be 'url' or 'b64_json'.", param=said.param)


# Families' fields


Fields = dict[str, object]


def _fields(body: Body) -> tuple[Fields, dict[str, str], tuple[RequestWarning, ...]]:
    """The families' fields by canonical name, where they were said by another, and a word on what nobody knows."""
    names = [name for name in body if name not in _READ and name not in LATER]
    if len(names) > MOST_FIELDS:
        raise InvalidRequest(f"The body has {len(names)} fields beside those of every model; send fewer.")
    fields: Fields = {}
    spelled: dict[str, str] = {}
    unknown: list[Said] = []
    for name in names:
        said = body.first(name)
        assert said is not None
        if name not in FIELDS:
            unknown.append(said)
            continue
        if name == "svg":
            check_svg(said)
        value = _modalities(said) if name == "response_modalities" else FIELDS[name].parse(said.value, said.param)
        # -1 is how a caller writes "any seed".
        if not (name == "seed" and value == -1):
            fields[name], spelled[name] = value, said.param
    inside = itertools.islice(itertools.chain(leftovers(body), strays(body)), MOST_TOLD)
    return fields, _other_names(spelled), tuple(_unknown(said) for said in (*unknown, *inside))


def _other_names(spelled: Mapping[str, str]) -> dict[str, str]:
    return {name: param for name, param in spelled.items() if param != name}


def _modalities(said: Said) -> list[str]:
    """`"image"`, or a list with `text` beside it; a picture is always among them."""
    raw = [said.value] if isinstance(said.value, str) else said.value
    if not isinstance(raw, list) or not all(isinstance(item, str) for item in raw):
        raise InvalidRequest(f"{said.param} must be 'image', or a list of 'text' and 'image'.", param=said.param)
    words = [str(item).upper() for item in raw]
    if "IMAGE" not in words or not set(words) <= {"IMAGE", "TEXT"}:
        raise InvalidRequest(f"{said.param} must name 'image', and beside it only 'text'.", param=said.param)
    return [word for word in ("TEXT", "IMAGE") if word in words]


def _unknown(said: Said) -> RequestWarning:
    name = said.param.rsplit(".", 1)[-1]
    known = [*FIELDS, *_READ, *LATER]
    nearest = [MEANT[name]] if name in MEANT else difflib.get_close_matches(name[:64], sorted(known), n=1, cutoff=0.75)
    if nearest and nearest[0] in GUARDS:
        raise UnknownParameter(
            f"{said.param[:100]} is not a known field. If {nearest[0]} is meant, write it so: without it the request "
            "would have been bought as it stands.",
            param=said.param[:100],
        )
    hint = f" Did you mean {nearest[0]}?" if nearest else ""
    return RequestWarning(
        code="unknown_field",
        message=f"{said.param[:100]} is not a known field; it was not sent.{hint}",
        param=said.param[:100],
        asked=_shown(said.value),
        allowed=tuple(nearest),
    )


def _shown(value: object) -> object:
    """What a warning may repeat of a value nobody knows: what is short and plain."""
    if isinstance(value, str):
        return value[:100]
    return value if isinstance(value, bool | int | float) else None
