"""What each model is sent for each documented field: the whole body, against one written from the vendors' pages."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from tests.conformance.asking import spelt
from tests.conformance.cases import FAMILIES, OPERATIONS, Case, load, read_file, rows
from tests.conformance.sdks import complaints
from tests.conformance.vendor import Vendor
from tests.running import Server

CASES = load()


@pytest.mark.parametrize("case", [case for case in CASES if not case.refused], ids=lambda case: case.name)
def test_the_vendor_gets_the_reference_body(
    case: Case, server: Server, vendor: Vendor, words: Mapping[str, str]
) -> None:
    answer = server.generate(spelt(case.ask, words))
    assert answer.status == 200, answer.body[:500]
    assert _sorted(call.body for call in vendor.calls) == _sorted(case.bodies)
    assert {(call.path.endswith(case.path), call.form) for call in vendor.calls} == {(True, case.form)}
    if case.field != "options":  # those are the caller's own words
        assert [complaint for call in vendor.calls for complaint in complaints(case.family, call)] == []


@pytest.mark.parametrize("case", [case for case in CASES if case.refused], ids=lambda case: case.name)
def test_what_the_vendor_would_refuse_is_refused_before(
    case: Case, server: Server, vendor: Vendor, words: Mapping[str, str]
) -> None:
    answer = server.generate(spelt(case.ask, words))
    assert (answer.status, answer.json()["error"]["code"]) == (400, case.refused), answer.body[:500]
    assert vendor.calls == []


def _sorted(bodies: Any) -> list[Any]:
    """Calls made side by side arrive in any order."""
    return sorted(bodies, key=lambda body: json.dumps(body, sort_keys=True))


def test_every_served_model_has_reference_bodies(server: Server) -> None:
    served = {model["id"] for model in server.ask("/v1/models").json()["data"]}
    assert served == {case.model for case in CASES}


@pytest.mark.parametrize("family", FAMILIES)
def test_every_row_speaks_of_every_documented_field(family: str) -> None:
    data = read_file(family)
    missing = {name: sorted(set(data["documented"]) - row["fields"].keys()) for name, row in rows(data)}
    assert {name: fields for name, fields in missing.items() if fields} == {}


def test_no_case_is_written_twice() -> None:
    names = [json.dumps([case.model, case.operation, case.ask], sort_keys=True) for case in CASES]
    assert sorted({name for name in names if names.count(name) > 1}) == []


def test_both_operations_are_asked() -> None:
    assert {case.operation for case in CASES} == set(OPERATIONS)
