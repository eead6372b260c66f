"""Addresses: which channel an address belongs to, and which combinations make a participant."""

import re

from parlour.core.errors import (
    AddressEmpty,
    AddressEqualsProxy,
    AddressTypeMismatch,
    IdentityMissing,
    IdentityNotAcceptable,
    InvalidAddress,
    InvalidProxyAddress,
    ProjectedAddressNotAddable,
    ProxyNotSupported,
)

SMS = "sms"
EMAIL = "email"

_E164 = re.compile(r"\+[1-9][0-9]{1,14}")
_PREFIXED = re.compile(r"(messenger|rcs|gbm|apple):\S+")
_WHATSAPP = re.compile(r"whatsapp:\+[1-9][0-9]{1,14}")
_EMAIL = re.compile(r"[^@\s]+@[^@\s]+")
_SENDER = re.compile(r"[0-9]{3,8}|(?=.*[A-Za-z])[A-Za-z0-9 ]{1,11}")
"""Short codes and alphanumeric sender IDs, which can send SMS but can't be a person's own address."""


def channel_of(address: str) -> str | None:
    """The channel of a person's address: ``sms``, ``whatsapp``, ``messenger`` …; None if it is no address."""
    if _E164.fullmatch(address):
        return SMS
    if _WHATSAPP.fullmatch(address):
        return "whatsapp"
    prefixed = _PREFIXED.fullmatch(address)
    if prefixed is not None:
        return prefixed[1]
    return EMAIL if _EMAIL.fullmatch(address) else None


def _channel_of_proxy(proxy: str) -> str | None:
    return SMS if _SENDER.fullmatch(proxy) else channel_of(proxy)


def check_address(address: str) -> None:
    """Raises InvalidAddress."""
    if channel_of(address) is None:
        raise InvalidAddress


def check_proxy_address(proxy: str) -> None:
    """Raises InvalidProxyAddress."""
    if _channel_of_proxy(proxy) is None:
        raise InvalidProxyAddress


def check_projected_address(address: str) -> None:
    """Raises InvalidAddress unless it is a phone number: only group MMS projects."""
    if channel_of(address) != SMS:
        raise InvalidAddress


def check_pair(address: str, proxy: str) -> None:
    """Raises what keeps *proxy* from serving *address*."""
    if address == proxy:
        raise AddressEqualsProxy
    channel = channel_of(address)
    if channel == EMAIL:
        raise ProxyNotSupported
    if channel != _channel_of_proxy(proxy):
        raise AddressTypeMismatch


def check_parts(identity: str | None, address: str | None, proxy: str | None, projected: str | None) -> None:
    """Raises what keeps these from making one participant."""
    if identity is not None and (address is not None or proxy is not None):
        raise IdentityNotAcceptable
    if address is None and proxy is not None:
        raise AddressEmpty
    if identity is None and address is None and projected is None:
        raise IdentityMissing
    if address is not None and projected is not None:
        raise ProjectedAddressNotAddable
    if address is not None and proxy is not None:
        check_pair(address, proxy)


def binding_type(address: str | None, projected: str | None) -> str | None:
    """The type of the binding that these make; None for a plain chat participant."""
    if address is not None:
        return channel_of(address)
    return SMS if projected is not None else None
