"""The turns of a Gemini request: their pictures, their texts and the signatures that bind them."""

import base64
import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_bytes
from typing import Any

from starlette.requests import Request

from onebrush.sandbox import gemini_errors as errors
from onebrush.sandbox import inputs
from onebrush.sandbox.inputs import NotAPicture, NotBase64, Picture, look
from onebrush.sandbox.limits import GeminiModel
from onebrush.sandbox.links import Links

MEDIA_TYPES = ("image/png", "image/jpeg", "image/webp", "image/heic", "image/heif")
NONCE = 24


@dataclass(frozen=True, slots=True, kw_only=True)
class Talk:
    """What the turns come to: the last user's words and the pictures to work from."""

    prompt: str
    pictures: tuple[Picture, ...]
    sent: int


def instruction(body: Mapping[str, Any]) -> str:
    """Read the system instruction, which holds text only."""
    parts = body.get("systemInstruction", {}).get("parts", [])
    for index, part in enumerate(parts):
        if "text" not in part:
            path = f"system_instruction.parts[{index}]"
            raise errors.invalid(path, "The system instruction must be text.")
    return "\n".join(part["text"] for part in parts)


class Signatures:
    """Thought signatures, bound to one model and one key."""

    def __init__(self, secret: bytes, model: str, key: str) -> None:
        self._secret, self._bound = secret, f"{model}|{key}|".encode()

    def make(self) -> str:
        nonce = token_bytes(NONCE)
        return base64.b64encode(nonce + self._mark(nonce)).decode("ascii")

    def check(self, text: str, path: str) -> None:
        try:
            raw = inputs.decode_either(text)
        except NotBase64:
            raw = b""
        if not hmac.compare_digest(self._mark(raw[:NONCE]), raw[NONCE:]):
            raise errors.invalid(path, "Thought signature is not valid: it is corrupted or of another model.")

    def _mark(self, nonce: bytes) -> bytes:
        return hmac.new(self._secret, self._bound + nonce, hashlib.sha256).digest()


class Reader:
    """Walks the turns of one request."""

    def __init__(self, request: Request, links: Links, row: GeminiModel, signatures: Signatures) -> None:
        self._request, self._links, self._row, self._signatures = request, links, row, signatures

    def read(self, contents: list[Mapping[str, Any]]) -> Talk:
        """Check every part and gather what the last turn asks for."""
        if not contents:
            raise errors.invalid("contents", "* GenerateContentRequest.contents: contents is not specified")
        turns = [self._turn(turn, index) for index, turn in enumerate(contents)]
        sent = sum(len(pictures) for _, _, pictures in turns)
        if sent > self._row.references:
            raise errors.invalid("contents", f"Too many images: this model takes at most {self._row.references}.")
        _, prompt, pictures = next((turn for turn in reversed(turns) if turn[0] == "user"), turns[-1])
        earlier = [turn[2] for turn in turns if turn[0] == "model" and turn[2]]
        return Talk(prompt=prompt, pictures=tuple([*(earlier[-1][-1:] if earlier else []), *pictures]), sent=sent)

    def _turn(self, turn: Mapping[str, Any], index: int) -> tuple[str, str, list[Picture]]:
        role, parts = turn.get("role", "user"), turn.get("parts", [])
        if role not in ("user", "model"):
            raise errors.invalid(f"contents[{index}].role", "Please use a valid role: user, model.")
        if not parts:
            message = f"* GenerateContentRequest.contents[{index}].parts: contents.parts must not be empty."
            raise errors.invalid(f"contents[{index}].parts", message)
        seen = [self._part(part, role, index, place) for place, part in enumerate(parts)]
        texts = [part["text"] for part in parts if "text" in part and not part.get("thought")]
        return role, "\n".join(texts), [picture for picture in seen if picture]

    def _part(self, part: Mapping[str, Any], role: str, index: int, place: int) -> Picture | None:
        path = f"contents[{index}].parts[{place}]"
        if sum(name in part for name in ("text", "inlineData", "fileData")) != 1:
            raise errors.invalid(path, f"* {path}.data: required oneof field 'data' must have one initialized field")
        if "thoughtSignature" in part:
            self._signatures.check(part["thoughtSignature"], f"{path}.thought_signature")
        elif role == "model" and "text" not in part:
            where = f"content position {index + 1}, part position {place + 1}"
            message = f"Image part is missing a thought_signature in {where}."
            raise errors.invalid(path, message)
        return None if "text" in part else self._picture(part, path)

    def _picture(self, part: Mapping[str, Any], path: str) -> Picture:
        data = self._inline(part["inlineData"], path) if "inlineData" in part else self._file(part["fileData"], path)
        try:
            # Unverified whether this vendor turns a picture by its EXIF: the pixels are taken as they are stored.
            return look(data)
        except NotAPicture as error:
            raise errors.invalid(path, "Unable to process input image. Please retry or report in the forum.") from error

    def _inline(self, blob: Mapping[str, Any], path: str) -> bytes:
        media_type = blob.get("mimeType", "")
        if media_type not in MEDIA_TYPES:
            raise errors.invalid(f"{path}.inline_data.mime_type", f"Unsupported MIME type: {media_type}")
        try:
            return inputs.decode_either(blob.get("data", ""))
        except NotBase64 as error:
            message = f"Invalid value at '{path}.inline_data.data' (TYPE_BYTES), Base64 decoding failed."
            raise errors.invalid(f"{path}.inline_data.data", message) from error

    def _file(self, file: Mapping[str, Any], path: str) -> bytes:
        own = self._links.own(self._request, file.get("fileUri", ""))
        if own is None:
            raise errors.invalid(f"{path}.file_data.file_uri", "Cannot fetch content from the provided URL.")
        return own
