"""Tokens that are not good, each with the code that it is refused with; all others of its parts are right."""

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from parlour.core.errors import (
    ApiError,
    InvalidToken,
    InvalidTokenGrants,
    InvalidTokenHeader,
    InvalidTokenIssuer,
    InvalidTokenSignature,
    TokenExpired,
    TokenNotYetValid,
)
from parlour.core.sids import Prefix, new_sid
from tests.access_tokens import HEADER, signed

DAY = 24 * 3600


@dataclass(frozen=True)
class World:
    """What a good token is made of, and what is another's."""

    account: str
    service: str
    key: str
    secret: str
    now: int
    others_key: str
    others_secret: str
    others_account: str
    others_service: str

    def claims(self, **changes: Any) -> dict[str, Any]:
        """Those of a good token, with changes; None leaves one out."""
        good = {
            "jti": f"{self.key}-{self.now}",
            "iss": self.key,
            "sub": self.account,
            "iat": self.now,
            "exp": self.now + 3600,
            "grants": {"identity": "dana", "chat": {"service_sid": self.service}},
        }
        return {name: value for name, value in (good | changes).items() if value is not None}

    def token(self, header: dict[str, Any] | None = None, **changes: Any) -> str:
        return signed(self.claims(**changes), self.secret, HEADER if header is None else header)

    def granting(self, **grants: Any) -> str:
        good = {"identity": "dana", "chat": {"service_sid": self.service}}
        return self.token(grants={name: value for name, value in (good | grants).items() if value is not None})


Make = Callable[[World], str]


def _without(name: str) -> dict[str, Any]:
    return {key: value for key, value in HEADER.items() if key != name}


