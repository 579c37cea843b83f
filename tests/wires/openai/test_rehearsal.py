"""A dry run's answer: the request, the calls and the price as they would be, pictures as handles."""

from __future__ import annotations

from onebrush.wires.openai.rehearsal import render_rehearsal
from tests.wires.openai.rehearsals import REHEARSAL


def handle(param: str, size: int, **more: str) -> dict[str, object]:
    return {"picture": {"param": param, "media_type": "image/png", "width": 3, "height": 2, "bytes": size, **more}}


HEAD = {"method": "POST", "url": "https://acme.example/draw", "headers": {"authorization": "…"}}

OWN = {
    "id": "gen_1",
    "model": "painter-1",
    "provider": "acme",
    "test": True,
    "dry_run": {
        "request": {
            "model": "painter-1-upstream",
            "operation": "edit",
            "prompt": "again",
            "contents": [
                {"role": "user", "parts": [{"text": "draw"}, {"image": handle("image[0]", 3)}]},
                {"role": "model", "parts": [{"image": handle("image[1]", 6)}]},
                {"role": "user", "parts": [{"text": "again"}]},
            ],
            "images": [handle("image[0]", 3), handle("image[1]", 6)],
            "mask": handle("mask", 5),
            "n": 2,
            "size": {"ratio": "3:2", "tier": "1K", "expected": "1536x1024"},
            "response_format": "url",
            "fields": {"quality": "high", "seed": 0},
            "provider_options": {"style": {"deep": True}},
            "finish": {"media_type": "image/jpeg", "quality": 40, "mask": handle("mask", 5)},
        },
        "calls": [
            {
                **HEAD,
                "body": {
                    "form": [
                        {"name": "prompt", "value": "again"},
                        {
                            "name": "image[]",
                            "filename": "image-1.png",
                            "media_type": "image/png",
                            **handle("image[0]", 3),
                        },
                        {"name": "mask", "filename": "mask.png", "media_type": "image/png", **handle("mask", 5)},
                    ]
                },
            },
            {
                **HEAD,
                "body": {
                    "json": {
                        "pictures": [
                            handle("image[1]", 6, prefix="data:image/png;base64,"),
                            {"data": handle("image[0]", 3)},
                        ],
                        "n": 1,
                    }
                },
            },
            HEAD,
        ],
        "price_bound": {"amount": "0.04", "currency": "USD", "basis": "computed"},
        "price_estimate": {"basis": "unknown"},
    },
    "warnings": [
        {
            "code": "size_adjusted",
            "message": "nearest",
            "param": "size",
            "asked": "5x5",
            "sent": "3:2",
            "stage": "request",
        }
    ],
}


def test_a_plain_dry_run_is_the_gateways_own_object_alone() -> None:
    assert render_rehearsal(REHEARSAL, "plain") == {"onebrush": OWN}


def test_a_wrapped_one_stands_beside_empty_data() -> None:
    assert render_rehearsal(REHEARSAL, "wrapped") == {"code": 200, "msg": "Success", "data": None, "onebrush": OWN}
