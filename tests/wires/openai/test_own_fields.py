"""Masks, kept pictures, and the gateway's own fields on the main door: read in every place they may stand."""

from __future__ import annotations

import base64
from typing import Any

import pytest

from onebrush.domain.errors import (
    ConflictingParameters,
    InvalidRequest,
    MissingParameter,
    NotBuiltYet,
    UnknownParameter,
)
from onebrush.domain.request import GenerationRequest
from onebrush.domain.webhook import Webhook
from onebrush.wires.openai.decode import decode
from tests.wires.openai.bodies import ONE, THREE, TWO, data_uri, given, lifted, pictures, said

LINK = "https://pictures.example/cat.png"
KEPT = "img_hqzpff7jeh35znoqzmiokr4nna"


def refusal(**fields: Any) -> InvalidRequest:
    with pytest.raises(InvalidRequest) as refused:
        said(**fields)
    return refused.value


def with_headers(headers: dict[str, tuple[str, ...]], **fields: Any) -> GenerationRequest:
    return decode(lifted({"model": "painter", "prompt": "a cat", **fields}), headers=headers)


# Masks


SPELLINGS: list[Any] = [
    data_uri(TWO),
    base64.b64encode(TWO).decode(),
    {"image_url": data_uri(TWO)},
    {"url": data_uri(TWO)},
    {"inline_data": {"mime_type": "image/png", "data": base64.b64encode(TWO).decode()}},
]


@pytest.mark.parametrize("name", ["mask", "markup"])
@pytest.mark.parametrize("spelling", SPELLINGS, ids=["uri", "base64", "image_url", "url", "inline_data"])
@pytest.mark.parametrize("folder", [None, "parameters", "extra", "extra_body"])
def test_a_mask_is_read_in_every_spelling_and_stands_beside_the_pictures(
    name: str, spelling: object, folder: str | None
) -> None:
    fields = {name: spelling}
    request = said(image=data_uri(ONE), **({folder: fields} if folder else fields))

    overlay = request.mask if name == "mask" else request.markup
    assert overlay is not None
    assert (given(overlay), overlay.param.split(".")[1 if folder else 0]) == (TWO, name)
    assert pictures(request) == [ONE]
    assert request.warnings == ()


@pytest.mark.parametrize("source", [LINK, KEPT])
def test_a_mask_may_be_a_link_or_a_kept_picture(source: str) -> None:
    mask = said(image=data_uri(ONE), mask=source).mask

    assert mask is not None
    assert mask.source == source


def test_a_mask_belongs_to_a_picture_of_the_conversation_too() -> None:
    contents = [{"parts": [{"image": data_uri(ONE)}, {"text": "a cat"}]}]

    assert said(contents=contents, mask=data_uri(TWO)).mask is not None


def test_two_masks_are_refused_and_an_empty_one_was_not_said() -> None:
    both = refusal(image=data_uri(ONE), mask=data_uri(TWO), extra={"mask": data_uri(THREE)})
    listed = refusal(image=data_uri(ONE), mask=[data_uri(TWO), data_uri(THREE)])

    assert isinstance(both, ConflictingParameters)
    assert (listed.code, listed.param) == ("invalid_value", "mask")
    assert said(mask="").mask is None


# Kept pictures


@pytest.mark.parametrize("name", ["image", "images", "image_url", "image_urls", "input_references"])
def test_a_kept_pictures_id_is_a_picture_wherever_one_may_stand(name: str) -> None:
    assert pictures(said(**{name: KEPT})) == pictures(said(**{name: [KEPT]})) == [KEPT]
    assert pictures(said(contents=[{"parts": [{"text": "a cat"}, {"image": KEPT}]}])) == [KEPT]


def test_the_previous_picture_is_the_first_of_the_last_turn() -> None:
    request = said(previous_image_id=KEPT, image=data_uri(ONE))

    assert pictures(request) == [KEPT, ONE]
    assert request.images[0].param == "previous_image_id"
    assert pictures(said(previous_image_id="")) == []


@pytest.mark.parametrize("value", [LINK, "cat", "img_", "img_" + "x" * 101, "img_../../secret", 5, [KEPT]])
def test_a_previous_picture_is_an_id(value: object) -> None:
    assert refusal(previous_image_id=value).param == "previous_image_id"


@pytest.mark.parametrize("fields", [{"images": [{"file_id": "file-1"}]}, {"image": {"file_id": "file-1"}}])
def test_a_vendors_file_id_is_refused_saying_that_it_is_not_served(fields: dict[str, Any]) -> None:
    refused = refusal(**fields)

    assert isinstance(refused, NotBuiltYet)
    assert (refused.param or "").endswith("file_id")


def test_an_edit_demands_a_picture() -> None:
    body = {"model": "m", "prompt": "a cat"}
    with pytest.raises(MissingParameter) as refused:
        decode(lifted(body), edit=True)

    assert refused.value.param == "image"
    assert pictures(decode(lifted({**body, "previous_image_id": KEPT}), edit=True)) == [KEPT]
    assert pictures(decode(lifted({**body, "image": data_uri(ONE)}), edit=True)) == [ONE]


