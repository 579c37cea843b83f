"""Where a stranger's link may lead: public addresses on ports 80 and 443, and what the operator admits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from ipaddress import ip_address, ip_network

from ssrfguard import DEFAULT_DENIED, AddressTable, Block, Policy, Reach, SSRFGuardError
from yarl import URL

PORTS = frozenset({80, 443})

# IPv6 is public within 2000::/3 only; the rest is reserved or special:
# https://www.iana.org/assignments/ipv6-address-space/ipv6-address-space.xhtml
_NOT_UNICAST = tuple(
    Block(network=ip_network(network), name="Outside 2000::/3", rfc="RFC4291", reach=Reach.DENIED)
    for network in ("::/3", "4000::/2", "8000::/1")
)
# The registry's exceptions (anycast services, addresses with another one inside) serve no pictures.
_SPECIAL = tuple(replace(block, reach=Reach.DENIED) for block in DEFAULT_DENIED.blocks)
_TABLE = AddressTable((*_SPECIAL, *_NOT_UNICAST))

_EVERYTHING = (ip_network("0.0.0.0/0"), ip_network("::/0"))
_ANYWHERE = Policy(allowed_networks=_EVERYTHING, allowed_ports=frozenset(range(1, 65_536)))


class OutOfBounds(Exception):
    """A link or an address that is not gone to."""


class Bounds:
    """`networks` (CIDR) and `ports` are what the operator admits beside public addresses on 80 and 443."""

    def __init__(self, *, networks: Sequence[str] = (), ports: Sequence[int] = ()) -> None:
        self._policy = Policy(
            denied_networks=_TABLE,
            allowed_networks=tuple(ip_network(network) for network in networks),
            allowed_ports=PORTS | frozenset(ports),
        )

    def check_dialled(self, address: str, port: int) -> None:
        """Raise OutOfBounds unless `address` (numeric) may be connected to on `port`."""
        if port not in self._policy.allowed_ports:
            raise OutOfBounds("the port is not admitted")
        try:
            self._policy.check_address(address)
            _check_inside(address)
        except (SSRFGuardError, ValueError) as error:
            raise OutOfBounds("the address is not public") from error

    def read(self, url: str, trusted: frozenset[str] = frozenset()) -> URL:
        """`url` as it will be dialled; `trusted` are `host:port` origins past which no address is asked.

        Raises OutOfBounds for what is no http(s) link, has credentials in it, or leads out of bounds by its port or
        its literal address.
        """
        try:
            _ANYWHERE.check_url(url)  # first of all: it bounds the length
            target = URL(url, encoded=url.isascii())  # signed links go as they were written
            policy = _ANYWHERE if origin_of(target) in trusted else self._policy
            seen = policy.check_url(str(target))
        except (SSRFGuardError, ValueError) as error:
            raise OutOfBounds("the link is out of bounds") from error
        if (seen.host, seen.port) != ((target.raw_host or "").lower(), target.port):
            raise OutOfBounds("the link reads in two ways")
        return target


def origin_of(url: URL) -> str:
    """`host:port`."""
    return f"{url.host}:{url.port}"


def _check_inside(address: str) -> None:
    """An admitted translation prefix (64:ff9b::/96) admits no inner address that is written inside it."""
    block = DEFAULT_DENIED.match(ip_address(address))
    if block is not None and block.reach is Reach.TRANSLATED:
        DEFAULT_DENIED.classify(address).raise_if_blocked()
