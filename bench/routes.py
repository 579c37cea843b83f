"""The ways a picture takes through the gateway: how the vendor gives it, how the caller takes it."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from typing import Literal
from urllib.parse import urlsplit

from bench.bodies import SHAPES
from bench.load import Ask, get, post
from bench.rig import BenchError, Running

DOOR = "/v1/images/generations"
PROMPT = "A paper boat on a quiet pond, early morning, soft light"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One way, by the shape of the vendor's answer and the form of ours."""

    shape: str
    form: Literal["b64_json", "url"]

    @property
    def name(self) -> str:
        """As tables call it."""
        return f"{self.shape} → {self.form.removesuffix('_json')}"

    def ask(self, gateway: Running) -> Ask:
        """The caller's request."""
        body = {"model": SHAPES[self.shape].model, "prompt": PROMPT, "response_format": self.form}
        return Ask(server=gateway, path=DOOR, body=body)

    def once(self, gateway: Running, expected: bytes) -> None:
        """One call to its very end: the link followed, the picture compared with the vendor's."""
        ask = self.ask(gateway)
        entry = json.loads(post(ask))["data"][0]
        if self.form == "url":
            parts = urlsplit(entry["url"])
            got = get(ask, f"{parts.path}?{parts.query}")
        else:
            got = base64.b64decode(entry["b64_json"])
        if got != expected:
            raise BenchError(f"{self.name}: {len(got)} bytes came back that are not the vendor's {len(expected)}")


MAIN = Route(shape="openai b64", form="b64_json")
KEPT = Route(shape="openai b64", form="url")
FETCHED = Route(shape="dashscope url", form="b64_json")
EVERY = (
    MAIN,
    KEPT,
    Route(shape="gemini b64", form="b64_json"),
    Route(shape="ark b64", form="b64_json"),
    Route(shape="ark url", form="b64_json"),
    FETCHED,
)
