"""Fields that callers say inside others, or in another field's words, brought under their canonical names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from onebrush.domain.errors import InvalidRequest
from onebrush.wires.openai.said import Body, Said

# Objects of which one member is a field of its own name here.
MEMBERS: Mapping[str, tuple[str, str]] = {
    "sequential_image_generation_options": ("max_images", "max_images"),
    "optimize_prompt_options": ("mode", "optimize_prompt_mode"),
    "input": ("negative_prompt", "negative_prompt"),
}
# What of them is read besides.
READ: Mapping[str, tuple[str, ...]] = {"input": ("messages", "prompt")}

# The words of one field in another's: `mime_type: image/png` is `output_format: png`.
_MIME_TYPES = {"image/png": "png", "image/jpeg": "jpeg"}


def canonical(body: Body) -> Body:
    """The body with every such field said under its own name as well, and where it stood. Raises InvalidRequest."""
    fields = dict(body.fields)
    if "output_format" in fields:
        fields["output_format"] = tuple(map(_lowered, fields["output_format"]))
    for name, said in (*_inside(body), *_formats(body), *_searches(body)):
        fields[name] = (*fields.get(name, ()), said)
    return Body(fields=fields)


def _lowered(said: Said) -> Said:
    """`JPG` is how people write it."""
    word = said.value.strip().lower() if isinstance(said.value, str) else said.value
    return Said(value="jpeg" if word == "jpg" else word, param=said.param)


def _inside(body: Body) -> Iterator[tuple[str, Said]]:
    for folder, (member, name) in MEMBERS.items():
        for said in body.all(folder):
            if not isinstance(said.value, dict):
                raise InvalidRequest(f"{said.param} must be an object.", param=said.param)
            if said.value.get(member) is not None:
                yield name, Said(value=said.value[member], param=f"{said.param}.{member}")


def _formats(body: Body) -> Iterator[tuple[str, Said]]:
    for said in body.all("mime_type"):
        form = _MIME_TYPES.get(said.value.strip().lower()) if isinstance(said.value, str) else None
        if form is None:
            raise InvalidRequest(f"{said.param} must be one of: {', '.join(_MIME_TYPES)}.", param=said.param)
        yield "output_format", Said(value=form, param=said.param)


def _searches(body: Body) -> Iterator[tuple[str, Said]]:
    """`tools: [{"type": "web_search"}]`, as Seedream has it."""
    for said in body.all("tools"):
        if _is_search(said):
            yield "web_search", Said(value=True, param=said.param)


def _is_search(said: Said) -> bool:
    tools = said.value
    return (
        isinstance(tools, list)
        and bool(tools)
        and all(isinstance(tool, dict) and tool.get("type") == "web_search" for tool in tools)
    )


def leftovers(body: Body) -> Iterator[Said]:
    """What of these objects nobody reads."""
    for folder, (member, _) in MEMBERS.items():
        for said in body.all(folder):
            assert isinstance(said.value, dict)
            for name, value in said.value.items():
                if name not in (member, *READ.get(folder, ())) and value is not None:
                    yield Said(value=value, param=f"{said.param}.{name}")
    for said in body.all("tools"):
        if _is_search(said):
            yield from _beside_type(said)
        elif said.value != []:
            yield said


def _beside_type(said: Said) -> Iterator[Said]:
    assert isinstance(said.value, list)
    for place, tool in enumerate(said.value):
        yield from (
            Said(value=value, param=f"{said.param}[{place}].{name}") for name, value in tool.items() if name != "type"
        )


_EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")


def check_svg(said: Said) -> None:
    """`{"model": …, "reasoning": {"effort": …}}`, as OpenAI documents it. Raises InvalidRequest."""
    value = said.value if isinstance(said.value, dict) else {}
    reasoning = value.get("reasoning", {})
    sound = set(value) <= {"model", "reasoning"} and isinstance(reasoning, dict) and set(reasoning) <= {"effort"}
    model = value.get("model", "")
    if not (sound and isinstance(model, str) and len(model) <= 200 and reasoning.get("effort", "low") in _EFFORTS):
        raise InvalidRequest(
            f"{said.param} takes model and reasoning.effort ({', '.join(_EFFORTS)}), nothing else.", param=said.param
        )
