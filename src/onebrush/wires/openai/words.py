"""Words and pictures of a request: prompt, contents, messages and picture fields -> turns."""

from __future__ import annotations

import difflib
from collections.abc import Iterator
from dataclasses import replace

from onebrush.domain.errors import InvalidRequest, MissingParameter
from onebrush.domain.turn import Image, Part, Role, Text, Turn
from onebrush.domain.warning import RequestWarning
from onebrush.wires.openai.references import picture, read_pictures
from onebrush.wires.openai.said import Body, Said, conflict

PROMPT_LIMIT = 32_000
MOST_TURNS = 200

Read = tuple[tuple[Turn, ...], tuple[RequestWarning, ...]]


def read_turns(body: Body) -> Read:
    """The conversation, its last turn the user's. Raises InvalidRequest, MissingParameter, InvalidImage."""
    turns = _turns(body)
    prompt = _prompt(body)
    if not turns and not prompt:
        raise MissingParameter(
            f"Nothing says what to draw: give `prompt`, `contents` or `input.messages`.{misspelt(body, 'prompt')}",
            param="prompt",
        )
    turns, warnings = _joined(turns, prompt)
    turns = _with_pictures(turns, read_pictures(body))
    _check(turns)
    return turns, warnings


def misspelt(body: Body, name: str) -> str:
    """A word on a field that looks like the one that is missing."""
    if name == "prompt" and body.all("messages"):
        return " `messages` is read in `input`; or send its turns as `contents`."
    near = difflib.get_close_matches(name, [said[:64] for said in list(body)[:200]], n=1, cutoff=0.75)
    return f" `{near[0]}` is not known; did you mean `{name}`?" if near else ""


def _prompt(body: Body) -> Said | None:
    sayings = [Said(value=_text(said.value, said.param), param=said.param) for said in _prompts(body)]
    for other in sayings[1:]:
        if str(other.value).strip() != str(sayings[0].value).strip():
            raise conflict(sayings[0], other)
    return sayings[0] if sayings and str(sayings[0].value).strip() else None


def _prompts(body: Body) -> list[Said]:
    """`prompt`, and `input.prompt` as the vendor's older body has it."""
    older = [
        Said(value=said.value["prompt"], param=f"{said.param}.prompt")
        for said in body.all("input")
        if isinstance(said.value, dict) and said.value.get("prompt") is not None
    ]
    return [*body.all("prompt"), *older]


def _text(value: object, param: str) -> str:
    if not isinstance(value, str):
        raise InvalidRequest(f"{param} must be text.", param=param)
    if len(value) > PROMPT_LIMIT:
        raise InvalidRequest(f"{param} has {len(value)} characters; at most {PROMPT_LIMIT} are taken.", param=param)
    return value


# Conversations


def _turns(body: Body) -> tuple[Turn, ...]:
    """From `contents` or else `input.messages`; where both speak they must say the same, pictures once."""
    first: Said | None = None
    turns: tuple[Turn, ...] = ()
    for said, parts in _conversations(body):
        others = _of_list(said, parts)
        if first is None:
            first, turns = said, others
        elif not _alike(turns, others):
            raise conflict(first, said)
    return turns


def _conversations(body: Body) -> Iterator[tuple[Said, str]]:
    for said in body.all("contents"):
        yield said, "parts"
    for said in body.all("input"):
        if not isinstance(said.value, dict):
            raise InvalidRequest(f"{said.param} must be an object with `messages`.", param=said.param)
        if said.value.get("messages") is not None:
            yield Said(value=said.value["messages"], param=f"{said.param}.messages"), "content"


def _alike(turns: tuple[Turn, ...], others: tuple[Turn, ...]) -> bool:
    """The same words; pictures only where the first saying has as many."""
    return len(turns) == len(others) and all(
        one.role == other.role and one.text.strip() == other.text.strip() and _same_pictures(one.images, other.images)
        for one, other in zip(turns, others, strict=True)
    )


def _same_pictures(ones: tuple[Image, ...], others: tuple[Image, ...]) -> bool:
    """The second saying may leave the pictures out; those it has must be the same."""
    return not others or (len(ones) == len(others) and all(map(_same, ones, others)))


