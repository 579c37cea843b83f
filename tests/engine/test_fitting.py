"""Fitting: what a model takes is sent, what it does not take is told, what cannot be is refused naming the field."""

from __future__ import annotations

from typing import Any

import pytest

from onebrush.catalogue.catalogue import Catalogue
from onebrush.domain.errors import InvalidRequest, MissingParameter
from onebrush.domain.model import Capability, FieldRule, ModelCard, Treatment
from onebrush.domain.request import FittedRequest, GenerationRequest, Operation
from onebrush.domain.size import Pixels, SizeAsk, SizeRule
from onebrush.domain.turn import Opaque, Turn
from onebrush.domain.warning import RequestWarning
from onebrush.engine.fitting import Alternatives, fit, refuse_early
from tests.engine.doubles import a_card, a_request, by_code, model, picture, user

OTHERS = Alternatives(editing="retoucher", drawing="painter")
EDITOR = a_card("editor", capability=Capability(text_to_image=False, min_references=1, max_references=2))
DRAWER = a_card("drawer", capability=Capability(max_references=0))
TALKER = a_card("talker", capability=Capability(max_references=9, multi_turn=True))


def fitted(
    request: GenerationRequest, card: ModelCard | None = None, platform: str = ""
) -> tuple[FittedRequest, tuple[RequestWarning, ...]]:
    return fit(request, card or a_card(), platform, OTHERS)


def with_fields(**rules: FieldRule) -> ModelCard:
    return a_card(fields=rules)


def sent(card: ModelCard, **fields: Any) -> dict[str, object]:
    return dict(fitted(a_request(fields=fields), card)[0].fields)


def codes(card: ModelCard, **fields: Any) -> list[str]:
    return [warning.code for warning in fitted(a_request(fields=fields), card)[1]]


# Ruling 11: pictures


def test_an_edit_without_a_picture_is_refused_naming_the_field_and_a_model_that_draws() -> None:
    with pytest.raises(MissingParameter) as refused:
        fitted(a_request(), EDITOR)

    assert refused.value.param == "image"
    assert "'editor'" in refused.value.message and "'painter'" in refused.value.message


def test_a_picture_for_a_model_of_words_alone_is_refused_naming_where_it_stood_and_a_model_that_edits() -> None:
    with pytest.raises(InvalidRequest) as refused:
        fitted(a_request(user(picture("contents[0].parts[1].image"), "a cat")), DRAWER)

    assert refused.value.param == "contents[0].parts[1].image"
    assert "'drawer'" in refused.value.message and "'retoucher'" in refused.value.message


def test_more_pictures_than_a_model_takes_are_refused_with_both_numbers() -> None:
    with pytest.raises(InvalidRequest, match=r"at most 2 pictures; 3 were given"):
        fitted(a_request(user(picture(), picture(), picture(), "join them")), EDITOR)


def test_a_retired_edit_model_still_demands_its_picture() -> None:
    with pytest.raises(MissingParameter):
        refuse_early(a_request(), EDITOR, OTHERS)
    refuse_early(a_request(user(picture(), "a hat")), EDITOR, OTHERS)


def test_references_keep_the_callers_order_and_make_it_an_edit() -> None:
    one, two = picture("image[0]"), picture("image[1]")

    request, warnings = fitted(a_request(user(one, "join", two)))

    assert (request.references, request.prompt, request.operation) == ((one, two), "join", Operation.EDIT)
    assert warnings == ()


# Ruling 10: history


def test_history_is_flattened_to_the_last_model_picture_the_last_users_pictures_and_words() -> None:
    early, first, last, mine = picture("a"), picture("b"), picture("c"), picture("d")
    turns = (user("a house", early), model("here", first, last), user("snow on it", mine))

    request, warnings = fitted(a_request(*turns))

    assert request.references == (last, mine)
    assert request.prompt == "snow on it"
    assert request.turns == (user(last, mine, "snow on it"),)
    warning = by_code(warnings)["history_flattened"]
    assert "2 earlier texts" in warning.message and "2 earlier pictures" in warning.message


def test_history_without_a_model_picture_keeps_the_last_users_pictures_alone() -> None:
    early, mine = picture("a"), picture("b")

    request, _ = fitted(a_request(user("a house", early), model("which one?"), user("this", mine)))

    assert request.references == (mine,)


def test_history_with_neither_keeps_all_pictures_of_the_user_in_order() -> None:
    one, two = picture("a"), picture("b")

    request, warnings = fitted(a_request(user(one), user("and", two), model("ok"), user("join them")))

    assert request.references == (one, two)
    assert "0 earlier pictures" in by_code(warnings)["history_flattened"].message


def test_one_turn_is_no_history() -> None:
    assert fitted(a_request(user(picture(), "a hat")))[1] == ()


def test_a_model_of_many_turns_gets_the_conversation_as_it_is() -> None:
    turns = (user("a house", picture()), model("here it is"), user("at night"))

    request, warnings = fitted(a_request(*turns), TALKER)

    assert request.turns == turns
    assert request.prompt == "at night"
    assert warnings == ()