# The output's format


@pytest.mark.parametrize(("mime_type", "form"), [("image/png", "png"), ("image/jpeg", "jpeg"), ("IMAGE/JPEG", "jpeg")])
def test_a_mime_type_is_an_output_format(mime_type: str, form: str) -> None:
    assert said(mime_type=mime_type).fields == {"output_format": form}
    assert said(mime_type=mime_type, output_format=form).fields == {"output_format": form}


def test_a_mime_type_and_another_format_contradict() -> None:
    refused = refusal(mime_type="image/png", output_format="jpeg")

    assert isinstance(refused, ConflictingParameters)
    assert "mime_type" in refused.message
    assert "output_format" in refused.message


@pytest.mark.parametrize("value", ["png", "image/webp", 5, ["image/png"]])
def test_another_mime_type_is_refused(value: object) -> None:
    assert refusal(mime_type=value).param == "mime_type"


# Flags, in fields and headers


FLAGS = {"strict": "X-OneBrush-Strict", "dry_run": "X-OneBrush-Dry-Run", "store": "X-OneBrush-Store"}


@pytest.mark.parametrize(("name", "header"), FLAGS.items())
@pytest.mark.parametrize(("text", "value"), [("true", True), ("False", False)])
def test_a_flag_is_read_from_its_field_and_from_its_header(name: str, header: str, text: str, value: bool) -> None:
    assert getattr(said(**{name: value}), name) is value
    assert getattr(said(**{name: text}), name) is value
    assert getattr(with_headers({header: (text,)}), name) is value
    assert getattr(with_headers({header: (text, text.upper())}, **{name: value}), name) is value


@pytest.mark.parametrize(("name", "header"), FLAGS.items())
def test_a_field_and_a_header_that_differ_are_refused_naming_both(name: str, header: str) -> None:
    with pytest.raises(ConflictingParameters, match=header):
        with_headers({header: ("true",)}, **{name: False})
    with pytest.raises(ConflictingParameters, match=header):
        with_headers({header: ("true", "false")})


@pytest.mark.parametrize(("name", "header"), FLAGS.items())
def test_what_is_no_flag_is_refused_naming_where_it_stood(name: str, header: str) -> None:
    assert refusal(**{name: "perhaps"}).param == name
    with pytest.raises(InvalidRequest) as refused:
        with_headers({header: ("perhaps",)})
    assert refused.value.param == header


def test_the_life_of_links_is_read_from_field_and_header() -> None:
    assert with_headers({"X-OneBrush-Link-TTL": ("60",)}).link_ttl == 60
    assert with_headers({"X-OneBrush-Link-TTL": ("60",)}, link_ttl=60).link_ttl == 60
    with pytest.raises(ConflictingParameters):
        with_headers({"X-OneBrush-Link-TTL": ("60",)}, link_ttl=61)


def test_free_text_ids_and_links_said_twice_must_be_the_same_letter_by_letter() -> None:
    for name, one, other in [
        ("previous_image_id", "img_A", "img_a"),
        ("negative_prompt", "A hat", "a hat"),
        ("user", "a*b", "axb"),
        ("mask", "https://pictures.example/A.png", "https://pictures.example/a.png"),
    ]:
        assert isinstance(refusal(image=data_uri(ONE), **{name: one}, parameters={name: other}), ConflictingParameters)
        said(image=data_uri(ONE), **{name: one}, parameters={name: one})


def test_words_numbers_and_sizes_said_twice_may_differ_in_spelling() -> None:
    twice = said(
        size="1K", n=2, strict=True, seed=4, parameters={"size": "1k", "n": "2", "strict": "TRUE", "seed": "4"}
    )

    assert (twice.n, twice.strict, twice.fields["seed"]) == (2, True, 4)


def test_unsaid_nothing_is_strict_dry_or_exact() -> None:
    request = said()

    assert (request.strict, request.dry_run, request.exact_size, request.store) == (False, False, False, True)
    assert (request.emulate, request.provider_options, request.mask) == (frozenset(), {}, None)


# Exact sizes


def test_whether_an_exact_size_can_be_exact_is_not_the_formats_to_say() -> None:
    assert said(exact_size=True).exact_size
    assert not said(exact_size="false", size="300x200").exact_size


# What the gateway may stand in for


@pytest.mark.parametrize("value", ["negative_prompt", ["negative_prompt"], ["negative_prompt", "negative_prompt"]])
def test_a_negative_prompt_may_be_emulated(value: object) -> None:
    assert said(emulate=value).emulate == {"negative_prompt"}


def test_nothing_to_emulate_is_nothing_said() -> None:
    assert said(emulate=[]).emulate == frozenset()


@pytest.mark.parametrize("value", ["seed", ["negative_prompt", "seed"], [5], [["negative_prompt"]], {}, True])
def test_nothing_else_is_emulated(value: object) -> None:
    refused = refusal(emulate=value)

    assert refused.param == "emulate"
    assert "negative_prompt" in refused.message


