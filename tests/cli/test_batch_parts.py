"""The parts of `onebrush batch`: how long it waits, what it remembers, how it counts."""

from __future__ import annotations

import errno
import os
import pty
import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, cast

import pytest

from onebrush.cli.batch_absence import MOST_SILENT, Absence
from onebrush.cli.batch_asking import Asker, GatewayGone, Stopped
from onebrush.cli.batch_crew import Crew
from onebrush.cli.batch_lines import BatchFile, Line
from onebrush.cli.batch_record import KEY_SECONDS, RESULTS, SENT, Standing, open_record
from onebrush.cli.batch_tally import Tally
from onebrush.cli.client import Client, Refusal, Unreachable
from onebrush.cli.failures import CommandFailed
from tests.cli.conftest import COMMAND, PATIENCE, environment


class Clock:
    """A time that passes when told."""

    def __init__(self) -> None:
        self.now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


def a_line(number: int = 1, **more: Any) -> Line:
    said: dict[str, Any] = {"custom_id": None, "path": "/v1/images/generations", "body": {"prompt": "a boat"}}
    return Line(**{**said, "number": number, "digest": "d", "folder": Path(), **more})


# Waiting


@dataclass
class Moody:
    """Something that answers only after failures; the pauses between are noted."""

    failures: list[Exception]
    pauses: list[float] = field(default_factory=list)
    asked: int = 0
    told: list[str] = field(default_factory=list)

    def ask(self) -> str:
        self.asked += 1
        if self.failures:
            raise self.failures.pop(0)
        return "pictures"

    def asker(self) -> Asker:
        return Asker(
            client=Client(url="http://127.0.0.1:1"),
            pause=self.pauses.append,
            look=self.pauses.append,
            absence=Absence(self.told.append),
        )


def refusal(http: int, **more: Any) -> Refusal:
    return Refusal("not now", http=http, **more)


def test_refusals_that_pass_are_waited_out_as_long_as_they_say() -> None:
    moody = Moody([refusal(429, retry_after=7.0), refusal(503, retry_after=3.0), refusal(429)])
    assert moody.asker().patiently(moody.ask) == "pictures"
    assert moody.pauses == [7.0, 3.0, 6.0]


def test_a_gateway_that_says_nothing_of_time_is_asked_less_and_less_often() -> None:
    moody = Moody([refusal(503) for _ in range(8)])
    moody.asker().patiently(moody.ask)
    assert moody.pauses == [1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 59.0, 59.0]


@pytest.mark.parametrize(
    "lasting",
    [
        refusal(429, retry=False, code="insufficient_quota"),
        refusal(503, code="provider_not_configured"),
        refusal(502),
        refusal(504),
        refusal(400),
    ],
)
def test_what_waiting_does_not_change_is_not_waited_for(lasting: Refusal) -> None:
    moody = Moody([lasting])
    with pytest.raises(Refusal):
        moody.asker().patiently(moody.ask)
    assert (moody.asked, moody.pauses) == (1, [])


def test_a_line_that_is_refused_for_ever_is_given_up() -> None:
    moody = Moody([refusal(503, retry_after=59.0) for _ in range(100)])
    with pytest.raises(Refusal):
        moody.asker().patiently(moody.ask)
    assert 900 <= sum(moody.pauses) < 1000


def test_a_gateway_that_starts_anew_is_waited_for_and_one_that_is_gone_is_not() -> None:
    back = Moody([Unreachable("nothing listens there")] * 3)
    assert back.asker().patiently(back.ask) == "pictures"
    gone = Moody([Unreachable("nothing listens there")] * 100)
    with pytest.raises(GatewayGone, match="nothing listens there"):
        gone.asker().patiently(gone.ask)
    assert MOST_SILENT <= sum(gone.pauses) < 2 * MOST_SILENT


def test_a_gateway_that_does_not_answer_is_told_once_until_it_answers() -> None:
    moody = Moody([Unreachable("Nobody there.", "Start one."), Unreachable("Nobody there.")])
    asker = moody.asker()
    asker.patiently(moody.ask)
    assert moody.told == ["Nobody there. Waiting up to 2 minutes for it."]
    moody.failures.append(Unreachable("Gone again."))
    asker.patiently(moody.ask)
    assert moody.told[1:] == ["Gone again. Waiting up to 2 minutes for it."]


# What may have been bought


