"""docs/parameters.md shows the table of expectations as it is now."""

from docs import _parameters
from tests.expectations import FAMILIES, load


def test_the_parameters_page_is_what_the_table_says_now() -> None:
    assert _parameters.PAGE.read_text("utf-8") == _parameters.page(), "run: python -m docs._parameters"


def test_every_model_of_the_table_stands_on_the_page() -> None:
    page = _parameters.PAGE.read_text("utf-8")
    models = {case.model for case in load() if case.family in FAMILIES}
    assert {name for name in models if name not in page} == set()
