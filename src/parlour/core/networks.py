"""Networks: addresses of the Internet Protocol and sets of them, as people write them."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

NONE = "none"
SITE_PREFIX_BITS = 64
"""Of an IPv6 address: what one customer of a provider has at least."""


def networks(text: str) -> tuple[Network, ...]:
    """The addresses and networks in *text*, separated by commas; none for ``none``. Raises ValueError."""
    if text.strip().lower() in ("", NONE):
        return ()
    return tuple(ip_network(each.strip(), strict=False) for each in text.split(","))


def address(text: str) -> Address | None:
    """The address in *text*, also with a port or in brackets; None if it is none. IPv4 within IPv6 is IPv4."""
    bare = text.strip()
    if bare.startswith("["):
        bare = bare[1:].partition("]")[0]
    elif bare.count(":") == 1:
        bare = bare.partition(":")[0]
    try:
        found = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    return getattr(found, "ipv4_mapped", None) or found


def is_within(address: Address, networks: Sequence[Network]) -> bool:
    """Whether *address* lies in one of *networks*."""
    return any(address in each for each in networks if each.version == address.version)


def source_of(text: str) -> str:
    """Whom to hold responsible for what comes from an address: itself, or the network of the site it belongs to."""
    found = address(text)
    if found is None or found.version == 4:
        return str(found or text)
    return str(ip_network((found, SITE_PREFIX_BITS), strict=False))