def test_pictures_of_model_turns_go_to_the_users_next_turn_with_a_warning() -> None:
    mine, painted = picture("a"), picture("b")
    turns = (user("a house", mine), model("here", painted), user("at night"))

    request, warnings = fitted(a_request(*turns), TALKER)

    assert request.turns == (user("a house", mine), model("here"), user(painted, "at night"))
    assert request.references == (mine, painted)
    assert [warning.code for warning in warnings] == ["history_reshaped"]


def test_a_model_turn_of_nothing_but_a_picture_leaves_no_empty_turn() -> None:
    painted = picture()

    request, _ = fitted(a_request(user("a house"), model(painted), user("at night")), TALKER)

    assert request.turns == (user("a house", painted, "at night"),)


def test_a_vendors_own_parts_stay_where_they_are() -> None:
    signed = Turn(role="model", parts=(Opaque(provider="acme", value="signature"),))

    request, _ = fitted(a_request(user("a house"), signed, user("at night")), TALKER)

    assert request.turns[1] == signed


# Prompt length


def test_a_prompt_over_the_models_limit_is_refused_where_the_vendor_refuses() -> None:
    card = a_card(capability=Capability(prompt_limit=5))

    with pytest.raises(InvalidRequest, match="6 characters; model 'painter' takes 5") as refused:
        fitted(a_request(user("abcdef")), card)
    assert refused.value.param == "prompt"
    assert fitted(a_request(user("abcde")), card)[1] == ()


def test_a_prompt_over_the_limit_is_a_warning_where_the_vendor_cuts() -> None:
    card = a_card(capability=Capability(prompt_limit=5, prompt_cut=True))

    request, warnings = fitted(a_request(user("abcdef")), card)

    assert request.prompt == "abcdef"
    assert [warning.code for warning in warnings] == ["prompt_cut"]


# Rulings 5, 7, 12, 15: fields


def test_a_field_the_model_has_no_use_for_is_told_and_not_sent() -> None:
    request, (warning,) = fitted(a_request(fields={"quality": "high"}))

    assert request.fields == {}
    assert (warning.code, warning.param, warning.asked, warning.sent) == ("field_ignored", "quality", "high", None)


def test_an_ignored_field_is_told_and_a_refused_one_refused() -> None:
    assert codes(with_fields(style=FieldRule(treatment=Treatment.IGNORED)), style="vivid") == ["field_ignored"]
    with pytest.raises(InvalidRequest) as refused:
        sent(with_fields(style=FieldRule(treatment=Treatment.REJECTED)), style="vivid")
    assert refused.value.param == "style"


def test_an_emulated_field_is_neither_sent_nor_told() -> None:
    card = with_fields(output_format=FieldRule(treatment=Treatment.EMULATED))

    assert (sent(card, output_format="png"), codes(card, output_format="png")) == ({}, [])


def test_a_value_the_vendor_takes_for_granted_is_left_out_in_silence() -> None:
    card = with_fields(input_fidelity=FieldRule(values=("low", "high"), omit=("auto",)))

    assert (sent(card, input_fidelity="auto"), codes(card, input_fidelity="auto")) == ({}, [])


def test_a_word_is_mapped_to_one_the_model_has_and_told() -> None:
    card = with_fields(quality=FieldRule(values=("low", "high"), mapping={"max": "high"}))

    request, (warning,) = fitted(a_request(fields={"quality": "max"}), card)

    assert request.fields == {"quality": "high"}
    assert (warning.code, warning.asked, warning.sent) == ("field_adjusted", "max", "high")


def test_a_word_the_model_does_not_have_is_refused_with_those_it_has() -> None:
    with pytest.raises(InvalidRequest, match="low, high; not 'ultra'") as refused:
        sent(with_fields(quality=FieldRule(values=("low", "high"))), quality="ultra")
    assert refused.value.param == "quality"


def test_medium_fidelity_is_left_out_with_a_warning_never_refused() -> None:
    card = with_fields(input_fidelity=FieldRule(values=("low", "high"), omit=("auto",)))

    assert (sent(card, input_fidelity="medium"), codes(card, input_fidelity="medium")) == ({}, ["field_ignored"])
    assert sent(card, input_fidelity="high") == {"input_fidelity": "high"}


def test_a_default_is_sent_where_the_caller_did_not_say_and_only_there() -> None:
    card = with_fields(watermark=FieldRule(default=False))

    assert (sent(card), codes(card)) == ({"watermark": False}, [])
    assert sent(card, watermark=True) == {"watermark": True}


@pytest.mark.parametrize(("name", "value"), [("seed", 0), ("watermark", False), ("negative_prompt", "")])
def test_a_falsy_value_is_a_value(name: str, value: object) -> None:
    assert sent(with_fields(**{name: FieldRule()}), **{name: value}) == {name: value}


def test_a_number_out_of_the_models_bounds_is_refused() -> None:
    card = with_fields(seed=FieldRule(minimum=0, maximum=9))

    assert sent(card, seed=9) == {"seed": 9}
    with pytest.raises(InvalidRequest) as refused:
        sent(card, seed=10)
    assert refused.value.param == "seed"