def _same(one: Image, other: Image) -> bool:
    if isinstance(one.source, str) or isinstance(other.source, str):
        return one.source == other.source
    return one.source.size == other.source.size and all(
        piece == twin for piece, twin in zip(one.source.pieces(), other.source.pieces(), strict=True)
    )


def _of_list(said: Said, parts: str) -> tuple[Turn, ...]:
    if not isinstance(said.value, list):
        raise InvalidRequest(f"{said.param} must be a list of turns.", param=said.param)
    if len(said.value) > MOST_TURNS:
        raise InvalidRequest(f"{said.param} has more than {MOST_TURNS} turns.", param=said.param)
    return tuple(_turn(turn, f"{said.param}[{place}]", parts) for place, turn in enumerate(said.value))


def _turn(turn: object, param: str, parts: str) -> Turn:
    if not isinstance(turn, dict):
        raise InvalidRequest(f"{param} must be an object with `role` and `{parts}`.", param=param)
    content = turn.get(parts, turn.get("parts", turn.get("content")))
    if isinstance(content, str):
        content = [{"text": content}]
    if not isinstance(content, list):
        raise InvalidRequest(f"{param}.{parts} must be a list.", param=f"{param}.{parts}")
    read = [read for place, part in enumerate(content) for read in _parts(part, f"{param}.{parts}[{place}]")]
    return Turn(role=_role(turn.get("role"), f"{param}.role"), parts=tuple(read))


def _role(role: object, param: str) -> Role:
    if role in (None, "user"):
        return "user"
    if role in ("model", "assistant"):
        return "model"
    raise InvalidRequest(f"{param} must be 'user' or 'model'.", param=param)


def _parts(part: object, param: str) -> list[Part]:
    """One entry's text, its picture, or both."""
    if not isinstance(part, dict):
        raise InvalidRequest(f"{param} must be an object with `text` or `image`.", param=param)
    read: list[Part] = []
    if part.get("text") is not None:
        read.append(Text(text=_text(part["text"], f"{param}.text")))
    for name in ("image", "image_url"):
        if part.get(name) is not None:
            read.append(picture(part[name], f"{param}.{name}"))
    for name in ("inline_data", "inlineData"):
        inline = part.get(name)
        if isinstance(inline, dict):
            read.append(picture(inline.get("data"), f"{param}.{name}.data"))
    if not read:
        raise InvalidRequest(f"{param} has neither `text` nor `image`.", param=param)
    return read


def _joined(turns: tuple[Turn, ...], prompt: Said | None) -> Read:
    """`prompt` beside a conversation: the same words count once, other words replace the last user turn's."""
    if prompt is None:
        return turns, ()
    words = Text(text=str(prompt.value))
    last = _last_user(turns)
    if last is None or turns[-1].role == "model":
        # The model spoke last: these words are the user's answer to it.
        return (*turns, Turn(role="user", parts=(words,))), ()
    if turns[last].text.strip() == words.text.strip():
        return turns, ()
    said = turns[last].text.strip()
    kept = tuple(part for part in turns[last].parts if not isinstance(part, Text))
    changed = replace(turns[last], parts=(*kept, words))
    joined = (*turns[:last], changed, *turns[last + 1 :])
    return joined, _replaced(prompt) if said else ()


def _replaced(prompt: Said) -> tuple[RequestWarning, ...]:
    message = f"{prompt.param} and the last user turn say different things; {prompt.param} replaced its words."
    return (RequestWarning(code="prompt_replaced", message=message, param=prompt.param),)


def _last_user(turns: tuple[Turn, ...]) -> int | None:
    return next((place for place in reversed(range(len(turns))) if turns[place].role == "user"), None)


def _with_pictures(turns: tuple[Turn, ...], pictures: list[Image]) -> tuple[Turn, ...]:
    """Pictures given beside the words come first in the last user turn."""
    last = _last_user(turns)
    if not pictures or last is None:
        return turns
    changed = replace(turns[last], parts=(*pictures, *turns[last].parts))
    return (*turns[:last], changed, *turns[last + 1 :])


def _check(turns: tuple[Turn, ...]) -> None:
    if turns[-1].role != "user":
        raise InvalidRequest("The last turn of `contents` must be the user's.", param="contents")
    if not turns[-1].text.strip():
        raise MissingParameter("The last user turn has no text; say what to draw.", param="prompt")
