"""The oracle's own prices: the catalogue's TOML read anew and added up in fractions, by none of the gateway's code."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import onebrush

DATA = Path(onebrush.__file__).parent / "catalogue" / "data"
NANO = 10**9
# A tier's pictures may be a tenth larger than the square of its name.
TIERS = {"512": 512**2, "1K": 1024**2, "1.5K": 1536**2, "2K": 2048**2, "3K": 3072**2, "4K": 4096**2}
TOKENS = ("text_input_token", "image_input_token", "image_output_token", "text_output_token")

Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """Whole nano-units of a currency, or an exact fraction of them that no ledger may hold."""

    nano: Fraction
    currency: str


@dataclass(frozen=True, slots=True)
class Book:
    """One provider's file."""

    name: str
    platform: str
    currency: str
    models: Mapping[str, Sequence[Row]]

    def price(self, model: str, usage: Mapping[str, int] | None, areas: Sequence[int], given: int = 0) -> Amount | None:
        """One call: by the tokens the vendor reported where all that cost are known, else by its pictures' areas.

        `given` is how many pictures went in. None: the catalogue does not know a price.
        """
        lines = [line for line in self.models[model] if line.get("platform", "") in ("", self.platform)]
        total = _by_tokens(lines, usage) if usage else None
        if total is None:
            total = _by_area(lines, areas, given)
        return None if total is None else Amount(nano=total * NANO, currency=self.currency)


@cache
def book(provider: str) -> Book:
    """The file of a provider; rows by every name the vendor or a caller has for them."""
    filed = tomllib.loads((DATA / f"{provider}.toml").read_text("utf-8"))
    about = filed["provider"]
    platform = about.get("default_platform", "")
    rows = {row["id"]: row for row in filed["model"]}
    models: dict[str, Sequence[Row]] = {}
    for row in rows.values():
        lines = _lines(row, rows, filed.get("prices", {}))
        for name in (row["id"], *row.get("aliases", ()), *row.get("upstream", {}).values()):
            models.setdefault(name, lines)
    return Book(provider, platform, about["platforms"][platform].get("currency", ""), models)


def _lines(row: Row, rows: Mapping[str, Row], shared: Mapping[str, Sequence[Row]]) -> Sequence[Row]:
    """A row's price lines: its own, those it names, or those of the row it is like."""
    while True:
        named = row.get("prices", ())
        lines = [line for name in ([named] if isinstance(named, str) else named) for line in shared[name]]
        lines += row.get("price", ())
        if lines or "like" not in row:
            return lines
        row = rows[row["like"]]


def _rate(line: Row) -> Fraction:
    return Fraction(line["amount"]) if "amount" in line else Fraction(line["per_million"]) / 1_000_000


def _by_tokens(lines: Sequence[Row], usage: Mapping[str, int]) -> Fraction | None:
    rates = {line["unit"]: _rate(line) for line in lines if line["unit"] in TOKENS}
    if not rates or any(unit not in usage for unit in rates):
        return None
    return sum((rate * usage[unit] for unit, rate in rates.items()), Fraction(0))


def _by_area(lines: Sequence[Row], areas: Sequence[int], given: int) -> Fraction | None:
    images = [line for line in lines if line["unit"] == "image"]
    total = Fraction(0)
    for area in areas:
        fitting = sorted((bound, _rate(line)) for line in images if (bound := _bound(line)) >= area)
        if not fitting:
            return None
        total += fitting[0][1]
    extra = next((_rate(line) for line in lines if line["unit"] == "input_image"), Fraction(0))
    return total + extra * given


def _bound(line: Row) -> float:
    if "max_area" in line:
        return float(line["max_area"])
    return TIERS[line["tier"]] * 1.1 if "tier" in line else float("inf")


def usage_of(said: Any) -> Mapping[str, int] | None:
    """The tokens in a vendor's answer, by what they are billed as; None where it reports none."""
    if not isinstance(said, dict):
        return None
    if isinstance(meta := said.get("usageMetadata"), dict):
        return _gemini(meta)
    usage = said.get("usage")
    if not isinstance(usage, dict) or "input_tokens_details" not in usage:
        return None
    details, made = usage["input_tokens_details"], usage["output_tokens_details"]
    return {
        "text_input_token": details["text_tokens"],
        "image_input_token": details["image_tokens"],
        "image_output_token": made["image_tokens"],
        "text_output_token": made["text_tokens"],
    }


def _gemini(meta: Mapping[str, Any]) -> Mapping[str, int]:
    """Thoughts are billed as text that comes out, and stand outside the candidates' count."""
    given = {part["modality"]: part["tokenCount"] for part in meta.get("promptTokensDetails", ())}
    made = {part["modality"]: part["tokenCount"] for part in meta.get("candidatesTokensDetails", ())}
    return {
        "text_input_token": given.get("TEXT", 0),
        "image_input_token": given.get("IMAGE", 0),
        "image_output_token": made.get("IMAGE", 0),
        "text_output_token": made.get("TEXT", 0) + meta.get("thoughtsTokenCount", 0),
    }
