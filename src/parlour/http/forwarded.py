"""Forwarded: what proxies say of the requests that they pass on, believed of those that the operator trusts.

It is written into the ASGI scope before anything reads it, so that URLs, logs and counters all go by the same.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

import falcon.asgi

from parlour.core.errors import MalformedRequest
from parlour.core.networks import address, is_within, networks

NAMES = frozenset((b"forwarded", b"x-forwarded-for", b"x-forwarded-proto", b"x-forwarded-host"))
"""The headers by which a proxy makes itself known, as ASGI has them."""

_SCHEMES = ("http", "https")
_HOST = re.compile(r"(?:[A-Za-z0-9._~-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{0,5})?")
_PAIR = re.compile(r'\s*([A-Za-z]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^";,\s]*))\s*(;|,|$)')


class _Hop(NamedTuple):
    """What one proxy says of who connected to it."""

    client: str
    scheme: str
    host: str


class Proxies:
    """The proxies in front of parlour. *trusted*: their addresses and networks; *on_seen*: called for each request
    that some proxy passed on, trusted or not."""

    def __init__(self, trusted: str, on_seen: Callable[[], None]) -> None:
        self._trusted, self._on_seen = networks(trusted), on_seen

    def settle(self, scope: dict[str, Any]) -> None:
        """The scope of a request with a header of NAMES is now that of the request as the client sent it."""
        self._on_seen()
        peer = scope.get("client")
        if peer is not None and not self._is_trusted(peer[0]):
            return
        sent = _values(scope["headers"])
        hops = list(_published(sent["forwarded"])) if len(sent) == 1 and "forwarded" in sent else _usual(sent)
        client, hop = self._outermost("" if peer is None else peer[0], hops)
        if client:
            scope["client"] = (client, 0)
        if hop.scheme.lower() in _SCHEMES:
            scope["scheme"] = hop.scheme.lower()
        if _HOST.fullmatch(hop.host):
            headers = [each for each in scope["headers"] if each[0] != b"host"]
            scope["headers"] = [*headers, (b"host", hop.host.encode())]

    def _outermost(self, peer: str, hops: Sequence[_Hop]) -> tuple[str, _Hop]:
        """The client's address and what the outermost trusted proxy says: what stands further left, anybody may have
        written."""
        client, outermost = peer, hops[-1]
        for hop in reversed(hops):
            found = address(hop.client)
            if client and not self._is_trusted(client):
                break
            outermost = hop
            if found is None:
                break
            client = str(found)
        return client, outermost

    def _is_trusted(self, text: str) -> bool:
        found = address(text)
        return found is not None and is_within(found, self._trusted)


def origin(request: falcon.asgi.Request) -> str:
    """The beginning of the URL to which the client sent *request*; raises MalformedRequest for a host that is none.

    It goes into every URL of an answer, which clients follow with their credentials.
    """
    host = request.netloc
    if not _HOST.fullmatch(host) and request.get_header("Host") is not None:
        raise MalformedRequest
    return f"{request.scheme}://{host}"


def origin_of(scope: dict[str, Any]) -> str:
    """The same for a request that is known by its ASGI scope only, and that has to name its host."""
    host = next((value.decode("latin-1") for name, value in scope["headers"] if name == b"host"), "")
    if not _HOST.fullmatch(host):
        raise MalformedRequest
    return f"{scope['scheme']}://{host}"


def _values(headers: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, value in headers:
        if name in NAMES:
            key = name.decode()
            values[key] = f"{values[key]},{value.decode('latin-1')}" if key in values else value.decode("latin-1")
    return values


def _usual(sent: dict[str, str]) -> list[_Hop]:
    """The ``X-Forwarded-*`` headers. They win over ``Forwarded``, which the proxies that set them pass on unread."""
    clients, schemes, hosts = (
        [each.strip() for each in sent.get(f"x-forwarded-{name}", "").split(",")] for name in ("for", "proto", "host")
    )
    return [
        _Hop(client, *(each[place] if len(each) == len(clients) else each[-1] for each in (schemes, hosts)))
        for place, client in enumerate(clients)
    ]


def _published(value: str) -> Iterator[_Hop]:
    """The elements of ``Forwarded`` (RFC 7239); what is not written as it should be ends them."""
    position, pairs = 0, dict[str, str]()
    while position < len(value):
        found = _PAIR.match(value, position)
        if found is None:
            break
        name, quoted, token, end = found.groups()
        pairs[name.lower()] = token if quoted is None else re.sub(r"\\(.)", r"\1", quoted)
        position = found.end()
        if end != ";":
            yield _Hop(pairs.get("for", ""), pairs.get("proto", ""), pairs.get("host", ""))
            pairs = {}
    if position < len(value) or not value or pairs:
        yield _Hop("", "", "")
