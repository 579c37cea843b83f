"""Provider options: what the gateway sends itself is refused by its path, what is a stranger's at any depth."""

from collections.abc import Iterator
from typing import Any

import pytest

from onebrush.domain.errors import ConflictingParameters, InvalidRequest
from onebrush.kit.pour import Base64
from onebrush.wires import options
from tests.wires.exchanges import PICTURES, SPOOL, WIRES, call_for, fixtures, written_call

PLAIN = [case for case in fixtures("call") if "options" not in case.values[1]["request"]]
WITH_OPTIONS = [case for case in fixtures("call") if "options" in case.values[1]["request"]]


def leaves(value: Any) -> Iterator[tuple[str, ...]]:
    """The path of whatever is no object."""
    for name, inner in value.items():
        if isinstance(inner, dict) and inner:
            yield from ((name, *path) for path in leaves(inner))
        else:
            yield (name,)


def nested(path: tuple[str, ...], value: object = 1) -> dict[str, object]:
    name, *below = path
    return {name: nested(tuple(below), value) if below else value}


def sent(provider: str, fixture: dict[str, Any]) -> Iterator[tuple[str, ...]]:
    call = written_call(call_for(provider, fixture["request"]))
    yield from leaves(call["json"]) if "json" in call else ((part[0].partition("[")[0],) for part in call["form"])


@pytest.mark.parametrize(("provider", "fixture"), PLAIN)
def test_whatever_a_wire_sends_itself_no_caller_may_set(provider: str, fixture: dict[str, Any]) -> None:
    for path in sent(provider, fixture):
        with pytest.raises(ConflictingParameters) as refused:
            WIRES[provider].refuse_options(nested(path), provider)
        assert str(refused.value.param).startswith(f"provider_options.{provider}.{path[0]}")


@pytest.mark.parametrize(("provider", "fixture"), WITH_OPTIONS)
def test_a_member_the_gateway_knows_nothing_of_may_be_set(provider: str, fixture: dict[str, Any]) -> None:
    given = {name: value for name, value in fixture["request"]["options"].items() if name != "svg"}
    WIRES[provider].refuse_options(given, provider)


@pytest.mark.parametrize(
    ("provider", "path", "instead"),
    [
        ("openai", ("n",), "n"),
        ("openai", ("images",), "image"),
        ("openai", ("response_format",), "response_format"),
        ("openai", ("stream",), "stream"),
        ("gemini", ("contents",), "contents"),
        ("gemini", ("generationConfig", "imageConfig", "aspectRatio"), "size"),
        ("gemini", ("generation_config", "image_config", "aspect_ratio"), "size"),
        ("gemini", ("generationConfig", "candidateCount"), "n"),
        ("gemini", ("safetySettings",), "moderation"),
        ("ark", ("sequential_image_generation_options", "max_images"), "max_images"),
        ("ark", ("tools",), "web_search"),
        ("dashscope", ("parameters", "size"), "size"),
        ("dashscope", ("input", "messages"), "contents"),
    ],
)
def test_a_refusal_names_the_member_and_the_field_to_use(provider: str, path: tuple[str, ...], instead: str) -> None:
    with pytest.raises(ConflictingParameters) as refused:
        WIRES[provider].refuse_options(nested(path), provider)
    param = ".".join(("provider_options", provider, *path))
    assert refused.value.param == param
    assert refused.value.message == f"{param} is sent by the gateway: use `{instead}`."


