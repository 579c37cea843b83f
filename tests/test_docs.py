"""The manual, checked: what it lists is what there is, and what it says to type works."""

import ast
import base64
import importlib
import io
import json
import os
import pkgutil
import re
import shlex
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from cyclopts import App
from PIL import Image

import onebrush
from docs import _tables
from onebrush.catalogue.catalogue import Catalogue
from onebrush.cli.banner import SAMPLE
from onebrush.cli.main import app
from onebrush.cli.sandbox import BASES
from onebrush.domain.errors import OneBrushError
from onebrush.domain.field import FIELDS
from onebrush.sandbox.faults import FaultKind
from onebrush.settings import ProviderSettings, Settings
from onebrush.wires.openai import decode
from tests.running import KEY, Server, gateway

ROOT = Path(__file__).parent.parent
HOUSE = ROOT / "src" / "onebrush"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "tests").rglob("*.md")])
README = (ROOT / "README.md").read_text("utf-8")
API = (ROOT / "docs" / "api.md").read_text("utf-8")
CONFIGURATION = (ROOT / "docs" / "configuration.md").read_text("utf-8")
HERE = "http://127.0.0.1:8000"


def section(page: str, title: str) -> str:
    """What stands below a heading, up to the next one of its level."""
    found = re.search(rf"^(#+) {re.escape(title)}$(.*?)(?=^\1 |\Z)", page, re.MULTILINE | re.DOTALL)
    assert found, f"there is no section '{title}'"
    return found[2]


