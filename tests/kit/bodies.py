"""Bodies the lift tests share, and how to read what was lifted."""

import base64
import json
from collections.abc import Iterable

from onebrush.kit.blobs import Spool
from onebrush.kit.lift import Lift, Lifted, LiftError, LiftLimits, Places

PLACES = Places("image", "images[]", "contents[].parts[].image", "data[].b64_json")
RAW = bytes(range(256)) + b"\xfb\xff\xfe" * 5 + b"end"
STANDARD = base64.b64encode(RAW).decode()
URL_SAFE = base64.urlsafe_b64encode(RAW).decode()
LATE_URL_SAFE = base64.urlsafe_b64encode(b"\0" * 120 + b"\xfb\xff\xfe").decode()
# Raw JSON: certain to be text after 64 characters, with escapes before and after that point.
LONG_TEXT = '\\"a long\\\\ \\u0022text' * 6 + "\\\\"
# Raw JSON: base64 as far as its 63rd character, and then an escape that is none.
LOOKS_BARE = STANDARD[:63] + "\\u0021" + STANDARD


def plain(value: object) -> object:
    """The value with each picture as ("picture", type, bytes)."""
    if isinstance(value, Lifted):
        return ("picture", value.media_type, value.blob.read())
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def lifted(
    pieces: bytes | Iterable[bytes],
    *,
    places: Places = PLACES,
    limits: LiftLimits | None = None,
    strict: bool = False,
    spool: Spool | None = None,
) -> object:
    lift = Lift(places, spool or Spool(None), limits, strict_keys=strict)
    for piece in [pieces] if isinstance(pieces, bytes) else pieces:
        lift.feed(piece)
    return plain(lift.finish())


def outcome(pieces: bytes | Iterable[bytes], *, strict: bool = False) -> object:
    """The value, or what was wrong with it, to compare one way of cutting with another."""
    try:
        return lifted(pieces, strict=strict)
    except LiftError as error:
        return (error.kind, error.path)


def dumped(value: object) -> bytes:
    return json.dumps(value).encode()


def mixed() -> bytes:
    """Everything the scan knows in one body: pictures of each spelling, escapes, text that looks alike."""
    slashed = f"data:image\\/png;charset=x;base64,{STANDARD}".replace("/", "\\/").replace("\\\\/", "\\/")
    escaped = STANDARD.replace("+", "\\u002b").replace("=", "\\u003D").replace("/", "\\u002F")
    broken_lines = "\\r\\n".join(STANDARD[at : at + 76] for at in range(0, len(STANDARD), 76))
    return (
        '{"prompt":"a \\"data:image/png;base64,AAAA\\" \\\\ \\ud83d\\ude00 中 \\u0000 NaN","n":1,'
        f'"\\u0069mage" : "{slashed}",'
        f'"images":["https://example.com/a.png","{escaped}","","{URL_SAFE.rstrip("=")}","{LATE_URL_SAFE}",'
        f'"{broken_lines}","data:image/svg+xml,%3Csvg","DATA:IMAGE/WEBP;BASE64,UklGRg==","short\\\\",'
        f'"{LONG_TEXT}","{LOOKS_BARE}"],'
        f'"contents":[{{"parts":[{{"text":"{STANDARD}"}},{{"image":"data:;base64,QUJD"}},{{"image":null}}]}}],'
        '"data":[{"b64_json":{"image":"x"}}],"size":-1.5e3,"deep":[[[{}]]],"ok":true}'
    ).encode()
