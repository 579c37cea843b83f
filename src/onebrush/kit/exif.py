"""How a camera wants its picture turned: the one entry of an EXIF block that is read here."""

import struct


def orientation(exif: bytes) -> int:
    """The orientation an EXIF block states, 1 to 8; 1 for none and for what cannot be read."""
    order = {b"II*\0": "<", b"MM\0*": ">"}.get(exif[:4])
    if order is None:
        return 1
    try:
        (start,) = struct.unpack_from(f"{order}I", exif, 4)
        (count,) = struct.unpack_from(f"{order}H", exif, start)
    except struct.error:
        return 1
    return orientation_there(exif[start + 2 : start + 2 + 12 * count], order)


def orientation_there(entries: bytes, order: str) -> int:
    """The same among the entries of a directory: tag 274, one short number."""
    for at in range(0, len(entries) - 11, 12):
        tag, kind, count, value = struct.unpack_from(f"{order}HHIH", entries, at)
        if (tag, kind, count) == (274, 3, 1):
            return value if 1 <= value <= 8 else 1
    return 1
