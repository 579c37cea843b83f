"""Links that lead inside by every disguise we know, as templates: `{p}` is where a port may stand (`:8080`)."""

from __future__ import annotations

import socket
from collections.abc import Iterator, Mapping
from ipaddress import IPv4Address, IPv6Address, ip_network
from typing import Any

# What RELIABILITY calls refused after resolution, and what else is no public unicast address.
FOUR = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24",
    "224.0.0.0/4", "240.0.0.0/4",
)  # fmt: skip
SIX = (
    "::/128", "::1/128", "::/96", "::ffff:0:0/96", "::ffff:0:0:0/96", "64:ff9b::/96", "64:ff9b:1::/48", "100::/64",
    "2001::/32", "2001:db8::/32", "2002::/16", "3fff::/20", "5f00::/16", "fc00::/7", "fe80::/10", "fec0::/10",
    "ff00::/8",
)  # fmt: skip
FAMOUS = ("127.0.0.1", "169.254.169.254", "10.0.0.5", "100.64.0.1")
ALSO = ("169.254.170.2", "100.100.100.200", "192.0.0.192", "192.0.0.9", "192.168.0.1", "172.17.0.1", "[fd00::1]",
        "[fd00:ec2::254]", "[fe80::1]", "[fec0::1]", "[::2]", "[::1]", "[::]", "[ff02::1]")  # fmt: skip

NAMES: Mapping[str, tuple[str, ...]] = {
    "inner.example": ("127.0.0.1",),
    "127.0.0.1.pointer.example": ("127.0.0.1",),
    "cloud.example": ("169.254.169.254",),
    "six.example": ("::1",),
    "mapped.example": ("::ffff:127.0.0.1",),
    "scoped.example": ("fe80::1%lo",),
    "unique.example": ("fd00::1",),
    "both.example": ("10.0.0.5", "fd00::1"),
    "metadata.google.internal": ("169.254.169.254",),
    "xn--nner-mpa.example": ("10.0.0.5",),
}