def _part(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def _altered(world: World) -> str:
    header, _, signature = world.token().split(".")
    return ".".join((header, _part(world.claims(grants={"identity": "root"})), signature))


def _with_part(index: int, part: str) -> Make:
    def make(world: World) -> str:
        parts = world.token().split(".")
        parts[index] = part
        return ".".join(parts)

    return make


def _flipped(world: World) -> str:
    text = world.token()
    return text[:-10] + ("A" if text[-10] != "A" else "B") + text[-9:]


FORMS: dict[str, Make] = {
    "empty": lambda world: "",
    "no token at all": lambda world: "hello",
    "two parts": lambda world: world.token().rpartition(".")[0],
    "four parts": lambda world: world.token() + ".e30",
    "a line break at its end": lambda world: world.token() + "\n",
    "padding": lambda world: world.token() + "=",
    "the other base64": _with_part(0, "+/+/"),
    "letters beyond ASCII": lambda world: world.token() + "ä",
    "a part too short for a byte": _with_part(1, "e"),
    "a header that is no JSON": _with_part(0, "AAAA"),
    "a header that is a list": _with_part(0, _part([HEADER])),
    "a payload that is a text": _with_part(1, _part("dana")),
    "a payload that is no UTF-8": _with_part(1, "_____w"),
    "a payload of many levels": _with_part(1, base64.urlsafe_b64encode(b"[" * 9000).decode()),
    "very long": lambda world: world.token(more="x" * 20_000),
}
HEADERS: dict[str, Make] = {
    "no cty": lambda world: world.token(_without("cty")),
    "a wrong cty": lambda world: world.token({**HEADER, "cty": "twilio-fpa;v=2"}),
    "a number as cty": lambda world: world.token({**HEADER, "cty": 1}),
    "no typ": lambda world: world.token(_without("typ")),
    "a wrong typ": lambda world: world.token({**HEADER, "typ": "JWS"}),
    "no alg": lambda world: world.token(_without("alg")),
    "alg none": lambda world: world.token({**HEADER, "alg": "none"}),
    "alg None": lambda world: world.token({**HEADER, "alg": None}),
    "alg hs256": lambda world: world.token({**HEADER, "alg": "hs256"}),
    "HS384": lambda world: world.token({**HEADER, "alg": "HS384"}),
    "HS512": lambda world: world.token({**HEADER, "alg": "HS512"}),
    "RS256": lambda world: world.token({**HEADER, "alg": "RS256"}),
    "a list as alg": lambda world: world.token({**HEADER, "alg": ["HS256"]}),
    "something critical": lambda world: world.token({**HEADER, "crit": ["b64"], "b64": False}),
}
ISSUERS: dict[str, Make] = {
    "no iss": lambda world: world.token(iss=None),
    "no sub": lambda world: world.token(sub=None),
    "a number as iss": lambda world: world.token(iss=1),
    "an account as iss": lambda world: signed(world.claims(iss=world.account), world.secret),
    "an unknown key": lambda world: world.token(iss=new_sid(Prefix.API_KEY)),
    "an unknown account": lambda world: world.token(sub=new_sid(Prefix.ACCOUNT)),
    "the key of another account": lambda world: signed(world.claims(iss=world.others_key), world.others_secret),
    "another account": lambda world: world.token(sub=world.others_account),
    "a list as sub": lambda world: world.token(sub=[world.account]),
}
SIGNATURES: dict[str, Make] = {
    "another secret": lambda world: signed(world.claims(), world.others_secret),
    "no signature": lambda world: world.token().rpartition(".")[0] + ".",
    "a short signature": lambda world: world.token()[:-8],
    "one letter flipped": _flipped,
    "an altered payload": _altered,
    "another secret, and expired": lambda world: signed(world.claims(exp=1), world.others_secret),
    "another secret, and no grants": lambda world: signed(world.claims(grants=None), world.others_secret),
}
EXPIRATIONS: dict[str, Make] = {
    "no exp": lambda world: world.token(exp=None),
    "null as exp": lambda world: signed({**world.claims(), "exp": None}, world.secret),
    "a text as exp": lambda world: world.token(exp=str(world.now + 60)),
    "true as exp": lambda world: world.token(exp=True),
    "expired by 31 s": lambda world: world.token(iat=world.now - 600, exp=world.now - 31),
    "a lifetime of a day and 31 s": lambda world: world.token(exp=world.now + DAY + 31),
    "the same by nbf": lambda world: world.token(iat=None, nbf=world.now, exp=world.now + DAY + 31),
    "the same by now": lambda world: world.token(iat=None, exp=world.now + DAY + 120),
    "two days from yesterday": lambda world: world.token(iat=world.now - DAY, exp=world.now + DAY),
    "never": lambda world: world.token(exp=10**40),
    "a text as iat": lambda world: world.token(iat="now"),
    "no exp, and no grants": lambda world: world.token(exp=None, grants=None),
}
BEGINNINGS: dict[str, Make] = {
    "nbf in 40 s": lambda world: world.token(nbf=world.now + 40),
    "iat in 40 s": lambda world: world.token(iat=world.now + 40),
    "iat in a year": lambda world: world.token(iat=world.now + 365 * DAY, exp=world.now + 365 * DAY + 60),
    "a text as nbf": lambda world: world.token(nbf="now"),
}
GRANTS: dict[str, Make] = {
    "no grants": lambda world: world.token(grants=None),
    "a list as grants": lambda world: world.token(grants=[]),
    "no identity": lambda world: world.granting(identity=None),
    "an empty identity": lambda world: world.granting(identity=""),
    "an identity of 257 characters": lambda world: world.granting(identity="x" * 257),
    "a list as identity": lambda world: world.granting(identity=["dana"]),
    "true as identity": lambda world: world.granting(identity=True),
    "a huge number as identity": lambda world: world.granting(identity=10**400),
    "the system's identity": lambda world: world.granting(identity="system"),
    "a user's SID as identity": lambda world: world.granting(identity=new_sid(Prefix.USER)),
    "NUL in the identity": lambda world: world.granting(identity="da\0na"),
    "no chat grant": lambda world: world.granting(chat=None),
    "a text as chat grant": lambda world: world.granting(chat="yes"),
    "no service": lambda world: world.granting(chat={}),
    "no SID as service": lambda world: world.granting(chat={"service_sid": "default\0"}),
    "an unknown service": lambda world: world.granting(chat={"service_sid": new_sid(Prefix.SERVICE)}),
    "the service of another account": lambda world: world.granting(chat={"service_sid": world.others_service}),
    "a role that is none": lambda world: world.granting(
        chat={"service_sid": world.service, "deployment_role_sid": "admin"}
    ),
    "a push credential that is none": lambda world: world.granting(
        chat={"service_sid": world.service, "push_credential_sid": 7}
    ),
}
BROKEN: dict[type[ApiError], dict[str, Make]] = {
    InvalidToken: FORMS,
    InvalidTokenHeader: HEADERS,
    InvalidTokenIssuer: ISSUERS,
    InvalidTokenSignature: SIGNATURES,
    TokenExpired: EXPIRATIONS,
    TokenNotYetValid: BEGINNINGS,
    InvalidTokenGrants: GRANTS,
}
"""In the order in which a token is looked at."""
CODES = dict(zip(BROKEN, (20101, 20102, 20103, 20107, 20104, 20105, 20106), strict=True))


def broken() -> Iterator[tuple[str, Make, type[ApiError]]]:
    """Each broken token with its name and what it is refused with."""
    for refusal, makes in BROKEN.items():
        for name, make in makes.items():
            yield name, make, refusal
