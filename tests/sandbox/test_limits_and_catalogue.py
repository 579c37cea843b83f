"""Where the sandbox's limits and the catalogue's differ, and why: two readings of the same pages, never copied.

A difference that is not listed here is a misreading on one side; one that is listed and gone is struck out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

from onebrush.catalogue.catalogue import Catalogue
from onebrush.domain.model import ModelCard
from onebrush.sandbox import limits

TABLES: dict[str, Callable[[], Mapping[str, object]]] = {
    "openai": limits.openai_models,
    "gemini": limits.gemini_models,
    "ark": limits.ark_models,
    "dashscope": limits.dashscope_models,
}

# Canonical name -> the sandbox's word for it.
ARK_FIELDS = {
    "sequential_image_generation": "group",
    "optimize_prompt_mode": "optimize",
    "output_format": "output_format",
    "background": "background",
    "layer_decomposition": "layers",
    "web_search": "tools",
}
DASHSCOPE_FIELDS = {
    "negative_prompt": "negative_prompt",
    "prompt_extend": "prompt_extend",
    "enable_thinking": "thinking",
    "prompt_extend_mode": "thinking",
}

# (model id or family, what) -> why the two differ.
KNOWN = {
    ("dall-e-2", "output formats"): "the vendor has no such field there; the sandbox notes what it draws",
    ("dall-e-3", "output formats"): "the vendor has no such field there; the sandbox notes what it draws",
    ("chatgpt-image-latest", "fidelity"): "its page names 1.5 and 1-mini only: the catalogue does not send it",
    ("dall-e-2", "qualities"): "`standard` is the only word: the catalogue does not send it",
    ("doubao-seedream-5-5-261028", "area"): "unverified: the catalogue keeps to 5.0 pro's, resellers offer more",
    (
        "doubao-seedream-5-5-261028",
        "optimize_prompt_mode",
    ): "the vendor's table has no cell: the catalogue leaves it out",
    ("doubao-seedream-5-5-261028", "input bytes"): "10 MB is the safe cap of older pages, 30 MB the newest revision's",
    ("doubao-seedream-5-0-pro-260628", "input bytes"): "10 MB is the safe cap of older pages, 30 MB the newest's",
    ("doubao-seedream-5-0-flash-260915", "input bytes"): "10 MB is the safe cap of older pages, 30 MB the newest's",
    ("doubao-seedream-5-0-260128", "input bytes"): "10 MB is the safe cap of older pages, 30 MB the newest's",
}


def test_every_served_model_is_in_the_sandbox() -> None:
    missing = [card.id for card in _served() if _row(card) is None]
    assert missing == []


def test_limits_differ_only_where_it_is_known_why() -> None:
    found = {(card.id, what) for card in _served() for what in _differences(card)}
    assert found == set(KNOWN)


def _served() -> list[ModelCard]:
    return [card for card in Catalogue.load().cards if card.served]


def _row(card: ModelCard) -> object | None:
    name = card.upstream_id("volcengine" if card.provider == "ark" else "")
    return TABLES[card.provider]().get(name)


def _differences(card: ModelCard) -> Iterator[str]:
    row, capability = _row(card), card.capability
    pairs: dict[str, tuple[object, object]] = {}
    references = (capability.min_references, capability.max_references)
    if isinstance(row, limits.OpenAIModel):
        pairs = {
            "references": (references[1], row.references),
            "pictures of a call": (capability.native_count, row.most),
            "sizes": ({str(size) for size in card.size.allowed}, {size for size in row.sizes if "x" in size}),
            "qualities": (_values(card, "quality") - {"auto"}, set(row.qualities)),
            "output formats": (_values(card, "output_format"), set(row.formats)),
            "fidelity": (_values(card, "input_fidelity"), set(row.fidelity)),
            "complexity": (_takes(card, "complexity"), row.complexity),
            "markup": (capability.markup, row.markup),
        }
    elif isinstance(row, limits.GeminiModel):
        pairs = {
            "references": (references, (0, row.references)),
            "tiers": (set(card.size.tables) if card.size.sends_tier else {"fixed"}, set(row.tokens)),
            "thinking": (_values(card, "thinking_level"), set(row.thinking)),
            "search": (_takes(card, "web_search"), bool(row.search)),
        }
    elif isinstance(row, limits.ArkModel):
        area = (card.size.min_area, card.size.max_area)
        pairs = {
            "references": (references, tuple(row.references)),
            "area": (area if card.size.kind == "free" else (0, 0), row.pixels),
            "tiers": (set(card.size.keywords) - {"auto", "adaptive"}, set(row.tiers)),
            "input bytes": (capability.max_input_bytes, row.input_cap_mb * 1_000_000),
            "input formats": (
                {name.removeprefix("image/") for name in capability.input_formats} if capability.edits else set(),
                set(row.formats) if row.references[1] else set(),
            ),
            "layers": (capability.layers, row.most_layers and row.most_layers + 1),
            **_compared(card, ARK_FIELDS, row.takes),
        }
    elif isinstance(row, limits.DashScopeModel):
        pairs = {
            "references": (references, tuple(row.references)),
            "pictures of a call": (capability.native_count, row.most),
            "task": (capability.task, row.task),
            "agent with a picture": (_agent_edits(card), _takes(card, "prompt_extend_mode") and row.agent_with_picture),
            **_compared(card, DASHSCOPE_FIELDS, row.takes),
        }
    yield from (what for what, (ours, theirs) in pairs.items() if ours != theirs)


def _compared(card: ModelCard, fields: Mapping[str, str], taken: Sequence[str]) -> dict[str, tuple[object, object]]:
    """Whether each field is sent here, and whether it is taken there."""
    return {name: (_takes(card, name), spelling in taken) for name, spelling in fields.items()}


def _agent_edits(card: ModelCard) -> bool:
    return _takes(card, "prompt_extend_mode") and not card.fields["prompt_extend_mode"].on_edit


def _takes(card: ModelCard, field: str) -> bool:
    rule = card.fields.get(field)
    return rule is not None and rule.treatment in ("native", "mapped")


def _values(card: ModelCard, field: str) -> set[str]:
    return set(card.fields[field].values) if _takes(card, field) else set()
