"""Pouring: the length is exact and an independent parser reads back what was described."""

import base64
import email
import email.policy
import io
import json
import os
from email.message import EmailMessage

import pytest
from hypothesis import given
from hypothesis import strategies as st
from python_multipart import FormParser
from python_multipart.multipart import Field as ParsedField
from python_multipart.multipart import File as ParsedFile

from onebrush.kit.blobs import Spool
from onebrush.kit.pour import Base64, Field, FilePart, Poured, pour_json, pour_multipart

from .bodies import PLACES, lifted


def whole(poured: Poured) -> bytes:
    body = b"".join(poured)
    assert len(body) == poured.length
    return body


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 196_607, 196_608, 196_609, 1_000_000])
def test_a_blob_becomes_prefix_and_base64_and_the_length_is_known(disk: Spool, size: int) -> None:
    data = os.urandom(size)
    for spool in (disk, Spool(None)):
        blob = spool.from_bytes(data)
        poured = pour_json({"a": [{"b": Base64(blob, 'data:"x"/é;base64,')}], "n": 1, "t": "é"})
        expected = {"a": [{"b": 'data:"x"/é;base64,' + base64.b64encode(data).decode()}], "n": 1, "t": "é"}
        assert json.loads(whole(poured)) == expected
        assert whole(poured) == json.dumps(expected, ensure_ascii=False, separators=(",", ":")).encode()
    assert poured.content_type == "application/json"


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(anything, st.lists(st.binary(max_size=20), max_size=4))
def test_any_value_beside_any_blobs_reads_back_equal(value: object, datas: list[bytes]) -> None:
    spool = Spool(None)
    described = {"value": value, "blobs": [Base64(spool.from_bytes(data)) for data in datas], "end": value}
    expected = {"value": value, "blobs": [base64.b64encode(data).decode() for data in datas], "end": value}
    assert json.loads(whole(pour_json(described))) == expected


def test_what_was_poured_can_be_lifted_again(disk: Spool) -> None:
    data = os.urandom(300_000)
    poured = pour_json({"images": [Base64(disk.from_bytes(data), "data:image/png;base64,")] * 2})
    assert lifted((bytes(piece) for piece in poured), places=PLACES) == {"images": [("picture", "image/png", data)] * 2}


def test_small_bodies_are_one_piece_and_large_ones_stay_near_256_kib(spool: Spool) -> None:
    small = spool.from_bytes(b"abc")
    assert len(list(pour_json({"a": Base64(small), "b": Base64(small)}))) == 1
    large = list(pour_json({"a": Base64(spool.from_bytes(bytes(2_000_000)))}))
    assert max(map(len, large)) == 256 * 1024 and len(large) <= 13


def test_a_value_without_a_json_form_is_named(spool: Spool) -> None:
    with pytest.raises(NotImplementedError, match="Blob has no JSON form"):
        pour_json({"image": spool.from_bytes(b"abc")})


def test_pouring_from_a_closed_blob_fails_instead_of_sending_less(spool: Spool) -> None:
    blob = spool.from_bytes(b"abc")
    poured = pour_json([Base64(blob)])
    blob.close()
    with pytest.raises(ValueError, match="closed"):
        whole(poured)


def parsed(body: bytes, content_type: str) -> list[tuple[str, str | None, bytes]]:
    """Name, file name and content of each part, by python-multipart."""
    found: list[tuple[str, str | None, bytes]] = []

    def on_field(field: ParsedField) -> None:
        found.append(((field.field_name or b"").decode(), None, field.value or b""))

    def on_file(file: ParsedFile) -> None:
        file.file_object.seek(0)
        found.append(((file.field_name or b"").decode(), (file.file_name or b"").decode(), file.file_object.read()))

    boundary = content_type.partition("boundary=")[2].encode()
    parser = FormParser("multipart/form-data", on_field, on_file, boundary=boundary)
    parser.write(body)
    parser.finalize()
    return found


def test_a_form_is_read_back_by_an_independent_parser(disk: Spool) -> None:
    data = b"\r\n------\r\n" + os.urandom(500_000)
    poured = pour_multipart(
        [
            Field("prompt", "a é\r\nline"),
            FilePart("image[]", "one.png", "image/png", disk.from_bytes(data)),
            FilePart("image[]", "two.webp", "image/webp", disk.from_bytes(b"")),
            Field("n", "2"),
        ]
    )
    assert parsed(whole(poured), poured.content_type) == [
        ("prompt", None, "a é\r\nline".encode()),
        ("image[]", "one.png", data),
        ("image[]", "two.webp", b""),
        ("n", None, b"2"),
    ]
    assert whole(poured) == whole(poured)


def test_types_and_names_are_headers_the_mail_parser_reads(spool: Spool) -> None:
    poured = pour_multipart([FilePart("image", "a.png", "image/png", spool.from_bytes(b"abc"))], "line")
    assert poured.content_type == "multipart/form-data; boundary=line"
    head = f"Content-Type: {poured.content_type}\r\n\r\n".encode()
    message = email.message_from_binary_file(io.BytesIO(head + whole(poured)), policy=email.policy.HTTP)
    assert isinstance(message, EmailMessage)
    (part,) = message.iter_parts()
    assert (part.get_content_type(), part.get_filename()) == ("image/png", "a.png")
    assert part.get_payload(decode=True) == b"abc"


@pytest.mark.parametrize("name", ['a"b', "a\r\nX-Evil: 1", "../../é", 'x"; filename="y'])
def test_a_name_cannot_leave_its_quotes(spool: Spool, name: str) -> None:
    poured = pour_multipart([Field(name, "v"), FilePart(name, name, "image/png", spool.from_bytes(b"x"))])
    escaped = name.replace('"', "%22").replace("\r", "%0D").replace("\n", "%0A")
    body = whole(poured)
    assert parsed(body, poured.content_type) == [(escaped, None, b"v"), (escaped, escaped, b"x")]
    assert b"\r\nX-Evil" not in body


def test_a_type_or_boundary_that_would_break_the_form_is_refused(spool: Spool) -> None:
    with pytest.raises(ValueError, match="media type"):
        pour_multipart([FilePart("a", "b", "image/png\r\nX: y", spool.from_bytes(b""))])
    with pytest.raises(ValueError, match="boundary"):
        pour_multipart([], 'a"b')
