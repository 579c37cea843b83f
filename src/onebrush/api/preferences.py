"""The Prefer header (RFC 7240): whether the caller waits for its pictures, and for how long."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from onebrush.api.intake import Headers
from onebrush.domain.warning import RequestWarning

LONGEST_WAIT = 600
MOST_TOLD = 20

_SECONDS = re.compile(r"[0-9]{1,9}", re.ASCII)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Preferences:
    """What a caller prefers; `wait` in seconds. `warnings` tell of what had no effect."""

    respond_async: bool = False
    wait: int | None = None
    warnings: tuple[RequestWarning, ...] = ()

    @property
    def asynchronous(self) -> bool:
        """Whether the answer may be a record instead of pictures."""
        return self.respond_async or self.wait is not None

    def applied(self, *, in_time: bool) -> str:
        """The Preference-Applied header; empty where none was. `in_time`: the pictures came, so nothing was put off."""
        names = ["respond-async"] if self.respond_async and not in_time else []
        return ", ".join([*names, f"wait={self.wait}"] if self.wait is not None else names)


def preferences_of(headers: Headers) -> Preferences:
    """Of several sayings of one preference the first counts; what is unknown or no sense is told, never refused."""
    said: dict[str, str] = {}
    ignored: list[str] = []
    for name, value in _preferences(headers):
        if not _is_known(name, value) or said.get(name, value) != value:
            ignored.append(f"{name}={value}" if value else name)
        else:
            said.setdefault(name, value)
    return Preferences(
        respond_async="respond-async" in said,
        wait=int(said["wait"]) if "wait" in said else None,
        warnings=tuple(_ignored(text) for text in dict.fromkeys(ignored[:MOST_TOLD])),
    )


def _is_known(name: str, value: str) -> bool:
    if name == "wait":
        return _SECONDS.fullmatch(value) is not None and int(value) <= LONGEST_WAIT
    return name == "respond-async" and value == ""


def _ignored(text: str) -> RequestWarning:
    allowed = ("respond-async", f"wait=0 to wait={LONGEST_WAIT}")
    message = f"Prefer: {text[:100]} had no effect. Known: {', '.join(allowed)} (whole seconds)."
    return RequestWarning(code="header_ignored", message=message, param="Prefer", asked=text[:100], allowed=allowed)


def _preferences(headers: Headers) -> Iterator[tuple[str, str]]:
    """Name in lower case and value of each preference, its parameters left out."""
    for header, raw in headers:
        if header.lower() == b"prefer":
            for preference in _split(raw.decode("latin-1"), ","):
                name, _, value = _split(preference, ";")[0].partition("=")
                if name.strip():
                    yield name.strip().lower(), _word(value.strip())


def _word(text: str) -> str:
    """A token, or what stands in a quoted string."""
    quoted = len(text) > 1 and text[0] == text[-1] == '"'
    return _ESCAPED.sub(r"\1", text[1:-1]) if quoted else text


def _split(text: str, at: str) -> list[str]:
    """Cut where `at` stands outside of quotation marks."""
    pieces, start, quoted, escaped = [], 0, False, False
    for place, sign in enumerate(text):
        if escaped:
            escaped = False
        elif quoted and sign == "\\":
            escaped = True
        elif sign == '"':
            quoted = not quoted
        elif sign == at and not quoted:
            pieces.append(text[start:place])
            start = place + 1
    return [*pieces, text[start:]]
