"""docs/parameters.md shows the table of expectations as it is now."""

from collections import Counter

from docs import _parameters
from tests.expectations import FAMILIES, load


def test_the_parameters_page_is_what_the_table_says_now() -> None:
    assert _parameters.PAGE.read_text("utf-8") == _parameters.page(), "run: python -m docs._parameters"


def test_every_model_of_the_table_stands_on_the_page() -> None:
    page = _parameters.PAGE.read_text("utf-8")
    models = {case.model for case in load() if case.family in FAMILIES}
    assert {name for name in models if name not in page} == set()


SHAPES = [
    {"size": "1024x1024"},
    {"size": "1536x1024"},
    {"size": "16:9"},
    {"size": "9:16", "resolution": "2K"},
    {"size": "4K"},
    {"size": "auto"},
]
FEWER = 8  # kin and other names of a model stand for it, and are put to a few asks only


def test_the_table_knows_what_every_model_draws_from_words_for_every_form_of_size() -> None:
    cases = [case for case in load() if case.family in FAMILIES and not case.images]
    asked = Counter(case.model for case in cases if case.refused is None)
    known = {(case.model, repr(case.ask)) for case in cases if case.pixels or case.near}
    lacking = [(model, ask) for model, often in asked.items() for ask in SHAPES if (model, repr(ask)) not in known]
    assert [(model, ask) for model, ask in lacking if asked[model] > FEWER] == []
