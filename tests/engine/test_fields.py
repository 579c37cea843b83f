"""Field rules: conditions, refusals and stand-ins; each field says what became of it."""

from __future__ import annotations

from typing import Any

import pytest

from onebrush.domain.errors import ConflictingParameters, InvalidRequest
from onebrush.domain.model import Capability, FieldRule, ModelCard, Treatment
from onebrush.domain.request import Operation
from onebrush.domain.size import Pixels, Ratio, SizeAsk, SizeRule
from onebrush.engine.fields import FittedFields, fit_fields
from onebrush.engine.slots import split
from tests.engine.doubles import a_card, a_request, picture, user
from tests.engine.test_fitting import fitted


def fit(rules: dict[str, FieldRule], *, edit: bool = False, references: int = 0, **asked: Any) -> FittedFields:
    operation = Operation.EDIT if edit else Operation.GENERATE
    return fit_fields(asked, with_rules(rules), operation, references)


def with_rules(rules: dict[str, FieldRule]) -> ModelCard:
    return a_card(fields=rules)


def told(fields: FittedFields) -> list[tuple[str, str | None]]:
    return [(warning.code, warning.param) for warning in fields.warnings]


def test_a_field_of_edits_alone_is_told_and_left_out_elsewhere() -> None:
    rules = {"input_fidelity": FieldRule(values=("low", "high"), on="edit")}

    assert fit(rules, edit=True, input_fidelity="high").sent == {"input_fidelity": "high"}
    drawn = fit(rules, input_fidelity="high")
    assert (drawn.sent, told(drawn)) == ({}, [("field_ignored", "input_fidelity")])


def test_a_default_goes_only_with_the_operation_it_belongs_to() -> None:
    rules = {"input_fidelity": FieldRule(on="edit", default="low")}

    assert fit(rules).sent == {}
    assert fit(rules, edit=True).sent == {"input_fidelity": "low"}


COMPRESSION = {
    "output_format": FieldRule(values=("png", "jpeg", "webp")),
    "output_compression": FieldRule(minimum=0, maximum=100, needs={"output_format": ("jpeg", "webp")}),
}


@pytest.mark.parametrize("beside", [{}, {"output_format": "png"}])
def test_a_field_without_the_value_it_needs_beside_it_is_told_and_left_out(beside: dict[str, Any]) -> None:
    fields = fit(COMPRESSION, output_compression=40, **beside)

    assert fields.sent == beside
    (warning,) = fields.warnings
    assert (warning.code, warning.param, warning.asked) == ("field_ignored", "output_compression", 40)
    assert "output_format jpeg or webp" in warning.message


def test_a_field_beside_what_it_needs_is_sent_in_whatever_order_they_came() -> None:
    both: dict[str, Any] = {"output_compression": 40, "output_format": "webp"}

    assert fit(COMPRESSION, **both).sent == both
    assert fit(COMPRESSION, **dict(reversed(both.items()))).warnings == []


def test_what_the_vendor_refuses_side_by_side_is_refused_naming_both() -> None:
    rules = {
        "background": FieldRule(forbids={"transparent": {"output_format": ("jpeg",)}}),
        "output_format": FieldRule(),
    }

    assert len(fit(rules, background="transparent", output_format="png").sent) == 2
    assert len(fit(rules, background="opaque", output_format="jpeg").sent) == 2
    with pytest.raises(ConflictingParameters) as refused:
        fit(rules, background="transparent", output_format="jpeg")
    assert refused.value.param == "background"
    assert "'transparent'" in refused.value.message and "output_format 'jpeg'" in refused.value.message


def test_a_word_that_goes_without_pictures_only_becomes_another_beside_one() -> None:
    rules = {"prompt_extend_mode": FieldRule(values=("direct", "agent"), on_edit={"agent": "direct"})}

    assert fit(rules, prompt_extend_mode="agent").sent == {"prompt_extend_mode": "agent"}
    edited = fit(rules, edit=True, prompt_extend_mode="agent")
    assert (edited.sent, told(edited)) == (
        {"prompt_extend_mode": "direct"},
        [("field_adjusted", "prompt_extend_mode")],
    )


def test_a_value_the_gateway_makes_itself_asks_the_vendor_for_its_source_without_a_word() -> None:
    rules = {"output_format": FieldRule(values=("png", "jpeg"), mapping={"webp": "png"}, emulated=("webp",))}

    fields = fit(rules, output_format="webp")

    assert (fields.sent, fields.emulated, fields.warnings) == ({"output_format": "png"}, {"output_format": "webp"}, [])
    assert fit(rules, output_format="jpeg").emulated == {}


def test_an_emulated_field_counts_for_the_fields_that_need_it() -> None:
    rules = {
        "output_format": FieldRule(treatment=Treatment.EMULATED, values=("png", "jpeg", "webp")),
        "output_compression": FieldRule(
            treatment=Treatment.EMULATED, minimum=0, maximum=100, needs={"output_format": ("jpeg", "webp")}
        ),
    }

    lossy = fit(rules, output_format="jpeg", output_compression=0)
    assert (lossy.sent, lossy.emulated) == ({}, {"output_format": "jpeg", "output_compression": 0})
    assert told(fit(rules, output_compression=0)) == [("field_ignored", "output_compression")]


def test_user_is_the_gateways_own_and_brings_no_warning() -> None:
    assert told(fit({}, user="u_1", quality="high")) == [("field_ignored", "quality")]
    assert fit({"user": FieldRule()}, user="u_1").sent == {"user": "u_1"}


