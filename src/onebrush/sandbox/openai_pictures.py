"""The pictures of an OpenAI edit: multipart parts or JSON references, masks and markups."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request

from onebrush.sandbox import inputs
from onebrush.sandbox import openai_errors as errors
from onebrush.sandbox.fields import Fields
from onebrush.sandbox.inputs import NotAPicture, NotBase64, Picture, has_clear_pixels, look
from onebrush.sandbox.limits import OpenAIModel
from onebrush.sandbox.links import Links
from onebrush.sandbox.openai_files import Shelf
from onebrush.sandbox.reading import LARGEST_BODY, MEGABYTE, TooLarge

MEDIA_TYPES = ("image/png", "image/jpeg", "image/webp")
PICTURE_PARTS = ("image", "image[]", "mask", "markup")
NUMBERS = ("n", "output_compression", "partial_images", "frame_count", "frame_duration_ms")
LONGEST_URL = 20_971_520


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """What an edit works on."""

    images: tuple[Picture, ...] = ()
    mask: Picture | None = None
    markup: Picture | None = None

    @property
    def mask_data(self) -> bytes | None:
        return self.mask.data if self.mask else None

    @property
    def markup_data(self) -> bytes | None:
        return self.markup.data if self.markup else None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sources:
    """Where the references of a JSON edit may lead."""

    request: Request
    links: Links
    shelf: Shelf


async def from_form(request: Request) -> tuple[dict[str, Any], dict[str, list[bytes]]]:
    """Split a multipart body into fields, as JSON would have them, and picture parts."""
    if int(request.headers.get("content-length", "0")) > LARGEST_BODY:
        raise TooLarge
    async with request.form(max_files=64, max_fields=256, max_part_size=MEGABYTE) as form:
        pictures = {name: [await _part(name, part) for part in form.getlist(name)] for name in _named(form)}
        return _values(form), pictures


def _named(form: FormData) -> list[str]:
    return [name for name in PICTURE_PARTS if name in form]


async def _part(name: str, part: UploadFile | str) -> bytes:
    if isinstance(part, str):
        raise errors.invalid(name, f"Invalid type for '{name}': expected a file, but got a string instead.")
    if part.content_type not in MEDIA_TYPES:
        message = f"Invalid file '{name}': unsupported mimetype ('{part.content_type or 'none'}')."
        raise errors.refusal(400, message, param=name, code="unsupported_file_mimetype")
    return await part.read()


def _values(form: FormData) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, value in form.multi_items():
        if name in PICTURE_PARTS:
            continue
        if name in values:
            raise errors.refusal(400, f"Duplicate parameter: '{name}'.", param=name, code="duplicate_parameter")
        if not isinstance(value, str):
            raise errors.unknown(name)
        values[name] = _typed(name, value)
    return _nested(values)


def _typed(name: str, text: str) -> Any:
    """Numbers and booleans travel as text in a form."""
    if name in NUMBERS and text.isascii() and text.removeprefix("-").isdigit():
        return int(text)
    return {"true": True, "false": False}.get(text, text) if name == "stream" else text


def _nested(values: dict[str, Any]) -> dict[str, Any]:
    model, effort = values.pop("svg[model]", None), values.pop("svg[reasoning][effort]", None)
    if model is None and effort is None:
        return values
    reasoning = None if effort is None else {"effort": effort}
    return {**values, "svg": {"model": model, "reasoning": reasoning}}


def form_pictures(parts: Mapping[str, list[bytes]], row: OpenAIModel) -> Pictures:
    """Check the picture parts of a form."""
    if len(parts.get("image", ())) > 1:
        message = "Duplicate parameter: 'image'. You provided multiple values; use 'image[]' for several files."
        raise errors.refusal(400, message, param="image", code="duplicate_parameter")
    images = [*parts.get("image", ()), *parts.get("image[]", ())]
    return _checked(images, _only(parts, "mask"), _only(parts, "markup"), row, "image")


def _only(parts: Mapping[str, list[bytes]], name: str) -> bytes | None:
    found = parts.get(name, [])
    if len(found) > 1:
        raise errors.refusal(400, f"Duplicate parameter: '{name}'.", param=name, code="duplicate_parameter")
    return found[0] if found else None


def json_pictures(values: dict[str, Any], row: OpenAIModel, sources: Sources) -> Pictures:
    """Take the `images` and `mask` references out of a JSON edit and check them.

    A `markup` reference is in no published schema of the JSON body (unverified), so it stays an unknown field.
    """
    if row.dalle:
        raise errors.invalid("images", "JSON edits are for GPT image models only.")
    listed = Fields(values, errors.invalid).items("images")
    if not listed:
        raise errors.missing("images")
    if len(listed) > row.references:
        raise errors.invalid("images", f"Too many images: at most {row.references}.")
    images = [_reference(entry, f"images[{index}]", sources) for index, entry in enumerate(listed)]
    mask = _reference(values["mask"], "mask", sources) if values.get("mask") is not None else None
    for name in ("images", "mask"):
        values.pop(name, None)
    return _checked(images, mask, None, row, "images")


def _reference(entry: Any, path: str, sources: Sources) -> bytes:
    if not isinstance(entry, dict):
        raise errors.invalid(path, f"Invalid type for '{path}': expected an object.")
    fields = Fields(entry, errors.invalid, f"{path}.")
    for name in fields.unknown(("image_url", "file_id")):
        raise errors.unknown(fields.path(name))
    if len(fields.names()) != 1:
        raise errors.invalid(path, f"'{path}' must have exactly one of 'image_url' and 'file_id'.")
    if "file_id" in fields:
        return _filed(fields.text("file_id") or "", fields.path("file_id"), sources)
    return _fetched(fields.text("image_url", LONGEST_URL) or "", fields.path("image_url"), sources)


def _filed(name: str, path: str, sources: Sources) -> bytes:
    file = sources.shelf.find(name)
    if file is None:
        raise errors.invalid(path, f"No such file: '{name}'.")
    return file.data


def _fetched(url: str, path: str, sources: Sources) -> bytes:
    split = inputs.split_data_uri(url)
    if split is None:
        own = sources.links.own(sources.request, url)
        if own is None:
            raise errors.invalid(path, "Error while downloading the image. The sandbox reads data URIs only.")
        return own
    media_type, text = split
    if media_type not in MEDIA_TYPES:
        raise errors.refusal(400, f"Unsupported mimetype '{media_type}'.", param=path, code="unsupported_file_mimetype")
    try:
        return inputs.decode(text)
    except NotBase64 as error:
        raise errors.bad_image("Invalid base64 image data.", path) from error


def _checked(images: list[bytes], mask: bytes | None, markup: bytes | None, row: OpenAIModel, param: str) -> Pictures:
    if not images:
        raise errors.missing(param)
    if len(images) > row.references:
        raise errors.invalid(param, f"Too many images: at most {row.references}.")
    if mask and markup:
        raise errors.invalid("markup", "'markup' and 'mask' exclude each other.")
    if markup and not row.markup:
        # Since 2.5 only (developers.openai.com/api/reference/resources/images/methods/edit).
        raise errors.invalid("markup", "'markup' is not supported by this model.")
    seen = tuple(_picture(data, param) for data in images)
    return Pictures(images=seen, mask=_mask(mask, seen[0]), markup=_markup(markup, seen[0]))


def _picture(data: bytes, param: str) -> Picture:
    if len(data) >= 50 * MEGABYTE:
        raise errors.bad_image("Invalid image file: each image must be less than 50MB.", param)
    try:
        picture = look(data, upright=True)
    except NotAPicture as error:
        raise errors.bad_image("Invalid image file or mode, please check your image file.", param) from error
    if picture.format not in ("png", "jpeg", "webp"):
        raise errors.bad_image(f"Invalid image file: {picture.format} is not supported.", param)
    return picture


def _overlay(data: bytes, first: Picture, param: str) -> Picture:
    picture = _picture(data, param)
    if picture.format != "png" or not picture.alpha:
        raise errors.bad_image(f"Invalid {param}: it must be a PNG with an alpha channel.", param)
    if (picture.width, picture.height) != (first.width, first.height):
        raise errors.bad_image(f"Invalid {param}: its size does not match the size of the first image.", param)
    return picture


def _mask(data: bytes | None, first: Picture) -> Picture | None:
    if data is None:
        return None
    if len(data) >= 4 * MEGABYTE:
        raise errors.bad_image("Invalid mask: it must be less than 4MB.", "mask")
    return _overlay(data, first, "mask")


def _markup(data: bytes | None, first: Picture) -> Picture | None:
    if data is None:
        return None
    picture = _overlay(data, first, "markup")
    if not has_clear_pixels(picture):
        raise errors.bad_image("Invalid markup: it must contain transparent pixels.", "markup")
    return picture
