"""The layout of the code, checked: what a reader may rely on when opening any file of it."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from importlinter import cli

ROOT = Path(__file__).parent.parent
HOUSE = ROOT / "src" / "onebrush"
MODULES = sorted(HOUSE.rglob("*.py"))
LONGEST_FILE = 400

# Who may name a vendor, and why; everyone else speaks of providers.
MAY_NAME_VENDORS = {
    "wires": "a wire is a vendor's public format",
    "sandbox": "it stands in for the vendors",
    "catalogue": "models and their vendors are its data",
    "api": "the main door speaks one vendor's format, and imports its wire by name",
    "bootstrap": "the one floor that knows everybody",
    "cli": "help and examples name models people know",
}
VENDORS = re.compile(
    r"alibaba|aliyun|byteplus|dashscope|gemini|google|openai|qwen|seedream|volcengine|volces"
    r"|(?<![a-z])(?:ark|dall-?e|gpt)(?![a-z])",
    re.IGNORECASE,
)

# Written in pieces, so that this page does not hold what it forbids.
REGISTRIES = [
    ".".join(host)
    for host in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("crates", "io"),
        ("proxy", "golang", "org"),
        ("repo1", "maven", "org"),
        ("deb", "debian", "org"),
        ("mirrors", "aliyun", "com"),
    )
]
MACHINE_PATHS = ["/" + "work/", "/root" + "/", "../" + "shared"]


def tracked_files() -> list[Path]:
    listing = ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout
    return [path for name in names.split("\0") if name and (path := ROOT / name).is_file()]


def named(path: Path) -> str:
    return path.relative_to(HOUSE).as_posix()


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def docstrings(tree: ast.Module) -> set[int]:
    owners = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    bodies = (node.body for node in ast.walk(tree) if isinstance(node, owners) and ast.get_docstring(node))
    return {id(statement.value) for first, *_ in bodies if isinstance(statement := first, ast.Expr)}


def words(path: Path) -> Iterator[tuple[int, str]]:
    """Every identifier and string of a module with its line; prose (docstrings, comments) left out."""
    tree = parsed(path)
    prose = docstrings(tree)
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in prose:
            yield line, node.value
        for field in ("id", "attr", "arg", "name", "module"):
            if isinstance(value := getattr(node, field, None), str):
                yield line, value


def vendors_in(path: Path) -> list[str]:
    return [f"{named(path)}:{line}: {word}" for line, word in words(path) if VENDORS.search(word)]


def may_name_vendors(path: Path) -> str | None:
    first = path.relative_to(HOUSE).parts[0]
    return first if first in MAY_NAME_VENDORS else None


def test_the_house_has_every_floor() -> None:
    floors = {"kit", "domain", "catalogue", "wires", "engine", "sandbox", "storage", "upstream", "api", "cli"}
    floors |= {"bootstrap", "settings"}
    files = {"__main__.py", "py.typed"}
    assert floors <= {path.name for path in HOUSE.iterdir() if path.is_dir()}
    assert files <= {path.name for path in HOUSE.iterdir() if path.is_file()}


def test_the_folder_list_is_the_architecture() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text("utf-8")
    section = re.search(r"^## Folders$(.*?)(?=^## |\Z)", page, re.MULTILINE | re.DOTALL)
    assert section, "docs/architecture.md has no section '## Folders'"
    listed = set(re.findall(r"^(?:\| *|[-*] +)`([\w/]+)/`", section[1], re.MULTILINE))
    folders = {named(path) for path in HOUSE.rglob("*") if path.is_dir() and path.name != "__pycache__"}
    assert listed == folders


def test_every_module_opens_with_a_sentence() -> None:
    first_lines = {path: (ast.get_docstring(parsed(path)) or "").split("\n\n")[0] for path in MODULES}
    assert [named(path) for path, line in first_lines.items() if not line.endswith(".")] == []


def test_no_file_outgrows_its_reader() -> None:
    lengths = {named(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert {name: length for name, length in lengths.items() if length > LONGEST_FILE} == {}


@pytest.mark.parametrize("floor", ["domain", "engine", "kit", "wires"])
def test_what_is_public_says_what_it_is_for(floor: str) -> None:
    kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    public = [
        (path, node)
        for path in sorted((HOUSE / floor).rglob("*.py"))
        for node in parsed(path).body
        if isinstance(node, kinds) and not node.name.startswith("_")
    ]
    assert public, f"{floor} holds nothing public"
    assert [f"{named(path)}: {node.name}" for path, node in public if not ast.get_docstring(node)] == []


def test_vendors_are_named_only_where_there_is_a_reason() -> None:
    assert [hit for path in MODULES if not may_name_vendors(path) for hit in vendors_in(path)] == []


def test_no_reason_to_name_vendors_is_stale() -> None:
    needed = {place for path in MODULES if (place := may_name_vendors(path)) and vendors_in(path)}
    assert needed == set(MAY_NAME_VENDORS)


def test_imports_keep_the_contracts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert cli.lint_imports(no_cache=True) == cli.EXIT_STATUS_SUCCESS


@pytest.mark.parametrize("forbidden", [*REGISTRIES, *MACHINE_PATHS])
def test_no_file_names_a_registry_or_a_machine(forbidden: str) -> None:
    files = tracked_files()
    assert ROOT / "pyproject.toml" in files
    assert [path.name for path in files if forbidden.encode() in path.read_bytes()] == []


def pins(lock: str) -> dict[str, str]:
    text = (ROOT / "requirements" / lock).read_text("utf-8")
    return dict(re.findall(r"^([\w.\-]+)==([^\s;\\]+)", text, re.MULTILINE))


def test_the_gateway_is_tested_with_the_versions_it_runs_with() -> None:
    run, dev = pins("run.lock"), pins("dev.lock")
    assert run
    assert {name: dev.get(name) for name in run} == run


@pytest.mark.parametrize("lock", ["build.lock", "dev.lock", "installer.lock", "run.lock"])
def test_every_pin_has_a_hash(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text("utf-8")
    entries = re.split(r"^(?=[\w.\-]+==)", text, flags=re.MULTILINE)[1:]
    assert entries
    assert [entry.splitlines()[0] for entry in entries if "--hash=sha256:" not in entry] == []


def test_vendor_clients_stay_out_of_the_gateway() -> None:
    clients = {"dashscope", "google-genai", "openai", "volcengine-ark-runtime"}
    assert clients <= set(pins("dev.lock"))
    assert clients.isdisjoint(pins("run.lock"))


def test_the_version_is_the_changelogs_newest() -> None:
    version = re.search(r'^__version__ = "(.+)"$', (HOUSE / "__init__.py").read_text("utf-8"), re.MULTILINE)
    headings = re.findall(r"^## \[([\d.]+)\]", (ROOT / "CHANGELOG.md").read_text("utf-8"), re.MULTILINE)
    assert version
    assert version[1] == headings[0]
