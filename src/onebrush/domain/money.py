"""Money in whole nano-units of a named currency; an unknown price is unknown, never zero."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

NANO = 1_000_000_000

Basis = Literal["reported", "computed", "unknown"]

Unit = Literal[
    "image",
    "input_image",
    "text_input_token",
    "image_input_token",
    "image_output_token",
    "text_output_token",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An amount in nano-units (10^-9) of a currency (ISO 4217)."""

    nano: int
    currency: str

    @property
    def decimal(self) -> str:
        """The amount as a plain decimal string without trailing zeros: `0.039`."""
        text = format(Decimal(self.nano).scaleb(-9), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text

    def __add__(self, other: Money) -> Money:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} are not added")
        return Money(nano=self.nano + other.nano, currency=self.currency)

    def times(self, count: int) -> Money:
        """This amount, `count` times."""
        return Money(nano=self.nano * count, currency=self.currency)


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """One price line: the money for one unit, on one platform, for pictures up to an area or of a tier.

    `max_area` is in pixels, inclusive; `tier` and `quality` narrow the line where the vendor prices by them.
    `unverified` marks a figure the vendor's own page was not seen to state.
    """

    unit: Unit
    money: Money
    platform: str = ""
    max_area: int | None = None
    tier: str | None = None
    unverified: bool = False
    source: str = ""


MOST_USED = 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class UsageRecord:
    """What a vendor said it used; None where it did not say, or said what cannot be (below 0, above 10^9)."""

    text_input_tokens: int | None = None
    image_input_tokens: int | None = None
    image_output_tokens: int | None = None
    text_output_tokens: int | None = None
    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    images: int | None = None

    def __post_init__(self) -> None:
        for name in self.__slots__:
            count = getattr(self, name)
            if count is not None and not 0 <= count <= MOST_USED:
                object.__setattr__(self, name, None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What something cost and how that is known; no money when the basis is unknown."""

    basis: Basis
    money: Money | None = None
