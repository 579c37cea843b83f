"""The lines of a batch: one request each, read one at a time, and known again by what they ask."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from onebrush.cli.client import GENERATIONS, Json
from onebrush.cli.failures import WrongUsage, os_words
from onebrush.cli.generate import picture_field
from onebrush.cli.saving import slug

EDITS = "/v1/images/edits"
# What a line may hold in the form of OpenAI's batches: https://platform.openai.com/docs/guides/batch
_ENVELOPE = ("method", "url", "body")
# Answers without pictures, or in pieces.
_NOT_HERE = {"dry_run": "say --dry-run for all lines", "stream": "a batch waits for whole pictures"}
_PICTURES = ("image", "images", "mask")
LONGEST_ID = 200
MISTAKES_SHOWN = 10


class BadLine(Exception):
    """A line that is no request."""

    def __init__(self, number: int, why: str) -> None:
        super().__init__(f"line {number}: {why}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One request. `digest` tells what it asks, its files by their bytes; a picture `@name` is a file in `folder`."""

    number: int
    custom_id: str | None
    path: str
    body: Json
    digest: str
    folder: Path

    @property
    def name(self) -> str:
        """In words."""
        return f"line {self.number}" + (f" ({self.custom_id})" if self.custom_id else "")

    @property
    def stem(self) -> str:
        """What its pictures' files are named, without ending."""
        if self.custom_id:
            return slug(self.custom_id)
        prompt = self.body.get("prompt")
        return f"{self.number:04}-{slug(prompt if isinstance(prompt, str) else '')}"

    def request(self) -> Json:
        """The body as it is sent: pictures as links unless it says otherwise, files as data. Raises WrongUsage."""
        body = {name: _sent(name, value, self.folder) for name, value in self.body.items()}
        return {"response_format": "url", **body}


class BatchFile:
    """A file of lines; of each only what is asked for is held."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._digests: dict[Path, str] = {}

    def check(self) -> int:
        """How many lines there are. Raises WrongUsage, telling those that are no requests."""
        number, seen, mistakes = 0, dict[str, int](), list[str]()
        for found in self._read():
            number += 1
            if isinstance(found, BadLine):
                mistakes.append(str(found))
            elif found.custom_id and (first := seen.setdefault(found.custom_id, found.number)) != found.number:
                mistakes.append(f"line {found.number}: custom_id {found.custom_id!r} is line {first}'s already")
        if mistakes:
            more = f"\n… and {len(mistakes) - MISTAKES_SHOWN} more" if len(mistakes) > MISTAKES_SHOWN else ""
            raise WrongUsage(
                f"{self._path} cannot be asked for; nothing was sent:\n"
                + "\n".join(islice(mistakes, MISTAKES_SHOWN))
                + more
            )
        if not number:
            raise WrongUsage(f"{self._path} holds no lines.")
        return number

    def lines(self) -> Iterator[Line]:
        """The requests, in order. Raises WrongUsage for one that was changed into none."""
        for found in self._read():
            if isinstance(found, BadLine):
                raise WrongUsage(f"{self._path} changed: {found}")
            yield found

    def _read(self) -> Iterator[Line | BadLine]:
        try:
            with self._path.open("rb") as file:
                for number, text in enumerate(file, 1):
                    text = text.removeprefix(b"\xef\xbb\xbf") if number == 1 else text
                    if text.strip():
                        yield self._line(number, text)
        except OSError as error:
            raise WrongUsage(f"The batch cannot be read: {os_words(error)}.") from error

    def _line(self, number: int, text: bytes) -> Line | BadLine:
        try:
            said = _object(number, text)
            custom_id = _custom_id(number, said)
            path, body = _unpacked(number, said)
            return Line(
                number=number,
                custom_id=custom_id,
                path=path,
                body=body,
                digest=self._digest(number, path, body),
                folder=self._path.parent,
            )
        except BadLine as bad:
            return bad

    def _digest(self, number: int, path: str, body: Json) -> str:
        meant = {name: self._meant(number, name, value) for name, value in body.items()}
        try:
            text = json.dumps([path, meant], sort_keys=True, separators=(",", ":"), allow_nan=False)
        except ValueError:
            raise BadLine(number, "a number in it is beyond all bounds") from None
        return hashlib.sha256(text.encode()).hexdigest()

    def _meant(self, number: int, name: str, value: object) -> object:
        """A file stands for its bytes: exchanged for another, the line asks for something else."""
        if isinstance(value, list):
            return [self._meant(number, name, one) for one in value]
        return self._bytes_of(number, _file(value, self._path.parent)) if _is_file(name, value) else value

    def _bytes_of(self, number: int, path: Path) -> str:
        if path not in self._digests:
            try:
                with path.open("rb") as file:
                    self._digests[path] = f"@{hashlib.file_digest(file, 'sha256').hexdigest()}"
            except OSError as error:
                raise BadLine(number, f"the picture cannot be read: {os_words(error)}") from None
        return self._digests[path]


# One line


def _object(number: int, text: bytes) -> Json:
    try:
        said = json.loads(text.decode("utf-8"), parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        why = error.msg if isinstance(error, json.JSONDecodeError) else str(error) or "nested too deep"
        raise BadLine(number, f"it is no JSON: {why}") from None
    if not isinstance(said, dict):
        raise BadLine(number, "it is no JSON object")
    return said


def _no_number(text: str) -> object:
    raise ValueError(f"{text} is no number")


def _custom_id(number: int, said: Json) -> str | None:
    name = said.pop("custom_id", None)
    if name is not None and not (isinstance(name, str) and 0 < len(name) <= LONGEST_ID):
        raise BadLine(number, f"custom_id must be text of 1 to {LONGEST_ID} characters")
    return name


def _unpacked(number: int, said: Json) -> tuple[str, Json]:
    """Path and body of a line in either form."""
    if not any(name in said for name in _ENVELOPE):
        return GENERATIONS, _askable(number, said)
    method, path, body = said.get("method", "POST"), said.get("url", GENERATIONS), said.get("body")
    if method != "POST" or path not in (GENERATIONS, EDITS):
        raise BadLine(number, f"only POST {GENERATIONS} and POST {EDITS} are asked here")
    if not isinstance(body, dict):
        raise BadLine(number, "body must be a JSON object")
    return str(path), _askable(number, body)


def _askable(number: int, body: Json) -> Json:
    for name, why in _NOT_HERE.items():
        if body.get(name):
            raise BadLine(number, f"{name} has no place in a batch; {why}")
    return body


# Pictures in files


def _is_file(name: str, value: object) -> bool:
    return name in _PICTURES and isinstance(value, str) and value.startswith("@")


def _file(value: object, folder: Path) -> Path:
    return folder / Path(str(value).removeprefix("@")).expanduser()


def _sent(name: str, value: object, folder: Path) -> object:
    if isinstance(value, list):
        return [_sent(name, one, folder) for one in value]
    return picture_field(str(_file(value, folder)), name) if _is_file(name, value) else value
