"""DashScope's error bodies (www.alibabacloud.com/help/en/model-studio/error-code)."""

from collections.abc import Callable, Mapping
from uuid import uuid4

from onebrush.sandbox.desk import Refusal
from onebrush.sandbox.faults import FaultKind


def refusal(status: int, code: str, message: str) -> Refusal:
    """Build one error answer."""
    request_id = str(uuid4())
    return Refusal(status, {"code": code, "message": message, "request_id": request_id}, {"x-request-id": request_id})


def invalid(param: str, message: str) -> Refusal:
    return refusal(400, "InvalidParameter", f"{param}: {message}")


def wrong_key() -> Refusal:
    return refusal(401, "InvalidApiKey", "Invalid API-key provided.")


def no_model(model: str) -> Refusal:
    return refusal(404, "ModelNotFound", f"Model not found: {model}.")


def no_async() -> Refusal:
    return refusal(403, "AccessDenied", "current user api does not support asynchronous calls.")


def no_sync() -> Refusal:
    return refusal(403, "AccessDenied", "current user api does not support synchronous calls.")


def not_pending() -> Refusal:
    # www.alibabacloud.com/help/en/model-studio/manage-asynchronous-tasks
    message = "Failed to cancel the task, please confirm if the task is in PENDING status."
    return refusal(400, "UnsupportedOperation", message)


def blocked(status: int) -> Refusal:
    what = "Output" if status == 200 else "Input"
    return refusal(status, "DataInspectionFailed", f"{what} data may contain inappropriate content.")


def rate_limited() -> Refusal:
    return refusal(429, "Throttling.RateQuota", "Requests rate limit exceeded, please try again later.")


def internal() -> Refusal:
    return refusal(500, "InternalError", "An internal error has occurred, please try again later.")


def bad_gateway() -> Refusal:
    # No page has a 502: unverified.
    return refusal(502, "InternalError", "Bad gateway.")


def unavailable() -> Refusal:
    return refusal(503, "ServiceUnavailable", "The service is temporarily unavailable, please try again later.")


def timed_out() -> Refusal:
    return refusal(504, "GatewayTimeout", "The gateway timed out.")


REFUSALS: Mapping[FaultKind, Callable[[], Refusal]] = {
    FaultKind.RATE_LIMIT: rate_limited,
    FaultKind.INTERNAL: internal,
    FaultKind.BAD_GATEWAY: bad_gateway,
    FaultKind.UNAVAILABLE: unavailable,
    FaultKind.TIMEOUT: timed_out,
}
