"""A conversation continued: our own picture goes back with the vendor's mark, a stranger's goes as the user's."""

import base64
import io
from typing import Any

import pytest
from PIL import Image

from tests.acceptance.recorder import Recorder
from tests.running import OTHER_KEY, Server

MODEL = "gemini-3-pro-image-preview"


def _uri(data: bytes) -> str:
    return "data:image/png;base64," + base64.b64encode(data).decode()


@pytest.fixture
def drawn(server: Server) -> bytes:
    """A picture that the model drew for this key."""
    answer = server.generate({"model": MODEL, "prompt": "Draw a house", "response_format": "b64_json"})
    assert answer.status == 200, answer.body[:500]
    return base64.b64decode(answer.json()["data"][0]["b64_json"])


def _continue(server: Server, picture: bytes, model: str = MODEL, **headers: str) -> Any:
    turns = [
        {"role": "user", "parts": [{"text": "Draw a house"}]},
        {"role": "model", "parts": [{"text": "Here it is."}, {"image": _uri(picture)}]},
        {"role": "user", "parts": [{"text": "Now the same on a snowy night"}]},
    ]
    answer = server.generate({"model": model, "contents": turns}, **headers)
    assert answer.status == 200, answer.body[:500]
    return [warning["code"] for warning in answer.json()["onebrush"]["warnings"]]


def _parts(recorder: Recorder) -> list[tuple[str, list[list[str]]]]:
    contents = recorder.calls[-1].body["contents"]
    return [(turn["role"], [sorted(part) for part in turn["parts"]]) for turn in contents]


def test_our_own_picture_goes_back_in_the_models_turn_with_its_mark(
    server: Server, drawn: bytes, recorder: Recorder
) -> None:
    assert _continue(server, drawn) == []
    assert _parts(recorder) == [
        ("user", [["text"]]),
        ("model", [["text"], ["inlineData", "thoughtSignature"]]),
        ("user", [["text"]]),
    ]


def _touched(data: bytes) -> bytes:
    file = io.BytesIO()
    Image.open(io.BytesIO(data)).save(file, "PNG")
    return file.getvalue()


RESHAPED = [("user", [["text"]]), ("model", [["text"]]), ("user", [["inlineData"], ["text"]])]


def test_other_bytes_go_as_the_users_picture(server: Server, drawn: bytes, recorder: Recorder) -> None:
    assert _continue(server, _touched(drawn)) == ["history_reshaped"]
    assert _parts(recorder) == RESHAPED


def test_another_keys_picture_has_no_mark(server: Server, drawn: bytes, recorder: Recorder) -> None:
    assert _continue(server, drawn, Authorization=f"Bearer {OTHER_KEY}") == ["history_reshaped"]
    assert _parts(recorder) == RESHAPED


def test_another_model_gets_no_foreign_mark(server: Server, drawn: bytes, recorder: Recorder) -> None:
    assert _continue(server, drawn, model="gemini-2.5-flash-image") == ["history_reshaped"]
    assert _parts(recorder) == RESHAPED


def test_a_family_without_history_gets_the_last_words_and_the_last_picture(
    server: Server, drawn: bytes, recorder: Recorder
) -> None:
    assert _continue(server, drawn, model="seedream-4.0") == ["history_flattened"]
    call = recorder.calls[-1]
    assert call.body["prompt"] == "Now the same on a snowy night"
    assert call.pictures == ("image",)
