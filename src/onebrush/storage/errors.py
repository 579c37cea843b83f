"""How storage says no, whatever keeps the rows."""

from __future__ import annotations

from obstore.exceptions import BaseError

from onebrush.domain.errors import StorageUnavailable
from onebrush.kit.logs import get_logger


class ChangeRefused(ValueError):
    """A change that contradicts the record (an id used twice, an unknown generation): a fault of ours."""


def unavailable(what: str, error: BaseException) -> StorageUnavailable:
    """The storage's own words, and what an operator looks at first; the paths in them only for the log."""
    get_logger().error("storage_unavailable", what=what, error=repr(error))
    return StorageUnavailable(
        f"{what}: {reason(error)}. Check that the data folder is writable, has free space and is not locked."
    )


def reason(error: BaseException) -> str:
    """What went wrong, without saying where our files lie."""
    if isinstance(error, OSError):
        return error.strerror or type(error).__name__
    return type(error).__name__ if isinstance(error, BaseError) else str(error)
