"""Pictures a caller gives, in every spelling: data URI, base64, link, the id of a kept one, objects around these."""

from __future__ import annotations

import re

from onebrush.domain.errors import ConflictingParameters, InvalidImage, InvalidRequest, NotBuiltYet
from onebrush.domain.turn import Image
from onebrush.kit.lift import Lifted, Places
from onebrush.wires.openai.said import FOLDERS, Body

# In this order, when several are used at once.
PICTURE_FIELDS = (
    "image", "image[]", "images", "image_url", "image_urls", "input_references", "inline_data", "inlineData",
)  # fmt: skip
# What holds the picture where one of these is an object.
MEMBERS = ("image_url", "url", "image", "data", "inline_data", "inlineData")
# Pictures that belong to the first of the others.
OVERLAYS = ("mask", "markup")

_NAMES = (*PICTURE_FIELDS, *OVERLAYS)
_AROUND = ("", ".image_url", ".image_url.url", ".url", ".image", ".data", ".inline_data.data", ".inlineData.data")


def _picture_places() -> list[str]:
    """Where a body may carry pictures; everything else is text and is never touched."""
    listed = [*(f"{name}[]" for name in _NAMES), *_NAMES]
    folders = ["", *(f"{folder}." for folder in FOLDERS), "extra.parameters.", "extra_body.parameters."]
    at_top = [f"{folder}{name}{around}" for folder in folders for name in listed for around in _AROUND]
    return [*at_top, *_conversation_places()]


def _conversation_places() -> list[str]:
    return [
        f"{folder}{turns}[].{parts}[].{key}"
        for folder in ("", "extra.", "extra_body.")
        for turns in ("contents", "input.messages")
        for parts in ("parts", "content")
        for key in ("image", "image.url", "image_url", "image_url.url", "inline_data.data", "inlineData.data")
    ]


PLACES = Places(*_picture_places())
# A form's spelling, which some clients keep in JSON; as a pattern it would read as a list.
for _place in (PLACES.root.key("image[]"), PLACES.root.key("image[]").item()):
    _place.picture = True

_ID = re.compile(r"img_[A-Za-z0-9_-]{1,100}\Z", re.ASCII)


def read_pictures(body: Body) -> list[Image]:
    """The pictures given beside the words, one ordered list; one that is to be gone on from is the first."""
    fields = [said for name in PICTURE_FIELDS for said in body.all(name)]
    return [*_previous(body), *(image for said in fields for image in _listed(said.value, said.param))]


def read_overlays(body: Body) -> tuple[Image | None, Image | None]:
    """`mask` and `markup`, each one picture, which may stand in a list. Raises InvalidRequest and InvalidImage."""
    mask, markup = (_overlay(body, name) for name in OVERLAYS)
    return mask, markup


def _overlay(body: Body, name: str) -> Image | None:
    said = body.first(name)
    if said is None or said.value in ("", []):
        return None
    given = said.value if isinstance(said.value, list) else [said.value]
    if len(given) > 1:
        raise InvalidRequest(f"{said.param} is one picture; {len(given)} were given.", param=said.param)
    return picture(given[0], said.param)


def _previous(body: Body) -> list[Image]:
    said = body.first("previous_image_id")
    if said is None or said.value == "":
        return []
    if not isinstance(said.value, str) or not _ID.match(said.value.strip()):
        raise InvalidRequest(
            f"{said.param} must be the id of a picture kept here (img_…); links and bytes go in `image`.",
            param=said.param,
        )
    return [Image(source=said.value.strip(), param=said.param)]


def _listed(value: object, param: str) -> list[Image]:
    if isinstance(value, list):
        return [picture(item, f"{param}[{place}]") for place, item in enumerate(value)]
    return [picture(value, param)]


def picture(value: object, param: str) -> Image:
    """One picture: bytes lifted out, a link, an id, or an object around one of these. Raises InvalidImage."""
    if isinstance(value, dict):
        return _wrapped(value, param)
    if isinstance(value, Lifted):
        return Image(source=value.blob, param=param, media_type=value.media_type)
    if isinstance(value, str) and _is_name(value.strip()):
        return Image(source=value.strip(), param=param)
    raise InvalidImage(f"{param} {_not_a_picture(value)}", param=param)


def _is_name(text: str) -> bool:
    return text.lower().startswith(("http://", "https://")) or _ID.match(text) is not None


def _wrapped(value: dict[str, object], param: str) -> Image:
    """`{"image_url": …}`, `{"url": …}` or `{"mime_type": …, "data": …}`, as other formats write a picture."""
    said = [name for name in MEMBERS if value.get(name) is not None]
    if len(said) > 1:
        raise ConflictingParameters(
            f"{param} holds a picture in {' and in '.join(said)}; say it once.", param=f"{param}.{said[1]}"
        )
    if said:
        return picture(value[said[0]], f"{param}.{said[0]}")
    if value.get("file_id") is not None:
        raise NotBuiltYet(
            f"{param}.file_id is not served by this version of the gateway; send the picture itself.",
            param=f"{param}.file_id",
        )
    raise InvalidImage(f"{param} is an object without `image_url`.", param=param)


_TAKEN = (
    "Taken are a data URI (data:image/png;base64,…), bare base64, an http(s) link, or the id of a kept picture (img_…)."
)


def _not_a_picture(value: object) -> str:
    if not isinstance(value, str):
        return f"is no picture. {_TAKEN}"
    if not value:
        return f"is empty. {_TAKEN}"
    if value.lower().startswith("data:"):
        return "is a data URI without base64; write data:image/png;base64,…"
    return f"is neither base64 of a picture nor a link. {_TAKEN}"
