"""What `GET /v1/images/models` tells of each model: everything, typed, and true to the catalogue."""

from __future__ import annotations

import json
from datetime import date
from typing import Any

import httpx
import msgspec
import pytest
from starlette.applications import Starlette
from starlette.routing import Route

from onebrush.api.models import ListShape, ModelRoutes
from onebrush.catalogue.catalogue import Catalogue
from onebrush.domain.errors import InvalidKey, ModelNotFound
from onebrush.domain.field import FIELDS
from onebrush.domain.key import ApiKey, Mode
from onebrush.domain.model import ModelCard
from onebrush.wires.openai.capabilities import Descriptor, descriptor, encoded

pytestmark = pytest.mark.anyio

SERVED = [card for card in Catalogue.load().cards if card.served]
PAIRS = {"string": "text", "boolean": "boolean", "object": "object", "list": "list"}


def told(name: str) -> Any:
    card = Catalogue.load().find(name)
    return json.loads(encoded(descriptor(card, card.status, card.successor)))


@pytest.mark.parametrize("card", SERVED, ids=lambda card: card.id)
def test_every_model_tells_of_every_field_with_its_type(card: ModelCard) -> None:
    whole = descriptor(card, card.status, card.successor)
    assert list(whole.fields) == list(FIELDS)
    for name, field in whole.fields.items():
        kind = FIELDS[name].kind
        assert field.treatment == (card.fields[name].treatment if name in card.fields else "ignored")
        match field.type:
            case "enum":
                assert kind == "text" and field.values
            case "range":
                assert field.integer == (kind == "integer")
                assert field.minimum is not None and field.maximum is not None and field.minimum < field.maximum
            case other:
                assert PAIRS[other] == kind


@pytest.mark.parametrize("card", SERVED, ids=lambda card: card.id)
def test_what_is_told_can_be_read_back_by_its_type(card: ModelCard) -> None:
    whole = descriptor(card, card.status, card.successor)
    assert msgspec.json.decode(encoded(whole), type=Descriptor) == whole


def test_a_model_is_told_whole() -> None:
    seededit = told("seededit-3.0")
    fields = seededit.pop("fields")
    assert seededit == {
        "id": "doubao-seededit-3-0-i2i-250628",
        "object": "image.model",
        "provider": "ark",
        "title": "SeedEdit 3.0",
        "aliases": list(Catalogue.load().find("seededit-3.0").aliases),
        "status": "deprecated",
        "created": "2025-06-28",
        "shutdown_date": None,
        "successor": "doubao-seedream-4-0-250828",
        "operations": ["edit"],
        "prompt": {"max": 32_000, "beyond": "refused"},
        "references": {"min": 1, "max": 1, "formats": ["image/jpeg", "image/png"], "max_bytes": 10_000_000},
        "mask": "emulated",
        "markup": "none",
        "multi_turn": "flattened",
        "layers": None,
        "max_input_tokens": None,
        "max_output_tokens": None,
        "count": {"min": 1, "max": 10, "per_call": 1},
        "size": {"kind": "adaptive", "keywords": ["adaptive"]},
        "response_format": {"native": "url", "values": ["url", "b64_json"]},
        "prices": [],
        "sources": list(Catalogue.load().find("seededit-3.0").sources),
        "note": "",
    }
    assert fields["guidance_scale"] == {"treatment": "native", "type": "range", "minimum": 1, "maximum": 10}
    assert fields["watermark"] == {"treatment": "native", "type": "boolean", "default": False}
    assert fields["quality"] == {"treatment": "ignored", "type": "string"}


def test_conditions_stand_in_the_notes() -> None:
    sunburst, pro = told("gpt-image-2.6-sunburst")["fields"], told("doubao-seedream-5.0-pro")["fields"]
    assert sunburst["frame_count"] == {
        "treatment": "native",
        "type": "range",
        "minimum": 2,
        "maximum": 16,
        "integer": True,
        "notes": {"needs": {"output_format": ["gif"]}},
    }
    assert sunburst["output_format"]["notes"] == {"one_a_call": ["svg"]}
    assert pro["background"]["notes"] == {
        "on": "edit",
        "forbids": {"transparent": {"output_format": ["jpeg"], "layer_decomposition": ["true"]}},
        "left_out": ["auto"],
    }
    assert pro["output_format"]["emulated"] == ["webp"]
    assert pro["seed"]["effect_unverified"] is True
    assert told("qwen-image-3.0")["fields"]["prompt_extend_mode"]["notes"] == {"on_edit": {"agent": "direct"}}


def test_the_gateways_own_help_is_told_where_the_vendor_has_none() -> None:
    gemini, gpt = told("nano-banana")["fields"], told("gpt-image-2")["fields"]
    assert gemini["negative_prompt"]["notes"] == {"emulate": True}
    assert gemini["user"]["notes"] == {"silent": True}
    assert gpt["user"] == {"treatment": "native", "type": "string"}


