"""Gemini's error bodies (ai.google.dev/gemini-api/docs/api-errors, googleapis/python-genai `errors.py`)."""

from collections.abc import Callable, Mapping
from typing import Any

from onebrush.sandbox.desk import Refusal
from onebrush.sandbox.faults import FaultKind

RPC = "type.googleapis.com/google.rpc"


def refusal(code: int, status: str, message: str, *details: dict[str, Any]) -> Refusal:
    """Build one error answer."""
    error: dict[str, Any] = {"code": code, "message": message, "status": status}
    return Refusal(code, {"error": error | ({"details": list(details)} if details else {})})


def invalid(path: str, message: str) -> Refusal:
    violation = {"field": path, "description": message}
    return refusal(400, "INVALID_ARGUMENT", message, {"@type": f"{RPC}.BadRequest", "fieldViolations": [violation]})


def unknown(name: str, path: str) -> Refusal:
    where = f" at '{path}'" if path else ""
    return invalid(path, f'Invalid JSON payload received. Unknown name "{name}"{where}: Cannot find field.')


def wrong_value(path: str, message: str) -> Refusal:
    return invalid(path, f"Invalid value at '{path}': {message}")


def wrong_key() -> Refusal:
    info = {
        "@type": f"{RPC}.ErrorInfo", "reason": "API_KEY_INVALID", "domain": "googleapis.com",
        "metadata": {"service": "generativelanguage.googleapis.com"},
    }  # fmt: skip
    message = "API key not valid. Please pass a valid API key."
    return refusal(400, "INVALID_ARGUMENT", message, info)


def no_model(model: str, version: str) -> Refusal:
    message = f"models/{model} is not found for API version {version}, or is not supported for generateContent."
    return refusal(404, "NOT_FOUND", message)


def too_large() -> Refusal:
    return refusal(400, "INVALID_ARGUMENT", "Request payload size exceeds the limit: 104857600 bytes.")


def rate_limited() -> Refusal:
    violation = {
        "quotaMetric": "generativelanguage.googleapis.com/generate_content_requests",
        "quotaId": "GenerateRequestsPerMinutePerProjectPerModel",
    }
    return refusal(
        429, "RESOURCE_EXHAUSTED", "You exceeded your current quota. Please retry in 2s.",
        {"@type": f"{RPC}.QuotaFailure", "violations": [violation]},
        {"@type": f"{RPC}.RetryInfo", "retryDelay": "2s"},
    )  # fmt: skip


def internal() -> Refusal:
    return refusal(500, "INTERNAL", "An internal error has occurred. Please retry.")


def bad_gateway() -> Refusal:
    return refusal(502, "UNKNOWN", "The server encountered a temporary error.")


def overloaded() -> Refusal:
    return refusal(503, "UNAVAILABLE", "The model is overloaded. Please try again later.")


def timed_out() -> Refusal:
    return refusal(504, "DEADLINE_EXCEEDED", "The request timed out. Please try again.")


# The status word of a 502 is unverified. Moderation is no error here: it comes with HTTP 200.
REFUSALS: Mapping[FaultKind, Callable[[], Refusal]] = {
    FaultKind.RATE_LIMIT: rate_limited,
    FaultKind.INTERNAL: internal,
    FaultKind.BAD_GATEWAY: bad_gateway,
    FaultKind.UNAVAILABLE: overloaded,
    FaultKind.TIMEOUT: timed_out,
}
