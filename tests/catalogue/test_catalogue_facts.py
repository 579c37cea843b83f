"""What the rows say, against tables typed by hand from the vendors' pages."""

import pytest

from onebrush.catalogue.catalogue import Catalogue
from onebrush.domain.model import Treatment

# id: draws from words, fewest pictures, most pictures, pictures of one call, multi-turn, mask
ABILITIES = {
    "gpt-image-1": (True, 0, 16, 10, False, True),
    "gpt-image-1-mini": (True, 0, 16, 10, False, True),
    "gpt-image-2.6-flare": (True, 0, 16, 10, False, True),
    "dall-e-3": (True, 0, 0, 1, False, False),
    "gemini-2.5-flash-image": (True, 0, 3, 1, True, False),
    "gemini-3-pro-image-preview": (True, 0, 14, 1, True, False),
    "gemini-nano-banana-2.1": (True, 0, 14, 1, True, False),
    "doubao-seedream-3-0-t2i-250415": (True, 0, 0, 1, False, False),
    "doubao-seededit-3-0-i2i-250628": (False, 1, 1, 1, False, False),
    "doubao-seedream-4-0-250828": (True, 0, 14, 1, False, False),
    "doubao-seedream-4-5-251128": (True, 0, 14, 1, False, False),
    "doubao-seedream-5-0-260128": (True, 0, 14, 1, False, False),
    "doubao-seedream-5-0-pro-260628": (True, 0, 10, 1, False, False),
    "doubao-seedream-5-5-261028": (True, 0, 10, 1, False, False),
    "qwen-image-3.0-pro": (True, 0, 3, 6, False, False),
    "qwen-image-2.1-pro": (True, 0, 10, 6, False, False),
    "qwen-image-2.0": (True, 0, 3, 6, False, False),
    "qwen-image-plus": (True, 0, 0, 1, False, False),
    "qwen-image-edit-plus": (False, 1, 3, 6, False, False),
    "qwen-image-edit": (False, 1, 3, 1, False, False),
    "z-image-turbo": (True, 0, 0, 1, False, False),
}
# id: tier and ratio -> pixels
CELLS = [
    ("gemini-2.5-flash-image", "1K", "16:9", "1344x768"),
    ("gemini-3-pro-image", "2K", "16:9", "2752x1536"),
    ("gemini-3-pro-image", "4K", "21:9", "6336x2688"),
    ("gemini-nano-banana-2.1", "1K", "1:8", "384x3072"),
    ("gemini-3.1-flash-image", "512", "4:5", "464x576"),
    ("gemini-3.1-flash-lite-image", "1K", "3:4", "896x1200"),
    ("doubao-seedream-3-0-t2i-250415", "1K", "16:9", "1280x720"),
    ("doubao-seedream-4-0-250828", "1K", "16:9", "1312x736"),
    ("doubao-seedream-4-0-250828", "2K", "4:3", "2304x1728"),
    ("doubao-seedream-4-5-251128", "4K", "21:9", "6240x2656"),
    ("doubao-seedream-5-0-260128", "3K", "9:16", "2304x4096"),
    ("doubao-seedream-5-0-pro-260628", "1K", "16:9", "1424x800"),
    ("doubao-seedream-5-0-pro-260628", "2K", "4:3", "2368x1776"),
    ("doubao-seedream-5-0-flash-260915", "1K", "9:16", "736x1312"),
    ("doubao-seedream-5-5-261028", "1.5K", "2:3", "1248x1872"),
]
# id: words sent as they are, default tier, tiers known
TIERS = {
    "doubao-seedream-3-0-t2i-250415": ((), "1K", ["1K"]),
    "doubao-seedream-4-0-250828": (("1K", "2K", "4K"), "2K", ["1K", "2K", "4K"]),
    "doubao-seedream-4-5-251128": (("2K", "4K"), "2K", ["2K", "4K"]),
    "doubao-seedream-5-0-260128": (("2K", "3K", "4K"), "2K", ["2K", "3K", "4K"]),
    "doubao-seedream-5-0-pro-260628": (("1K", "1.5K", "2K"), "2K", ["1K", "1.5K", "2K"]),
    "gemini-3.1-flash-image": ((), "1K", ["512", "1K", "2K", "4K"]),
    "gemini-nano-banana-2.1": ((), "1K", ["1K", "2K", "4K"]),
    "gemini-3.1-flash-lite-image": ((), "1K", ["1K"]),
    "gpt-image-2": (("auto",), "1K", ["1K", "2K", "4K"]),
    "qwen-image-2.0": ((), "2K", ["1K", "2K"]),
    "qwen-image-edit-plus": ((), "1K", ["1K", "2K"]),
    "z-image-turbo": ((), None, []),
}
# id: smallest and largest area
AREAS = {
    "gpt-image-2": (655_360, 8_294_400),
    "doubao-seedream-3-0-t2i-250415": (262_144, 4_194_304),
    "doubao-seedream-4-0-250828": (921_600, 16_777_216),
    "doubao-seedream-4-5-251128": (3_686_400, 16_777_216),
    "doubao-seedream-5-0-260128": (3_686_400, 16_777_216),
    "doubao-seedream-5-0-pro-260628": (921_600, 4_624_220),
    "qwen-image-3.0": (262_144, 4_194_304),
}
LISTS = {
    "gpt-image-1": ["1024x1024", "1536x1024", "1024x1536"],
    "gpt-image-1.5": ["1024x1024", "1536x1024", "1024x1536"],
    "dall-e-2": ["256x256", "512x512", "1024x1024"],
    "dall-e-3": ["1024x1024", "1792x1024", "1024x1792"],
    "qwen-image-plus": ["1664x928", "1472x1104", "1328x1328", "1104x1472", "928x1664"],
    "qwen-image-max": ["1664x928", "1472x1104", "1328x1328", "1104x1472", "928x1664"],
}
N, DROP, E, MAPPED = Treatment.NATIVE, Treatment.IGNORED, Treatment.EMULATED, Treatment.MAPPED
TREATMENTS = [
    ("gpt-image-1", "input_fidelity", N),
    ("gpt-image-2", "input_fidelity", DROP),
    ("chatgpt-image-latest", "input_fidelity", DROP),
    ("gpt-image-2.6-flare", "complexity", N),
    ("gpt-image-2.5-flare", "complexity", None),
    ("gpt-image-2.5-flare", "frame_count", None),
    ("gpt-image-2.6-flare", "frame_count", N),
    ("gpt-image-2.6-flare", "svg", N),
    ("gpt-image-2", "output_compression", N),
    ("gpt-image-2", "user", N),
    ("dall-e-3", "output_format", E),
    ("gemini-2.5-flash-image", "temperature", N),
    ("gemini-3-pro-image-preview", "top_p", N),
    ("gemini-nano-banana-2.1", "temperature", DROP),
    ("gemini-3.1-flash-lite-image", "top_p", DROP),
    ("gemini-2.5-flash-image", "output_format", E),
    ("gemini-2.5-flash-image", "output_compression", E),
    ("gemini-2.5-flash-image", "moderation", MAPPED),
    ("gemini-2.5-flash-image", "web_search", None),
    ("gemini-3.1-flash-lite-image", "web_search", None),
    ("gemini-nano-banana-2.1", "web_search", N),
    ("gemini-3.1-flash-image", "web_search", N),
    ("gemini-3-pro-image", "web_search", N),
    ("gemini-3-pro-image", "thinking_level", None),
    ("gemini-2.5-flash-image", "quality", None),
    ("doubao-seedream-3-0-t2i-250415", "guidance_scale", N),
    ("doubao-seededit-3-0-i2i-250628", "guidance_scale", N),
    ("doubao-seedream-4-0-250828", "guidance_scale", None),
    ("doubao-seedream-4-0-250828", "sequential_image_generation", N),
    ("doubao-seedream-5-0-pro-260628", "sequential_image_generation", DROP),
    ("doubao-seedream-4-0-250828", "output_format", E),
    ("doubao-seededit-3-0-i2i-250628", "output_format", E),
    ("doubao-seedream-5-5-261028", "output_compression", E),
    ("doubao-seedream-5-5-261028", "layer_decomposition", N),
    ("doubao-seedream-5-0-flash-260915", "layer_decomposition", N),
    ("doubao-seedream-5-0-260128", "layer_decomposition", None),
    ("doubao-seedream-5-0-260128", "web_search", N),
    ("doubao-seedream-5-0-pro-260628", "web_search", None),
    ("doubao-seedream-5-0-pro-260628", "background", N),
    ("doubao-seedream-4-0-250828", "background", None),
    ("doubao-seedream-4-0-250828", "user", None),
    ("doubao-seedream-5-0-260128", "output_format", N),
    ("qwen-image-plus", "prompt_extend", N),
    ("qwen-image-edit", "prompt_extend", None),
    ("qwen-image-2.1-pro", "negative_prompt", DROP),
    ("qwen-image-plus", "output_format", E),
    ("qwen-image-edit-plus", "negative_prompt", N),
    ("qwen-image-3.0", "enable_thinking", N),
    ("qwen-image-2.0", "enable_thinking", None),
]


