"""Names: the addresses of hosts, from /etc/hosts and DNS, without a thread that could be occupied.

The system's own way to find addresses takes a thread for each name, and there are few: forty names that no DNS server
answers kept all other names waiting, of whatever account.
"""

import asyncio
import socket
import time
from collections.abc import Sequence
from ipaddress import ip_address

from aiodns.error import ARES_ETIMEOUT, DNSError
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import AsyncResolver

FIRST_TRY_SECONDS = 0.5
"""For the first answer of a DNS server that is not known yet; every further try may take twice as long."""
MAX_TRIES = 4
MAX_LOOKUP_SECONDS = 4.5
"""For all tries together: less than a call may take, so that it can be said what was the matter."""
SILENCE_SECONDS = 2.0
"""How long a name for which no DNS server had an answer is not asked for again. It is less than the last pause between
two attempts of a delivery, or a short outage of DNS would use them all up without a question."""
MAX_SILENT_NAMES = 10_000
"""Names of which this is remembered."""


class Names(AbstractResolver):
    """Finds addresses by asking many names at the same time, however long each of them takes."""

    def __init__(self, nameservers: Sequence[str] = ()) -> None:
        """*nameservers*: the DNS servers to ask, such as ``192.0.2.53`` or ``192.0.2.53:5353``; without them, those of
        the system. Raises ValueError for what is no address."""
        for each in nameservers:
            _check_server(each)
        self._nameservers = list(nameservers)
        self._resolver: AsyncResolver | None = None
        self._silent: dict[str, float] = {}
        """By name that nobody answered for: until when it is not asked for."""

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        if self._silent.get(host, 0.0) > time.monotonic():
            raise OSError(None, "no DNS server answered a moment ago, and it was not asked again")
        try:
            async with asyncio.timeout(MAX_LOOKUP_SECONDS):
                return await self._asked().resolve(host, port, family)
        except TimeoutError:
            self._remember(host)
            raise OSError(None, f"no DNS server answered within {MAX_LOOKUP_SECONDS:g} seconds") from None
        except OSError as error:
            if isinstance(error.__cause__, DNSError) and error.__cause__.args[0] == ARES_ETIMEOUT:
                self._remember(host)
            raise

    async def close(self) -> None:
        if self._resolver is not None:
            await self._resolver.close()

    def _asked(self) -> AsyncResolver:
        if self._resolver is None:
            self._resolver = AsyncResolver(
                nameservers=self._nameservers or None, timeout=FIRST_TRY_SECONDS, tries=MAX_TRIES
            )
        return self._resolver

    def _remember(self, host: str) -> None:
        """*host* is silent, which makes room for it among the others by forgetting the oldest."""
        self._silent.pop(host, None)
        while len(self._silent) >= MAX_SILENT_NAMES:
            del self._silent[next(iter(self._silent))]
        self._silent[host] = time.monotonic() + SILENCE_SECONDS


def _check_server(text: str) -> None:
    """Raises ValueError unless it is an address, perhaps with a port."""
    is_bare = text.endswith("]") or (text.count(":") != 1 and not text.startswith("["))
    address, _, port = (text, "", "53") if is_bare else text.rpartition(":")
    try:
        ip_address(address.strip("[]"))
        is_port = 0 < int(port) < 65536
    except ValueError:
        is_port = False
    if not is_port:
        raise ValueError(f"{text!r} is not the address of a DNS server")