def ends(networks: tuple[str, ...]) -> Iterator[str]:
    """The first, the middle and the last address of each, as a host of a link."""
    for network in map(ip_network, networks):
        first, last = int(network[0]), int(network[-1])
        for value in dict.fromkeys((first, (first + last) // 2, last)):
            yield str(IPv4Address(value)) if network.version == 4 else f"[{IPv6Address(value)}]"


def looked_up(host: str, port: int, family: int = 0, *rest: int) -> list[Any]:
    """`socket.getaddrinfo`, with our names in it and no other name asked of a server."""
    name = host.lower().rstrip(".")
    if name in NAMES:
        return [_row(address, port) for address in NAMES[name]]
    if name.endswith((".example", ".internal")):
        raise socket.gaierror(socket.EAI_NONAME, "no such name here")
    return socket.getaddrinfo(host, port, family, *rest)


def _row(address: str, port: int) -> tuple[Any, ...]:
    if ":" in address:
        return (socket.AF_INET6, socket.SOCK_STREAM, 6, "", (address, port, 0, 0))
    return (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))


def _respelled(address: str) -> Iterator[str]:
    """The same IPv4 address as somebody's parser might still read it."""
    a, b, c, d = (int(part) for part in address.split("."))
    whole, rest = int(IPv4Address(address)), (b << 16) + (c << 8) + d
    yield from (str(whole), f"0{whole:o}", f"0x{whole:x}", f"0X{whole:X}", f"000{whole:o}", str(whole + 2**32))
    yield from (f"{a}.{rest}", f"{a}.{b}.{(c << 8) + d}", f"0x{a:x}.{rest}", f"0{a:o}.{b}.{(c << 8) + d}")
    yield from (f"0{a:o}.0{b:o}.0{c:o}.0{d:o}", f"0x{a:x}.0x{b:x}.0x{c:x}.0x{d:x}", f"0x{a:02x}.{b}.0{c:o}.{d}")
    yield from (f"{a:03}.{b:03}.{c:03}.{d:03}", f"{a + 256}.{b}.{c}.{d}", f"{address}.", f"{address}..")
    yield from (_drawn(address, 0xFF10), _drawn(address, 0x1D7CE), _circled(address), f"{address}%00", f"{address}%2e")
    yield from (address.replace(".", dot) for dot in ("\u3002", "\uff0e", "\uff61", "%2e", "%252e"))
    yield "".join(f"%{ord(character):02x}" for character in address)


def _drawn(address: str, zero: int) -> str:
    return "".join(chr(zero + int(character)) if character.isdigit() else character for character in address)


def _circled(address: str) -> str:
    return "".join(
        ("\u24ea" if character == "0" else chr(0x245F + int(character))) if character.isdigit() else character
        for character in address
    )


def _wrapped(address: str) -> Iterator[str]:
    """The same IPv4 address inside an IPv6 one."""
    four = int(IPv4Address(address))
    high, low = f"{four >> 16:x}", f"{four & 0xFFFF:x}"
    turned = four ^ 0xFFFFFFFF
    yield from (
        f"[::ffff:{address}]",
        f"[::ffff:{high}:{low}]",
        f"[0:0:0:0:0:ffff:{address}]",
        f"[::FFFF:{high}:{low}]",
    )
    yield from (f"[::{address}]", f"[::ffff:0:{address}]", f"[64:ff9b::{address}]", f"[64:ff9b:1::{address}]")
    yield from (f"[2002:{high}:{low}::]", f"[2002:{high}:{low}::1]", f"[2001:0:{high}:{low}::1]")
    yield from (f"[2001::{turned >> 16:x}:{turned & 0xFFFF:x}]", f"[fe80::5efe:{address}]", f"[::ffff:{address}%25lo]")


WORDS = (
    "localhost", "localhost.", "LOCALHOST", "LocalHost", "localhost.localdomain", "ip6-localhost", "ip6-loopback",
    "loc\u00adalhost", "\u24db\u24de\u24d2\u24d0\u24db\u24d7\u24de\u24e2\u24e3",
    "\uff4c\uff4f\uff43\uff41\uff4c\uff48\uff4f\uff53\uff54", "localho\u017ft", "local\u200bhost", "local%68ost",
    "localhost%2eexample", "localhost%00.example", "*", "0", "0x0", "00", "0.0", "[::1%25lo]", "[::1%lo]",
    "[0:0:0:0:0:0:0:1]", "[0000::0001]", "[::0:1]", "[::1].", "[[::1]]", "::1", "[v1.::1]", "[127.0.0.1]",
    *NAMES, *(f"{name.upper()}." for name in NAMES),
)  # fmt: skip

TRICKS = (
    "http://user@{h}{p}/", "http://user:secret@{h}{p}/", "http://:@{h}{p}/", "http://@{h}{p}/",
    "http://a.example@{h}{p}/", "http://a.example:80@{h}{p}/", "http://a.example%40{h}{p}/",
    "http://{h}{p}\\@a.example/", "http://a.example\\@{h}{p}/", "http://{h}{p}#@a.example/",
    "http://a.example#@{h}{p}/", "http://{h}{p}?@a.example/", "http://a.example?@{h}{p}/",
    "http://a.example;@{h}{p}/", "http://a.example &@{h}{p}# @a.example/", "http:\\\\{h}{p}\\", "http:/\\{h}{p}/",
    "http:\\/{h}{p}/", "http:/{h}{p}/", "http:{h}{p}/", "http:///{h}{p}/", "http:////{h}{p}/", "//{h}{p}/",
    "\\\\{h}{p}\\", "/\\{h}{p}/", "///{h}{p}/", "{h}{p}/", " http://{h}{p}/", "http://{h}{p}/ ", "\thttp://{h}{p}/",
    "ht\ntp://{h}{p}/", "http://\t{h}{p}/", "http://{h}\t{p}/", "http://{h}\n{p}/", "http://{h}\r\n{p}/",
    "http://{h}{p}/\r\nX-A: b", "http://\x00{h}{p}/", "http://{h}\x00.example{p}/", "http://{h}%0d%0a{p}/",
    "http://{h}%09{p}/", "http://{h}%20{p}/", "http://\ufeff{h}{p}/", "http://\u200b{h}{p}/", "http://{h}\u200b{p}/",
    "http://{h}\u2044a.example{p}/", "http://{h}\ud800{p}/", "http://{h}{p}\uff0f@a.example/",
    "http://a.example\uff20{h}{p}/", "http://a.example\uff03@{h}{p}/", "http\uff1a//{h}{p}/", "hTTp://{h}{p}/",
    "HTTP://{h}{p}/", "https://{h}{p}/", "http://http://{h}{p}/", "url:http://{h}{p}/", "http://{h}{p}",
    "http://[{h}]{p}/", "http://{h}:80:80/", "http://{h}:+80/", "http://{h}:0080/", "http://{h}:\uff18\uff10/",
    "http://{h}:\u0668\u0660/", "http://{h}:080/", "http://{h}:/", "http://{h}:0/", "http://{h}:-1/",
    "http://{h}:65616/", "http://{h}:22/", "http://{h}:6379/", "http://{h}:99999/", "http://{h}: 80/",
)  # fmt: skip

SCHEMES = (
    "file:///etc/passwd", "file://{h}/etc/passwd", "FILE:///etc/passwd", "ftp://{h}{p}/a.png", "ftps://{h}{p}/",
    "gopher://{h}{p}/_GET", "dict://{h}{p}/info", "ldap://{h}{p}/", "tftp://{h}{p}/a", "sftp://{h}{p}/a",
    "ws://{h}{p}/", "wss://{h}{p}/", "smb://{h}/share", "jar:http://{h}{p}/a!/b", "netdoc:///etc/passwd",
    "unix:///run/a.sock", "http+unix://%2Frun%2Fa.sock/", "javascript:fetch('//{h}')", "blob:http://{h}{p}/",
    "view-source:http://{h}{p}/", "about:blank", "phar://{h}/a", "php://filter/resource=http://{h}{p}/",
    "httpx://{h}{p}/", "http2://{h}{p}/", "s3://{h}/a.png", "gs://{h}/a.png", "tel:1", "mailto:a@a.example",
    "intent://{h}{p}/", "cid:a",
)  # fmt: skip


def groups() -> dict[str, list[str]]:
    """Every template by kind of disguise; none twice."""
    hosts = {
        "inner ranges": [*ends(FOUR), *ends(SIX), *ALSO],
        "other spellings": [host for address in FAMOUS for host in _respelled(address)],
        "one inside another": [host for address in FAMOUS for host in _wrapped(address)],
        "names": list(WORDS),
    }
    links = {kind: [f"http://{host}{{p}}/one.png" for host in listed] for kind, listed in hosts.items()}
    links["tls"] = [f"https://{host}{{p}}/one.png" for host in (*FAMOUS, *ALSO, *WORDS)]
    links["tricks"] = [trick.replace("{h}", host) for trick in TRICKS for host in ("127.0.0.1", "[::1]")]
    links["schemes"] = [scheme.replace("{h}", "127.0.0.1") for scheme in SCHEMES]
    seen: dict[str, None] = {}
    kept: dict[str, list[str]] = {}
    for kind, listed in links.items():
        kept[kind] = [link for link in dict.fromkeys(listed) if link not in seen]
        seen.update(dict.fromkeys(listed))
    return kept


def with_port(template: str, port: int | None) -> str:
    """The link itself; without a port it is the scheme's own."""
    return template.replace("{p}", f":{port}" if port else "")
