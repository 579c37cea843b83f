"""An operator's own file is taken in, and one that is wrong is answered with file, row and reason."""

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from onebrush.catalogue.catalogue import Catalogue
from onebrush.catalogue.rows import CatalogueError
from onebrush.domain.model import Status

Load = Callable[..., Catalogue]

# A second row, which alone is wrong.
SECOND = '[[model]]\nid = "two"\ntitle = "Two"\n'


def test_a_provider_of_ones_own_is_a_table(load_small: Load) -> None:
    catalogue = load_small()
    provider = catalogue.providers["small"]
    assert (provider.wire, provider.key_env) == ("openai", ("SMALL_API_KEY",))
    assert provider.platform().base_url == "https://small.example/v1"
    assert catalogue.find("small-1").provider == "small"
    assert catalogue.find("gpt-image-2").provider == "openai"
    assert catalogue.listing(date(2026, 11, 22))[-1].id == "small-1"


def test_a_row_of_ones_own_joins_a_packaged_provider_and_shares_its_tables(tmp_path: Path) -> None:
    text = """
        [provider]
        name = "openai"

        [[model]]
        id = "gpt-image-3"
        title = "GPT Image 3"
        like = "gpt-image-2"
        field = { style = { values = ["plain"] } }
    """
    (tmp_path / "mine.toml").write_text(text, "utf-8")
    catalogue = Catalogue.load(tmp_path)
    mine, base = catalogue.find("gpt-image-3"), catalogue.find("gpt-image-2")
    assert (mine.size, mine.capability, mine.prices) == (base.size, base.capability, base.prices)
    assert set(mine.fields) == {*base.fields, "style"}
    assert (mine.created, mine.note) == (None, "")
    assert catalogue.providers["openai"].platform().base_url == "https://api.openai.com/v1"


def test_a_row_of_ones_own_replaces_the_packaged_one(tmp_path: Path) -> None:
    text = """
        [provider]
        name = "dashscope"

        [[model]]
        id = "qwen-image-plus"
        title = "Gone"
        status = "retired"
        successor = "qwen-image-2.0"
        sizes = "five"
    """
    path = tmp_path / "mine.toml"
    path.write_text(text, "utf-8")
    catalogue = Catalogue.load(path)
    assert catalogue.find("qwen-image-plus").status is Status.RETIRED
    assert catalogue.find("qwen-image").status is Status.RETIRED, "a row like it follows it"
    assert len(catalogue.cards) == len(Catalogue.load().cards)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ('sizes = "square"\ncolour = 1', "unknown field `colour`"),
        ('sizes = "square"\ncapability = { fly = true }', "unknown field `fly` - at `$.capability`"),
        ('sizes = "round"', "there is no round in [sizes]"),
        ('sizes = "square"\nfields = "none"', "there is no none in [fields]"),
        ('sizes = "square"\nprices = ["none"]', "there is no none in [prices]"),
        ('sizes = "square"\nlike = "three"', "like = 'three', but no row above has that id"),
        ('size = { kind = "list", allowed = ["1024"] }', "'1024' is no size"),
        ('size = { kind = "list" }', "a list of sizes is empty"),
        ('size = { kind = "odd" }', "Invalid enum value 'odd'"),
        ('size = { kind = "ratio", tables = { 1K = ["none"] } }', "there is no [tables.none]"),
        ('sizes = "square"\nsize = { default = "512x512" }', "default size 512x512 is not in the list"),
        ('size = { kind = "free", default_tier = "2K" }', "default_tier 2K is none of the tiers"),
        ('size = { kind = "free", tier_areas = { 1K = 1048576 } }', "default_tier None is none of 1K"),
        ('size = { kind = "free", multiple = 16, picks = ["100x100"] }', "size 100x100 breaks its own rule"),
        ('sizes = "square"\nfield = { seeed = {} }', "'seeed' is no field"),
        (
            'sizes = "square"\nfield = { background = { values = ["blue"] } }',
            "field background never has the value blue",
        ),
        (
            'sizes = "square"\nfield = { quality = { values = ["low"], mapping = { hd = "high" } } }',
            "field quality maps to high, which is not among its values",
        ),
        ('sizes = "square"\nsuccessor = "three"', "its successor 'three' is no row"),
        ('sizes = "square"\nsuccessor = "two"', "its successors go in a circle: two -> two"),
        ('sizes = "square"\nsuccessor = "wan2.6-t2i"', "its successor 'wan2.6-t2i' is not served"),
        ('sizes = "square"\nstatus = "retired"', "a retired row names its successor"),
        (
            'sizes = "square"\nshutdown_date = 2026-12-01',
            "a row with a shutdown_date is deprecated or retired",
        ),
        ('sizes = "square"\ncapability = { task = "later" }', "Invalid enum value 'later'"),
        ('sizes = "square"\ncapability = { task = "prompt" }', "the wire 'openai' has no tasks"),
        (
            'sizes = "square"\ncapability = { task = "prompt", max_references = 1 }',
            "it takes pictures, for which the task form 'prompt' has no place",
        ),
        ('sizes = "square"\nstatus = "asleep"', "Invalid enum value 'asleep'"),
        ('sizes = "square"\nupstream = { mars = "two" }', "upstream names the platform mars"),
        ('sizes = "square"\naliases = ["SMALL-1"]', "the name 'SMALL-1' belongs to 'small-1' already"),
        (
            'sizes = "square"\naliases = ["gpt-image-2"]',
            "the name 'gpt-image-2' belongs to 'gpt-image-2' already",
        ),
        (
            'sizes = "square"\ncapability = { text_to_image = false }',
            "without text_to_image it needs min_references",
        ),
    ],
)
def test_a_wrong_row_is_named_with_the_reason(load_small: Load, row: str, said: str) -> None:
    with pytest.raises(CatalogueError) as refused:
        load_small(SECOND + row)
    assert "small" in str(refused.value)
    assert "model 'two'" in str(refused.value)
    assert said in str(refused.value)


