"""Where the sandbox's limits and the catalogue's differ, and why: two readings of the same pages, never copied.

A difference that is not listed here is a misreading on one side; one that is listed and gone is struck out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from onebrush.catalogue.catalogue import Catalogue
from onebrush.domain.model import ModelCard
from onebrush.sandbox import limits

TABLES: dict[str, Callable[[], Mapping[str, object]]] = {
    "openai": limits.openai_models,
    "gemini": limits.gemini_models,
    "ark": limits.ark_models,
    "dashscope": limits.dashscope_models,
}

# (model id or family, what) -> why the two differ.
KNOWN = {
    ("gpt-image-2.6-sunburst", "output formats"): "the catalogue does not offer GIF and SVG, which are previews, yet",
    ("gpt-image-2.6-flare", "output formats"): "the catalogue does not offer GIF and SVG, which are previews, yet",
    ("dall-e-2", "output formats"): "the vendor has no such field there; the sandbox notes what it draws",
    ("dall-e-3", "output formats"): "the vendor has no such field there; the sandbox notes what it draws",
    ("dall-e-2", "qualities"): "`standard` is the only word: the catalogue does not send it",
    ("doubao-seedream-5-5-261028", "area"): "unverified: the catalogue keeps to 5.0 pro's, resellers offer more",
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
        }
    elif isinstance(row, limits.GeminiModel):
        pairs = {
            "references": (references, (0, row.references)),
            "tiers": (set(card.size.tables) if card.size.sends_tier else {"fixed"}, set(row.tokens)),
        }
    elif isinstance(row, limits.ArkModel):
        area = (card.size.min_area, card.size.max_area)
        pairs = {
            "references": (references, tuple(row.references)),
            "area": (area if card.size.kind == "free" else (0, 0), row.pixels),
            "tiers": (set(card.size.keywords) - {"auto", "adaptive"}, set(row.tiers)),
            "input bytes": (capability.max_input_bytes, row.input_cap_mb * 1_000_000),
        }
    elif isinstance(row, limits.DashScopeModel):
        pairs = {
            "references": (references, tuple(row.references)),
            "pictures of a call": (capability.native_count, row.most),
        }
    yield from (what for what, (ours, theirs) in pairs.items() if ours != theirs)


def _values(card: ModelCard, field: str) -> set[str]:
    rule = card.fields.get(field)
    return set(rule.values) if rule is not None and rule.treatment != "ignored" else set()