@pytest.mark.parametrize("wire", WIRES)
def test_a_refusal_names_the_provider_and_not_the_format_it_speaks(wire: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        WIRES[wire].refuse_options({"model": "another", "api_base": "http://x.example"}, "acme")
    assert str(refused.value.param).startswith("provider_options.acme.")
    with pytest.raises(ConflictingParameters) as taken:
        WIRES["openai"].refuse_options({"model": "another"}, "acme")
    assert taken.value.param == "provider_options.acme.model"


def test_what_the_gateway_alone_decides_has_no_field_to_name() -> None:
    with pytest.raises(ConflictingParameters) as refused:
        WIRES["gemini"].refuse_options({"store": True}, "gemini")
    assert refused.value.message == "provider_options.gemini.store is sent by the gateway: it cannot be set."


@pytest.mark.parametrize("provider", WIRES)
@pytest.mark.parametrize(
    ("given", "member"),
    [
        ({"api_base": "http://x.example"}, "api_base"),
        ({"apiKey": "sk-test-example"}, "apiKey"),
        ({"user_config": {}}, "user_config"),
        ({"extra_headers": {"a": "b"}}, "extra_headers"),
        ({"cachedContent": "cachedContents/1"}, "cachedContent"),
        ({"cached_content": "cachedContents/1"}, "cached_content"),
        ({"serviceTier": "priority"}, "serviceTier"),
        ({"systemInstruction": {"parts": [{"fileData": {"fileUri": "files/1"}}]}}, "systemInstruction.parts.fileData"),
        ({"deep": [[{"file_id": "file-1"}]]}, "deep.file_id"),
    ],
)
def test_accounts_hosts_and_stored_files_are_refused_at_any_depth(provider: str, given: Any, member: str) -> None:
    with pytest.raises(InvalidRequest) as refused:
        WIRES[provider].refuse_options(given, provider)
    assert refused.value.param == f"provider_options.{provider}.{member}"
    assert refused.value.code == "invalid_value"


@pytest.mark.parametrize("provider", WIRES)
@pytest.mark.parametrize("name", ["", "image[]", "mask[0]", "a.b", "n\n", "a b", "é", "x" * 65])
def test_a_name_that_could_be_read_as_another_is_none(provider: str, name: str) -> None:
    with pytest.raises(InvalidRequest, match="is no name of a member"):
        WIRES[provider].refuse_options({"outer": {name: 1}}, provider)
    with pytest.raises(InvalidRequest, match="is no name of a member"):
        WIRES[provider].refuse_options({name: 1}, provider)


@pytest.mark.parametrize("value", [None, 1, "x", [], True])
def test_what_stands_for_the_gateways_own_object_must_be_one(value: object) -> None:
    with pytest.raises(ConflictingParameters, match="generationConfig must be an object"):
        WIRES["gemini"].refuse_options({"generationConfig": value}, "gemini")
    with pytest.raises(ConflictingParameters, match="imageConfig must be an object"):
        WIRES["gemini"].refuse_options({"generationConfig": {"imageConfig": value}}, "gemini")


def test_no_picture_goes_in_by_the_back_door() -> None:
    with pytest.raises(InvalidRequest, match="cannot hold a picture"):
        WIRES["ark"].refuse_options({"sketch": Base64(SPOOL.from_bytes(PICTURES[0]))}, "ark")


def test_nothing_asked_is_nothing_refused() -> None:
    for wire in WIRES.values():
        wire.refuse_options({}, "acme")


def test_members_are_laid_in_and_neither_side_is_changed() -> None:
    body: dict[str, object] = {"a": {"b": 1, "c": [1]}, "d": 2}
    given = {"A": {"e": None}, "f": [3]}
    assert options.merged(body, given) == {"a": {"b": 1, "c": [1], "e": None}, "d": 2, "f": [3]}
    assert (body, given) == ({"a": {"b": 1, "c": [1]}, "d": 2}, {"A": {"e": None}, "f": [3]})


@pytest.mark.parametrize(
    "link", ["http://169.254.169.254/", "HTTPS://a.example/x.png", " oss://bucket/x", "file:///etc/passwd"]
)
def test_no_link_is_handed_to_a_vendor_to_fetch(link: str) -> None:
    for given in ({"input": {"base_image_url": link}}, {"refs": [link]}, {"url": link}):
        with pytest.raises(InvalidRequest) as refused:
            WIRES["dashscope"].refuse_options(given, "dashscope")
        assert str(refused.value.param).startswith("provider_options.dashscope.")
