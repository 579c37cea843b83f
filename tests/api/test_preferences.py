"""The Prefer header, as RFC 7240 has it: any case, spaces, quotes, several headers; what is unknown is told."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebrush.api.preferences import LONGEST_WAIT, MOST_TOLD, Preferences, preferences_of


def read(*values: str) -> Preferences:
    return preferences_of([(b"Prefer", value.encode("latin-1")) for value in values])


def ignored(preferences: Preferences) -> list[object]:
    return [warning.asked for warning in preferences.warnings]


@pytest.mark.parametrize(
    ("values", "respond_async", "wait"),
    [
        ([], False, None),
        (["respond-async"], True, None),
        (["Respond-Async"], True, None),
        (['respond-async=""'], True, None),
        (["respond-async;foo=1"], True, None),
        (["wait=10"], False, 10),
        (["WAIT = 10"], False, 10),
        (['wait="10"'], False, 10),
        (["wait=0"], False, 0),
        (["wait=600"], False, 600),
        (["wait=010; why=not"], False, 10),
        (["respond-async, wait=5"], True, 5),
        (["wait=5", "respond-async"], True, 5),
        (["wait=5, wait=5"], False, 5),
        ([" , respond-async,, "], True, None),
    ],
)
def test_what_is_known_is_read_in_every_spelling(values: list[str], respond_async: bool, wait: int | None) -> None:
    read_as = read(*values)

    assert (read_as.respond_async, read_as.wait, read_as.warnings) == (respond_async, wait, ())
    assert read_as.asynchronous is (respond_async or wait is not None)


@pytest.mark.parametrize(
    "value",
    [
        "return=minimal", "handling=strict", "wait", "wait=", "wait=-1", "wait=601", "wait=1.5", "wait=soon",
        "wait=1e2", "wait=\xb2", "wait=99999999999", "respond-async=now", 'x="a, respond-async"', 'x="a\\", wait=5"',
    ],
)  # fmt: skip
def test_what_is_unknown_or_no_sense_is_told_and_has_no_effect(value: str) -> None:
    read_as = read(value)

    assert not read_as.asynchronous
    assert [(warning.code, warning.param) for warning in read_as.warnings] == [("header_ignored", "Prefer")]


def test_of_two_waits_the_first_counts_and_the_other_is_told() -> None:
    assert (read("wait=5, wait=7").wait, ignored(read("wait=5, wait=7"))) == (5, ["wait=7"])


def test_of_very_many_a_few_are_told() -> None:
    assert len(read(",".join(f"x{number}" for number in range(5000))).warnings) == MOST_TOLD


@pytest.mark.parametrize(
    ("value", "in_time", "late"),
    [
        ("respond-async", "", "respond-async"),
        ("wait=9", "wait=9", "wait=9"),
        ("wait=9, respond-async", "wait=9", "respond-async, wait=9"),
        ("return=minimal", "", ""),
    ],
)
def test_the_answer_says_what_was_applied(value: str, in_time: str, late: str) -> None:
    assert (read(value).applied(in_time=True), read(value).applied(in_time=False)) == (in_time, late)


TOKENS = st.from_regex(r"[a-z][a-z-]{0,10}", fullmatch=True).filter(lambda name: name not in ("wait", "respond-async"))
TEXTS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=20)
QUOTED = TEXTS.map(lambda text: '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"')
OTHERS = st.builds("{}={}".format, TOKENS, QUOTED)


@given(before=st.lists(OTHERS, max_size=3), after=st.lists(OTHERS, max_size=3), seconds=st.integers(0, LONGEST_WAIT))
def test_a_wait_is_found_among_any_others(before: list[str], after: list[str], seconds: int) -> None:
    read_as = read(", ".join([*before, f"wait={seconds}", *after]))

    assert (read_as.wait, read_as.respond_async) == (seconds, False)
    assert len(read_as.warnings) == len({*before, *after})


@given(values=st.lists(st.text(st.characters(max_codepoint=255)), max_size=3))
def test_no_header_breaks_the_reading(values: list[str]) -> None:
    wait = read(*values).wait

    assert wait is None or 0 <= wait <= LONGEST_WAIT
