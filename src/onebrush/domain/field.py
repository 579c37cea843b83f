"""The families' fields under their canonical names, with the type each value must have."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from onebrush.domain.errors import InvalidRequest

Kind = Literal["text", "integer", "number", "boolean", "object", "list"]

_INTEGER = re.compile(r"-?[0-9]{1,18}\Z")
_NUMBER = re.compile(r"-?[0-9]{1,18}(\.[0-9]{1,18})?\Z")


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One canonical field: its kind, its bounds on every model, and the words it takes, if fixed."""

    name: str
    kind: Kind
    minimum: float | None = None
    maximum: float | None = None
    values: tuple[str, ...] = ()

    def parse(self, raw: object, param: str) -> object:
        """The value in its type. Raises InvalidRequest naming `param`.

        In number and boolean fields text that spells the value is that value; text fields stay text.
        """
        value = _PARSERS[self.kind](raw, param)
        self._check(value, param)
        return value

    def _check(self, value: object, param: str) -> None:
        if self.values and value not in self.values:
            raise InvalidRequest(f"{param} is {value!r}; allowed: {', '.join(self.values)}.", param=param)
        if isinstance(value, int | float) and not isinstance(value, bool):
            low, high = self.minimum, self.maximum
            if (low is not None and value < low) or (high is not None and value > high):
                raise InvalidRequest(f"{param} is {value}; allowed: {span(low, high)}.", param=param)


def span(low: float | None, high: float | None) -> str:
    """Bounds in words: "1 to 10", "at least 1"."""
    if high is None:
        return f"at least {low:g}"
    return f"at most {high:g}" if low is None else f"{low:g} to {high:g}"


def _refuse(raw: object, param: str, want: str) -> InvalidRequest:
    return InvalidRequest(f"{param} must be {want}, not {_shown(raw)}.", param=param)


def _shown(raw: object) -> str:
    if raw is None or isinstance(raw, bool):
        return {None: "null", True: "true", False: "false"}[raw]
    if isinstance(raw, str):
        return f"the text {raw[:40]!r}"
    if isinstance(raw, int | float):
        return str(raw)[:40]
    return "a list" if isinstance(raw, list) else "an object" if isinstance(raw, dict) else "a picture"


def _text(raw: object, param: str) -> str:
    if not isinstance(raw, str):
        raise _refuse(raw, param, "text")
    return raw


def _integer(raw: object, param: str) -> int:
    if isinstance(raw, str) and _INTEGER.match(raw):
        return int(raw)
    if isinstance(raw, bool) or not isinstance(raw, int):
        raise _refuse(raw, param, "a whole number")
    if abs(raw) > 10**18:
        raise _refuse(raw, param, "a whole number of at most 18 digits")
    return raw


def _number(raw: object, param: str) -> float:
    if isinstance(raw, str) and _NUMBER.match(raw):
        return float(raw)
    if isinstance(raw, bool) or not isinstance(raw, int | float):
        raise _refuse(raw, param, "a number")
    if isinstance(raw, int) and abs(raw) > 10**18:
        raise _refuse(raw, param, "a number")
    value = float(raw)
    if not math.isfinite(value):
        raise _refuse(raw, param, "a finite number")
    return value


def _boolean(raw: object, param: str) -> bool:
    if isinstance(raw, bool):
        return raw
    if isinstance(raw, str) and raw.lower() in ("true", "false"):
        return raw.lower() == "true"
    raise _refuse(raw, param, "true or false")


def _object(raw: object, param: str) -> Mapping[str, object]:
    if not isinstance(raw, dict):
        raise _refuse(raw, param, "an object")
    return raw


def _list(raw: object, param: str) -> list[object]:
    if not isinstance(raw, list):
        raise _refuse(raw, param, "a list")
    return raw


_PARSERS = {
    "text": _text,
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "object": _object,
    "list": _list,
}


def _fields(*fields: Field) -> Mapping[str, Field]:
    return {field.name: field for field in fields}


FIELDS: Mapping[str, Field] = _fields(
    Field(name="quality", kind="text"),
    Field(name="background", kind="text", values=("auto", "opaque", "transparent")),
    Field(name="output_format", kind="text", values=("png", "jpeg", "webp", "gif", "svg")),
    Field(name="output_compression", kind="integer", minimum=0, maximum=100),
    Field(name="moderation", kind="text", values=("auto", "low")),
    Field(name="input_fidelity", kind="text", values=("auto", "low", "medium", "high")),
    Field(name="style", kind="text"),
    Field(name="complexity", kind="text", values=("low", "medium", "high")),
    Field(name="frame_count", kind="integer", minimum=2, maximum=16),
    Field(name="frame_duration_ms", kind="integer", minimum=20, maximum=655_350),
    Field(name="svg", kind="object"),
    Field(name="user", kind="text"),
    Field(name="safety_identifier", kind="text"),
    Field(name="seed", kind="integer", minimum=-1, maximum=2_147_483_647),
    Field(name="guidance_scale", kind="number", minimum=1, maximum=10),
    Field(name="watermark", kind="boolean"),
    Field(name="sequential_image_generation", kind="text", values=("auto", "disabled")),
    Field(name="max_images", kind="integer", minimum=1, maximum=15),
    Field(name="optimize_prompt_mode", kind="text", values=("standard", "fast")),
    Field(name="layer_decomposition", kind="boolean"),
    Field(name="web_search", kind="boolean"),
    Field(name="negative_prompt", kind="text"),
    Field(name="prompt_extend", kind="boolean"),
    Field(name="prompt_extend_mode", kind="text", values=("direct", "agent")),
    Field(name="enable_thinking", kind="boolean"),
    Field(name="temperature", kind="number", minimum=0, maximum=2),
    Field(name="top_p", kind="number", minimum=0, maximum=1),
    Field(name="response_modalities", kind="list"),
    Field(name="thinking_level", kind="text", values=("minimal", "low", "medium", "high")),
)