@dataclass
class Keeper:
    """A gateway that refuses a line, and what its record then says at each look; None: it has none."""

    refused: Refusal
    records: list[dict[str, Any] | None]
    looks: int = 0

    def generate(self, body: dict[str, Any], *, path: str, idempotency: str) -> dict[str, Any]:
        raise self.refused

    def record(self, generation: str) -> dict[str, Any]:
        record = self.records.pop(0)
        if record is None:
            raise refusal(404, code="not_found")
        return {"id": generation, "object": "image.generation", **record}

    def look(self, seconds: float) -> None:
        self.looks += 1

    def outcome(self, folder: Path) -> dict[str, Any]:
        asker = Asker(client=cast(Client, self), pause=self.look, look=self.look, absence=Absence(print))
        return asker.outcome(a_line(), "key", folder)


def doubtful(http: int = 502, code: str = "provider_error", generation: str | None = "gen_1") -> Refusal:
    return refusal(http, code=code, retry=False, generation=generation)


UNDER_WAY: dict[str, Any] = {"status": "running", "finished": None}
LOST: dict[str, Any] = {"status": "unknown", "finished": 5, "error": {"message": "lost", "code": "provider_error"}}
FAILED: dict[str, Any] = {"status": "failed", "finished": 5, "error": {"message": "no", "code": "provider_error"}}
OWN = {"id": "gen_1", "model": "m", "test": True, "cost": {}, "warnings": [], "failures": []}
CAME: dict[str, Any] = {"status": "succeeded", "finished": 5, "result": {"data": [], "onebrush": OWN}}


@pytest.mark.parametrize(
    ("refused", "records", "status"),
    [
        (doubtful(), [LOST], "unknown"),
        (doubtful(504, "provider_timeout"), [LOST], "unknown"),
        (doubtful(500, "internal_error"), [LOST], "unknown"),
        (doubtful(), [None], "unknown"),
        (doubtful(504, "provider_timeout", None), [], "unknown"),
        (doubtful(), [UNDER_WAY, UNDER_WAY, CAME], "succeeded"),
        (doubtful(), [UNDER_WAY, LOST], "unknown"),
        (doubtful(), [UNDER_WAY, FAILED], "failed"),
        (doubtful(), [FAILED], "failed"),
        (doubtful(500, "internal_error"), [None], "failed"),
        (refusal(400, retry=False, generation="gen_1"), [], "failed"),
    ],
)
def test_of_what_may_have_been_bought_the_record_says_what_is_known(
    tmp_path: Path, refused: Refusal, records: list[dict[str, Any] | None], status: str
) -> None:
    keeper = Keeper(refused, records)
    row = keeper.outcome(tmp_path)
    assert (row["status"], keeper.records) == (status, [])
    assert ("again" in row) == (status == "failed")


def test_what_is_under_way_is_waited_for_and_not_asked_again(tmp_path: Path) -> None:
    keeper = Keeper(doubtful(), [UNDER_WAY, UNDER_WAY, CAME])
    keeper.outcome(tmp_path)
    assert keeper.looks == 2


def test_an_answer_without_a_picture_is_the_same_under_the_same_key(tmp_path: Path) -> None:
    row = Keeper(doubtful(code="no_image"), [{**FAILED, "error": {"message": "no", "code": "no_image"}}]).outcome(
        tmp_path
    )
    assert (row["status"], row["again"]) == ("failed", False)


def test_a_key_that_is_not_known_is_of_no_use_to_any_line() -> None:
    moody = Moody([refusal(401)])
    with pytest.raises(GatewayGone):
        moody.asker().patiently(moody.ask)


# Hands


def lines(number: int) -> Iterator[Line]:
    return (a_line(turn) for turn in range(1, number + 1))


def test_no_more_lines_are_under_way_than_there_are_hands() -> None:
    crew, most, gate = Crew(3), [0], threading.Barrier(3)

    def work(line: Line) -> None:
        most[0] = max(most[0], crew.under_way)
        gate.wait(PATIENCE)

    crew.run(lines(9), work)
    assert most == [3]


def test_a_pile_of_any_size_is_taken_from_a_few_at_a_time() -> None:
    crew, taken, ahead = Crew(2), [0], list[int]()

    def pile() -> Iterator[Line]:
        for line in lines(50):
            ahead.append(line.number - taken[0])
            yield line

    def work(line: Line) -> None:
        taken[0] += 1

    crew.run(pile(), work)
    assert taken == [50]
    assert max(ahead) <= 2 + 2 + 1  # worked on, waiting, and in hand


