"""With a vendor's key: live keys buy there and nowhere else, test keys stay in the sandbox, retired ids live on.

The vendor is played by a sandbox of its own that refuses retired models, behind the addresses a live vendor has.
"""

from collections.abc import Iterator

import pytest

from tests.acceptance.looking import pictures_of
from tests.running import KEY, Server, gateway, sandbox

LIVE_KEY = "sk-acceptance-live"


@pytest.fixture(scope="module")
def vendor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Plays OpenAI and Ark."""
    with sandbox(tmp_path_factory.mktemp("vendor"), "--draft", "--refuse-retired") as server:
        yield server


@pytest.fixture(scope="module")
def live(vendor: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A gateway with keys of two vendors."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", "sandbox")
        patch.setenv("ARK_API_KEY", "not-the-right-one")
        # An application's own variable may point at this very gateway: it is not read.
        patch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:9/v1")
        with gateway(
            tmp_path_factory.mktemp("live"),
            keys=f"{KEY},{LIVE_KEY}",
            openai_base_url=f"{vendor.url}/openai/v1",
            ark_base_url=f"{vendor.url}/ark/api/v3",
        ) as server:
            yield server


def _buy(server: Server, model: str, key: str = LIVE_KEY) -> tuple[int, dict[str, object]]:
    answer = server.generate(
        {"model": model, "prompt": "A lighthouse", "size": "1024x1024"}, Authorization=f"Bearer {key}"
    )
    body = answer.json()
    assert isinstance(body, dict)
    return answer.status, body


def _paid(vendor: Server) -> int:
    count = vendor.ask("/count").json()["paid"]
    assert isinstance(count, int)
    return count


def test_a_live_key_buys_from_the_vendor(live: Server, vendor: Server) -> None:
    before = _paid(vendor)
    status, body = _buy(live, "gpt-image-2")
    own = body["onebrush"]
    assert isinstance(own, dict)
    assert (status, own["test"], own["cost"]["basis"]) == (200, False, "reported")
    assert pictures_of(body, live) == [("image/png", (1024, 1024))]
    assert _paid(vendor) == before + 1


def test_a_test_key_never_reaches_the_vendor(live: Server, vendor: Server) -> None:
    before = _paid(vendor)
    status, body = _buy(live, "gpt-image-1", key=KEY)
    own = body["onebrush"]
    assert isinstance(own, dict)
    assert (status, own["test"], own["model"]) == (200, True, "gpt-image-1")
    assert own["warnings"] == []
    assert _paid(vendor) == before


def test_a_retired_id_is_served_by_its_successor_and_says_so(live: Server) -> None:
    status, body = _buy(live, "dall-e-3")
    own = body["onebrush"]
    assert isinstance(own, dict)
    assert (status, own["model"]) == (200, "gpt-image-2")
    warning = own["warnings"][0]
    assert (warning["code"], warning["asked"], warning["sent"]) == ("model_substituted", "dall-e-3", "gpt-image-2")


def test_a_vendor_without_a_key_is_named_with_its_setting(live: Server) -> None:
    status, body = _buy(live, "gemini-2.5-flash-image")
    error = body["error"]
    assert isinstance(error, dict)
    assert (status, error["code"]) == (503, "provider_not_configured")
    assert "GEMINI_API_KEY" in error["message"]


def test_a_wrong_vendor_key_is_the_operators_matter(live: Server) -> None:
    status, body = _buy(live, "doubao-seedream-4-0-250828")
    error = body["error"]
    assert isinstance(error, dict)
    assert (status, error["code"]) == (503, "provider_unavailable")
    assert "not-the-right-one" not in str(body)


def test_retired_ids_are_refused_where_the_operator_says_so(
    vendor: Server, tmp_path_factory: pytest.TempPathFactory
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("OPENAI_API_KEY", "sandbox")
        folder = tmp_path_factory.mktemp("strict")
        with gateway(folder, keys=LIVE_KEY, openai_base_url=f"{vendor.url}/openai/v1", serve_retired="false") as server:
            status, body = _buy(server, "gpt-image-1")
    error = body["error"]
    assert isinstance(error, dict)
    assert (status, error["code"]) == (404, "model_not_found")
    assert "gpt-image-2" in error["message"]