@pytest.mark.parametrize(("name", "expected"), ABILITIES.items())
def test_abilities(catalogue: Catalogue, name: str, expected: tuple[object, ...]) -> None:
    can = catalogue.find(name).capability
    stated = (can.text_to_image, can.min_references, can.max_references)
    assert (*stated, can.native_count, can.multi_turn, can.mask) == expected


@pytest.mark.parametrize(("name", "tier", "ratio", "pixels"), CELLS)
def test_table_cells(catalogue: Catalogue, name: str, tier: str, ratio: str, pixels: str) -> None:
    assert str(catalogue.find(name).size.tables[tier][ratio]) == pixels


@pytest.mark.parametrize(("name", "expected"), TIERS.items())
def test_tiers(catalogue: Catalogue, name: str, expected: tuple[tuple[str, ...], str | None, list[str]]) -> None:
    rule = catalogue.find(name).size
    assert (rule.keywords, rule.default_tier, [*rule.tables, *rule.tier_areas]) == expected


@pytest.mark.parametrize(("name", "expected"), AREAS.items())
def test_areas(catalogue: Catalogue, name: str, expected: tuple[int, int]) -> None:
    rule = catalogue.find(name).size
    assert (rule.min_area, rule.max_area) == expected


@pytest.mark.parametrize(("name", "sizes"), LISTS.items())
def test_lists_of_sizes(catalogue: Catalogue, name: str, sizes: list[str]) -> None:
    assert [str(size) for size in catalogue.find(name).size.allowed] == sizes


