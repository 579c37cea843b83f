"""The oracle: paid calls, records, ledger and files of one run, compared. It imports nothing of the gateway.

How paid calls and attempts are matched. Every request of the rig has a *label*, a word in its prompt that no other
request has. The sandbox counts calls by an id that its answer holds, and the proxy keeps what passed, so each paid call
has the label of the request that led to it. A record has the label of its `ask` or of its
Idempotency-Key, or the one the rig noted for it. Calls and attempts of the same label and vendor model are a *class*.
Within a class all calls have the same body, so they are interchangeable, and comparing numbers is an exact matching: no
verdict depends on which call is given to which attempt.
"""

from __future__ import annotations

import io
import json
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from pathlib import Path
from typing import Any

from PIL import Image

from tests.faults import pricing
from tests.faults.proxy import Exchange

LABEL = re.compile(r"label-[a-z0-9]+-\d+")
FINAL = ("settled", "released", "unresolved")
TERMINAL = ("succeeded", "partial", "failed", "canceled", "unknown")
PROVIDERS = ("ark", "dashscope", "gemini", "openai")
# A picture's own name, as opposed to spool files and what is being written.
PICTURE = re.compile(r"[A-Za-z0-9_-]{2}/[A-Za-z0-9_-]+\.[a-z0-9]+")