def test_what_fails_stops_all_and_is_told() -> None:
    crew, begun = Crew(1), list[int]()

    def work(line: Line) -> None:
        begun.append(line.number)
        if line.number == 2:
            raise CommandFailed("the disk is full")

    with pytest.raises(CommandFailed, match="the disk is full"):
        crew.run(lines(10), work)
    assert begun == [1, 2]


def test_who_waits_to_ask_again_hears_a_stop() -> None:
    crew = Crew(1)
    crew.stop()
    with pytest.raises(Stopped):
        crew.pause(600)


# Memory


def succeeded() -> dict[str, Any]:
    return {"status": "succeeded", "files": []}


def failed(http: int | None, *, again: bool = True) -> dict[str, Any]:
    return {"status": "failed", "again": again, "error": {"message": "no", "http": http}}


def test_the_key_of_a_line_is_the_same_in_every_repetition_and_another_in_another_folder(tmp_path: Path) -> None:
    with open_record(tmp_path / "one") as record:
        first = record.key(a_line())
        assert record.key(a_line(2)) != first != record.key(a_line(digest="e"))
        assert record.key(a_line(2, custom_id="a")) == record.key(a_line(3, custom_id="a"))
    with open_record(tmp_path / "one") as again, open_record(tmp_path / "two") as other:
        assert again.key(a_line()) == first != other.key(a_line())


@pytest.mark.parametrize(
    ("outcome", "standing"),
    [
        (succeeded(), Standing.DONE),
        ({"status": "partial"}, Standing.DONE),
        (failed(503), Standing.ASK),
        (failed(400, again=False), Standing.NEVER),
        ({"status": "unknown", "error": {"message": "no", "http": 502}}, Standing.NEVER),
    ],
)
def test_an_outcome_is_remembered(tmp_path: Path, outcome: dict[str, Any], standing: Standing) -> None:
    with open_record(tmp_path) as record:
        assert record.standing(a_line()) is Standing.ASK
        record.mark_sent(a_line())
        record.keep(a_line(), outcome)
        assert record.standing(a_line()) is standing
    with open_record(tmp_path) as record:
        assert record.standing(a_line()) is standing


def test_the_last_row_of_a_line_counts(tmp_path: Path) -> None:
    with open_record(tmp_path) as record:
        record.keep(a_line(), failed(503))
        record.keep(a_line(), succeeded())
    with open_record(tmp_path) as record:
        assert record.standing(a_line()) is Standing.DONE


@pytest.mark.parametrize("last", [None, failed(504), failed(None)])
def test_what_may_have_been_bought_is_asked_again_only_while_its_key_is_known(
    tmp_path: Path, last: dict[str, Any] | None
) -> None:
    clock = Clock()
    with open_record(tmp_path, clock) as record:
        record.mark_sent(a_line())
        if last:
            record.keep(a_line(), last)
        clock.now += KEY_SECONDS - 1
        record.mark_sent(a_line())
        assert record.standing(a_line()) is Standing.ASK
    clock.now += 2
    with open_record(tmp_path, clock) as record:
        assert record.standing(a_line()) is Standing.STALE
        assert record.standing(a_line(2)) is Standing.ASK


def test_what_was_not_bought_may_be_asked_again_at_any_time(tmp_path: Path) -> None:
    clock = Clock()
    with open_record(tmp_path, clock) as record:
        record.mark_sent(a_line())
        clock.now += 5
        record.keep(a_line(), failed(429))
        clock.now += 10 * KEY_SECONDS
        assert record.standing(a_line()) is Standing.ASK
    with open_record(tmp_path, clock) as record:
        assert record.standing(a_line()) is Standing.ASK
        record.mark_sent(a_line())
        clock.now += KEY_SECONDS + 1
        assert record.standing(a_line()) is Standing.STALE


@pytest.mark.parametrize("torn", [b'{"status": "succ', b"null", b"\xff\xfe"])
def test_a_row_that_was_cut_short_never_counted(tmp_path: Path, torn: bytes) -> None:
    with open_record(tmp_path) as record:
        record.keep(a_line(), succeeded())
        run = record.run
    for name in (RESULTS, SENT):
        with (tmp_path / name).open("ab") as file:
            file.write(torn)
    with open_record(tmp_path) as record:
        assert (record.run, record.standing(a_line())) == (run, Standing.DONE)
        record.keep(a_line(2), succeeded())
    with open_record(tmp_path) as record:
        assert record.standing(a_line(2)) is Standing.DONE