def test_the_long_ratios_belong_to_two_models_only(catalogue: Catalogue) -> None:
    having = {card.id for card in catalogue.cards for table in card.size.tables.values() if "1:8" in table}
    assert having == {"gemini-nano-banana-2.1", "gemini-3.1-flash-image", "gemini-3.1-flash-image-preview"}


def test_one_model_names_no_tier_and_its_sibling_does(catalogue: Catalogue) -> None:
    assert not catalogue.find("gemini-2.5-flash-image").size.sends_tier
    assert catalogue.find("gemini-3.1-flash-lite-image").size.sends_tier


@pytest.mark.parametrize(("name", "field", "treatment"), TREATMENTS)
def test_treatments(catalogue: Catalogue, name: str, field: str, treatment: Treatment | None) -> None:
    rule = catalogue.find(name).fields.get(field)
    assert (rule and rule.treatment) == treatment


@pytest.mark.parametrize("provider", ["ark", "dashscope"])
def test_no_picture_is_marked_unless_asked(catalogue: Catalogue, provider: str) -> None:
    cards = [card for card in catalogue.cards if card.provider == provider and card.served]
    assert cards
    assert {card.fields["watermark"].default for card in cards} == {False}


def test_qualities_are_clamped_before_2_5_only(catalogue: Catalogue) -> None:
    older = catalogue.find("gpt-image-1").fields["quality"]
    newer = catalogue.find("gpt-image-2.5-flare").fields["quality"]
    assert older.mapping == {"xhigh": "high", "max": "high", "standard": "medium", "hd": "high"}
    assert newer.mapping == {"standard": "medium", "hd": "high"}
    assert newer.values == ("low", "medium", "high", "xhigh", "max", "auto")


def test_fidelity_words_are_each_models_own(catalogue: Catalogue) -> None:
    rules = [catalogue.find(name).fields["input_fidelity"] for name in ("gpt-image-1.5", "gpt-image-1-mini")]
    assert [(rule.values, rule.omit) for rule in rules] == [
        (("low", "high"), ("auto",)),
        (("low",), ("auto",)),
    ]


def test_animations_and_drawings_are_the_newest_models_own(catalogue: Catalogue) -> None:
    newest = {name: catalogue.find(name).fields for name in ("gpt-image-2.6-sunburst", "gpt-image-2.6-flare")}
    for fields in newest.values():
        assert fields["output_format"].values == ("png", "jpeg", "webp", "gif", "svg")
        assert fields["output_format"].one_a_call == ("svg",)
        needs = {name: dict(fields[name].needs) for name in ("frame_count", "frame_duration_ms", "svg")}
        assert needs == {
            "frame_count": {"output_format": ("gif",)},
            "frame_duration_ms": {"output_format": ("gif",)},
            "svg": {"output_format": ("svg",)},
        }
    others = [card for card in catalogue.cards if card.served and card.id not in newest]
    assert all(card.fields["output_format"].mapping["gif"] == "png" for card in others)
    assert all(card.fields["output_format"].mapping["svg"] == "png" for card in others)


def test_every_model_can_be_asked_for_every_still_format(catalogue: Catalogue) -> None:
    for card in (card for card in catalogue.cards if card.served):
        rule = card.fields["output_format"]
        assert {"png", "jpeg", "webp"} <= {*rule.values, *rule.emulated}, card.id


