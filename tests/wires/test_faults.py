"""Readings the wires share: broken JSON, statuses, delays, keys that vendors quote."""

import pytest

from onebrush.domain.errors import FaultKind
from onebrush.domain.event import Fault
from onebrush.domain.exchange import ReplyHead
from onebrush.domain.turn import Image
from onebrush.wires import faults, pictures
from tests.wires.exchanges import PICTURES, SPOOL, WIRES, events_of

CUT = '{"data":[{"b64_json":"iVBORw0KGgo'


async def only_fault(provider: str, status: int, text: str) -> Fault:
    (event,) = await events_of(provider, {"status": status, "text": text})
    assert isinstance(event, Fault)
    return event


@pytest.mark.anyio
@pytest.mark.parametrize("provider", WIRES)
async def test_a_good_answer_cut_off_may_have_been_charged(provider: str) -> None:
    assert (await only_fault(provider, 200, CUT)).kind is FaultKind.OUTCOME_UNKNOWN


@pytest.mark.anyio
@pytest.mark.parametrize("provider", WIRES)
async def test_a_refusal_cut_off_is_still_the_refusal_its_status_says(provider: str) -> None:
    assert (await only_fault(provider, 503, CUT)).kind is FaultKind.UNAVAILABLE


@pytest.mark.anyio
@pytest.mark.parametrize("provider", WIRES)
async def test_json_with_a_mistake_in_it_makes_no_sense(provider: str) -> None:
    assert (await only_fault(provider, 200, '{"data": [}')).kind is FaultKind.BAD_RESPONSE


@pytest.mark.anyio
@pytest.mark.parametrize("provider", WIRES)
async def test_a_long_page_is_quoted_in_short(provider: str) -> None:
    fault = await only_fault(provider, 502, "<p>" + "long " * 400)
    assert fault.message.startswith("The vendor answered HTTP 502 with a body that makes no sense: <p>long long")
    assert len(fault.message) < 300


@pytest.mark.anyio
async def test_broken_base64_makes_no_sense() -> None:
    fault = await only_fault("openai", 200, '{"data":[{"b64_json":"' + "QUJD" * 40 + '%%%%"}]}')
    assert fault.kind is FaultKind.BAD_RESPONSE


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (302, FaultKind.BAD_RESPONSE),
        (400, FaultKind.BAD_REQUEST),
        (402, FaultKind.QUOTA),
        (413, FaultKind.BAD_REQUEST),
        (418, FaultKind.BAD_REQUEST),
        (500, FaultKind.OUTCOME_UNKNOWN),
        (502, FaultKind.OUTCOME_UNKNOWN),
        (503, FaultKind.UNAVAILABLE),
        (504, FaultKind.OUTCOME_UNKNOWN),
        (524, FaultKind.OUTCOME_UNKNOWN),
    ],
)
def test_a_status_alone_is_a_fault(status: int, kind: FaultKind) -> None:
    assert faults.by_status(status) is kind


@pytest.mark.parametrize("text", ["", "soon", "-1", "1e9", "nan", "Sun, 22 Nov 2026 10:15:03 GMT", "٣", 3, None])
def test_a_delay_that_is_no_number_of_seconds_is_none(text: object) -> None:
    assert faults.seconds(text) is None


@pytest.mark.parametrize("quoted", ["sk-test-example", "sk-exa****mple", "AIzaSyExample_-1"])
def test_a_key_the_vendor_quotes_is_not_passed_on(quoted: str) -> None:
    said = faults.Said(message=f"Incorrect API key provided: {quoted}.")
    fault = faults.fault(FaultKind.CREDENTIAL, ReplyHead(status=401), said)
    assert fault.message == "Incorrect API key provided: [key]."


@pytest.mark.parametrize(
    ("media_type", "name"),
    [
        ("image/jpeg", "image-1.jpg"),
        ("image/jpg", "image-1.jpg"),
        ("IMAGE/WEBP", "image-1.webp"),
        ("image/png", "image-1.png"),
    ],
)
def test_an_upload_is_named_for_what_it_is(media_type: str, name: str) -> None:
    image = Image(source=SPOOL.from_bytes(PICTURES[0]), param="image", media_type=media_type)
    assert pictures.filename(image, "image-1") == name


def test_a_picture_that_was_not_measured_is_not_sent() -> None:
    image = Image(source=SPOOL.from_bytes(PICTURES[0]), param="image[1]")
    with pytest.raises(TypeError, match=r"image\[1\] was not measured"):
        pictures.data_uri(image)
