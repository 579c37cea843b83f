"""A picture taken apart: its layers say where they lie, and laid together again they are the picture."""

import base64
import io
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageStat

from tests.acceptance.recorder import Recorder
from tests.running import Server


def _drawing() -> Image.Image:
    drawing = Image.new("RGB", (800, 600), "navy")
    drawing.paste("gold", (100, 100, 300, 300))
    drawing.paste("tomato", (450, 250, 700, 500))
    return drawing


def _uri(drawing: Image.Image) -> str:
    file = io.BytesIO()
    drawing.save(file, "PNG")
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def _taken_apart(server: Server, drawing: Image.Image, **fields: object) -> Any:
    asked = {"model": "doubao-seedream-5-0-pro-260628", "prompt": "layers", "layer_decomposition": True}
    return server.generate({**asked, "image": _uri(drawing), "response_format": "b64_json", **fields}).json()


def test_layers_laid_together_are_the_picture(server: Server, recorder: Recorder) -> None:
    answer = _taken_apart(server, _drawing(), output_format="png")

    pictures = [Image.open(io.BytesIO(base64.b64decode(entry["b64_json"]))) for entry in answer["data"]]
    layers = [image["layer"] for image in answer["onebrush"]["images"]]
    assert len(pictures) > 1
    assert [layer["order"] for layer in layers] == list(range(len(layers)))
    assert "box" not in layers[0] and layers[1]["name"]
    pile = pictures[0].convert("RGBA")
    for picture, layer in list(zip(pictures, layers, strict=True))[1:]:
        left, top, right, bottom = layer["box"]
        assert picture.size == (right - left, bottom - top)
        pile.alpha_composite(picture.convert("RGBA"), (left, top))
    seen = pile.convert("RGB").resize((800, 600))
    assert max(ImageStat.Stat(ImageChops.difference(seen, _drawing())).mean) < 5
    assert len(recorder.calls) == 1
    assert answer["onebrush"]["cost"] == {"basis": "unknown"}


@pytest.mark.parametrize("beside", [{"n": 2}, {"mask": "own"}, {"exact_size": True, "size": "100x100"}])
def test_what_belongs_to_one_whole_picture_is_refused_beside_layers(
    server: Server, recorder: Recorder, beside: dict[str, object]
) -> None:
    if "mask" in beside:
        beside = {"mask": _uri(_drawing())}
    answer = _taken_apart(server, _drawing(), **beside)

    assert (answer["error"]["code"], answer["error"]["param"]) == ("conflicting_parameters", next(iter(beside)))
    assert recorder.calls == []