Row = Mapping[str, Any]
Class = tuple[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A call that the vendor charges, and the label of the request that led to it."""

    id: str
    vendor: str
    model: str
    images: int
    label: str
    usage: Mapping[str, int] | None = None


@dataclass(frozen=True, kw_only=True)
class Facts:
    """Everything that is compared. Rows are as the database has them; `files` are paths below the pictures' folder."""

    paid: Sequence[Paid]
    generations: Sequence[Row]
    attempts: Sequence[Row]
    entries: Sequence[Row]
    artifacts: Sequence[Row]
    deliveries: Sequence[Row]
    files: frozenset[str]
    areas: Mapping[str, int]
    integrity: str
    notes: Mapping[str, str] = field(default_factory=dict)

    @cached_property
    def last(self) -> Mapping[str, Row]:
        """Attempt id -> its last row of the ledger, which counts."""
        return {entry["attempt"]: entry for entry in self.entries}

    @cached_property
    def labels(self) -> Mapping[str, str]:
        """Generation id -> its label."""
        told = {row["id"]: f"{row['ask']} {row['idempotency']}" for row in self.generations}
        named = {id_: LABEL.search(text) for id_, text in told.items()}
        return {**{id_: found[0] for id_, found in named.items() if found}, **self.notes}

    @cached_property
    def pictures(self) -> Mapping[tuple[str, int], Sequence[Row]]:
        """(generation, slot) -> the rows of its pictures: a slot reaches up to the next one."""
        slots = defaultdict(set)
        for attempt in self.attempts:
            slots[attempt["generation"]].add(attempt["slot"])
        found = defaultdict(list)
        for row in self.artifacts:
            before = [slot for slot in slots[row["generation"]] if slot <= row["index"]]
            found[(row["generation"], max(before, default=0))].append(row)
        return found

    def state(self, attempt: Row) -> str:
        """What became of its money; empty where the ledger does not know it."""
        return self.last[attempt["id"]]["state"] if attempt["id"] in self.last else ""

    def class_of(self, attempt: Row) -> Class:
        """The class of an attempt."""
        return self.labels.get(attempt["generation"], ""), attempt["model"]


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What is wrong, one sentence each; `money` is currency -> (settled, what it should be), in nano-units.

    `paid`, `pictures` and `unresolved` are counts for the tables; none of them is wrong in itself.
    """

    lost: Sequence[str] = ()
    doubled: Sequence[str] = ()
    unaccounted: Sequence[str] = ()
    unfinished: Sequence[str] = ()
    overcharged: Sequence[str] = ()
    orphans: Sequence[str] = ()
    missing: Sequence[str] = ()
    integrity: str = "ok"
    money: Mapping[str, tuple[int, Fraction]] = field(default_factory=dict)
    paid: int = 0
    pictures: int = 0
    unresolved: int = 0

    @property
    def wrong(self) -> Mapping[str, Any]:
        """What a test asserts to be empty."""
        listed = ("lost", "doubled", "unaccounted", "unfinished", "overcharged", "orphans", "missing")
        found: dict[str, Any] = {name: list(getattr(self, name)) for name in listed if getattr(self, name)}
        if self.integrity != "ok":
            found["integrity"] = self.integrity
        if off := {name: pair for name, pair in self.money.items() if pair[0] != pair[1]}:
            found["money"] = {name: f"settled {pair[0]}, should be {pair[1]}" for name, pair in off.items()}
        return found


def read(
    database: Path,
    pictures: Path,
    count: Path,
    seen: Iterable[Exchange],
    notes: Mapping[str, str],
    *,
    strangers: bool = True,
) -> Facts:
    """The facts as they are now; `seen` are the exchanges of all proxies, `notes` is generation id -> label.

    `strangers`: calls that no proxy saw count too. They are others' where the sandbox is shared.
    """
    with closing(opened(database)) as reading:
        reading.execute("BEGIN")  # one moment for all tables
        tables = {name: _rows(reading, name) for name in TABLES}
        integrity = str(reading.execute("PRAGMA integrity_check").fetchone()[0])
    files = frozenset(_files(pictures))
    kept = {row["location"] for row in tables["artifacts"]} & files
    return Facts(
        paid=tuple(call for call in paid(count, seen) if call.label or strangers),
        generations=tables["generations"],
        attempts=tables["attempts"],
        entries=tables["ledger"],
        artifacts=tables["artifacts"],
        deliveries=tables["deliveries"],
        files=files,
        areas={location: _area(pictures / location) for location in kept},
        integrity=integrity,
        notes=notes,
    )


TABLES = ("generations", "attempts", "ledger", "artifacts", "deliveries")


def opened(database: Path) -> sqlite3.Connection:
    """The database, for reading alone; rows by name."""
    # Nobody else has a copy open: its log is read in by whoever opens it, which takes the right to write.
    mode = "ro" if database.with_name(f"{database.name}-shm").exists() else "rw"
    reading = sqlite3.connect(f"file:{database}?mode={mode}", uri=True, timeout=10)
    reading.row_factory = sqlite3.Row
    return reading


def _rows(reading: sqlite3.Connection, table: str) -> list[Row]:
    return [dict(row) for row in reading.execute(f'SELECT * FROM "{table}" ORDER BY rowid')]


def _files(pictures: Path) -> Iterator[str]:
    for path in pictures.glob("*/*"):
        name = path.relative_to(pictures).as_posix()
        if path.parent.name != "spool" and PICTURE.fullmatch(name):
            yield name


def _area(path: Path) -> int:
    with Image.open(io.BytesIO(path.read_bytes())) as image:
        return image.width * image.height


def paid(count: Path, seen: Iterable[Exchange]) -> Iterator[Paid]:
    """The calls that the sandbox would charge, in their order."""
    led_by = dict(_ids(exchange for exchange in seen if exchange.kind == "call"))
    lines = count.read_text("utf-8").splitlines() if count.exists() else []
    # A later line of a call, as where a task was taken back, takes the place of the earlier one.
    for call in {call["id"]: call for call in map(json.loads, lines)}.values():
        if not call["paid"]:
            continue
        # A model's own answer names the call without the prefix of its vendor.
        led = led_by.get(call["id"].rpartition("_")[2])
        label = LABEL.search(led.body.decode("utf-8", "replace")) if led else None
        yield Paid(
            id=call["id"],
            vendor=call["vendor"],
            model=call["model"],
            images=call["images"],
            label=label[0] if label else "",
            usage=pricing.usage_of(led.said()) if led else None,
        )


def _ids(seen: Iterable[Exchange]) -> Iterator[tuple[str, Exchange]]:
    """Everything in an answer that may be a call's id, but for the pictures in its middle."""
    for exchange in seen:
        answer = exchange.answer or b""
        for word in re.findall(rb"[A-Za-z0-9-]{20,64}", answer[:4_096] + b" " + answer[-4_096:]):
            yield word.decode(), exchange


def judge(
    facts: Facts, bought: Mapping[str, int] | None = None, unstored: Mapping[str, Sequence[int]] | None = None
) -> Verdict:
    """The verdict.

    `bought` is label -> how many calls it may cost (1 where it is not named); `unstored` is label -> the areas of its
    pictures, where they were handed over without being kept.
    """
    return Verdict(
        lost=list(_lost(facts, set(unstored or ()))),
        doubled=[*_bought_twice(facts, bought or {}), *_sent_twice(facts), *_settled_twice(facts)],
        unaccounted=list(_unaccounted(facts)),
        unfinished=[f"{row['id']} is {row['status']}" for row in facts.generations if row["status"] not in TERMINAL],
        overcharged=list(_overcharged(facts)),
        orphans=sorted(facts.files - {row["location"] for row in facts.artifacts}),
        missing=sorted({row["location"] for row in facts.artifacts} - facts.files),
        integrity=facts.integrity,
        money=_money(facts, unstored or {}),
        paid=len(facts.paid),
        pictures=len(facts.artifacts),
        unresolved=sum(entry["state"] == "unresolved" for entry in facts.last.values()),
    )


def _covered(facts: Facts, attempt: Row, unstored: set[str]) -> bool:
    """Whether an attempt answers for a paid call: listed as unresolved, or its picture is here."""
    state = facts.state(attempt)
    kept = facts.pictures.get((attempt["generation"], attempt["slot"]), ())
    stored = any(row["location"] in facts.files for row in kept)
    return state == "unresolved" or (state == "settled" and (stored or facts.class_of(attempt)[0] in unstored))


def _lost(facts: Facts, unstored: set[str]) -> Iterator[str]:
    """Paid calls with neither a stored picture nor an unresolved row."""
    answering = Counter(facts.class_of(attempt) for attempt in facts.attempts if _covered(facts, attempt, unstored))
    for class_, number in Counter((call.label, call.model) for call in facts.paid).items():
        if number > answering[class_]:
            yield f"{class_}: {number} paid, {answering[class_]} answered for"


def _bought_twice(facts: Facts, bought: Mapping[str, int]) -> Iterator[str]:
    for label, number in Counter(call.label for call in facts.paid).items():
        if number > bought.get(label, 1):
            yield f"{label} was paid {number} times"


def _sent_twice(facts: Facts) -> Iterator[str]:
    """Two attempts of one slot of which neither was released."""
    standing = Counter(
        (attempt["generation"], attempt["slot"]) for attempt in facts.attempts if facts.state(attempt) != "released"
    )
    for (generation, slot), number in standing.items():
        if number > 1:
            yield f"slot {slot} of {generation} has {number} attempts that may be paid"


def _settled_twice(facts: Facts) -> Iterator[str]:
    """One attempt whose money was taken by two, as by two processes."""
    for name, number in Counter(entry["attempt"] for entry in facts.entries if entry["state"] == "settled").items():
        if number > 1:
            yield f"{name} was settled {number} times"


def _unaccounted(facts: Facts) -> Iterator[str]:
    """Money without an end: once everything is terminal each attempt is settled, released or unresolved."""
    for name, entry in facts.last.items():
        if entry["state"] not in FINAL:
            yield f"{name} of {entry['generation']} ends as {entry['state']}"
    for attempt in facts.attempts:
        if attempt["id"] not in facts.last:
            yield f"{attempt['id']} of {attempt['generation']} is not in the ledger"


def _settled(facts: Facts) -> Mapping[Class, Sequence[Row]]:
    found = defaultdict(list)
    for attempt in facts.attempts:
        if facts.state(attempt) == "settled":
            found[facts.class_of(attempt)].append(attempt)
    return found


def _overcharged(facts: Facts) -> Iterator[str]:
    """Settled attempts that no paid call stands behind."""
    paid = Counter((call.label, call.model) for call in facts.paid)
    for class_, attempts in _settled(facts).items():
        if len(attempts) > paid[class_]:
            yield f"{class_}: {len(attempts)} settled, {paid[class_]} paid"


def _money(facts: Facts, unstored: Mapping[str, Sequence[int]]) -> Mapping[str, tuple[int, Fraction]]:
    """M-1. What is unknown is unknown on both sides: an amount where the catalogue has no price counts as wrong."""
    calls = defaultdict(list)
    for call in facts.paid:
        calls[(call.label, call.model)].append(call)
    settled: Counter[str] = Counter()
    due: dict[str, Fraction] = defaultdict(Fraction)
    for class_, attempts in _settled(facts).items():
        for attempt, call in zip(attempts, calls[class_], strict=False):
            entry = facts.last[attempt["id"]]
            settled[entry["currency"] or "unknown"] += entry["nano"] or 0
            amount = _due(facts, attempt, call, unstored.get(class_[0], ()))
            due[amount.currency if amount else "unknown"] += amount.nano if amount else Fraction(0)
    return {name: (settled[name], due[name]) for name in {*settled, *due}}


def _due(facts: Facts, attempt: Row, call: Paid, handed: Sequence[int]) -> pricing.Amount | None:
    kept = facts.pictures.get((attempt["generation"], attempt["slot"]), ())
    areas = [facts.areas[row["location"]] for row in kept if row["location"] in facts.areas]
    return pricing.book(call.vendor).price(call.model, call.usage, areas or handed)
