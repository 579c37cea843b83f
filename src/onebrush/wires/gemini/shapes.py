"""The bodies of generateContent, as far as a gateway reads them.

Optional parts are `object` where a wrong type in them must not cost a picture that was paid for; they are
looked at one by one. Sources: github.com/googleapis/python-genai `types.py`.
"""

from __future__ import annotations

import msgspec


class Reply(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """GenerateContentResponse, or an `error`."""

    candidates: object = None
    prompt_feedback: object = None
    usage_metadata: object = None
    model_status: object = None
    response_id: object = None
    error: object = None


class Candidate(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One of `candidates`; refused ones have no content."""

    content: object = None
    finish_reason: object = None
    finish_message: object = None


class Content(msgspec.Struct, frozen=True, kw_only=True):
    """What the model said."""

    parts: list[object] | None = None


class InlineData(msgspec.Struct, frozen=True, kw_only=True):
    """A picture inside the body."""

    data: object = None


class Part(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """A piece of content; `thought` marks reasoning, drafts of pictures among it."""

    text: object = None
    inline_data: InlineData | None = None
    thought: bool | None = None
    thought_signature: object = None


class PromptFeedback(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Why the prompt was refused; the message is Vertex's only."""

    block_reason: object = None
    block_reason_message: object = None


class Tokens(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Tokens of one modality."""

    modality: str | None = None
    token_count: int | None = None


class UsageMetadata(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """Tokens used; `thoughts_token_count` is not part of `candidates_token_count`."""

    prompt_token_count: int | None = None
    tool_use_prompt_token_count: int | None = None
    candidates_token_count: int | None = None
    thoughts_token_count: int | None = None
    total_token_count: int | None = None
    prompt_tokens_details: list[Tokens] | None = None
    candidates_tokens_details: list[Tokens] | None = None


class Error(msgspec.Struct, frozen=True, kw_only=True):
    """google.rpc.Status in JSON; `status` is the name the table goes by."""

    message: object = None
    status: object = None
    details: object = None


class Violation(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """One of QuotaFailure's violations."""

    quota_id: str | None = None


class FieldViolation(msgspec.Struct, frozen=True, kw_only=True):
    """One of BadRequest's violations."""

    field: str | None = None


class Detail(msgspec.Struct, frozen=True, kw_only=True, rename="camel"):
    """ErrorInfo, BadRequest, QuotaFailure and RetryInfo in one: their fields do not meet."""

    reason: str | None = None
    field_violations: list[FieldViolation] | None = None
    violations: list[Violation] | None = None
    retry_delay: str | None = None
