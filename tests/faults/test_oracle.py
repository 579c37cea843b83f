"""The oracle finds what it is there for: each kind of wrong, planted into a world that is right."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from tests.faults import pricing
from tests.faults.oracle import Facts, Paid, judge

ONE, TWO = "label-aa-1", "label-aa-2"
PRICE = 200_000_000  # of one picture, in nano-units of CNY, as the catalogue has it


def call(label: str, name: str = "c1") -> Paid:
    return Paid(id=name, vendor="ark", model="doubao-seedream-4-0-250828", images=1, label=label)


def attempt(name: str = "att_1", generation: str = "gen_1", slot: int = 0) -> dict[str, Any]:
    return {"id": name, "generation": generation, "slot": slot, "model": "doubao-seedream-4-0-250828"}


def entry(state: str, name: str = "att_1", nano: int | None = PRICE) -> dict[str, Any]:
    return {"attempt": name, "generation": "gen_1", "state": state, "nano": nano, "currency": "CNY"}


def right() -> Facts:
    """One generation, bought once, kept, settled."""
    return Facts(
        paid=(call(ONE),),
        generations=({"id": "gen_1", "status": "succeeded", "ask": None, "idempotency": None},),
        attempts=(attempt(),),
        entries=(entry("reserved"), entry("sent"), entry("settled")),
        artifacts=({"id": "img_1", "generation": "gen_1", "index": 0, "location": "aa/img_1.jpg"},),
        deliveries=(),
        files=frozenset({"aa/img_1.jpg"}),
        areas={"aa/img_1.jpg": 1024 * 1024},
        integrity="ok",
        notes={"gen_1": ONE},
    )


WRONG: dict[str, tuple[dict[str, Any], set[str]]] = {
    "a paid call that nobody knows of": ({"paid": (call(ONE), call(TWO, "c2"))}, {"lost"}),
    "a paid call whose picture is gone": ({"files": frozenset(), "areas": {}}, {"lost", "missing", "money"}),
    "a paid call whose attempt was released": (
        {"entries": (entry("sent"), entry("released")), "artifacts": (), "files": frozenset()},
        {"lost"},
    ),
    "one request paid twice": ({"paid": (call(ONE), call(ONE, "c2"))}, {"lost", "doubled"}),
    "a slot with two attempts that may be paid": (
        {
            "attempts": (attempt(), attempt("att_2")),
            "entries": (entry("settled"), entry("unresolved", "att_2")),
        },
        {"doubled"},
    ),
    "an attempt settled twice": ({"entries": (entry("settled"), entry("settled"))}, {"doubled"}),
    "money without an end": ({"entries": (entry("sent"),)}, {"lost", "unaccounted"}),
    "an attempt the ledger does not know": ({"entries": ()}, {"lost", "unaccounted"}),
    "a generation that never ends": (
        {"generations": ({"id": "gen_1", "status": "running", "ask": None, "idempotency": None},)},
        {"unfinished"},
    ),
    "a charge for nothing": ({"paid": ()}, {"overcharged"}),
    "a nano-unit too much": ({"entries": (entry("settled", nano=PRICE + 1),)}, {"money"}),
    "an unknown price where one is known": ({"entries": (entry("settled", nano=None),)}, {"money"}),
    "a file without a row": ({"files": frozenset({"aa/img_1.jpg", "bb/img_2.jpg"})}, {"orphans"}),
    "a damaged database": ({"integrity": "row 3 missing from index"}, {"integrity"}),
}


def test_what_is_right_is_right() -> None:
    assert judge(right()).wrong == {}


def test_what_is_unresolved_is_neither_lost_nor_charged() -> None:
    facts = replace(right(), entries=(entry("sent"), entry("unresolved")), artifacts=(), files=frozenset())
    assert judge(facts).wrong == {}
    assert judge(facts).unresolved == 1


def test_a_former_attempt_that_was_released_is_no_second_purchase() -> None:
    entries = (entry("released", "att_0"), entry("settled"))
    assert judge(replace(right(), attempts=(attempt("att_0"), attempt()), entries=entries)).wrong == {}


def test_two_calls_are_right_where_two_were_asked() -> None:
    facts = replace(
        right(),
        paid=(call(ONE), call(ONE, "c2")),
        attempts=(attempt(), attempt("att_2", slot=1)),
        entries=(entry("settled"), entry("unresolved", "att_2")),
    )
    assert judge(facts, {ONE: 2}).wrong == {}


@pytest.mark.parametrize("wrong", WRONG)
def test_what_is_wrong_is_found(wrong: str) -> None:
    changes, found = WRONG[wrong]
    assert set(judge(replace(right(), **changes)).wrong) == found


@pytest.mark.parametrize(
    ("vendor", "model", "usage", "areas", "nano"),
    [
        ("ark", "doubao-seedream-4-0-250828", None, [1024 * 1024] * 3, 600_000_000),
        ("ark", "doubao-seedream-5-0-pro-260628", None, [2_601_123, 2_601_124], 900_000_000),
        ("dashscope", "qwen-image-plus-2026-01-09", None, [1328 * 1328], 200_000_000),
        (
            "openai",
            "gpt-image-2-2026-04-21",
            {"text_input_token": 13, "image_input_token": 7, "image_output_token": 272, "text_output_token": 0},
            [1],
            13 * 5_000 + 7 * 8_000 + 272 * 30_000,
        ),
    ],
)
def test_prices_are_the_catalogues(
    vendor: str, model: str, usage: dict[str, int] | None, areas: list[int], nano: int
) -> None:
    amount = pricing.book(vendor).price(model, usage, areas)
    assert amount is not None
    assert amount.nano == Fraction(nano)
