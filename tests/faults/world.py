"""A small world for a fault: the sandbox as its own process, proxies before it, gateways behind, and the oracle."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from secrets import token_hex
from tempfile import TemporaryDirectory
from typing import Any

from tests import running
from tests.faults import oracle
from tests.faults.proxy import Exchange, Proxy, Script, passing
from tests.running import Answer, Listening, Server

KEY = "sk-rig-example"
ROOT = Path(__file__).parent.parent.parent
FAMILIES = ("openai", "gemini", "ark", "dashscope")
MODELS: Mapping[str, Mapping[str, Any]] = {
    "openai": {"model": "gpt-image-2", "size": "1024x1024", "quality": "low"},
    "gemini": {"model": "gemini-nano-banana-2.1", "size": "1K"},
    "ark": {"model": "doubao-seedream-4-0-250828", "size": "1024x1024"},
    "dashscope": {"model": "qwen-image-plus", "size": "1328x1328"},
}
INLINE, LINKED = ("openai", "gemini"), ("ark", "dashscope")
PATHS = {
    "openai": "/openai/v1",
    "gemini": "/gemini/v1beta",
    "ark": "/ark/api/v3",
    "dashscope": "/dashscope/api/v1",
}
HOPELESS = 60.0
BOUGHT = ["reserved", "sent", "settled"]
RELEASED = ["reserved", "sent", "released"]
UNRESOLVED = ["reserved", "sent", "unresolved"]


class World:
    """One data folder, and everything around it.

    Every family is a live provider whose vendor is `vendor`, through `proxy`; the sandbox draws, the money is as if
    it were real. `bought` is label -> how many calls it may cost where that is not one; `unstored` is label -> the
    areas of its pictures, where they were handed over without being kept; `notes` is generation id -> label where the
    record cannot tell.
    """

    def __init__(self, folder: Path, vendor: Server, stack: ExitStack, **settings: Any) -> None:
        self.folder, self.vendor, self.data = folder, vendor, folder / "data"
        self.handles = folder / "handles"
        self.handles.mkdir(parents=True, exist_ok=True)
        self.settings: dict[str, Any] = settings
        self.proxies: list[Proxy] = []
        self.proxy = self.another_proxy(stack)
        self.bought: dict[str, int] = {}
        self.unstored: dict[str, list[int]] = {}
        self.notes: dict[str, str] = {}
        # Where the data folder is seen from here; another place where a gateway has mounts of its own.
        self.seen = self.data
        self.last_config = folder
        self._stack, self._mark, self._labels = stack, token_hex(3), 0

    # What is asked

    def another_proxy(self, stack: ExitStack | None = None, script: Script = passing) -> Proxy:
        """A further way to the vendor."""
        proxy = Proxy(self.vendor.url, script=script)
        (stack or self._stack).callback(proxy.close)
        self.proxies.append(proxy)
        return proxy

    def label(self) -> str:
        """A word for a prompt that no other request has."""
        self._labels += 1
        return f"label-{self._mark}-{self._labels}"

    def body(self, family: str = "openai", label: str | None = None, **more: Any) -> dict[str, Any]:
        """A request for one picture of a family, under a label of its own."""
        return {**MODELS[family], "prompt": f"a fox in the snow, {label or self.label()}", **more}

    # Gateways

    def config(self, **settings: Any) -> Path:
        """The settings file of a gateway in this world."""
        ports = sorted({proxy.port for proxy in self.proxies} | set(settings.pop("fetch_ports", ())))
        providers = settings.pop("providers", {})
        own = {
            "keys": [KEY],
            "disk_reserve": 0,
            "fetch_networks": ["127.0.0.1/32"],
            "fetch_ports": ports,
            "sandbox_url": self.vendor.url,  # else each gateway would start one of its own
        }
        accounts = {
            family: {"api_key": "sandbox", "base_url": self.proxy.url + PATHS[family], **providers.get(family, {})}
            for family in FAMILIES
        }
        path = self.last_config = self.folder / f"{token_hex(4)}.toml"
        path.write_text(toml({**own, **self.settings, **settings, "providers": accounts}), "utf-8")
        return path

    @contextmanager
    def gateway(
        self,
        *,
        replaced: Mapping[str, Any] | None = None,
        within: Sequence[str] = (),
        environ: Mapping[str, str] | None = None,
        **settings: Any,
    ) -> Iterator[Server]:
        """A gateway process over the data folder, stopped with the block where it still runs.

        `replaced` are constants (see tests.faults.gateway.replace), `within` is a command that runs it in turn.
        """
        said = [word for name, value in (replaced or {}).items() for word in ("--set", f"{name}={json.dumps(value)}")]
        command = [str(self.handles), *said, "--", "serve", "--port", "0", "--data", str(self.data)]
        config = self.config(**settings)
        paths = [str(ROOT / "src"), str(ROOT), os.environ.get("PYTHONPATH", "")]
        with running.started(
            [*command, "--config", str(config)],
            {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths)), **(environ or {})},
            self.data,
            "OneBrush listens on ",
            module="tests.faults.gateway",
            within=within,
            log=config.with_suffix(".log"),
        ) as server:
            yield Server(
                url=server.url, process=server.process, data=self.data, headers={"Authorization": f"Bearer {KEY}"}
            )

    def arm(self, point: str, passage: int = 1) -> None:
        """The gateway kills itself at this passage of the point."""
        (self.handles / "kill").write_text(f"{point} {passage}")

    def disarm(self) -> None:
        """No point is deadly any more."""
        (self.handles / "kill").unlink(missing_ok=True)

    def set_clock(self, error: float) -> None:
        """The gateway's wall clock is wrong by so many seconds from now on."""
        (self.handles / "clock").write_text(str(error))

    # Asking

    def ask(self, server: Listening, family: str = "openai", **more: Any) -> Answer:
        """One picture, under a label of its own; `headers` are the request's."""
        headers = more.pop("headers", {})
        body = self.body(family, **more)
        answer = server.generate(body, **headers)
        if name := answer.headers.get("x-request-id"):
            self.notes.setdefault(name, label_in(body))
        return answer

    def record(self, server: Listening, generation: str) -> dict[str, Any]:
        """The record as its owner sees it."""
        found = server.ask(f"/v1/images/generations/{generation}")
        assert found.status == 200, found.body[:500]
        return dict(found.json())

    # What came of it

    def outcome(self, server: Listening, family: str = "openai", **more: Any) -> Outcome:
        """Ask for one picture, and what came of it: for the caller, in the record, in the ledger."""
        before = len(self.calls())
        answer = self.ask(server, family, **more)
        name = answer.headers["x-request-id"]
        self.wait_terminal()
        found = self.rows("SELECT status FROM generations WHERE id=?", name)
        return Outcome(
            answer=answer,
            id=name,
            status=found[0]["status"] if found else "",
            money=self.money(name),
            calls=len(self.calls()) - before,
        )

    def calls(self) -> list[Exchange]:
        """Every call that came to a proxy of this world."""
        return [exchange for proxy in self.proxies for exchange in proxy.of("call")]

    def rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        """A read of the gateway's database, past the gateway."""
        if not (self.seen / "onebrush.db").exists():
            return []
        with self.database() as path, closing(oracle.opened(path)) as opened:
            return [dict(row) for row in opened.execute(statement, values)]

    @contextmanager
    def database(self) -> Iterator[Path]:
        """The database's file, to be read; a copy where it is only seen through another process's mounts."""
        if self.seen == self.data:
            yield self.data / "onebrush.db"
            return
        # SQLite goes by the path that a link leads to, and through /proc that is our own file system's.
        with TemporaryDirectory(dir=self.folder) as folder:
            for file in self.seen.glob("onebrush.db*"):
                if not file.name.endswith("-shm"):
                    shutil.copy(file, folder)
            yield Path(folder) / "onebrush.db"

    def note(self, label: str) -> list[str]:
        """Generations that nobody has named yet are this label's; their ids."""
        known = set(self.notes)
        new = [row["id"] for row in self.rows("SELECT id FROM generations ORDER BY created") if row["id"] not in known]
        self.notes.update(dict.fromkeys(new, label))
        return new

    def money(self, generation: str) -> list[str]:
        """The moves of a generation's money, in order; with several attempts, each one's after the other's."""
        rows = self.rows("SELECT attempt, state FROM ledger WHERE generation=? ORDER BY seq", generation)
        order = list(dict.fromkeys(row["attempt"] for row in rows))
        return [row["state"] for attempt in order for row in rows if row["attempt"] == attempt]

    def wait_terminal(self, seconds: float = HOPELESS) -> float:
        """Wait until nothing is unfinished; how long it took. Raises AssertionError when it never is."""
        began = time.monotonic()
        while unfinished := self.rows("SELECT id, status FROM generations WHERE finished IS NULL"):
            assert time.monotonic() - began < seconds, f"still unfinished after {seconds:g} s: {unfinished[:5]}"
            time.sleep(0.05)
        return time.monotonic() - began

    def verdict(self, *, alone: bool = False) -> oracle.Verdict:
        """What the oracle says now; `alone`: the sandbox is this world's only, so that no call may be a stranger's."""
        seen = [exchange for proxy in self.proxies for exchange in proxy.exchanges]
        count = self.vendor.data / "calls.jsonl"
        with self.database() as database:
            facts = oracle.read(database, self.seen / "pictures", count, seen, self.notes, strangers=alone)
        return oracle.judge(facts, self.bought, self.unstored)

    def paid(self, label: str) -> int:
        """How often the vendor was paid for this label."""
        seen = [exchange for proxy in self.proxies for exchange in proxy.exchanges]
        return sum(call.label == label for call in oracle.paid(self.vendor.data / "calls.jsonl", seen))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one request; `money` are the moves of the ledger, `calls` how many reached a proxy."""

    answer: Answer
    id: str
    status: str
    money: Sequence[str]
    calls: int

    @property
    def code(self) -> str:
        """The code of the error a caller was told."""
        return str(self.answer.json()["error"]["code"])


class Asking(threading.Thread):
    """A request on its way while the test does something else; `answer` is None where the connection broke."""

    def __init__(self, server: Listening, body: Mapping[str, Any], **headers: str) -> None:
        super().__init__(daemon=True)
        self._server, self._body, self._headers = server, body, headers
        self.answer: Answer | None = None
        self.start()

    def run(self) -> None:
        with suppress(OSError):
            self.answer = self._server.generate(self._body, **self._headers)

    def done(self, seconds: float = HOPELESS) -> Answer | None:
        """Wait for its end."""
        self.join(seconds)
        assert not self.is_alive(), f"no end within {seconds:g} s"
        return self.answer


def label_in(body: Mapping[str, Any]) -> str:
    """The label of a request."""
    found = oracle.LABEL.search(body["prompt"])
    assert found, "a request of the rig has a label"
    return found[0]


def pictures_in(answer: Answer, server: Listening) -> list[bytes]:
    """The pictures of an answer or record, fetched where they are links."""
    said = answer.json()
    data = said.get("result", said)["data"]
    return [base64.b64decode(one["b64_json"]) if "b64_json" in one else server.ask(one["url"]).body for one in data]


def kill(server: Server) -> None:
    """kill -9, and wait until it is gone."""
    with suppress(ProcessLookupError):
        os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait(10)


def wait_ready(server: Server, seconds: float = HOPELESS) -> float:
    """Wait until it says it is ready; how long it took from here."""
    began = time.monotonic()
    while time.monotonic() - began < seconds:
        with suppress(OSError):
            if server.ask("/readyz").status == 200:
                return time.monotonic() - began
        time.sleep(0.02)
    raise AssertionError(f"not ready within {seconds:g} s")


def toml(values: Mapping[str, Any], within: str = "") -> str:
    """Settings as a TOML file: scalars and lists first, then the tables."""
    tables = {name: value for name, value in values.items() if isinstance(value, Mapping)}
    lines = [f"{name} = {json.dumps(value)}" for name, value in values.items() if name not in tables]
    head = [f"[{within}]"] if within and lines else []
    inner = [toml(value, f"{within}.{name}" if within else name) for name, value in tables.items()]
    return "\n".join([*head, *lines, *inner]) + "\n"
