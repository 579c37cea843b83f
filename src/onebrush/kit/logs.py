"""Logs: one line an event, as JSON or for a person's eyes, never holding a key or a picture."""

import logging
import re
import sys
from typing import IO, Any, cast

import structlog
from structlog.types import EventDict, FilteringBoundLogger, Processor, WrappedLogger

LONGEST = 2_000
_SECRET_NAMES = re.compile(
    r"(?i)(^|_|-)(authorization|cookie|secret|password|passwd|token|credential|signature|(api_?|access_?)?key)s?$"
)
_SECRETS = re.compile(r"(?i)\b(?:sk|pk|rk)-[\w-]{6,}|\bAIza[\w-]{10,}|\bbearer\s+\S+|([?&](?:key|sig|token)=)[^&\s]+")
_DATA_URI = re.compile(r"(?i)data:[\w.+/-]*;base64,[\w+/=-]*")
_LONG_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{200,}={0,2}")


def set_up(level: str = "info", *, as_json: bool | None = None, stream: IO[str] | None = None) -> None:
    """Send our logs and the standard library's to one stream; JSON unless a terminal is reading."""
    out = stream or sys.stderr
    lines = as_json if as_json is not None else not out.isatty()
    shared = _shared()
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(_number(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(out)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=_endings(lines)))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(_number(level))


def get_logger(name: str = "onebrush") -> FilteringBoundLogger:
    """A logger that takes an event's name and keyword values."""
    return cast(FilteringBoundLogger, structlog.get_logger(name))


def _number(level: str) -> int:
    number = logging.getLevelNamesMapping().get(level.upper())
    if number is None:
        raise ValueError(f"Unknown log level {level!r}. Known: debug, info, warning, error, critical")
    return number


def _shared() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _endings(lines: bool) -> list[Processor]:
    # Tracebacks become text before redaction, so that a value quoted in one is masked as well.
    common: list[Processor] = [
        structlog.stdlib.ProcessorFormatter.remove_processors_meta,
        structlog.processors.StackInfoRenderer(),
        structlog.processors.format_exc_info,
        redact,
    ]
    if lines:
        return [*common, structlog.processors.JSONRenderer(default=_shown, ensure_ascii=True)]
    return [*common, structlog.dev.ConsoleRenderer(pad_event_to=0)]


def redact(_logger: WrappedLogger, _method: str, event: EventDict) -> EventDict:
    """Mask what must not be read in a log, whatever the caller passed."""
    return {name: _masked(name, value) for name, value in event.items()}


def _masked(name: str, value: Any) -> Any:
    if _SECRET_NAMES.search(name):
        return "[masked]"
    if isinstance(value, str):
        return _clean(value)
    if isinstance(value, dict):
        return {str(key): _masked(str(key), inner) for key, inner in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [_masked("", inner) for inner in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return _shown(value)


def _shown(value: Any) -> str:
    if isinstance(value, bytes | bytearray | memoryview):
        return f"[{len(value)} bytes]"
    return _clean(str(value))


def _clean(text: str) -> str:
    text = _DATA_URI.sub("[data URI]", text)
    text = _LONG_BASE64.sub("[base64]", text)
    text = _SECRETS.sub(lambda found: f"{found[1] or ''}[masked]", text)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text)} characters)"