# Options for one provider


def test_options_are_kept_as_written_by_provider() -> None:
    options = {"openai": {"a": {"b": [1, None, "x"]}}, "ark": {}, "gemini": None}

    assert said(provider_options=options).provider_options == {"openai": {"a": {"b": [1, None, "x"]}}, "ark": {}}


@pytest.mark.parametrize("value", ["x", [], {"ark": 5}, {"gemini": ["a"]}, {"openai": "x"}])
def test_options_are_objects_of_objects(value: object) -> None:
    assert (refusal(provider_options=value).param or "").startswith("provider_options")


@pytest.mark.parametrize("metadata", [{"order": "7", "tags": [1, None]}, "free text", [], 0])
def test_metadata_is_kept_as_it_is(metadata: object) -> None:
    assert said(metadata=metadata).metadata == metadata


def test_metadata_that_is_long_is_refused_with_both_sizes() -> None:
    assert said(metadata="m" * 16_382).metadata == "m" * 16_382
    error = refusal(metadata="m" * 16_383)
    assert (error.param, "16385 bytes" in error.message, "16384" in error.message) == ("metadata", True, True)


def test_the_callers_user_and_metadata_bring_no_warning() -> None:
    request = said(user="u-1", metadata={"a": 1})

    assert (request.fields, request.warnings) == ({"user": "u-1"}, ())


def test_a_misspelt_field_of_the_gateways_own_is_told_with_its_name() -> None:
    [warning] = said(masks=True).warnings

    assert "Did you mean mask?" in warning.message


@pytest.mark.parametrize(
    ("wrong", "right"), [("strikt", "strict"), ("dry-run", "dry_run"), ("dryrun", "dry_run"), ("maxcost", "max_cost")]
)
def test_a_slip_in_a_field_that_keeps_from_buying_buys_nothing(wrong: str, right: str) -> None:
    with pytest.raises(UnknownParameter) as refused:
        said(**{wrong: True})

    assert refused.value.param == wrong and right in refused.value.message


# Asynchronous use


@pytest.mark.parametrize("value", [True, "true", "TRUE"])
@pytest.mark.parametrize("folder", [None, "parameters", "extra"])
def test_an_asynchronous_request_is_said_in_any_place(value: object, folder: str | None) -> None:
    fields = {"async": value}

    assert said(**({folder: fields} if folder else fields)).asynchronous


@pytest.mark.parametrize("value", [False, "false", "", None])
def test_a_request_is_waited_for_unless_it_says_otherwise(value: object) -> None:
    request = said(**{"async": value})

    assert (request.asynchronous, request.warnings) == (False, ())


def test_what_is_neither_yes_nor_no_is_refused() -> None:
    assert refusal(**{"async": "later"}).param == "async"
    assert isinstance(refusal(**{"async": True, "extra": {"async": False}}), ConflictingParameters)


@pytest.mark.parametrize("stream", [True, "true"])
def test_what_is_answered_later_is_not_streamed(stream: object) -> None:
    refused = refusal(**{"async": True, "stream": stream})

    assert (refused.code, refused.param) == ("conflicting_parameters", "stream")
    assert said(**{"async": True, "stream": False}).asynchronous


# Webhooks

HOOK = {"url": "https://hooks.example/done?token=x", "secret_id": "main"}


def test_a_webhook_is_an_address_and_the_name_of_a_secret() -> None:
    assert said(webhook=HOOK).webhook == Webhook(url=HOOK["url"], secret="main")
    assert said(parameters={"webhook": {**HOOK, "url": f" {HOOK['url']} "}}).webhook == said(webhook=HOOK).webhook
    assert not said(webhook=HOOK).asynchronous


@pytest.mark.parametrize("value", [None, ""])
def test_without_one_nobody_is_told(value: object) -> None:
    assert said(webhook=value).webhook is None


@pytest.mark.parametrize(
    ("value", "code", "param"),
    [
        ("https://hooks.example", "invalid_value", "webhook"),
        ([HOOK], "invalid_value", "webhook"),
        ({"url": HOOK["url"]}, "missing_required_parameter", "webhook.secret_id"),
        ({**HOOK, "secret_id": None}, "missing_required_parameter", "webhook.secret_id"),
        ({**HOOK, "url": "  "}, "missing_required_parameter", "webhook.url"),
        ({**HOOK, "url": 5}, "invalid_value", "webhook.url"),
        ({**HOOK, "url": "https://" + "x" * 2048}, "invalid_value", "webhook.url"),
        ({**HOOK, "secret_id": "x" * 201}, "invalid_value", "webhook.secret_id"),
    ],
)
def test_half_a_webhook_is_refused(value: object, code: str, param: str) -> None:
    refused = refusal(webhook=value)

    assert (refused.code, refused.param) == (code, param)


def test_a_member_of_a_webhook_that_nobody_reads_is_told() -> None:
    [warning] = said(webhook={**HOOK, "events": ["done"]}).warnings

    assert (warning.code, warning.param) == ("unknown_field", "webhook.events")