def rows(text: str) -> list[list[str]]:
    """The rows of the tables of a text, their heads left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    after = [*lines[1:], ""]
    bodies = [line for line, next_line in zip(lines, after, strict=True) if "| ---" not in line + next_line]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in bodies]


def cells(text: str) -> list[str]:
    """The words in code marks in the first column of the tables of a text."""
    return [word for row in rows(text) for word in re.findall(r"`([^`]+)`", row[0])]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


# Settings


def test_every_setting_is_in_the_configuration_table_and_nothing_else() -> None:
    listed = cells(section(CONFIGURATION, "Settings"))
    assert sorted({*listed, "providers"}) == sorted(Settings.model_fields)
    assert set(cells(section(CONFIGURATION, "Vendors' accounts"))) >= set(ProviderSettings.model_fields)


def test_the_readme_shows_settings_that_exist_with_their_defaults() -> None:
    full = {name: [variable, default] for name, variable, default, _ in rows(_tables.settings_table())}
    short = {name: [variable, default] for name, variable, default, _ in rows(section(README, "Configuration"))}
    assert len(short) > 9
    assert {name: full[name] for name in short} == short


@pytest.mark.parametrize("page", ["README.md", "docs/configuration.md"])
def test_every_variable_that_is_named_is_read(page: str) -> None:
    read = {f"ONEBRUSH_{name.upper()}" for name in Settings.model_fields}
    read |= {f"ONEBRUSH_{who}_{what}" for who in ("ARK", "DASHSCOPE", "OPENAI") for what in ("REGION", "BASE_URL")}
    read |= {"ONEBRUSH_<PROVIDER>_REGION", "ONEBRUSH_<PROVIDER>_BASE_URL", "ONEBRUSH_KEY", "ONEBRUSH_URL"}
    named = set(re.findall(r"ONEBRUSH_[A-Z_<>]+", (ROOT / page).read_text("utf-8")))
    assert named
    assert named - read == set()


# Generated pages


def test_the_models_page_is_what_the_catalogue_says_now() -> None:
    assert (ROOT / "docs" / "models.md").read_text("utf-8") == _tables.models_page(), "run: python docs/_tables.py"


def test_the_tables_of_the_configuration_page_are_what_the_code_says_now() -> None:
    assert _tables.filled(CONFIGURATION) == CONFIGURATION, "run: python docs/_tables.py"


# The route


def warning_codes() -> Iterator[str]:
    for path in HOUSE.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "RequestWarning":
                [code] = [said.value for said in node.keywords if said.arg == "code"]
                assert isinstance(code, ast.Constant), f"{path}:{node.lineno}: a warning's code is no plain text"
                yield str(code.value)


def test_every_warning_is_documented_and_nothing_else() -> None:
    listed = cells(section(API, "Warnings"))
    assert sorted(listed) == sorted(set(warning_codes()))


def errors() -> set[tuple[str, str]]:
    for module in pkgutil.walk_packages(onebrush.__path__, "onebrush."):
        if "migrations" not in module.name and not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    found = [OneBrushError]
    for error in found:
        found.extend(error.__subclasses__())
    return {(str(error.status), error.code) for error in found}


def test_every_error_is_documented_with_its_status_and_nothing_else() -> None:
    listed = {(status, code.strip("`")) for status, code, *_ in rows(section(API, "Errors"))}
    assert listed == errors()


def test_every_field_of_the_families_is_documented() -> None:
    listed = cells(section(API, "Fields by family"))
    assert set(FIELDS) - set(listed) == set()


def test_what_comes_later_is_told_and_nothing_else() -> None:
    told = section(API, "Not yet")
    fields = told.strip().split("\n\n")[0]
    assert set(re.findall(r"`([a-z_]+)`", fields)) == set(decode.LATER)


def test_every_fault_word_is_documented() -> None:
    listed = [word.removeprefix("[sandbox: ").rstrip("]") for word in cells(section(API, "Sandbox"))]
    assert {word.partition(" ")[0] for word in listed} >= {kind.value for kind in FaultKind}


def test_the_examples_of_the_route_are_json() -> None:
    examples = blocks(API, "json")
    assert len(examples) > 5
    for example in examples:
        assert isinstance(json.loads(example), dict)


# Links and commands


def anchor(title: str) -> str:
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


def anchors(page: Path) -> set[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return {anchor(title) for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}


def links(page: Path) -> list[str]:
    text = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
    return [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]


def leads_somewhere(page: Path, link: str) -> bool:
    name, _, part = link.partition("#")
    target = (page.parent / name).resolve() if name else page
    return target.exists() and (not part or part in anchors(target))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    assert [link for link in links(page) if not leads_somewhere(page, link)] == []


def test_every_make_target_that_is_named_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    named = {target for page in PAGES for target in re.findall(r"(?:`|^)make ([a-z]+)", page.read_text("utf-8"), re.M)}
    assert {"run", "test"} <= named
    assert named - targets == set()


def commands(within: App) -> set[str]:
    return {name for name in within if not name.startswith("-")}


def test_the_readme_lists_every_command_and_nothing_else() -> None:
    listed = cells(section(README, "Commands"))
    assert {name.split()[1] for name in listed if name.startswith("onebrush ")} == commands(app)


def test_the_readme_shows_the_request_that_the_start_prints() -> None:
    assert SAMPLE in section(README, "Run it")


# What the README says to type


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with gateway(tmp_path_factory.mktemp("gateway")) as running:
        yield running


@pytest.fixture
def folder(tmp_path: Path, picture_bytes: bytes) -> Path:
    """Where the commands are typed; the file that an edit starts from is there."""
    (tmp_path / "kitten.png").write_bytes(picture_bytes)
    return tmp_path


NAMED = re.compile(r'(?:"model": "|-F model=)([\w.-]+)')

REQUESTS = [block for block in blocks(section(README, "One request per family"), "sh") if "curl" in block]


def typed(block: str, server: Server, folder: Path) -> str:
    """What a block prints; where there is no curl, its body is posted without it."""
    if shutil.which("curl") is None:
        return posted(block, server, folder)
    environ = {**os.environ, "ONEBRUSH_KEY": KEY}
    done = subprocess.run(
        ["sh", "-eu", "-c", block.replace(HERE, server.url)],
        cwd=folder,
        env=environ,
        check=True,
        capture_output=True,
        text=True,
        timeout=60,
    )
    return done.stdout


def posted(block: str, server: Server, folder: Path) -> str:
    found = re.search(r"-d '(\{.*?\})'|<<BODY\n(.*?)\nBODY", block, re.DOTALL)
    assert found
    kitten = base64.b64encode((folder / "kitten.png").read_bytes()).decode()
    body = re.sub(r"\$\(.*?\)", lambda _: kitten, found[1] or found[2])
    answer = server.ask("/v1/images/generations", body.encode())
    if "kitten.png" in block and found[1]:
        (folder / "kitten.png").write_bytes(fetched(answer.json()))
    return answer.body.decode()


def fetched(answer: Any) -> bytes:
    with urllib.request.urlopen(answer["data"][0]["url"], timeout=30) as reply:
        return bytes(reply.read())


def opened(picture: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(picture))
    image.load()
    return image


def test_each_request_of_the_readme_has_a_family() -> None:
    models = [found[1] for block in REQUESTS if (found := NAMED.search(block))]
    assert len(models) == len(REQUESTS) == 9
    assert {re.split(r"[-\d]", model)[0] for model in models} == {"doubao", "gpt", "gemini", "qwen"}


SAVING, DRY = "-o kitten.png", '"dry_run": true'


@pytest.mark.parametrize("block", [block for block in REQUESTS if SAVING not in block and DRY not in block])
def test_each_request_of_the_readme_brings_a_picture(block: str, server: Server, folder: Path) -> None:
    answer = json.loads(typed(block, server, folder))
    assert answer["onebrush"]["warnings"] == []
    described = answer["onebrush"]["images"][0]
    assert opened(fetched(answer)).size == (described["width"], described["height"])


def test_the_readme_says_how_to_save_a_picture(server: Server, folder: Path) -> None:
    [block] = [block for block in REQUESTS if SAVING in block]
    before = (folder / "kitten.png").read_bytes()
    typed(block, server, folder)
    after = (folder / "kitten.png").read_bytes()
    assert after != before
    assert opened(after).format == "PNG"


def test_the_dry_run_of_the_readme_shows_calls_and_a_bound(server: Server, folder: Path) -> None:
    [block] = [block for block in REQUESTS if DRY in block]
    told = json.loads(typed(block, server, folder))["onebrush"]
    assert (len(told["dry_run"]["calls"]), told["dry_run"]["price_bound"]["currency"]) == (2, "USD")
    assert [warning["code"] for warning in told["warnings"]] == ["size_adjusted"]


def test_the_readme_shows_the_sdk_as_it_works(server: Server, folder: Path) -> None:
    [script] = blocks(section(README, "One request per family"), "python")
    script = script.replace(HERE, server.url).replace("sk-test-…", KEY)
    subprocess.run([sys.executable, "-c", script], cwd=folder, check=True, capture_output=True, text=True)
    assert opened((folder / "painting.png").read_bytes()).format == "PNG"


SAVED = re.findall(
    r"^\.venv/bin/onebrush (generate .*?)\s+# ([\w-]+\.\w+)$", section(README, "One request per family"), re.MULTILINE
)


FIRST = re.findall(r"^\.venv/bin/onebrush (generate .*)\nxdg-open (\S+)", section(README, "Run it"), re.MULTILINE)


@pytest.mark.parametrize(("line", "name"), [*FIRST, *SAVED])
def test_the_readme_names_the_file_that_the_command_saves(line: str, name: str, server: Server, folder: Path) -> None:
    environ = {**os.environ, "ONEBRUSH_URL": server.url, "ONEBRUSH_KEY": KEY}
    words = [sys.executable, "-m", "onebrush", *shlex.split(line)]
    subprocess.run(words, cwd=folder, env=environ, check=True, capture_output=True, timeout=60)
    opened((folder / name).read_bytes())


def test_the_readme_saves_a_picture_with_the_command_line() -> None:
    assert FIRST
    assert SAVED


def test_the_conversation_of_the_manual_gives_our_picture_back_without_a_warning(server: Server) -> None:
    [example] = [block for block in blocks(API, "json") if '"role": "model"' in block]
    first = {"model": json.loads(example)["model"], "prompt": "A cottage in a meadow", "response_format": "b64_json"}
    picture = server.generate(first, Authorization=f"Bearer {KEY}").json()["data"][0]["b64_json"]
    body = json.loads(example.replace("base64,…", f"base64,{picture}"))
    answer = server.generate(body, Authorization=f"Bearer {KEY}")
    assert answer.status == 200
    assert answer.json()["onebrush"]["warnings"] == []


def test_the_manual_names_the_addresses_that_the_sandbox_prints() -> None:
    addresses = {"http://127.0.0.1:8100" + path for path in BASES.values()}
    assert addresses <= set(re.findall(r"`(http[^`]+)`", section(API, "Sandbox")))
    assert all(f"`{path}`" in section(README, "Commands") for path in BASES.values())


def test_the_requests_of_the_readme_are_for_models_that_are_active() -> None:
    active = {card.id for card in Catalogue.load().cards if card.status.value == "active"}
    named = {model for block in REQUESTS for model in NAMED.findall(block)}
    assert named - active == set()
