"""One line of a batch, asked until there is an outcome: refusals that pass are waited out, pictures are fetched."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TypeVar

from onebrush.cli.batch_absence import MOST_SILENT, Absence
from onebrush.cli.batch_lines import Line
from onebrush.cli.client import Client, Json, Refusal, Unreachable
from onebrush.cli.failures import CommandFailed, WrongUsage
from onebrush.cli.saving import keep

T = TypeVar("T")

# Refusals of a gateway that has no time or no way just now.
PASSING = (429, 503)
# What waiting does not change: somebody has to set a vendor's key.
LASTING = ("provider_not_configured",)
# What is wrong with the line itself, or was stopped on purpose; anything else may be different another day.
HOPELESS = (400, 409, 413, 422)
HOPELESS_CODES = (
    "conflicting_parameters",
    "generation_canceled",
    "invalid_image",
    "invalid_value",
    "missing_required_parameter",
    "moderation_blocked",
    # The vendor may have charged for it: the repeat is given the same answer.
    "no_image",
    "unknown_parameter",
)
# What a call that may have been paid ended with; its record says what is known of it.
DOUBTFUL = (500, 502, 504)
DOUBTFUL_CODES = ("provider_error", "provider_timeout")
# No line would fare better.
FATAL = (401,)
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 59.0
# Seconds that one line waits for a gateway that refuses.
MOST_REFUSED = 900.0
LOOK_SECONDS = 2.0


class Stopped(Exception):
    """The batch was told to stop while the line waited to be asked again."""


class OutcomeUnknown(Refusal):
    """It may have been bought, and nobody knows; asked again, it would be bought again or meet the same answer."""


class GatewayGone(CommandFailed):
    """Nobody answers any more, or not to this key: no other line would fare better."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """Asks for lines at a gateway.

    `pause` waits so many seconds before something is asked again; it raises Stopped where nothing more is to be asked.
    `look` waits between looks at what is under way, in any case. `absence` hears when nobody answers.
    """

    client: Client
    pause: Callable[[float], None]
    look: Callable[[float], None]
    absence: Absence

    def outcome(self, line: Line, key: str, folder: Path) -> Json:
        """What came of a line under an Idempotency-Key, its pictures saved.

        Raises Stopped and GatewayGone, and CommandFailed where files cannot be written.
        """
        try:
            answer = self._answer(line, key)
        except OutcomeUnknown as unknown:
            return {"status": "unknown", "id": unknown.generation, "error": _error(unknown)}
        except Refusal as refusal:
            return _failed(refusal)
        except WrongUsage as error:  # a file that has gone since
            return {"status": "failed", "again": True, "error": {"message": str(error), "http": None}}
        try:
            pictures = [self.patiently(partial(self.client.picture, datum)) for datum in answer["data"]]
        except Refusal as refusal:
            return _not_fetched(answer, refusal)
        names = [keep(picture, folder, _stem(line, index)).name for index, picture in enumerate(pictures)]
        return _came(answer, names)

    def _answer(self, line: Line, key: str) -> Json:
        body = line.request()
        try:
            said = self.patiently(lambda: self.client.generate(body, path=line.path, idempotency=key))
        except Refusal as refusal:
            if refusal.http not in DOUBTFUL or refusal.retry is not False:
                raise
            said = self._looked_up(refusal)
        return self._finished(said) if said.get("object") == "image.generation" else said

    def _looked_up(self, refusal: Refusal) -> Json:
        """The record of what was perhaps bought, while it is under way or where its pictures came after all.

        A gateway that stops lets its callers go, and takes up again what was under way. Raises OutcomeUnknown where
        nobody knows what came of it, else the refusal.
        """
        generation = refusal.generation
        try:
            record = self.patiently(lambda: self.client.record(generation)) if generation else {}
        except Refusal:
            record = {}
        if record and (record.get("finished") is None or record.get("result")):
            return record
        if record.get("status") == "unknown" or (not record and refusal.code in DOUBTFUL_CODES):
            raise _unknown(refusal) from refusal
        raise refusal

    def _finished(self, record: Json) -> Json:
        """The answer of a generation whose request did not wait for it."""
        generation: str = record["id"]
        while record.get("finished") is None:
            self.look(LOOK_SECONDS)
            record = self.patiently(lambda: self.client.record(generation))
        if record.get("result"):
            answer: Json = record["result"]
            return answer
        error = record.get("error") or {"message": "It ended without a picture."}
        refusal = Refusal(error["message"], code=error.get("code"), param=error.get("param"), generation=generation)
        raise _unknown(refusal) if record["status"] == "unknown" else refusal

    def patiently(self, asked: Callable[[], T]) -> T:
        """What the gateway says once it is neither too busy nor away. Raises Refusal, Stopped and GatewayGone."""
        refused, silent = _Patience(most=MOST_REFUSED), _Patience(most=MOST_SILENT)
        while True:
            try:
                said = asked()
                self.absence.over()
                return said
            except Refusal as refusal:
                self.absence.over()
                if refusal.http in FATAL:
                    raise GatewayGone(str(refusal)) from refusal
                if not _passes(refusal) or refused.over:
                    raise
                silent, refused = _Patience(most=MOST_SILENT), refused.less(refusal.retry_after)
                self.pause(refused.pause)
            except Unreachable as error:
                if silent.over:
                    raise GatewayGone(str(error)) from error
                self.absence.noticed(error)
                silent = silent.less()
                self.pause(silent.pause)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Patience:
    """How long to wait now, and how long it was in all; in seconds."""

    most: float
    waited: float = 0.0
    pause: float = 0.0

    @property
    def over(self) -> bool:
        return self.waited >= self.most

    def less(self, told: float | None = None) -> _Patience:
        """After another failure: as long as was told, else twice as long as before."""
        pause = told or min(max(self.pause * 2, FIRST_PAUSE), LONGEST_PAUSE)
        return replace(self, pause=pause, waited=self.waited + pause)


def _passes(refusal: Refusal) -> bool:
    return refusal.http in PASSING and refusal.retry is not False and refusal.code not in LASTING


def _stem(line: Line, index: int) -> str:
    return f"{line.stem}-{index + 1}" if index else line.stem


# Rows


def _failed(refusal: Refusal) -> Json:
    hopeless = refusal.http in HOPELESS or refusal.code in HOPELESS_CODES
    return {"status": "failed", "again": not hopeless, "id": refusal.generation, "error": _error(refusal)}


def _error(refusal: Refusal) -> Json:
    return {"message": str(refusal), "code": refusal.code, "param": refusal.param, "http": refusal.http}


def _unknown(refusal: Refusal) -> OutcomeUnknown:
    return OutcomeUnknown(
        str(refusal), code=refusal.code, param=refusal.param, http=refusal.http, generation=refusal.generation
    )


def _not_fetched(answer: Json, refusal: Refusal) -> Json:
    """Bought and not here: asked again under the same key, it comes without being bought again."""
    error = {"message": str(refusal), "code": "not_fetched", "http": None}
    return {"status": "failed", "again": True, "id": answer["onebrush"]["id"], "error": error}


def _came(answer: Json, names: list[str]) -> Json:
    own = answer["onebrush"]
    return {
        "status": "partial" if own["failures"] else "succeeded",
        "id": own["id"],
        "model": own["model"],
        "test": own["test"],
        "files": names,
        "cost": own["cost"],
        "warnings": own["warnings"],
        "failures": own["failures"],
        "error": None,
    }