def test_an_undocumented_effect_is_sent_and_told() -> None:
    card = with_fields(seed=FieldRule(unverified=True))

    assert (sent(card, seed=7), codes(card, seed=7)) == ({"seed": 7}, ["effect_unverified"])


# A related series

SERIES = a_card(
    capability=Capability(max_references=14),
    fields={
        "sequential_image_generation": FieldRule(values=("auto", "disabled")),
        "max_images": FieldRule(minimum=1, maximum=15),
    },
)


def test_max_images_leaves_room_for_the_references() -> None:
    fields = {"sequential_image_generation": "auto", "max_images": 15}

    request, (warning,) = fitted(a_request(user(*[picture()] * 4, "angles"), fields=fields), SERIES)

    assert request.fields["max_images"] == 11
    assert (warning.code, warning.param, warning.asked, warning.sent) == ("field_adjusted", "max_images", 15, 11)


@pytest.mark.parametrize("beside", [{}, {"sequential_image_generation": "disabled"}])
def test_max_images_without_a_series_is_told_not_dropped_in_silence(beside: dict[str, object]) -> None:
    request, (warning,) = fitted(a_request(fields={**beside, "max_images": 4}), SERIES)

    assert "max_images" not in request.fields
    assert (warning.code, warning.param, warning.asked) == ("field_ignored", "max_images", 4)


# The rest of the fitted request


def test_the_platforms_id_is_what_is_sent() -> None:
    card = a_card(upstream={"north": "painter-n", "south": "painter-s"})

    assert fitted(a_request(), card, "south")[0].model == "painter-s"
    assert fitted(a_request(), a_card(), "south")[0].model == "painter"


def test_the_vendor_is_asked_for_the_callers_form_where_it_has_a_choice() -> None:
    both = a_card(capability=Capability(answer_form="url", answer_forms=("url", "b64_json")))

    assert fitted(a_request(answer_form="b64_json"), both)[0].answer_form == "b64_json"
    assert fitted(a_request(), both)[0].answer_form == "url"
    assert fitted(a_request(answer_form="url"))[0].answer_form == "b64_json"


def test_size_and_its_warning_come_along() -> None:
    square = Pixels(width=1024, height=1024)
    card = a_card(size=SizeRule(kind="list", allowed=(square,)))
    ask = SizeAsk(pixels=Pixels(width=512, height=512), size_text="512x512")

    request, warnings = fitted(a_request(size=ask), card)

    assert request.size.pixels == square
    assert [warning.code for warning in warnings] == ["size_adjusted"]


# Rulings on the catalogue's own rows

CATALOGUE = Catalogue.load()


def real(name: str, request: GenerationRequest) -> tuple[FittedRequest, list[str]]:
    card = CATALOGUE.find(name)
    shaped, warnings = fit(request, card, "", OTHERS)
    return shaped, [f"{warning.code}:{warning.param}" for warning in warnings]


@pytest.mark.parametrize("name", ["doubao-seedream-4-0-250828", "doubao-seedream-3-0-t2i-250415"])
def test_seedream_is_told_not_to_mark_unless_the_caller_says(name: str) -> None:
    assert real(name, a_request())[0].fields["watermark"] is False
    assert real(name, a_request(fields={"watermark": True}))[0].fields["watermark"] is True


def test_a_seed_goes_to_every_seedream_and_is_told_as_unverified_from_four_on() -> None:
    seeded = a_request(fields={"seed": 0})

    assert real("doubao-seedream-4-0-250828", seeded)[1] == ["effect_unverified:seed"]
    third, said = real("doubao-seedream-3-0-t2i-250415", seeded)
    assert (third.fields["seed"], said) == (0, [])


def test_gemini_gets_sampling_where_it_still_counts_and_never_a_quality() -> None:
    fields: dict[str, object] = {"quality": "high", "temperature": 1.1, "top_p": 0.95}

    older, told = real("gemini-2.5-flash-image", a_request(fields=fields))
    assert (dict(older.fields), told) == ({"temperature": 1.1, "top_p": 0.95}, ["field_ignored:quality"])
    newer, told = real("gemini-nano-banana-2.1", a_request(fields=fields))
    assert dict(newer.fields) == {}
    assert sorted(told) == ["field_ignored:quality", "field_ignored:temperature", "field_ignored:top_p"]


@pytest.mark.parametrize("value", ["low", "medium", "high"])
def test_models_that_refuse_input_fidelity_never_get_it(value: str) -> None:
    edit = a_request(user(picture(), "oil"), fields={"input_fidelity": value})

    shaped, told = real("gpt-image-2", edit)

    assert (dict(shaped.fields), told) == ({}, ["field_ignored:input_fidelity"])


def test_one_model_or_another_refuses_a_picture_or_its_absence() -> None:
    with pytest.raises(MissingParameter):
        real("qwen-image-edit-plus", a_request())
    with pytest.raises(InvalidRequest):
        real("qwen-image-plus", a_request(user(picture(), "a hat")))
