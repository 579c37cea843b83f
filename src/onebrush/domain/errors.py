"""Every error a caller can meet, each knowing its HTTP status and code, and the closed list of vendor faults.

OneBrushError
├── InvalidRequest            400  invalid_value
│   ├── MissingParameter      400  missing_required_parameter
│   ├── ConflictingParameters 400  conflicting_parameters
│   ├── InvalidImage          400  invalid_image
│   ├── UnknownParameter      400  unknown_parameter
│   └── NotBuiltYet           400  invalid_value
├── ModerationBlocked         400  moderation_blocked
├── InvalidKey                401  invalid_api_key
├── PermissionDenied          403  permission_denied
├── NotFound                  404  not_found
│   └── ModelNotFound         404  model_not_found
├── MethodNotAllowed          405  method_not_allowed
├── KeyReused                 409  idempotency_key_reused
├── Canceled                  409  generation_canceled
├── LinkExpired               410  link_expired
├── RequestTooLarge           413  request_too_large
├── RateLimited               429  rate_limit_exceeded
├── ProviderError             502  provider_error
│   └── NoImage               502  no_image
├── Unavailable               503  provider_unavailable
│   ├── ProviderNotConfigured 503  provider_not_configured
│   └── StorageUnavailable    503  storage_unavailable
└── ProviderTimeout           504  provider_timeout
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar


@dataclass(frozen=True, slots=True, kw_only=True)
class VendorSaid:
    """What the vendor itself answered, passed along beside our own code."""

    provider: str
    status: int | None = None
    code: str | None = None
    message: str | None = None
    request_id: str | None = None


class OneBrushError(Exception):
    """Something a caller is told: what happened, to what, and what to do."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "internal_error"
    type: ClassVar[str] = "server_error"

    def __init__(
        self,
        message: str,
        *,
        param: str | None = None,
        retry: bool | None = None,
        retry_after: float | None = None,
        vendor: VendorSaid | None = None,
    ) -> None:
        """`retry` is x-should-retry (None: the client decides); `retry_after` is in seconds."""
        super().__init__(message)
        self.message = message
        self.param = param
        self.retry = retry
        self.retry_after = retry_after
        self.vendor = vendor


class InvalidRequest(OneBrushError):
    """The caller asked for something that cannot be."""

    status = 400
    code = "invalid_value"
    type = "invalid_request_error"


class MissingParameter(InvalidRequest):
    """A field without which the request means nothing."""

    code = "missing_required_parameter"


class ConflictingParameters(InvalidRequest):
    """One thing said twice, differently."""

    code = "conflicting_parameters"


class InvalidImage(InvalidRequest):
    """A picture that is none, or over a cap."""

    code = "invalid_image"


class UnknownParameter(InvalidRequest):
    """A field that nobody knows, or that the model has no use for, in a strict request."""

    code = "unknown_parameter"


class NotBuiltYet(InvalidRequest):
    """A field of the contract that this version does not serve yet."""


class ModerationBlocked(OneBrushError):
    """The vendor refused the prompt or the picture."""

    status = 400
    code = "moderation_blocked"
    type = "image_generation_user_error"


class InvalidKey(OneBrushError):
    """No key, an unknown key, or a key in the wrong place."""

    status = 401
    code = "invalid_api_key"
    type = "invalid_request_error"


class PermissionDenied(OneBrushError):
    """A valid key or link that may not do this."""

    status = 403
    code = "permission_denied"
    type = "invalid_request_error"


class NotFound(OneBrushError):
    """No such thing, or not this key's."""

    status = 404
    code = "not_found"
    type = "invalid_request_error"


class ModelNotFound(NotFound):
    """No model of that name is served."""

    code = "model_not_found"


class MethodNotAllowed(OneBrushError):
    """The path is right, the method is not."""

    status = 405
    code = "method_not_allowed"
    type = "invalid_request_error"


class KeyReused(OneBrushError):
    """An Idempotency-Key that stands for another body."""

    status = 409
    code = "idempotency_key_reused"
    type = "invalid_request_error"


class Canceled(OneBrushError):
    """A generation, or the rest of it, that its owner stopped."""

    status = 409
    code = "generation_canceled"
    type = "invalid_request_error"


class LinkExpired(OneBrushError):
    """A signed link past its time; the picture may still be there."""

    status = 410
    code = "link_expired"
    type = "invalid_request_error"


class RequestTooLarge(OneBrushError):
    """A body over its cap."""

    status = 413
    code = "request_too_large"
    type = "invalid_request_error"


class RateLimited(OneBrushError):
    """Too many requests, ours or the vendor's limit."""

    status = 429
    code = "rate_limit_exceeded"
    type = "requests"


class ProviderError(OneBrushError):
    """The vendor failed, or answered what makes no sense."""

    status = 502
    code = "provider_error"


class NoImage(ProviderError):
    """The vendor answered without a picture."""

    code = "no_image"


class Unavailable(OneBrushError):
    """The vendor cannot serve now: outage, quota or credential on our side."""

    status = 503
    code = "provider_unavailable"
    type = "service_unavailable_error"


class ProviderNotConfigured(Unavailable):
    """A live key asked for a model whose vendor key is not set."""

    code = "provider_not_configured"


class StorageUnavailable(Unavailable):
    """Pictures or records cannot be kept now; nothing was bought."""

    code = "storage_unavailable"


class ProviderTimeout(OneBrushError):
    """The vendor was silent past the deadline; whether it charged is not known."""

    status = 504
    code = "provider_timeout"


class FaultKind(StrEnum):
    """Why an attempt failed. Closed: the list decides retry, fallback, status and charge."""

    BAD_REQUEST = "bad_request"
    CONTENT_BLOCKED = "content_blocked"
    CREDENTIAL = "credential"
    QUOTA = "quota"
    RATE_LIMITED = "rate_limited"
    UNAVAILABLE = "unavailable"
    OUTCOME_UNKNOWN = "outcome_unknown"
    TIMED_OUT = "timed_out"
    MODEL_GONE = "model_gone"
    BAD_RESPONSE = "bad_response"
    NO_IMAGE = "no_image"
