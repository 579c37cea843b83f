"""A running gateway asked to fetch what is inside: every disguise in every field is a 400, and nobody is called."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.running import Server, gateway
from tests.upstream.hostile import groups, with_port

ADMITTED = "127.0.0.77"
MODEL = "gpt-image-2"
BLUE = "data:image/png;base64,"


@contextmanager
def listening(host: str, port: int, answer: bytes) -> Iterator[tuple[int, list[bytes]]]:
    """A listener that answers everybody alike; its port, and what came to it."""
    heard: list[bytes] = []
    listener = socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)

    def serve() -> None:
        while True:
            try:
                peer, _ = listener.accept()
            except OSError:
                return
            with peer:
                peer.settimeout(5)
                heard.append(peer.recv(65_536))
                peer.sendall(answer)

    thread = threading.Thread(target=serve, daemon=True)
    thread.start()
    try:
        yield listener.getsockname()[1], heard
    finally:
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        thread.join(10)


@pytest.fixture(scope="module")
def world(
    tmp_path_factory: pytest.TempPathFactory, picture_bytes: bytes
) -> Iterator[tuple[Server, int, list[bytes], list[bytes]]]:
    """A gateway that may fetch from one address; the port, the canary's visitors on both loopbacks, the picture's."""
    whole = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b" % (
        len(picture_bytes),
        picture_bytes,
    )
    with (
        listening("127.0.0.1", 0, whole) as (port, four),
        listening("::1", port, whole) as (_, six),
        listening(ADMITTED, port, whole) as (_, fetched),
        gateway(tmp_path_factory.mktemp("hostile"), fetch_networks=f"{ADMITTED}/32", fetch_ports=str(port)) as server,
    ):
        yield server, port, _Both(four, six), fetched


class _Both(list[bytes]):
    """What two listeners heard, as it is when looked at."""

    def __init__(self, *heard: list[bytes]) -> None:
        self._heard = heard

    def __len__(self) -> int:
        return sum(map(len, self._heard))


def chosen() -> list[str]:
    """Sixty of the templates, spread over all kinds; names that only a name server of ours knows are left out."""
    kinds = [
        [link for link in listed if ".example" not in link and ".internal" not in link] for listed in groups().values()
    ]
    counts = (12, 14, 10, 8, 6, 6, 4)
    return [
        listed[place * len(listed) // count]
        for listed, count in zip(kinds, counts, strict=True)
        for place in range(count)
    ]


def in_image(link: str) -> dict[str, Any]:
    return {"image": link}


def in_a_list(link: str) -> dict[str, Any]:
    return {"image": [BLUE, link]}


def in_contents(link: str) -> dict[str, Any]:
    return {"contents": [{"role": "user", "parts": [{"text": "Paint it blue"}, {"image": link}]}]}


def in_mask(link: str) -> dict[str, Any]:
    return {"image": BLUE, "mask": link}


PLACES: dict[str, Callable[[str], dict[str, Any]]] = {
    "image": in_image,
    "image[1]": in_a_list,
    "contents[0].parts[1]": in_contents,
    "mask": in_mask,
}


def _filled(body: Any, picture: str) -> Any:
    if isinstance(body, list):
        return [_filled(item, picture) for item in body]
    if isinstance(body, dict):
        return {name: _filled(item, picture) for name, item in body.items()}
    return picture if body == BLUE else body


def asked(server: Server, place: str, link: str, pictures: list[str]) -> tuple[int, Any]:
    said = {"model": MODEL, "prompt": "Paint it blue", **_filled(PLACES[place](link), pictures[0])}
    if "contents" in said:
        del said["prompt"]
    answer = server.generate(said)
    return answer.status, answer.json()


@pytest.mark.parametrize("place", PLACES)
def test_no_disguise_in_any_field_reaches_a_canary(world: Any, pictures: list[str], place: str) -> None:
    server, port, canary, fetched = world
    links = [with_port(template, port) for template in chosen()]
    assert len(set(links)) == 60
    before = len(fetched)

    wrong = {}
    for link in links:
        link = link.encode("utf-8", "replace").decode()
        status, body = asked(server, place, link, pictures)
        told = body.get("error", {})
        if (status, told.get("code")) != (400, "invalid_image") or not str(told.get("param")).startswith(place):
            wrong[link] = (status, told)

    assert wrong == {}
    assert (len(canary), len(fetched)) == (0, before)


@pytest.mark.parametrize("place", PLACES)
def test_a_picture_at_the_admitted_address_is_fetched_and_edited(world: Any, pictures: list[str], place: str) -> None:
    server, port, canary, fetched = world
    before = len(fetched)

    status, body = asked(server, place, f"http://{ADMITTED}:{port}/secret-name.png", pictures)

    assert (status, len(body.get("data", []))) == (200, 1), body
    assert len(fetched) == before + 1
    assert b"authorization" not in fetched[-1].lower() and b"cookie" not in fetched[-1].lower()
    assert len(canary) == 0
    assert b"secret-name" not in (server.data / "output.log").read_bytes()


def test_a_user_name_in_a_link_is_refused_and_told_to_nobody(world: Any, pictures: list[str]) -> None:
    server, port, _, fetched = world
    before = len(fetched)

    status, body = asked(server, "image", f"http://someone:hunter2@{ADMITTED}:{port}/a.png", pictures)

    assert (status, body["error"]["code"], len(fetched)) == (400, "invalid_image", before)
    assert "hunter2" not in str(body)
    assert b"hunter2" not in (server.data / "output.log").read_bytes()
