"""One step of a script: what goes wrong with one call."""

from typing import Literal

import msgspec

On = Literal["call", "poll", "cancel"]


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A fault and how it is.

    `vendor` empty: whoever is called next. `on`: at a call that would be paid, or at a task's poll or cancelling.
    `paid` is whether the call is counted as paid, unset: as the fault is usually. `retry_after` is the header's text as
    it stands, null: no header, unset: the vendor's own. `seconds` is a wait, `share` how much of a body is sent, `url`
    where a redirect or a link points, `times` how often a link fails before it works (unset: always), `size` the
    bytes behind a link that is too big.
    """

    fault: str
    vendor: str = ""
    on: On = "call"
    paid: bool | None = None
    retry_after: str | msgspec.UnsetType | None = msgspec.UNSET
    seconds: float = 0.0
    share: float = 0.5
    url: str = ""
    times: int | None = None
    size: int = 1_000_000_000

    def is_paid(self, usually: bool) -> bool:
        """Whether the call counts as paid."""
        return usually if self.paid is None else self.paid


NONE = Step(fault="none")
