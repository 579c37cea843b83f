"""Every id of the contract and of the vendors' pages is found; what is not is answered helpfully."""

import pytest

from onebrush.catalogue.catalogue import Catalogue
from onebrush.domain.errors import ModelNotFound

OPENAI = [
    "gpt-image-1",
    "gpt-image-1-mini",
    "gpt-image-1.5",
    "gpt-image-1.5-2025-12-16",
    "chatgpt-image-latest",
    "gpt-image-2",
    "gpt-image-2-2026-04-21",
    "gpt-image-2.5-sunburst",
    "gpt-image-2.5-sunburst-2026-09-08",
    "gpt-image-2.5-flare",
    "gpt-image-2.5-flare-2026-09-08",
    "gpt-image-2.6-sunburst",
    "gpt-image-2.6-flare",
    "dall-e-2",
    "dall-e-3",
]
GEMINI = [
    "gemini-nano-banana-2.1",
    "gemini-3.1-flash-image",
    "gemini-3.1-flash-image-preview",
    "gemini-3.1-flash-lite-image",
    "gemini-3-pro-image",
    "gemini-3-pro-image-preview",
    "gemini-2.5-flash-image",
    "gemini-2.5-flash-image-preview",
]
ARK = [
    "doubao-seedream-3-0-t2i-250415",
    "doubao-seededit-3-0-i2i-250628",
    "doubao-seedream-4-0-250828",
    "doubao-seedream-4-0-20260415",
    "doubao-seedream-4-5-251128",
    "doubao-seedream-5-0-260128",
    "doubao-seedream-5-0-pro-260628",
    "doubao-seedream-5-0-flash-260915",
    "doubao-seedream-5-5-261028",
]
DASHSCOPE = [
    "qwen-image-3.0-pro",
    "qwen-image-3.0",
    "qwen-image-2.1-pro",
    "qwen-image-2.1",
    "qwen-image-2.1-turbo",
    "qwen-image-2.0-pro",
    "qwen-image-2.0-pro-2026-04-22",
    "qwen-image-2.0-pro-2026-06-22",
    "qwen-image-2.0-pro-2026-03-03",
    "qwen-image-2.0",
    "qwen-image-2.0-2026-03-03",
    "qwen-image-max",
    "qwen-image-max-2025-12-30",
    "qwen-image-plus",
    "qwen-image-plus-2026-01-09",
    "qwen-image",
    "qwen-image-edit-max",
    "qwen-image-edit-max-2026-01-16",
    "qwen-image-edit-plus",
    "qwen-image-edit-plus-2025-10-30",
    "qwen-image-edit-plus-2025-12-15",
    "qwen-image-edit",
    "z-image-turbo",
]
SERVED = [
    *((name, "openai") for name in OPENAI),
    *((name, "gemini") for name in GEMINI),
    *((name, "ark") for name in ARK),
    *((name, "dashscope") for name in DASHSCOPE),
]
ALIASES = {
    "nano-banana": "gemini-2.5-flash-image",
    "nano-banana-pro": "gemini-3-pro-image",
    "nano-banana-pro-preview": "gemini-3-pro-image",
    "seedream-4.0-base": "doubao-seedream-4-0-250828",
    "seedream-4.0": "doubao-seedream-4-0-250828",
    "seedream-4-0": "doubao-seedream-4-0-250828",
    "seedream-3-0-t2i-250415": "doubao-seedream-3-0-t2i-250415",
    "seededit-3-0-i2i-250628": "doubao-seededit-3-0-i2i-250628",
    "seedream-4-0-250828": "doubao-seedream-4-0-250828",
    "seedream-4-5-251128": "doubao-seedream-4-5-251128",
    "doubao-seedream-5-0-lite-260128": "doubao-seedream-5-0-260128",
    "seedream-5-0-260128": "doubao-seedream-5-0-260128",
    "seedream-5-0-lite-260128": "doubao-seedream-5-0-260128",
    "dola-seedream-5-0-pro-260628": "doubao-seedream-5-0-pro-260628",
    "seedream-5-0-pro-260628": "doubao-seedream-5-0-pro-260628",
    "doubao-seedream-5.0-pro": "doubao-seedream-5-0-pro-260628",
    "dola-seedream-5-0-flash-260915": "doubao-seedream-5-0-flash-260915",
    "seedream-5-5-261028": "doubao-seedream-5-5-261028",
}
NOT_SERVED = {
    "imagen-4.0-generate-001": "gemini-nano-banana-2.1",
    "imagen-4.0-ultra-generate-001": "gemini-3-pro-image",
    "imagen-4.0-fast-generate-001": "gemini-3.1-flash-lite-image",
    "wan2.7-image-pro": "qwen-image-3.0-pro",
    "wan2.7-image": "qwen-image-3.0-pro",
    "wan2.6-t2i": "qwen-image-3.0-pro",
    "wan2.6-image": "qwen-image-3.0-pro",
    "wan2.5-t2i-preview": "qwen-image-3.0-pro",
    "wan2.5-i2i-preview": "qwen-image-3.0-pro",
    "wan2.2-t2i-flash": "qwen-image-3.0-pro",
    "wan2.2-t2i-plus": "qwen-image-3.0-pro",
    "wanx2.1-imageedit": "qwen-image-3.0-pro",
}


