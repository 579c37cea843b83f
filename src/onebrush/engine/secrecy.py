"""Our credential never travels on: a vendor that quotes it in its answer is not repeated word for word."""

from __future__ import annotations

from dataclasses import replace

from onebrush.domain.event import Fault

# So many characters in a row are enough to recognise a credential by.
PIECE = 12
SHORTEST = 8
LONGEST_CODE = 200


def without(credential: str, fault: Fault) -> Fault:
    """The fault with every piece of the credential blotted out of every field a vendor can write."""
    return replace(
        fault,
        message=_blotted(fault.message, credential),
        code=_short(fault.code, credential),
        request_id=_short(fault.request_id, credential),
        param=_short(fault.param, credential),
    )


def _short(text: str | None, credential: str) -> str | None:
    return None if text is None else _blotted(text, credential)[:LONGEST_CODE]


def _blotted(text: str, credential: str) -> str:
    if len(credential) < SHORTEST:
        return text
    text = text.replace(credential, "[key]")
    for start in range(len(credential) - PIECE + 1):
        piece = credential[start : start + PIECE]
        if piece in text:
            text = text.replace(piece, "[key]")
    return text
