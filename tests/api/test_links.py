"""Links: good until their second, for one picture, in one spelling, by one of two overlapping secrets."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from onebrush.api.links import Links
from onebrush.domain.errors import LinkExpired, PermissionDenied
from onebrush.domain.result import Artifact
from onebrush.kit.clock import FixedClock

START = 1_800_000_000
DAY = 86_400


def an_artifact(artifact_id: str = "img_one", expires: int | None = None) -> Artifact:
    return Artifact(
        id=artifact_id, generation="gen_1", key="key_1", index=0, media_type="image/png", width=1, height=1, size=1,
        created=START, location="where", test=True, expires=expires,
    )  # fmt: skip


class Desk:
    """Links on a clock that a test moves."""

    def __init__(self, *secrets: bytes) -> None:
        self.clock = FixedClock(START)
        self.links = Links(secrets or [b"a secret"], self.clock.now)

    def made(self, ttl: int = DAY, **artifact: Any) -> tuple[str, str, str]:
        """Id, expiry and signature of a fresh link."""
        link = self.links.make(an_artifact(**artifact), "https://gate.example", ttl)
        parts = urlsplit(link.url)
        query = parse_qs(parts.query)
        return parts.path.split("/")[3], query["exp"][0], query["sig"][0]

    def opens(self, artifact_id: str, expires: str, signature: str, variant: str = "") -> bool:
        try:
            self.links.check(artifact_id, expires, signature, variant)
        except PermissionDenied:
            return False
        return True


def test_a_link_stands_on_the_origin_and_says_when_it_ends() -> None:
    link = Desk().links.make(an_artifact(), "https://gate.example", 60)

    assert link.url.startswith(f"https://gate.example/v1/images/img_one/content?exp={START + 60}&sig=")
    assert link.expires_at == START + 60


@pytest.mark.parametrize(
    ("ttl", "ago", "counted"),
    [
        (DAY, 0, True),
        (DAY, 3600, True),
        (DAY, DAY - 60, True),
        (DAY, DAY - 59, False),
        (DAY, DAY + 1, False),
        (61, 1, True),
        (59, 0, False),
        (DAY, -5, False),
    ],
)
def test_a_link_counts_from_an_earlier_moment_while_a_minute_is_left(ttl: int, ago: int, counted: bool) -> None:
    link = Desk().links.make(an_artifact(), "https://gate.example", ttl, at=START - ago)

    assert link.expires_at == (START - ago if counted else START) + ttl


def test_a_link_is_good_for_its_last_second_and_not_one_more() -> None:
    desk = Desk()
    made = desk.made()

    desk.clock.set_wall(START + DAY - 1)
    assert desk.opens(*made)
    desk.clock.set_wall(START + DAY - 0.001)
    assert desk.opens(*made)
    desk.clock.set_wall(START + DAY)
    with pytest.raises(LinkExpired) as expired:
        desk.opens(*made)
    assert (expired.value.status, expired.value.code) == (410, "link_expired")


def test_a_link_never_outlives_its_picture() -> None:
    desk = Desk()

    assert desk.made(expires=START + 10)[1] == str(START + 10)
    assert desk.made(expires=START + 2 * DAY)[1] == str(START + DAY)
    assert desk.made(ttl=10 * DAY)[1] == str(START + 10 * DAY)


@given(position=st.integers(0, 42), letter=st.characters(min_codepoint=33, max_codepoint=126))
def test_a_signature_with_any_character_changed_is_refused(position: int, letter: str) -> None:
    desk = Desk()
    picture, expires, signature = desk.made()
    assert len(signature) == 43

    forged = signature[:position] + letter + signature[position + 1 :]

    assert desk.opens(picture, expires, forged) is (forged == signature)


def test_every_position_of_id_expiry_and_signature_counts() -> None:
    desk = Desk()
    made = desk.made()
    letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_"

    for part in range(3):
        for position, right in enumerate(made[part]):
            for wrong in letters.replace(right, ""):
                forged = list(made)
                forged[part] = made[part][:position] + wrong + made[part][position + 1 :]
                assert not desk.opens(*forged), (part, position, wrong)


@pytest.mark.parametrize("extra", ["=", "A", " ", "\n", "!", "é", "%00", "."])
def test_nothing_may_be_added_to_a_signature(extra: str) -> None:
    desk = Desk()
    picture, expires, signature = desk.made()

    assert not desk.opens(picture, expires, signature + extra)
    assert not desk.opens(picture, expires, extra + signature)
    assert not desk.opens(picture, expires, signature[:9] + extra + signature[9:])


@pytest.mark.parametrize("signature", ["", "AAAA", "x" * 43, "é" * 43, "A" * 10_000])
@pytest.mark.parametrize("expires", ["", "0", "-1", "1e99", "9" * 6000, "NaN", "٣"])
def test_what_was_never_signed_is_refused(signature: str, expires: str) -> None:
    assert not Desk().opens("img_one", expires, signature)


def test_expiry_and_id_cannot_trade_places() -> None:
    desk = Desk()
    _, expires, signature = desk.made()

    assert not desk.opens(f"img_one\n{expires}", "", signature)
    assert not desk.opens("img_on", f"e\n{expires}", signature)
    assert not desk.opens("img_two", expires, signature)


def test_a_pictures_link_serves_its_smaller_variant_too() -> None:
    desk = Desk()

    assert desk.opens(*desk.made(), variant="thumb")


def test_two_secrets_overlap_and_the_last_one_signs() -> None:
    old, both, new = Desk(b"old"), Desk(b"old", b"new"), Desk(b"new")

    assert both.opens(*old.made()) and both.opens(*new.made())
    assert new.opens(*both.made()) and not old.opens(*both.made())
    assert not new.opens(*old.made())
