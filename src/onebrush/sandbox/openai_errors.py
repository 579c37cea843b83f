"""OpenAI's error bodies (developers.openai.com/api/docs/guides/error-codes)."""

from collections.abc import Callable, Mapping

from onebrush.kit.ids import new_id
from onebrush.sandbox.desk import Refusal
from onebrush.sandbox.faults import FaultKind


def refusal(
    status: int, message: str, *, kind: str = "invalid_request_error", param: str | None = None,
    code: str | None = None, headers: Mapping[str, str] | None = None,
) -> Refusal:  # fmt: skip
    """Build one error answer."""
    error = {"message": message, "type": kind, "param": param, "code": code}
    return Refusal(status, {"error": error}, {"x-request-id": new_id("req"), **(headers or {})})


def invalid(param: str, message: str) -> Refusal:
    return refusal(400, message, param=param, code="invalid_value")


def unknown(param: str) -> Refusal:
    return refusal(400, f"Unknown parameter: '{param}'.", param=param, code="unknown_parameter")


def missing(param: str) -> Refusal:
    message = f"Missing required parameter: '{param}'."
    return refusal(400, message, param=param, code="missing_required_parameter")


def no_model(model: str) -> Refusal:
    message = f"The model '{model}' does not exist or you do not have access to it."
    return refusal(404, message, param="model", code="model_not_found")


def bad_image(message: str, param: str = "image", code: str = "invalid_image_file") -> Refusal:
    return refusal(400, message, kind="image_generation_user_error", param=param, code=code)


def wrong_key(key: str) -> Refusal:
    shown = f"{key[:3]}***{key[-2:]}" if len(key) > 8 else "***"
    return refusal(401, f"Incorrect API key provided: {shown}.", code="invalid_api_key")


def blocked() -> Refusal:
    request_id = new_id("req")
    message = (
        "Your request was rejected by the safety system. If this is an error, contact support and "
        f"include the request ID {request_id}. safety_violations=[sandbox]."
    )
    kind = "image_generation_user_error"
    return refusal(400, message, kind=kind, code="moderation_blocked", headers={"x-request-id": request_id})


def rate_limited() -> Refusal:
    message = "Rate limit reached for images per minute: limit 5, used 5, requested 1. Please try again in 2s."
    return refusal(429, message, kind="requests", code="rate_limit_exceeded", headers={"retry-after": "2"})


def server_error() -> Refusal:
    message = "The server had an error processing your request."
    return refusal(500, message, kind="server_error", code="server_error")


def bad_gateway() -> Refusal:
    return refusal(502, "Bad gateway.", kind="server_error")


def overloaded() -> Refusal:
    message = "The engine is currently overloaded, please try again later."
    return refusal(503, message, kind="service_unavailable_error", code="server_is_overloaded")


def timed_out() -> Refusal:
    return refusal(504, "Gateway timeout.", kind="server_error")


# No page gives the words of a 502 or a 504: unverified.
REFUSALS: Mapping[FaultKind, Callable[[], Refusal]] = {
    FaultKind.MODERATION: blocked,
    FaultKind.RATE_LIMIT: rate_limited,
    FaultKind.INTERNAL: server_error,
    FaultKind.BAD_GATEWAY: bad_gateway,
    FaultKind.UNAVAILABLE: overloaded,
    FaultKind.TIMEOUT: timed_out,
}
