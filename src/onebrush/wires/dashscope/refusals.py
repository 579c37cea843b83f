"""DashScope's codes as faults (www.alibabacloud.com/help/en/model-studio/error-code)."""

from __future__ import annotations

from collections.abc import Mapping

from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Fault
from onebrush.domain.exchange import ReplyHead
from onebrush.wires import faults

# By the whole code, then by what stands before its dot. `Arrearage` is a 400 and a bill may be a 429: the
# code decides, the status only where the code is unknown.
_KINDS: Mapping[str, FaultKind] = {
    "InvalidParameter": FaultKind.BAD_REQUEST,
    "BadRequest": FaultKind.BAD_REQUEST,
    "InvalidInputLength": FaultKind.BAD_REQUEST,
    "UnsupportedOperation": FaultKind.BAD_REQUEST,
    "InvalidURL": FaultKind.BAD_REQUEST,
    "InvalidImage": FaultKind.BAD_REQUEST,
    "InvalidImageResolution": FaultKind.BAD_REQUEST,
    "InvalidImageFormat": FaultKind.BAD_REQUEST,
    "DataInspectionFailed": FaultKind.CONTENT_BLOCKED,
    "IPInfringementSuspect": FaultKind.CONTENT_BLOCKED,
    "FaqRuleBlocked": FaultKind.CONTENT_BLOCKED,
    "CustomRoleBlocked": FaultKind.CONTENT_BLOCKED,
    "InvalidApiKey": FaultKind.CREDENTIAL,
    "invalid_api_key": FaultKind.CREDENTIAL,
    "AccessDenied": FaultKind.CREDENTIAL,
    "Model.AccessDenied": FaultKind.CREDENTIAL,
    "Workspace.AccessDenied": FaultKind.CREDENTIAL,
    "App.AccessDenied": FaultKind.CREDENTIAL,
    "WorkSpaceNotFound": FaultKind.CREDENTIAL,  # a 404, but of the operator's workspace, not of the model
    "Arrearage": FaultKind.QUOTA,
    "AllocationQuota": FaultKind.QUOTA,
    "Throttling.AllocationQuota": FaultKind.QUOTA,
    "insufficient_quota": FaultKind.QUOTA,
    "CommodityNotPurchased": FaultKind.QUOTA,
    "PrepaidBillOverdue": FaultKind.QUOTA,
    "PostpaidBillOverdue": FaultKind.QUOTA,
    "ModelNotFound": FaultKind.MODEL_GONE,
    "model_not_found": FaultKind.MODEL_GONE,
    "Model.NotExist": FaultKind.MODEL_GONE,
    "ModelNotExist": FaultKind.MODEL_GONE,
    "model_not_supported": FaultKind.MODEL_GONE,
    "Throttling": FaultKind.RATE_LIMITED,
    "limit_requests": FaultKind.RATE_LIMITED,
    "limit_burst_rate": FaultKind.RATE_LIMITED,
    "ServiceUnavailable": FaultKind.UNAVAILABLE,
    "ModelUnavailable": FaultKind.UNAVAILABLE,
    "RequestTimeOut": FaultKind.OUTCOME_UNKNOWN,
    "InternalError": FaultKind.OUTCOME_UNKNOWN,
    "GatewayTimeout": FaultKind.OUTCOME_UNKNOWN,
}
# The moderation code also covers a picture the vendor could not fetch, told apart by its message alone.
_NOT_FETCHED = "unable to download the media resource"


def refusal(head: ReplyHead, said: faults.Said) -> Fault:
    """The fault of a whole call."""
    return faults.fault(_kind(said) or faults.by_status(head.status), head, said)


def failure(head: ReplyHead, said: faults.Said, *, index: int | None = None) -> Fault:
    """The fault of a task or of one picture that the vendor says has failed.

    That much is then known, and free: only pictures that were made are billed.
    """
    kind = _kind(said) or FaultKind.BAD_RESPONSE
    known = FaultKind.UNAVAILABLE if kind is FaultKind.OUTCOME_UNKNOWN else kind
    return faults.fault(known, head, said, index=index)


def _kind(said: faults.Said) -> FaultKind | None:
    code = said.code or ""
    kind = _KINDS.get(code) or _KINDS.get(code.partition(".")[0])
    if kind is FaultKind.CONTENT_BLOCKED and _NOT_FETCHED in (said.message or "").lower():
        return FaultKind.BAD_REQUEST
    return kind
