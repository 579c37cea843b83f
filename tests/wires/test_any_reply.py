"""Whatever a vendor answers, a wire makes events of it and never raises."""

import asyncio
import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Done, Event, Fault, Pending, Picture
from tests.wires.exchanges import WIRES, events_of, fixtures

STATUSES = st.sampled_from([200, 201, 302, 400, 401, 403, 404, 429, 500, 503])
SCALARS = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8)
)
REPLIES = [case.values for case in fixtures("reply")] + [
    (case.values[0], {"reply": refusal})
    for case in fixtures("refusals")
    for refusal in case.values[1]["refusals"]
    if "json" in refusal
]


def spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Every place of a value as the container and the key in it."""
    for key in value if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ():
        yield value, key
        yield from spots(value[key])


# The vendors' own words as keys, so that made-up replies come near real ones.
KEYS = st.sampled_from(sorted({key for _, case in REPLIES for _, key in spots(case["reply"]) if isinstance(key, str)}))
JSON = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=20,
)


def outcome(provider: str, reply: dict[str, Any]) -> list[Event]:
    events = asyncio.run(events_of(provider, reply))
    faults = [event for event in events if isinstance(event, Fault)]
    if isinstance(events[-1], Pending):
        assert (provider, len(events)) == ("dashscope", 1)
        return events
    assert isinstance(events[-1], Done) or (isinstance(events[-1], Fault) and events[-1].index is None)
    assert all(fault.message and fault.kind in FaultKind for fault in faults)
    assert faults or any(isinstance(event, Picture) for event in events) or "cancel" in reply.get("asked", {})
    return events


@pytest.mark.parametrize("provider", WIRES)
@given(status=STATUSES, body=JSON)
@settings(max_examples=80)
def test_no_json_makes_a_wire_raise(provider: str, status: int, body: Any) -> None:
    outcome(provider, {"status": status, "json": body})


@given(data=st.data())
@settings(max_examples=300)
def test_no_reply_with_one_thing_wrong_makes_a_wire_raise(data: st.DataObject) -> None:
    provider, fixture = data.draw(st.sampled_from(REPLIES))
    reply = copy.deepcopy(fixture["reply"])
    container, key = data.draw(st.sampled_from(list(spots({"json": reply["json"]}))))
    if container == {"json": reply["json"]}:
        reply["json"] = data.draw(JSON)
    else:
        container[key] = data.draw(JSON)
    outcome(provider, reply)


@pytest.mark.parametrize("provider", WIRES)
@pytest.mark.parametrize("status", [200, 404, 429, 503])
@given(text=st.text(max_size=40))
@settings(max_examples=20)
def test_no_text_makes_a_wire_raise(provider: str, status: int, text: str) -> None:
    outcome(provider, {"status": status, "text": text})


@pytest.mark.parametrize(("provider", "fixture"), fixtures("reply"))
def test_a_reply_cut_off_anywhere_ends_in_a_fault(provider: str, fixture: dict[str, Any]) -> None:
    text = json.dumps(fixture["reply"]["json"])
    for end in range(len(text)):
        asked = fixture["reply"].get("asked", {})
        (event,) = outcome(provider, {"status": 200, "text": text[:end], "asked": asked})
        assert isinstance(event, Fault)
        assert event.kind in (FaultKind.OUTCOME_UNKNOWN, FaultKind.BAD_RESPONSE)
