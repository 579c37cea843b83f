"""What each emulated model takes, read from the sandbox's own tables."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from typing import Any, TypeVar

from onebrush.sandbox.shapes import Size, parse


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenAIModel:
    """A row of the OpenAI table; no sizes means the free-size rules."""

    ids: tuple[str, ...]
    created: int
    sizes: tuple[str, ...]
    qualities: tuple[str, ...]
    formats: tuple[str, ...]
    tokens: Mapping[str, int] = field(default_factory=dict)
    styles: tuple[str, ...] = ()
    fidelity: tuple[str, ...] = ()
    shutdown: str | None = None
    references: int = 16
    most: int = 10
    complexity: bool = False
    markup: bool = False
    retired: bool = False
    dalle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GeminiModel:
    """A row of the Gemini table."""

    ids: tuple[str, ...]
    name: str
    references: int
    media: str
    tokens: Mapping[str, int]
    thinking: tuple[str, ...] = ()
    search: tuple[str, ...] = ()
    tall: bool = False
    always_thinks: bool = False
    retired: bool = False
    input_limit: int = 65_536
    output_limit: int = 32_768

    @property
    def fixed(self) -> bool:
        """Whether the model draws one size per ratio."""
        return "fixed" in self.tokens


@dataclass(frozen=True, slots=True, kw_only=True)
class ArkModel:
    """A column of the Ark table."""

    ids: tuple[str, ...]
    family: str
    references: tuple[int, int]
    default: str
    takes: tuple[str, ...]
    pixels: tuple[int, int] = (0, 0)
    tiers: Mapping[str, str] = field(default_factory=dict)
    formats: tuple[str, ...] = ("jpeg", "png", "webp", "bmp", "tiff", "gif")
    adaptive: bool = False
    input_ratio: int = 16
    input_cap_mb: int = 10
    counts_inputs: bool = False
    most_layers: int = 0
    retired: bool = False

    @property
    def legacy(self) -> bool:
        """3.0 and SeedEdit, which know seed and guidance and report no size."""
        return self.family in ("3.0", "edit")


@dataclass(frozen=True, slots=True, kw_only=True)
class DashScopeModel:
    """A row of the DashScope table."""

    ids: tuple[str, ...]
    references: tuple[int, int]
    most: int
    rule: str
    default: str
    takes: tuple[str, ...]
    ratio: int | None = None
    usage: str = "2.0"
    agent_with_picture: bool = True
    task_metric: bool = False
    # The body in which it is asked for as a task, messages or prompt; none: synchronous only.
    task: str = ""
    retired: bool = False


Row = TypeVar("Row", OpenAIModel, GeminiModel, ArkModel, DashScopeModel)


@cache
def _table(vendor: str) -> dict[str, Any]:
    return tomllib.loads((files("onebrush.sandbox") / "data" / f"{vendor}.toml").read_text("utf-8"))


def _rows(vendor: str, kind: type[Row]) -> dict[str, Row]:
    rows = [kind(**{name: _frozen(value) for name, value in row.items()}) for row in _table(vendor)["model"]]
    return {name: row for row in rows for name in row.ids}


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


@cache
def openai_models() -> dict[str, OpenAIModel]:
    return _rows("openai", OpenAIModel)


@cache
def gemini_models() -> dict[str, GeminiModel]:
    return _rows("gemini", GeminiModel)


@cache
def ark_models() -> dict[str, ArkModel]:
    return _rows("ark", ArkModel)


@cache
def dashscope_models() -> dict[str, DashScopeModel]:
    return _rows("dashscope", DashScopeModel)


def exact_tokens(model: str, quality: str, size: str) -> int | None:
    """The vendor's own figure for one OpenAI picture, where it states one."""
    for row in _table("openai")["exact"]:
        tokens: dict[str, int] = row["tokens"]
        if model in row["ids"] and row["quality"] == quality and size in tokens:
            return tokens[size]
    return None


def gemini_pixels() -> dict[str, dict[str, str]]:
    """Gemini's pixels by ratio, then image size."""
    pixels: dict[str, dict[str, str]] = _table("gemini")["pixels"]
    return pixels


def ark_table(tier: str) -> dict[str, Size]:
    """Ark's recommended pixels by ratio."""
    return {ratio: sized(text) for ratio, text in _table("ark")["table"][tier].items()}


def sized(text: str, separator: str = "x") -> Size:
    """Read a size of our own tables."""
    size = parse(text, separator)
    if size is None:
        raise ValueError(f"{text!r} in the sandbox's tables is no size")
    return size