def test_an_adjusted_word_says_which_ones_the_model_has() -> None:
    rules = {"quality": FieldRule(values=("low", "high"), mapping={"max": "high"})}

    (warning,) = fit(rules, quality="max").warnings

    assert warning.allowed == ("low", "high")


def test_a_value_that_goes_one_a_call_is_fanned_out() -> None:
    rules = {"output_format": FieldRule(values=("png", "svg"), one_a_call=("svg",))}
    card = with_rules(rules)

    request, _ = fitted(a_request(n=3, fields={"output_format": "svg"}), card)

    assert [slot.request.n for slot in split(request)[0]] == [1, 1, 1]


# Layers

LAYERS = a_card(
    capability=Capability(max_references=4, layers=17),
    fields={"layer_decomposition": FieldRule(on="edit"), "output_format": FieldRule(values=("png", "svg"))},
    size=SizeRule(kind="free", tier_areas={"1K": 1_048_576, "2K": 4_194_304}, keywords=("1K", "2K"), default_tier="1K"),
)
APART = {"layer_decomposition": True}
WIDE = SizeAsk(pixels=Pixels(width=1600, height=900), size_text="1600x900")


def test_layers_come_from_one_call_as_many_as_the_model_gives() -> None:
    request, warnings = fitted(a_request(user(picture(), "take it apart"), fields=APART), LAYERS)

    (slot,), _ = split(request)

    assert (slot.most, slot.varies, warnings) == (17, True, ())


def test_layers_have_no_shape_of_their_own() -> None:
    asked = SizeAsk(ratio=Ratio(width=16, height=9), tier="2K", size_text="16:9", tier_text="2K")

    request, (warning,) = fitted(a_request(user(picture(), "apart"), fields=APART, size=asked), LAYERS)

    assert (request.size.keyword, request.size.pixels) == ("2K", None)
    assert (warning.code, warning.asked) == ("size_dropped", "16:9")


@pytest.mark.parametrize(("pictures", "n", "param"), [(2, 1, "image"), (1, 2, "n")])
def test_layers_want_one_picture_and_no_count(pictures: int, n: int, param: str) -> None:
    turn = user(*(picture(f"image[{place}]") for place in range(pictures)), "apart")

    with pytest.raises(InvalidRequest) as refused:
        fitted(a_request(turn, fields=APART, n=n), LAYERS)

    assert refused.value.param == param


@pytest.mark.parametrize(
    "beside", [{"mask": picture("mask")}, {"markup": picture("markup")}, {"exact_size": True, "size": WIDE}]
)
def test_what_belongs_to_a_whole_picture_excludes_layers(beside: dict[str, Any]) -> None:
    with pytest.raises(ConflictingParameters) as refused:
        fitted(a_request(user(picture(), "apart"), fields=APART, **beside), LAYERS)

    assert refused.value.param in beside


# The gateway's own work


def test_a_negative_prompt_is_said_in_words_for_who_asked_and_named_as_he_wrote_it() -> None:
    spelled = {"negative_prompt": "parameters.negative_prompt"}
    asked = a_request(fields={"negative_prompt": "hats"}, emulate=frozenset({"negative_prompt"}), spelled=spelled)

    request, (warning,) = fitted(asked, a_card())

    assert request.prompt == "a cat\nAvoid: hats"
    assert (warning.code, warning.param, warning.stage) == (
        "field_emulated",
        "parameters.negative_prompt",
        "result",
    )


def test_a_model_with_a_negative_prompt_gets_it_in_its_field_even_so() -> None:
    asked = a_request(fields={"negative_prompt": "hats"}, emulate=frozenset({"negative_prompt"}))

    request, warnings = fitted(asked, with_rules({"negative_prompt": FieldRule()}))

    assert (request.prompt, request.fields, warnings) == ("a cat", {"negative_prompt": "hats"}, ())


@pytest.mark.parametrize("form", ["gif", "svg"])
def test_what_the_gateway_cannot_work_on_is_refused_before_it_is_bought(form: str) -> None:
    card = a_card(fields={"output_format": FieldRule(values=("png", "gif", "svg"))})
    fields = {"output_format": form}

    with pytest.raises(ConflictingParameters) as refused:
        fitted(a_request(fields=fields, exact_size=True, size=WIDE), card)
    assert refused.value.param == "exact_size"
    with pytest.raises(ConflictingParameters) as refused:
        fitted(a_request(user(picture(), "a hat"), fields=fields, mask=picture("mask")), card)
    assert refused.value.param == "mask"


def test_an_exact_size_hides_no_tier_that_is_not_met() -> None:
    rule = SizeRule(kind="list", allowed=(Pixels(width=1024, height=576),))
    asked = SizeAsk(
        ratio=Ratio(width=16, height=9), tier="4K", size_text="16:9", tier_text="4K", tier_param="resolution"
    )

    _, (warning,) = fitted(a_request(size=asked, exact_size=True), a_card(size=rule))

    assert (warning.code, warning.param) == ("size_dropped", "resolution")


def test_a_bound_on_one_side_is_told_as_one() -> None:
    with pytest.raises(InvalidRequest) as refused:
        fit({"seed": FieldRule(minimum=5)}, seed=1)

    assert "at least 5" in refused.value.message


def test_a_count_beside_the_bound_of_a_series_is_told() -> None:
    rules = {"sequential_image_generation": FieldRule(), "max_images": FieldRule()}
    fields = {"sequential_image_generation": "auto", "max_images": 4}

    for n, codes in ((1, []), (4, []), (2, ["field_ignored"])):
        request, _ = fitted(a_request(n=n, fields=fields), with_rules(rules))
        assert [warning.code for warning in split(request)[1]] == codes
