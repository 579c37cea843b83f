"""`onebrush demo`: a picture of each family and an edit, from the sandbox, with a contact sheet of them."""

from __future__ import annotations

import base64
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from onebrush.cli.client import Client, Json
from onebrush.cli.failures import CommandFailed
from onebrush.cli.local import own_gateway
from onebrush.cli.saving import ENDINGS, Saved, measured_bytes
from onebrush.cli.sheet import Cell, contact_sheet
from onebrush.cli.tables import Row, table
from onebrush.cli.waiting import waiting
from onebrush.cli.words import seconds_words

if TYPE_CHECKING:
    from onebrush.settings import Settings

SHEET = "contact-sheet.jpg"
# A test key reaches nobody but the sandbox, whatever keys of vendors the environment holds.
KEY = "sk-test-demo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shot:
    """One request of the demo; `edits` names the shot whose picture it is given."""

    name: str
    family: str
    body: Json
    edits: str | None = None


SHOTS = (
    Shot(
        name="cottage",
        family="Gemini",
        body={
            "model": "gemini-nano-banana-2.1",
            "prompt": "A small cottage in a green meadow, summer day",
            "size": "16:9",
        },
    ),
    Shot(
        name="cottage-in-oil",
        family="Gemini, edit",
        body={"model": "gemini-nano-banana-2.1", "prompt": "The same as an oil painting", "size": "16:9"},
        edits="cottage",
    ),
    Shot(
        name="fox",
        family="Seedream",
        body={
            "model": "doubao-seedream-4-0-250828",
            "prompt": "A fox in a snowy pine forest under a starry sky",
            "size": "2048x2048",
        },
    ),
    Shot(
        name="balloon",
        family="GPT Image",
        body={
            "model": "gpt-image-2",
            "prompt": "A hot-air balloon over autumn hills at dawn",
            "size": "1024x1536",
            "quality": "high",
        },
    ),
    Shot(
        name="bookshop",
        family="Qwen",
        body={
            "model": "qwen-image-plus",
            "prompt": 'A little bookshop on a summer evening, the sign says "Bookshop"',
            "size": "1664x928",
        },
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """A shot with what came of it."""

    shot: Shot
    saved: Saved
    amount: str | None
    currency: str
    seconds: float

    @property
    def cost(self) -> str:
        """The exact price."""
        return f"{self.amount} {self.currency}" if self.amount else "unknown"

    @property
    def about(self) -> str:
        """The price in three digits, for a caption."""
        return f"{float(self.amount):.3g} {self.currency}" if self.amount else "cost unknown"


def demo(out: Path, settings: Settings) -> int:
    """Ask, save, lay out and tell; the exit status. Raises CommandFailed."""
    _prepare(out)
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="onebrush-demo-")))
        own = settings.model_copy(update={"data": folder, "keys": []})
        with waiting("Starting a gateway and its sandbox"):
            visit = stack.enter_context(own_gateway(own, key=KEY))
        taken: dict[str, Taken] = {}
        for shot in SHOTS:
            taken[shot.name] = _take(shot, taken, visit.client, out)
    sheet = _lay_out(list(taken.values()), out)
    _tell(list(taken.values()), sheet)
    return 0


def _prepare(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise CommandFailed(f"{out} cannot be made: {error.strerror}. Choose another --out.") from error


def _take(shot: Shot, taken: dict[str, Taken], client: Client, out: Path) -> Taken:
    body = {**shot.body, "response_format": "url"}
    if shot.edits:
        body["image"] = _data_uri(taken[shot.edits].saved)
    begun = monotonic()
    with waiting(f"{shot.family}: {shot.body['prompt']}"):
        answer = client.generate(body)
        picture = client.picture(answer["data"][0])
    cost = answer["onebrush"]["cost"]
    return Taken(
        shot=shot,
        saved=_save(picture, out, shot.name),
        amount=cost.get("amount"),
        currency=cost.get("currency", ""),
        seconds=monotonic() - begun,
    )


def _data_uri(saved: Saved) -> str:
    return f"data:{saved.measured.media_type};base64,{base64.b64encode(saved.path.read_bytes()).decode()}"


def _save(picture: bytes, out: Path, name: str) -> Saved:
    measured = measured_bytes(picture)
    path = out / f"{name}{ENDINGS[measured.media_type][0]}"
    path.write_bytes(picture)
    return Saved(path=path, measured=measured, size=len(picture))


def _lay_out(taken: list[Taken], out: Path) -> Path:
    path = out / SHEET
    path.write_bytes(contact_sheet([_cell(shot) for shot in taken]))
    return path


def _cell(taken: Taken) -> Cell:
    return Cell(
        picture=taken.saved.path.read_bytes(),
        title=taken.shot.family,
        lines=(
            taken.shot.body["model"],
            f"{_pixels(taken.saved)} · {taken.about} · {seconds_words(taken.seconds)}",
        ),
    )


def _pixels(saved: Saved) -> str:
    return f"{saved.measured.width}x{saved.measured.height}"


def _tell(taken: list[Taken], sheet: Path) -> None:
    print(table(("file", "model", "pixels", "cost", "time"), [_row(shot) for shot in taken]))
    print("\nCosts are the vendors' list prices; the sandbox drew everything and nothing is charged.")
    print(f"Saved in {sheet.parent}, with a contact sheet: {sheet}")


def _row(taken: Taken) -> Row:
    model, seconds = taken.shot.body["model"], seconds_words(taken.seconds)
    return (taken.saved.path.name, model, _pixels(taken.saved), taken.cost, seconds)
