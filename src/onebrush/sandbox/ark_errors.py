"""Ark's error bodies (docs.byteplus.com/en/docs/ModelArk/1299023)."""

import time
from collections.abc import Callable, Mapping
from secrets import token_hex

from onebrush.sandbox.desk import Refusal
from onebrush.sandbox.faults import FaultKind

TYPES = {400: "BadRequest", 401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 429: "TooManyRequests"}


def new_request_id() -> str:
    return f"02{int(time.time() * 1000)}{token_hex(16)}"


def refusal(status: int, code: str, message: str, param: str = "") -> Refusal:
    """Build one error answer; the request id ends the message and stands in a header."""
    request_id = new_request_id()
    error = {
        "code": code, "message": f"{message} Request id: {request_id}", "param": param,
        "type": TYPES.get(status, "InternalServerError"),
    }  # fmt: skip
    return Refusal(status, {"error": error}, {"X-Request-Id": request_id})


def invalid(param: str, message: str) -> Refusal:
    text = f"The parameter `{param}` specified in the request is not valid: {message}"
    return refusal(400, "InvalidParameter", text, param)


def unsupported(param: str, model: str) -> Refusal:
    return invalid(param, f"it is not supported by the model {model}.")


def missing(param: str) -> Refusal:
    message = f"The request failed because it is missing the `{param}` parameter."
    return refusal(400, "MissingParameter", message, param)


def wrong_key() -> Refusal:
    return refusal(401, "AuthenticationError", "The API key in the request is missing or invalid.")


def no_model(model: str) -> Refusal:
    message = f"The model or endpoint {model} does not exist or you do not have access to it."
    return refusal(404, "InvalidEndpointOrModel.NotFound", message)


def blocked() -> Refusal:
    message = "The request failed because the input text may contain sensitive information."
    return refusal(400, "InputTextSensitiveContentDetected", message, "prompt")


def rate_limited() -> Refusal:
    message = "The images per minute (IPM) limit of this model for your account has been exceeded."
    return refusal(429, "ModelAccountIpmRateLimitExceeded", message)


def internal() -> Refusal:
    return refusal(500, "InternalServiceError", "The service encountered an unexpected internal error.")


def overloaded() -> Refusal:
    # The page has this code with 429; what comes with 503 is unverified.
    return refusal(503, "ServerOverloaded", "The service is currently unable to handle more requests.")


def gateway(status: int) -> Refusal:
    # No page gives a 502 or a 504: unverified.
    return refusal(status, "InternalServiceError", "The service is temporarily unable to answer.")


REFUSALS: Mapping[FaultKind, Callable[[], Refusal]] = {
    FaultKind.MODERATION: blocked,
    FaultKind.RATE_LIMIT: rate_limited,
    FaultKind.INTERNAL: internal,
    FaultKind.BAD_GATEWAY: lambda: gateway(502),
    FaultKind.UNAVAILABLE: overloaded,
    FaultKind.TIMEOUT: lambda: gateway(504),
}
