"""Usage counts: how often an account called what, as parlour counts it to say how well an application fits."""

import re
from collections import Counter
from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum

import msgspec

MAX_NAMES = 1000
"""Different names that are counted of one subject in one account; names may be made up by the caller."""
MAX_NAME_LENGTH = 64
"""Characters of a name that a caller made up."""


class Subject(StrEnum):
    """What is counted. A name of most begins with the id of the operation: ``CreateUser Identity``."""

    OPERATION = "operation"
    PARAMETER = "parameter"
    """Sent to the operation, and published."""
    UNKNOWN_PARAMETER = "unknown parameter"
    """Sent to the operation, which ignored it."""
    ERROR = "error"
    """The code of a refusal."""
    BEYOND = "beyond"
    """The code that a published limit would have answered, had limits not been relaxed."""
    UNSERVED = "unserved"
    """Method and path of what is no operation: ``GET /v1/Users/{}/Photos``."""
    SDK = "sdk"
    """The library that called, and its version."""


class UsageCount(msgspec.Struct, frozen=True):
    """One count of one account."""

    subject: str
    name: str
    count: int
    first_at: datetime
    last_at: datetime


class CountedCall(msgspec.Struct, frozen=True):
    """What calls have in common that are counted together."""

    operation: str
    agent: str
    """The header User-Agent."""
    parameters: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    """Names of parameters that the operation does not have."""
    code: int = 0
    """Of the refusal; 0 if there was none."""


Names = Mapping[tuple[Subject, str], int]
"""How often, by subject and name."""


def names_of(call: CountedCall, times: int) -> Names:
    """What *times* equal calls add to the usage counts of their account."""
    names = [
        (Subject.OPERATION, call.operation),
        (Subject.SDK, sdk_of(call.agent)),
        *((Subject.PARAMETER, f"{call.operation} {name}") for name in call.parameters),
        *((Subject.UNKNOWN_PARAMETER, f"{call.operation} {printable(name)}") for name in call.unknown),
    ]
    if call.code:
        names.append((Subject.ERROR, f"{call.operation} {call.code}"))
    return Counter(dict.fromkeys(names, times))


_PRODUCT = re.compile(r"([A-Za-z][A-Za-z0-9_.-]{0,40})/([A-Za-z0-9_.+-]{1,30})(?![^ ;,)])")


def sdk_of(agent: str) -> str:
    """Library and version that a User-Agent begins with: ``twilio-python 9.8.0``; ``other`` if it has another form."""
    product = _PRODUCT.match(agent)
    return f"{product[1]} {product[2]}" if product is not None else "other"


def printable(name: str) -> str:
    """*name* as it can be stored and shown: short, and without what is no visible character."""
    return "".join(character if character.isprintable() else "?" for character in name[:MAX_NAME_LENGTH])