@pytest.mark.parametrize(
    ("name", "mask", "turns", "operations"),
    [
        ("gpt-image-2", "native", "flattened", ["generate", "edit"]),
        ("nano-banana", "emulated", "native", ["generate", "edit"]),
        ("qwen-image-plus", "none", "flattened", ["generate"]),
        ("qwen-image-edit-plus", "emulated", "flattened", ["edit"]),
    ],
)
def test_abilities_are_words(name: str, mask: str, turns: str, operations: list[str]) -> None:
    model = told(name)
    assert (model["mask"], model["multi_turn"], model["operations"]) == (mask, turns, operations)


def test_sizes_are_told_by_their_kind() -> None:
    assert told("gpt-image-1")["size"] == {
        "kind": "list",
        "allowed": ["1024x1024", "1536x1024", "1024x1536"],
        "keywords": ["auto"],
        "default": "1024x1024",
    }
    free = told("gpt-image-2")["size"]
    assert (free["area"], free["edge"]) == ({"min": 655_360, "max": 8_294_400}, {"min": 1, "max": 3840})
    assert (free["multiple"], free["max_ratio"], free["tiers"]) == (16, 3, ["1K", "2K", "4K"])
    ratio = told("gemini-3-pro-image")["size"]
    assert ratio["tables"]["2K"]["16:9"] == "2752x1536"
    assert "tiers" not in told("gemini-2.5-flash-image")["size"], "it has one size a ratio, and no word for it"


def test_an_amount_is_for_one_unit_and_exact() -> None:
    [text, *_] = told("gpt-image-2")["prices"]
    assert text == {"unit": "text_input_token", "amount": "0.000005", "currency": "USD"}
    [small, *_] = told("doubao-seedream-5.0-pro")["prices"]
    assert small == {
        "unit": "image", "amount": "0.3", "currency": "CNY", "platform": "volcengine", "max_area": 2_601_123,
    }  # fmt: skip


# Over HTTP


class Ring:
    def find(self, secret: str) -> ApiKey | None:
        return ApiKey(id="key_1", mode=Mode.TEST) if secret == "sk-test-example" else None


def routes(today: date = date(2026, 11, 22)) -> ModelRoutes:
    shape = ListShape(list=lambda cards: {}, one=lambda card: {})
    return ModelRoutes(catalogue=Catalogue.load(), keys=Ring(), today=lambda: today, plain=shape, shapes={})


async def asked(path: str, models: ModelRoutes, key: str = "sk-test-example") -> httpx.Response:
    app = Starlette(
        routes=[
            Route("/v1/images/models", models.capabilities),
            Route("/v1/images/models/{id}", models.capability),
        ]
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://gate.example") as client:
        return await client.get(path, headers={"Authorization": f"Bearer {key}"})


async def test_the_list_has_every_served_model_in_the_order_of_the_catalogue() -> None:
    answer = await asked("/v1/images/models", routes())
    body = answer.json()
    assert answer.headers["content-type"] == "application/json"
    assert body["object"] == "list"
    listing = Catalogue.load().listing(date(2026, 11, 22))
    assert [model["id"] for model in body["data"]] == [card.id for card in listing]


async def test_one_is_found_by_alias_as_the_list_tells_it() -> None:
    models = routes()
    one = (await asked("/v1/images/models/Seedream-4.0", models)).json()
    listed = (await asked("/v1/images/models", models)).json()["data"]
    assert one["id"] == "doubao-seedream-4-0-250828"
    assert one in listed


@pytest.mark.parametrize(("today", "status"), [(date(2026, 11, 30), "deprecated"), (date(2026, 12, 1), "retired")])
async def test_the_status_is_that_of_the_day(today: date, status: str) -> None:
    model = (await asked("/v1/images/models/gpt-image-1.5", routes(today))).json()
    assert (model["status"], model["shutdown_date"]) == (status, "2026-12-01")
    assert model["successor"] == "gpt-image-2.6-sunburst"


@pytest.mark.parametrize(
    ("name", "said"),
    [("gpt-image-9", "Nearest: 'gpt-image-"), ("wan2.7-image", "known but not served here. Use 'qwen-image-3.0-pro'")],
)
async def test_an_unknown_one_names_others(name: str, said: str) -> None:
    with pytest.raises(ModelNotFound) as refused:
        await asked(f"/v1/images/models/{name}", routes())
    assert refused.value.code == "model_not_found"
    assert said in refused.value.message


@pytest.mark.parametrize("path", ["/v1/images/models", "/v1/images/models/gpt-image-2"])
async def test_nothing_is_told_without_a_key(path: str) -> None:
    with pytest.raises(InvalidKey):
        await asked(path, routes(), "sk-test-wrong")