def test_a_see_through_picture_is_no_jpeg(catalogue: Catalogue) -> None:
    having = [card for card in catalogue.cards if "transparent" in getattr(card.fields.get("background"), "values", ())]
    assert {card.provider for card in having} == {"openai", "ark"}
    assert all("jpeg" in card.fields["background"].forbids["transparent"]["output_format"] for card in having)


def test_what_belongs_to_an_edit_goes_with_edits_only(catalogue: Catalogue) -> None:
    bound = {
        (card.provider, name) for card in catalogue.cards for name, rule in card.fields.items() if rule.on == "edit"
    }
    assert bound == {("openai", "input_fidelity"), ("ark", "background"), ("ark", "layer_decomposition")}


def test_the_agent_does_not_edit_in_3_0(catalogue: Catalogue) -> None:
    turned = {
        card.id for card in catalogue.cards for rule in card.fields.values() if rule.on_edit == {"agent": "direct"}
    }
    assert turned == {"qwen-image-3.0", "qwen-image-3.0-pro"}


def test_layers_are_counted_with_their_base(catalogue: Catalogue) -> None:
    assert {card.id: card.capability.layers for card in catalogue.cards if card.capability.layers} == {
        "doubao-seedream-5-5-261028": 100,
        "doubao-seedream-5-0-pro-260628": 17,
        "doubao-seedream-5-0-flash-260915": 17,
    }


def test_tasks_are_asked_for_in_the_body_that_each_model_takes(catalogue: Catalogue) -> None:
    assert {card.id: card.capability.task for card in catalogue.cards if card.capability.task} == {
        "qwen-image-3.0-pro": "messages",
        "qwen-image-3.0": "messages",
        "qwen-image-plus": "prompt",
        "qwen-image": "prompt",
    }


def test_markup_came_with_2_5(catalogue: Catalogue) -> None:
    having = {card.id for card in catalogue.cards if card.capability.markup}
    assert having == {card.id for card in catalogue.cards if card.id.startswith(("gpt-image-2.5", "gpt-image-2.6"))}


def test_tokens_are_bounded_where_a_page_says_so(catalogue: Catalogue) -> None:
    bounds = {card.id: card.capability for card in catalogue.cards if card.provider == "gemini" and card.served}
    assert {name: (can.max_input_tokens, can.max_output_tokens) for name, can in bounds.items()} == {
        "gemini-nano-banana-2.1": (131_072, 32_768),
        "gemini-3-pro-image": (65_536, 32_768),
        "gemini-3-pro-image-preview": (65_536, 32_768),
        "gemini-3.1-flash-lite-image": (65_536, 4_096),
        "gemini-3.1-flash-image": (None, None),
        "gemini-3.1-flash-image-preview": (None, None),
        "gemini-2.5-flash-image": (None, None),
        "gemini-2.5-flash-image-preview": (None, None),
    }


def test_a_seed_is_marked_unverified_where_no_page_has_it(catalogue: Catalogue) -> None:
    unverified = {card.id for card in catalogue.cards if (r := card.fields.get("seed")) and r.unverified}
    assert "doubao-seedream-4-0-250828" in unverified
    assert "gemini-2.5-flash-image" in unverified
    assert unverified.isdisjoint({"doubao-seedream-3-0-t2i-250415", "doubao-seededit-3-0-i2i-250628"})


def test_each_family_answers_in_its_own_form(catalogue: Catalogue) -> None:
    forms = {card.provider: card.capability for card in catalogue.cards if card.served}
    native = {name: (can.answer_form, can.answer_forms) for name, can in forms.items()}
    assert native == {
        "openai": ("b64_json", ("b64_json",)),
        "gemini": ("b64_json", ("b64_json",)),
        "ark": ("url", ("url", "b64_json")),
        "dashscope": ("url", ("url",)),
    }


def test_providers_are_reached_with_the_vendors_own_names(catalogue: Catalogue) -> None:
    keys = {name: provider.key_env for name, provider in catalogue.providers.items()}
    assert keys == {
        "openai": ("OPENAI_API_KEY",),
        "gemini": ("GOOGLE_API_KEY", "GEMINI_API_KEY"),
        "ark": ("ARK_API_KEY",),
        "dashscope": ("DASHSCOPE_API_KEY",),
    }
    ark, dashscope = catalogue.providers["ark"], catalogue.providers["dashscope"]
    assert ark.platform().base_url == "https://ark.cn-beijing.volces.com/api/v3"
    assert ark.platform("byteplus").currency == "USD"
    assert dashscope.platform().name == "beijing"
    assert catalogue.providers["gemini"].auth == "x-goog-api-key"


def test_every_row_states_its_pages(catalogue: Catalogue) -> None:
    assert [card.id for card in catalogue.cards if not card.sources] == []
