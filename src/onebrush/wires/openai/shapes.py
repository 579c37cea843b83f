"""The bodies of the OpenAI Images API, as far as a gateway reads them.

Optional parts are `object` where a wrong type in them must not cost a picture that was paid for; they are
looked at one by one. Sources: github.com/openai/openai-python `types/images_response.py`.
"""

from __future__ import annotations

import msgspec


class ImagesReply(msgspec.Struct, frozen=True, kw_only=True):
    """The answer of generations and edits; with compatible servers perhaps an `error` in its place."""

    data: list[object] | None = None
    usage: object = None
    error: object = None


class Image(msgspec.Struct, frozen=True, kw_only=True):
    """One of `data`; `url` and `revised_prompt` come from compatible servers only."""

    b64_json: object = None
    url: object = None
    revised_prompt: object = None


class TokenDetails(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens by what they stand for."""

    text_tokens: int | None = None
    image_tokens: int | None = None


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """Tokens used; servers may leave out any of it."""

    input_tokens: int | None = None
    output_tokens: int | None = None
    total_tokens: int | None = None
    input_tokens_details: TokenDetails | None = None
    output_tokens_details: TokenDetails | None = None
