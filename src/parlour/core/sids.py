"""SIDs: the keys of everything, a two-letter prefix and 32 hexadecimal digits."""

import re
import time
from enum import StrEnum
from random import getrandbits


class Prefix(StrEnum):
    """The two letters that say what kind of thing a SID names."""

    ACCOUNT = "AC"
    API_KEY = "SK"
    SERVICE = "IS"
    CONVERSATION = "CH"
    PARTICIPANT = "MB"
    MESSAGE = "IM"
    MEDIA = "ME"
    RECEIPT = "DY"
    CONVERSATION_WEBHOOK = "WH"
    USER = "US"
    ROLE = "RL"
    CREDENTIAL = "CR"
    BINDING = "BS"
    ADDRESS_CONFIGURATION = "IG"
    FLOW = "FW"
    MESSAGING_SERVICE = "MG"
    CONTENT = "HX"
    REQUEST = "RQ"
    DELIVERY = "WD"


_PATTERNS = {prefix: re.compile(f"{prefix}[0-9a-fA-F]{{32}}") for prefix in Prefix}


_62_BITS = (1 << 62) - 1


def new_sid(prefix: Prefix) -> str:
    """A fresh SID, such as ``CH`` + 32 lower-case hex digits, that sorts after those made earlier.

    It is unlike any other, but no secret: asking the system for better randomness would cost each request a call.
    """
    return sid_of(prefix, time.time_ns(), getrandbits(62))


def sid_of(prefix: Prefix, nanoseconds: int, random: int) -> str:
    """The SID of something made that many *nanoseconds* after 1970, told from its neighbours by 62 bits of *random*.

    The 128 bits are a UUIDv7 (RFC 9562, method 3): 48 bits of milliseconds, 12 bits of their fraction, 62 random
    bits. Neighbours in time are neighbours in every index.
    """
    milliseconds = nanoseconds // 1_000_000
    fraction = (nanoseconds - milliseconds * 1_000_000) * 4096 // 1_000_000
    # In three parts, since numbers above 64 bits take Python several times as long.
    return prefix + "%012x7%03x%016x" % (milliseconds, fraction, 1 << 63 | random & _62_BITS)  # noqa: UP031 - faster


def is_sid(value: str, prefix: Prefix) -> bool:
    """Whether *value* has the published pattern of that kind, ``^CH[0-9a-fA-F]{32}$``."""
    return _PATTERNS[prefix].fullmatch(value) is not None