def test_what_was_being_written_when_it_died_is_swept_away(tmp_path: Path) -> None:
    (tmp_path / ".0001-a-boat.png.part").write_bytes(b"half")
    with open_record(tmp_path):
        assert sorted(path.name for path in tmp_path.iterdir()) == sorted([RESULTS, SENT])


def test_a_folder_that_cannot_be_one_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    told = pytest.raises(CommandFailed, match=r"file cannot be used: .* Choose another --out\.")
    with told, open_record(tmp_path / "file"):
        pass


def test_a_record_that_cannot_be_written_is_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with open_record(tmp_path) as record:
        monkeypatch.setattr("onebrush.cli.batch_record.os.fsync", full)
        with pytest.raises(CommandFailed, match="cannot be written to: No space left on device"):
            record.mark_sent(a_line())


# Lines


def test_a_line_is_known_by_what_it_asks_and_not_by_how_it_is_written(tmp_path: Path, picture_bytes: bytes) -> None:
    file, picture = tmp_path / "wishes.jsonl", tmp_path / "a.png"
    picture.write_bytes(picture_bytes)
    file.write_bytes(
        b'\xef\xbb\xbf{"prompt": "x", "n": 1, "image": "@a.png"}\r\n'
        b"\n"
        b'{"image": "@a.png", "n":1,"prompt":"\\u0078"}\n'
        b'{"image": "@a.png", "n":2,"prompt":"x"}'
    )
    assert BatchFile(file).check() == 3
    one, same, other = BatchFile(file).lines()
    assert (one.number, same.number, other.number) == (1, 3, 4)
    assert one.digest == same.digest != other.digest
    picture.write_bytes(picture_bytes + b"\0")
    assert next(BatchFile(file).lines()).digest != one.digest


def test_files_are_sent_as_data_and_everything_else_as_it_is(tmp_path: Path, picture_bytes: bytes) -> None:
    (tmp_path / "a.png").write_bytes(picture_bytes)
    body = {"prompt": "@a.png", "image": ["@a.png", "img_1"], "response_format": "b64_json"}
    sent = a_line(body=body, folder=tmp_path).request()
    assert sent["image"][0].startswith("data:image/png;base64,")
    assert {**sent, "image": sent["image"][1:]} == {**body, "image": ["img_1"]}
    assert a_line().request() == {"prompt": "a boat", "response_format": "url"}


@pytest.mark.parametrize(
    ("line", "stem"),
    [
        (a_line(7), "0007-a-boat"),
        (a_line(12_345, body={}), "12345-picture"),
        (a_line(custom_id="Fox / 1"), "fox-1"),
        (a_line(body={"prompt": ["x"]}), "0001-picture"),
    ],
)
def test_a_file_is_named_so_that_its_line_is_found(line: Line, stem: str) -> None:
    assert line.stem == stem


# Counting


def test_money_is_added_up_by_currency_and_what_is_unknown_is_told() -> None:
    tally = Tally(of=5)
    assert tally.words() == "0 of 5 done, 0 failed, nothing bought"
    for amount, currency in (("0.1", "USD"), ("0.2", "USD"), ("100", "CNY")):
        tally.add({"status": "succeeded", "cost": {"amount": amount, "currency": currency}})
    tally.add({"status": "partial", "cost": {"basis": "unknown"}})
    assert tally.words() == "3 of 5 done, 1 failed, 100 CNY + 0.3 USD, a line at unknown cost"


def test_what_nobody_knows_is_counted_by_itself() -> None:
    tally = Tally(of=2)
    tally.add({"status": "unknown"})
    assert tally.words() == "0 of 2 done, 0 failed, 1 unknown, nothing bought"
    assert tally.ended == 1


def test_on_a_terminal_a_bar_shows_how_far_it_is(tmp_path: Path) -> None:
    (tmp_path / "wishes.jsonl").write_text('{"prompt": "a boat", "model": "seedream-4.0", "size": "1024x1024"}\n')
    ours, its = pty.openpty()
    process = subprocess.Popen(
        [*COMMAND, "batch", "wishes.jsonl", "--url", "http://127.0.0.1:1"],
        cwd=tmp_path,
        env=environment(tmp_path, TERM="xterm", COLUMNS="120"),
        preexec_fn=partial(os.login_tty, its),
    )
    os.close(its)
    heard = b""
    while b"0 of 1 done, 0 failed, nothing bought" not in heard:
        heard += os.read(ours, 65_536)
    os.write(ours, b"\x03")
    while b"The same command goes on with the rest." not in heard:
        heard += os.read(ours, 65_536)
    assert process.wait(PATIENCE) == 130
    os.close(ours)
