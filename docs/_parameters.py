"""Writes docs/parameters.md from the table of expectations: `python -m docs._parameters`, after it was changed."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.expectations import FAMILIES, RESULT_WARNINGS, Case, load

PAGE = Path(__file__).parent / "parameters.md"
TITLES: Mapping[str, str] = {"openai": "OpenAI", "gemini": "Google Gemini", "ark": "Seedream", "dashscope": "Qwen"}
HEAD = """# What becomes of a request

What each model is sent for what a caller asks, and what comes back. This page is written by `docs/_parameters.py` from
`tests/expectations/`, a table made by hand from the vendors' pages; the tests put each of its asks to a running gateway
and compare. The fields themselves are explained in [api.md](api.md), the models in [models.md](models.md).

- **Ask** is what stands in the body beside `model` and `prompt`. A picture is a PNG of 640x480 in `image`; a mask lies
  over it. A conversation is a user's turn, a picture of the model's and the next wish.
- **Sent** are the members of the vendor's body that the ask decides, pictures left out. `–`: none that matters. In
  a form, which is what edits are sent to GPT Image as, numbers are text.
- **Back** are measured pixels, and the media type where the ask is about it. `~4:3` is a shape known only roughly.
  Empty: the vendor does not say what it draws, or it is no matter here.
- **Warnings** are all that the answer carries. Those with `*` are of `stage: "result"`: `strict` lets them pass. It
  refuses the others with a 400, `unknown_parameter` for a field that has no use and `invalid_value` for the rest.
- A **400** or **404** is refused before any vendor is asked, unless it says so. What each means stands in
  [api.md](api.md#errors).

Models that stand together share every line. Lines that name models hold for these only."""

Line = tuple[str, ...]


def page() -> str:
    """docs/parameters.md, whole."""
    cases = [case for case in load() if "strict" not in case.ask]
    parts = [HEAD]
    for family in FAMILIES:
        parts.extend(_family(family, [case for case in cases if case.family == family]))
    return "\n\n".join(parts) + "\n"


def _family(family: str, cases: list[Case]) -> Iterator[str]:
    always = _always(cases)
    yield f"## {TITLES[family]}"
    if always:
        said = ", ".join(f"`{_shown(key, value)}`" for key, value in always.items())
        yield f"Sent with every ask, unless a line says otherwise: {said}."
    for row in dict.fromkeys(case.row for case in cases):
        own = [case for case in cases if case.row == row]
        yield "### " + own[0].model
        yield from _sisters(own)
        yield _table(("ask", "sent", "back", "warnings"), _lines(own, always))
    shared = [case for case in cases if case.shared]
    yield f"### Fields of {TITLES[family]}"
    yield "Where a model is named, what holds for it holds for those it stands with above."
    yield _table(("ask", "model", "sent", "back", "warnings"), _field_lines(shared, always))


def _sisters(cases: list[Case]) -> Iterator[str]:
    others = [name for name in dict.fromkeys(case.model for case in cases) if name != cases[0].model]
    if others:
        yield "Also " + ", ".join(f"`{name}`" for name in others) + "."


def _always(cases: Iterable[Case]) -> dict[str, Any]:
    """What all calls of a family hold, by most of them; lines name it only where it differs."""
    sent = [case.sent for case in cases if not case.refused]
    keys = [key for key in sent[0] if key != "model" and all(key in each for each in sent)]
    return {key: sent[0][key] for key in keys}


# Lines


def _lines(cases: Iterable[Case], always: Mapping[str, Any]) -> list[Line]:
    """One line for each ask, the models' own words for it left out; equal lines once."""
    found: dict[Line, None] = {}
    for case in cases:
        if not case.shared:
            only = f" ({_names(case.only)})" if case.only else ""
            found[(_ask(case) + only, _sent(case, always), _back(case, whole=True), _warnings(case))] = None
    return list(found)


def _field_lines(cases: Iterable[Case], always: Mapping[str, Any]) -> list[Line]:
    """One line for each ask and outcome, with the models it holds for."""
    found: dict[Line, list[str]] = {}
    for case in cases:
        sized = bool({"size", "aspect_ratio"} & set(case.ask))
        line = (_ask(case), _sent(case, always), _back(case, whole=sized), _warnings(case))
        found.setdefault(line, []).append(case.model)
    asks = list(dict.fromkeys(ask for ask, *_ in found))
    lines = [(ask, _names(models), *rest) for (ask, *rest), models in found.items()]
    return sorted(lines, key=lambda line: asks.index(line[0]))


def _names(models: Iterable[str]) -> str:
    return ", ".join(f"`{name}`" for name in dict.fromkeys(models))


def _ask(case: Case) -> str:
    words = [f"`{_shown(key, value)}`" for key, value in case.ask.items()]
    if case.images:
        words.append("a picture" if case.images == 1 else f"{case.images} pictures")
    if case.mask:
        words.append({"alpha": "a mask", "black_white": "a black and white mask", "small": "a smaller mask"}[case.mask])
    words += ["a markup"] * case.markup + ["a conversation"] * case.history
    return ", ".join(words) or "nothing else"


def _sent(case: Case, always: Mapping[str, Any]) -> str:
    if case.refused and not case.refused.by_vendor:
        return ""
    told = {key: value for key, value in case.sent.items() if key != "model" and always.get(key, ...) != value}
    words = ["to `/images/edits`"] if (case.path or "").endswith("/edits") else []
    words += [f"`{_shown(key.rpartition('generationConfig.')[2], value)}`" for key, value in told.items()]
    words += [" / ".join(f"`{_shown(key, value)}`" for key, value in call.items()) for call in case.each]
    words += [f"`{text}`" for text in case.says[1:]]
    words += [f"`{case.mask_part}`"] if case.mask_part else []
    return ", ".join(words) or "–"


def _back(case: Case, *, whole: bool) -> str:
    if case.refused:
        codes = " or ".join(f"`{code}`" for code in case.refused.codes)
        return f"{case.refused.status} {codes}" + (", the vendor's" if case.refused.by_vendor else "")
    words = [_shape(case)] if whole else []
    words += [case.media_type] if case.media_type and _about_format(case) else []
    if case.count > 1:
        words.append(f"{case.count} pictures" + (f" by {case.calls} calls" if case.calls and case.calls > 1 else ""))
    words += [f"`{case.answer}`"] if case.answer and "response_format" in case.ask else []
    return ", ".join(word for word in words if word)


def _shape(case: Case) -> str:
    if case.pixels:
        return "x".join(map(str, case.pixels))
    if case.near is None:
        return ""
    exactly = "" if case.near.within < 0.03 else "~"
    area = f" of about {case.near.area:,} pixels" if case.near.area else ""
    return f"{exactly}{case.near.ratio[0]}:{case.near.ratio[1]}{area}"


def _about_format(case: Case) -> bool:
    return bool({"output_format", "output_compression", "mime_type", "background"} & set(case.ask))


def _warnings(case: Case) -> str:
    return ", ".join(f"`{code}`" + "\\*" * (code in RESULT_WARNINGS) for code in sorted(case.warnings))


def _shown(key: str, value: Any) -> str:
    return f"{key}: {json.dumps(value, ensure_ascii=False)}"


def _table(head: Line, lines: Iterable[Line]) -> str:
    rows = [head, ("---",) * len(head), *lines]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
