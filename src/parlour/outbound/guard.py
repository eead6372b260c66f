"""Guard: calls may not reach what only this machine or its network can reach, unless the operator allows it."""

import ipaddress
import socket
from functools import lru_cache

from aiohttp.abc import AbstractResolver, ResolveResult
from yarl import URL

from parlour.outbound.names import Names

_FORBIDDEN_HERE = (
    ipaddress.ip_network("100.64.0.0/10"),  # between a provider and its customers
    ipaddress.ip_network("64:ff9b::/96"),  # IPv4 behind a translator
    ipaddress.ip_network("64:ff9b:1::/48"),  # the same, of a network of one's own
    ipaddress.ip_network("2002::/16"),  # IPv4 in a tunnel
    ipaddress.ip_network("2001::/32"),  # the same, Teredo
    ipaddress.ip_network("192.88.99.0/24"),  # where such tunnels begin
    ipaddress.ip_network("::/96"),  # IPv4 written as IPv6, long given up
    ipaddress.ip_network("fec0::/10"),  # what private addresses of IPv6 were at first
)


class Forbidden(Exception):
    """The address is one that may not be reached."""


class Guard(AbstractResolver):
    """Resolves the names in URLs, and lets through only addresses of the public internet.

    The addresses it gives are the ones that are connected to, so that a name which answers differently the second
    time gains nothing. Redirects come here like the first request.
    """

    def __init__(self, *, allow_private: bool, resolver: AbstractResolver | None = None) -> None:
        """*resolver*: who knows the addresses of names."""
        self.allow_private = allow_private
        self._resolver = resolver or Names()

    def check(self, url: URL) -> None:
        """Raises Forbidden for another scheme and for an address, written in the URL itself, that is private."""
        if url.scheme not in ("http", "https") or not url.raw_host:
            raise Forbidden(f"Not a URL that can be called: {url.scheme}")
        if _is_address(url.raw_host):
            self._check_address(url.raw_host)

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        for result in found:
            self._check_address(result["host"])
        return found

    async def close(self) -> None:
        await self._resolver.close()

    def _check_address(self, text: str) -> None:
        if not self.allow_private and not is_public(ipaddress.ip_address(text.split("%")[0])):
            raise Forbidden(f"The address {text} is not public, and webhook_allow_private is off.")


@lru_cache(1024)
def _is_address(host: str) -> bool:
    """Whether *host* is an address rather than a name."""
    try:
        ipaddress.ip_address(host.split("%")[0])
    except ValueError:
        return False
    return True


def is_public(address: ipaddress.IPv4Address | ipaddress.IPv6Address) -> bool:
    """Whether *address* belongs to the public internet: not private, loopback, link-local, multicast, reserved."""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        return is_public(address.ipv4_mapped)
    if any(address.version == net.version and address in net for net in _FORBIDDEN_HERE):
        return False
    return address.is_global and not address.is_multicast and not address.is_reserved