@pytest.mark.parametrize(("name", "provider"), SERVED)
def test_every_id_is_a_row_of_its_provider(catalogue: Catalogue, name: str, provider: str) -> None:
    card = catalogue.find(name)
    assert (card.id, card.provider) == (name, provider)


def test_no_row_is_served_that_no_page_names(catalogue: Catalogue) -> None:
    assert {card.id for card in catalogue.cards if card.served} == {name for name, _ in SERVED}


@pytest.mark.parametrize(("alias", "name"), ALIASES.items())
def test_an_alias_leads_to_its_row(catalogue: Catalogue, alias: str, name: str) -> None:
    assert catalogue.find(alias).id == name


@pytest.mark.parametrize("name", ["models/gemini-2.5-flash-image", "GPT-Image-2", " qwen-image-max "])
def test_prefix_and_case_do_not_matter(catalogue: Catalogue, name: str) -> None:
    assert catalogue.find(name).id == name.strip().lower().removeprefix("models/")


@pytest.mark.parametrize(("name", "instead"), NOT_SERVED.items())
def test_a_row_that_is_not_served_names_one_that_is(catalogue: Catalogue, name: str, instead: str) -> None:
    with pytest.raises(ModelNotFound) as refused:
        catalogue.find(name)
    assert refused.value.message == (
        f"Model '{name}' is known but not served here. Use '{instead}' instead. GET /v1/models lists all."
    )
    assert refused.value.param == "model"
    card = catalogue.get(name)
    assert card and not card.served


def test_an_unknown_name_is_answered_with_the_nearest(catalogue: Catalogue) -> None:
    with pytest.raises(ModelNotFound) as refused:
        catalogue.find("gpt-image-2.6")
    assert refused.value.message == (
        "No model 'gpt-image-2.6'. Nearest: 'gpt-image-2.6-flare', 'gpt-image-2.6-sunburst', 'gpt-image-2'. "
        "GET /v1/models lists all."
    )


def test_an_endless_name_is_not_echoed_whole(catalogue: Catalogue) -> None:
    with pytest.raises(ModelNotFound) as refused:
        catalogue.find("x" * 100_000)
    assert len(refused.value.message) < 300


@pytest.mark.parametrize(
    ("name", "platform", "sent"),
    [
        ("seedream-4.0-base", "volcengine", "doubao-seedream-4-0-250828"),
        ("doubao-seedream-4-0-250828", "byteplus", "seedream-4-0-250828"),
        ("doubao-seedream-5-0-pro-260628", "byteplus", "dola-seedream-5-0-pro-260628"),
        ("seedream-5-0-pro-260628", "byteplus-eu", "dola-seedream-5-0-pro-260628"),
        ("seedream-5-5-261028", "volcengine", "doubao-seedream-5-5-261028"),
        ("qwen-image-plus", "singapore", "qwen-image-plus"),
        ("nano-banana-pro-preview", "", "gemini-3-pro-image"),
        ("gpt-image-2-2026-04-21", "", "gpt-image-2-2026-04-21"),
    ],
)
def test_each_platform_is_sent_its_own_id(catalogue: Catalogue, name: str, platform: str, sent: str) -> None:
    assert catalogue.find(name).upstream_id(platform) == sent
