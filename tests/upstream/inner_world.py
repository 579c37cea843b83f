"""A process in a network of its own, in which every address there is leads to a canary that counts.

Run as a module: it prints one JSON object, `refused` with the reason where this machine makes no namespace.
"""

from __future__ import annotations

import asyncio
import ctypes
import fcntl
import json
import os
import socket
import struct
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Any

from onebrush.kit.blobs import Scope, Spool
from onebrush.upstream.guarded import FetchFailed, GuardedDoor
from tests.upstream.hostile import ALSO, FAMOUS, groups, looked_up, with_port

CLONE_NEWUSER, CLONE_NEWNET = 0x10000000, 0x40000000
SIOCSIFFLAGS, IFF_UP = 0x8914, 1
RTM_NEWROUTE, NLM_F_REQUEST, NLM_F_ACK, NLM_F_CREATE = 24, 1, 4, 0x400
RT_TABLE_LOCAL, RTPROT_STATIC, RT_SCOPE_HOST, RTN_LOCAL, RTA_OIF = 255, 4, 254, 2, 4

PORTS = (80, 443)
PUBLIC = "93.184.216.34"
PICTURE = b"\x89PNG picture"
ANSWER = b"HTTP/1.1 200 OK\r\ncontent-length: %d\r\nconnection: close\r\n\r\n%b" % (len(PICTURE), PICTURE)


def leave_the_network() -> None:
    """Into a namespace whose own lo has every address. Raises OSError where that is not allowed."""
    libc = ctypes.CDLL(None, use_errno=True)
    flags = CLONE_NEWNET if os.geteuid() == 0 else CLONE_NEWUSER | CLONE_NEWNET
    if libc.unshare(flags) and libc.unshare(CLONE_NEWUSER | CLONE_NEWNET):
        code = ctypes.get_errno()
        raise OSError(code, os.strerror(code))
    with socket.socket() as any_socket:
        fcntl.ioctl(any_socket, SIOCSIFFLAGS, struct.pack("16sh14x", b"lo", IFF_UP))
    for family in (socket.AF_INET, socket.AF_INET6):
        _everything_is_local(family)


def _everything_is_local(family: int) -> None:
    """`ip route add local default dev lo`, without the program."""
    route = struct.pack("=8BI", family, 0, 0, 0, RT_TABLE_LOCAL, RTPROT_STATIC, RT_SCOPE_HOST, RTN_LOCAL, 0)
    body = route + struct.pack("=HHI", 8, RTA_OIF, socket.if_nametoindex("lo"))
    head = struct.pack("=IHHII", 16 + len(body), RTM_NEWROUTE, NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE, 1, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, socket.NETLINK_ROUTE) as netlink:
        netlink.send(head + body)
        (failed,) = struct.unpack_from("=i", netlink.recv(4096), 16)
    if failed:
        raise OSError(-failed, os.strerror(-failed))


@asynccontextmanager
async def canaries() -> AsyncIterator[list[str]]:
    """Listeners on both ports of every address; which address was dialled, in order."""
    heard: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heard.append(writer.get_extra_info("sockname")[0])
        await reader.read(65_536)
        writer.write(ANSWER)
        writer.close()

    async with AsyncExitStack() as stack:
        for port in PORTS:
            for host in ("0.0.0.0", "::"):
                await stack.enter_async_context(await asyncio.start_server(serve, host, port, backlog=512))
        yield heard


async def dialled(addresses: Sequence[str]) -> None:
    """Connect to each without any guard."""
    for address in addresses:
        for port in PORTS:
            _, writer = await asyncio.open_connection(address, port)
            writer.write(b"GET / HTTP/1.1\r\n\r\n")
            writer.close()
    await asyncio.sleep(0.1)


async def told(link: str, **settings: Any) -> str:
    """The picture behind a link, or `refused`."""
    door = GuardedDoor(lookup=looked_up, **settings)
    try:
        blob = await door.fetch(link, Scope(Spool(None)), limit=1000, seconds=5.0)
        return blob.read().decode("latin-1")
    except FetchFailed:
        return "refused"
    finally:
        await door.close()


async def report() -> dict[str, Any]:
    """What the canaries hear without a guard, with it, and for what the configuration allows."""
    inner = [address.strip("[]") for address in (*FAMOUS, *ALSO) if not address.startswith(("[::]", "[fe80", "[ff"))]
    async with canaries() as heard:
        await dialled(inner)
        unguarded = sorted(set(heard))
        heard.clear()
        links = [with_port(template, None) for listed in groups().values() for template in listed]
        let_through = [link for link in links if await told(link) != "refused"]
        await asyncio.sleep(0.2)
        reached, controls = list(heard), await _controls()
    return {
        "inner": sorted(set(inner)),
        "unguarded": unguarded,
        "links": len(links),
        "let_through": let_through,
        "reached": reached,
        "controls": controls,
    }


async def _controls() -> dict[str, str]:
    admitted = {"networks": ["10.0.0.5/32", "fd00::1/128", "64:ff9b::/96"]}
    return {
        "a public address": await told(f"http://{PUBLIC}/one.png"),
        "a public IPv6 address": await told("http://[2606:2800:220:1::1]/one.png"),
        "an admitted address": await told("http://10.0.0.5/one.png", **admitted),
        "an admitted IPv6 address": await told("http://[fd00::1]/one.png", **admitted),
        "a public address through an admitted translation": await told(f"http://[64:ff9b::{PUBLIC}]/", **admitted),
        "its neighbour": await told("http://10.0.0.6/one.png", **admitted),
        "an inner address through an admitted translation": await told("http://[64:ff9b::10.0.0.1]/", **admitted),
    }


def main() -> None:
    """Print the report."""
    try:
        leave_the_network()
    except OSError as error:
        json.dump({"refused": str(error)}, sys.stdout)
        return
    json.dump(asyncio.run(report()), sys.stdout)


if __name__ == "__main__":
    main()
