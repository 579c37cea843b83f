"""`onebrush models`: every model that is served, and what a person wants to know of it."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path

import pytest

from onebrush.catalogue.catalogue import Catalogue
from onebrush.cli.card import told
from onebrush.cli.models import row
from onebrush.domain.model import ModelCard
from tests.cli.conftest import COMMAND, KEY, Standing, command, environment

CATALOGUE = Catalogue.load()
SERVED = [card.id for card in CATALOGUE.cards if card.served]
DAY = date(2026, 11, 1)
LABELS = {"also called", "can", "takes", "answers", "sizes", "fields", "prices", "life", "note", "sources"}


def ids(out: str) -> list[str]:
    first = [line.split()[0] for line in out.splitlines() if line.strip()]
    return [word for word in first if CATALOGUE.get(word)]


def test_all_lists_every_served_model_without_a_gateway(home: Path) -> None:
    ran = command(home, "models", "--all")
    assert ran.status == 0, ran.said
    assert sorted(ids(ran.out)) == sorted(SERVED)


def test_dated_snapshots_are_left_out_and_counted(home: Path) -> None:
    ran = command(home, "models")
    hidden = set(SERVED) - set(ids(ran.out))
    assert {"gpt-image-2-2026-04-21", "doubao-seedream-4-0-20260415"} <= hidden
    assert {"gpt-image-2", "doubao-seedream-4-0-250828", "doubao-seedream-5-0-260128"} <= set(ids(ran.out))
    assert f"--all shows {len(hidden)} dated snapshots" in ran.out


@pytest.mark.parametrize("words", [(), ("--all",)])
def test_the_short_table_fits_a_narrow_terminal(home: Path, words: tuple[str, ...]) -> None:
    ran = command(home, "models", *words)
    assert [line for line in ran.lines if len(line) > 80] == []
    assert ran.lines[0].split() == ["model", "can", "price", "status"]
    assert "gpt-image-1-mini draw, edit 8 USD/M deprecated" in " ".join(ran.out.split())


def test_wide_shows_every_column_unbroken(home: Path) -> None:
    ran = command(home, "models", "--wide")
    assert ran.lines[0].split() == ["model", "name", "can", "sizes", "price", "status"]
    [line] = [line for line in ran.lines if line.startswith("gpt-image-1-mini ")]
    assert line.endswith("deprecated until 2026-12-01, then gpt-image-2")


def test_one_model_is_told_whole(home: Path) -> None:
    ran = command(home, "models", "seedream-4.0")
    assert ran.status == 0, ran.said
    card = CATALOGUE.find("seedream-4.0")
    assert ran.lines[0] == card.id
    for said in (*card.aliases, *card.fields, *card.sources, "16:9   1312x736   2848x1600", "byteplus: 0.03 USD"):
        assert said in ran.out
    assert {label for line in ran.lines[3:] if (label := line[:13].strip())} == LABELS


@pytest.mark.parametrize("card", CATALOGUE.cards, ids=lambda card: card.id)
def test_no_word_of_a_model_is_broken(card: ModelCard) -> None:
    narrow, wide = ("\n".join(told(card, CATALOGUE, DAY, width)) for width in (60, 10_000))
    assert narrow.split() == wide.split()
    assert max(map(len, wide.splitlines())) > 0


def test_a_model_nobody_knows_is_a_sentence(home: Path) -> None:
    ran = command(home, "models", "nano-banan")
    assert (ran.status, ran.out) == (1, "")
    assert "Nearest: 'nano-banana'" in ran.said
    assert "`onebrush models`" in ran.said


def test_a_gateway_tells_which_model_a_name_is(home: Path, gateway: Standing) -> None:
    ran = command(home, "models", "nano-banana-pro", "--url", gateway.url, "--key", KEY)
    assert ran.lines[0] == "gemini-3-pro-image"
    unknown = command(home, "models", "nano-banan", "--url", gateway.url, "--key", KEY)
    assert (unknown.status, "No model 'nano-banan'" in unknown.said) == (1, True)


def test_a_reader_that_leaves_early_meets_no_traceback(home: Path) -> None:
    words = [*COMMAND, "models"]
    with subprocess.Popen(
        words, cwd=home, env=environment(home), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as run:
        assert run.stdout is not None and run.stderr is not None
        run.stdout.close()
        assert run.stderr.read() == b""


def test_a_gateways_own_list_is_shown_where_one_is_named(home: Path, gateway: Standing) -> None:
    ran = command(home, "models", "--all", "--url", f"{gateway.url}/v1/", "--key", KEY)
    assert ran.status == 0, ran.said
    assert sorted(ids(ran.out)) == sorted(SERVED)


def test_a_gateway_that_refuses_the_key_is_quoted(home: Path, gateway: Standing) -> None:
    ran = command(home, "models", "--url", gateway.url, "--key", "sk-test-other")
    assert (ran.status, ran.out) == (1, "")
    assert "The API key is not known here" in ran.said


@pytest.mark.parametrize(
    ("model", "cells"),
    [
        (
            "gpt-image-1-mini",
            (
                "GPT Image 1 Mini",
                "text→image, edit (≤ 16 refs), 10 a call",
                "1024x1024, 1536x1024, 1024x1536",
                "8 USD per million tokens",
                "deprecated until 2026-12-01, then gpt-image-2",
            ),
        ),
        (
            "gemini-3-pro-image",
            (
                "Nano Banana Pro",
                "text→image, edit (≤ 14 refs)",
                "ratios at 1K 2K 4K",
                "0.134-0.24 USD",
                "active",
            ),
        ),
        (
            "doubao-seededit-3-0-i2i-250628",
            (
                "SeedEdit 3.0",
                "edit (1 ref)",
                "as the picture given",
                "unknown",
                "deprecated, then doubao-seedream-4-0-250828",
            ),
        ),
        (
            "doubao-seedream-3-0-t2i-250415",
            (
                "Seedream 3.0",
                "text→image",
                "free, 0.3-4.2 MP; 1K",
                "0.03 USD (byteplus)",
                "deprecated, then doubao-seedream-4-0-250828",
            ),
        ),
        (
            "dall-e-3",
            (
                "DALL·E 3",
                "text→image",
                "1024x1024, 1792x1024, 1024x1792",
                "unknown",
                "retired 2026-05-12, then gpt-image-2",
            ),
        ),
    ],
)
def test_a_row_says_what_the_card_says(model: str, cells: tuple[str, ...]) -> None:
    card = CATALOGUE.find(model)
    assert row(card, CATALOGUE, DAY) == (model, *cells)
