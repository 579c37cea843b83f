"""Every fixture of every wire, in both directions: what is sent, and what is made of the reply.

A fixture states its source. A request with `task` is asked in that body of a task; a reply with `asked` answers a
task's poll or cancelling. It holds `request` and `call`, `reply` and `events`, or both pairs; a table of
`refusals` holds replies, each of which is one fault and nothing else.
"""

from typing import Any

import pytest

from tests.wires.exchanges import (
    FIXTURES,
    WIRES,
    call_for,
    events_of,
    fixtures,
    with_base64,
    written_call,
    written_event,
)

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("provider", "fixture"), fixtures("call"))
def test_the_call_is_the_fixtures_whole(provider: str, fixture: dict[str, Any]) -> None:
    expected = dict(fixture["call"])
    if "json" in expected:
        expected["json"] = with_base64(expected["json"])
    assert written_call(call_for(provider, fixture["request"])) == expected


@pytest.mark.parametrize("piece", [1, 7, 1 << 20])
@pytest.mark.parametrize(("provider", "fixture"), fixtures("reply"))
async def test_the_reply_becomes_the_fixtures_events_however_it_is_cut(
    provider: str, fixture: dict[str, Any], piece: int
) -> None:
    events = await events_of(provider, fixture["reply"], piece)
    assert [written_event(event) for event in events] == fixture["events"]


@pytest.mark.parametrize(("provider", "fixture"), fixtures("refusals"))
async def test_every_refusal_is_the_one_fault_its_table_says(provider: str, fixture: dict[str, Any]) -> None:
    for refusal in fixture["refusals"]:
        events = await events_of(provider, refusal)
        assert [written_event(event) for event in events] == [{"fault": refusal["fault"]}]


@pytest.mark.parametrize(("provider", "fixture"), fixtures("source"))
def test_a_fixture_says_where_it_is_from(provider: str, fixture: dict[str, Any]) -> None:
    pairs = [{"request", "call"}, {"reply", "events"}, {"refusals"}]
    assert provider in WIRES
    assert fixture["source"]
    assert any(pair <= fixture.keys() for pair in pairs)
    assert all(pair <= fixture.keys() or not pair & fixture.keys() for pair in pairs)


def test_every_wire_has_its_folder_and_every_fixture_its_source() -> None:
    assert {path.name for path in FIXTURES.iterdir()} == set(WIRES)
    assert len(fixtures("source")) == len(list(FIXTURES.rglob("*.json")))