PICTURES = 'sizes = "square"\ncapability = { max_references = 1 }\n'


@pytest.mark.parametrize(
    ("field", "said"),
    [
        ("output_compression = { needs = { format = ['png'] } }", "needs format, which the model has no use for"),
        ("watermark = { needs = { seeed = ['1'] } }, seeed = {}", "needs seeed, which the model has no use for"),
        (
            "output_compression = { needs = { output_format = ['png'] } }",
            "field output_compression needs output_format, which the model has no use for",
        ),
        (
            "output_format = { values = ['png'] }, output_compression = { needs = { output_format = ['jpeg'] } }",
            "field output_compression needs output_format jpeg, which it never is",
        ),
        (
            "background = { forbids = { transparent = { output_format = ['jpeg'] } } }",
            "field background transparent, forbids output_format, which the model has no use for",
        ),
        (
            "output_format = {}, background = { forbids = { transparent = { output_format = ['bmp'] } } }",
            "field background transparent, forbids output_format bmp, which it never is",
        ),
        (
            "web_search = {}, background = { forbids = { transparent = { web_search = ['true'] } } }",
            "field background transparent, forbids web_search true, which it never is",
        ),
        (
            "output_format = {}, background = { forbids = { blue = { output_format = ['png'] } } }",
            "field background forbids something beside blue, which it never is",
        ),
        (
            "prompt_extend_mode = { values = ['direct'], on_edit = { agent = 'direct' } }",
            "field prompt_extend_mode turns agent in edits, which is not among its values",
        ),
        (
            "output_format = { values = ['png'], one_a_call = ['svg'] }",
            "field output_format is one a call with svg, which is not among its values",
        ),
        (
            "output_format = { values = ['png'], emulated = ['webp'] }",
            "field output_format has webp emulated, but mapped to nothing",
        ),
        (
            "watermark = { treatment = 'emulated' }",
            "field watermark is emulated; the gateway can emulate output_compression, output_format",
        ),
        ("moderation = { treatment = 'mapped' }", "field moderation is mapped, but to nothing"),
        ("layer_decomposition = {}", "capability layers and the field layer_decomposition go together"),
        ("watermark = { on = 'never' }", "Invalid enum value 'never'"),
    ],
)
def test_a_rule_that_names_what_is_not_there_is_refused(load_small: Load, field: str, said: str) -> None:
    with pytest.raises(CatalogueError) as refused:
        load_small(SECOND + PICTURES + f"field = {{ {field} }}")
    assert said in str(refused.value)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ("field = { watermark = { on = 'edit' } }", "field watermark goes with edit only, which the model does not do"),
        (
            "field = { prompt_extend_mode = { values = ['direct', 'agent'], on_edit = { agent = 'direct' } } }",
            "field prompt_extend_mode turns words in edits, which the model does not do",
        ),
        ("capability = { mask = true }", "it takes no pictures and so no mask, markup or layers"),
        ("capability = { max_output_tokens = 0 }", "a limit of tokens is below 1"),
        (
            "capability = { text_to_image = false, min_references = 1, max_references = 1 }\n"
            "field = { watermark = { on = 'generate' } }",
            "field watermark goes with generate only, which the model does not do",
        ),
    ],
)
def test_a_rule_for_what_the_model_does_not_do_is_refused(load_small: Load, row: str, said: str) -> None:
    with pytest.raises(CatalogueError) as refused:
        load_small(SECOND + 'sizes = "square"\n' + row)
    assert said in str(refused.value)


def test_rules_that_hold_together_are_taken(load_small: Load) -> None:
    field = """
        [model.field]
        output_format = { values = ["png", "jpeg"], mapping = { webp = "png" }, emulated = ["webp"] }
        output_compression = { treatment = "emulated" }
        background = { forbids = { transparent = { output_format = ["jpeg"], web_search = ["True"] } }, on = "edit" }
        web_search = {}
        frame_count = { needs = { output_format = ["png"] } }
    """
    rules = load_small(SECOND + PICTURES + field).find("two").fields
    assert rules["output_format"].emulated == ("webp",)
    assert rules["background"].forbids == {"transparent": {"output_format": ("jpeg",), "web_search": ("True",)}}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({'auth = "bearer"': 'auth = "basic"'}, "small.toml, [provider]: Invalid enum value 'basic'"),
        ({'wire = "openai"': ""}, "small.toml, [provider]: Object missing required field `wire`"),
        ({'name = "small"': ""}, "small.toml: [provider] has no name."),
        ({"[sizes.square]": "[shapes.square]"}, "small.toml: Object contains unknown field `shapes`"),
        ({'id = "small-1"': ""}, "small.toml, model 1: it has no id."),
        ({"[[model]]": "[model]"}, "small.toml: Expected `array`, got `object` - at `$.model`"),
        ({'title = "Small"': "title = "}, "small.toml: Invalid value"),
    ],
)
def test_a_wrong_file_is_named_with_the_reason(load_small: Load, change: dict[str, str], said: str) -> None:
    with pytest.raises(CatalogueError) as refused:
        load_small(**change)
    assert str(refused.value).startswith(said)


def test_an_id_twice_in_a_file_is_refused(load_small: Load) -> None:
    with pytest.raises(CatalogueError, match=r"small\.toml, model 'two': the id is used twice"):
        load_small(2 * (SECOND + 'sizes = "square"\n'))


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CatalogueError, match=r"none\.toml: it cannot be read"):
        Catalogue.load(tmp_path / "none.toml")
