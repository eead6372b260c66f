"""The request of a webhook: one event put into a signed form, sent once, and what is kept of it."""

from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from functools import lru_cache, partial
from urllib.parse import quote, quote_plus, unquote, urljoin, urlsplit

import msgspec

from parlour import __version__
from parlour.contract.delivery import Attempt
from parlour.outbound.answers import storable
from parlour.outbound.client import Client, Exchange, Request
from parlour.resources.deliveries.model import Exchanged, public_headers
from parlour.webhooks.sign import signature, signed_text

FORM = "application/x-www-form-urlencoded; charset=utf-8"
_ASCII = "".join(map(chr, range(33, 127)))
_QUOTED = {byte: quote_plus(bytes([byte])) for byte in range(256)}
"""How each byte of a value is written in a form."""
_SAME_METHOD = (307, 308)
_SEE_OTHER = 303


class SignedRequest(Request, frozen=True):
    """The request of a webhook."""

    signed: str
    """The text that the signature is of."""


async def call(
    client: Client, method: str, url: str, parameters: Mapping[str, str], secret: str, token: str
) -> Exchange[SignedRequest]:
    """Calls *url* with *parameters*, signed with the auth token *secret*, and follows redirects.

    Never raises: what goes wrong is in the Exchange. *token* is the idempotency token.
    """
    onward = partial(_redirect, parameters=parameters, secret=secret, token=token)
    return await client.call(prepare(method, url, parameters, secret, token), onward)


def attempt(
    exchange: Exchange[SignedRequest],
    account_sid: str,
    delivery_sid: str,
    number: int,
    verdict: str,
    began: datetime,
    changed: Mapping[str, str] | None = None,
) -> Attempt:
    """What is kept of *exchange*: as the attempt *number* of a delivery, with the *verdict* that was drawn from it.

    Credentials are not kept.
    """
    return Attempt(
        delivery_sid=delivery_sid,
        account_sid=account_sid,
        number=number,
        verdict=verdict,
        status=exchange.status,
        error=None if exchange.error is None else storable(exchange.error),
        record=Exchanged(
            url=exchange.request.url,
            headers=public_headers(exchange.request.headers),
            body=exchange.request.body,
            signed=exchange.request.signed,
            fault=None if exchange.fault is None else exchange.fault.value,
            answer_headers={name: storable(value) for name, value in public_headers(exchange.headers).items()},
            answer_body=storable(exchange.body),
            changed={name: storable(value) for name, value in changed.items()} if changed is not None else None,
        ),
        started_at=began,
        milliseconds=exchange.milliseconds,
    )


def logged(attempt: Attempt) -> Mapping[str, object]:
    """What the log says of an attempt: of the URL the host only, since the rest may be a secret."""
    exchanged: Exchanged = attempt.record
    return {
        "host": urlsplit(exchanged.url).hostname,
        "status": attempt.status,
        "fault": exchanged.fault,
        "sensitive": lambda: {"url": exchanged.url, "sent": exchanged.body, "answer": exchanged.answer_body},
    }


def prepare(method: str, url: str, parameters: Mapping[str, str], secret: str, token: str) -> SignedRequest:
    """The request that tells *parameters* to *url*: as a form, or with GET in the query.

    The URL is signed and sent as it was configured, without ``user:password@``, which becomes Basic credentials, and
    without a fragment. What HTTP cannot carry is written as the receiver will see it: an empty path as ``/``, letters
    beyond ASCII as percent signs and digits.
    """
    userinfo, target = _called(url)
    headers = {"Accept": "*/*", "User-Agent": f"parlour/{__version__}", "I-Twilio-Idempotency-Token": token}
    if userinfo:
        headers["Authorization"] = "Basic " + b64encode(unquote(userinfo).encode()).decode()
    form: Mapping[str, str] = {}
    if method == "GET":
        target = _with_query(target, encoded(parameters))
    else:
        form = parameters
        headers["Content-Type"] = FORM
    signed = signed_text(target, form)
    headers["X-Twilio-Signature"] = signature(secret, signed)
    return SignedRequest(method, target, headers, encoded(form), signed)


def encoded(parameters: Mapping[str, str]) -> str:
    """*parameters* as a form; most values are SIDs and numbers, in which there is nothing to quote."""
    return "&".join(
        [
            f"{name}={value if value.isalnum() and value.isascii() else _quoted(value)}"
            for name, value in parameters.items()
        ]
    )


def _quoted(value: str) -> str:
    return value.encode().decode("latin-1").translate(_QUOTED)


@lru_cache(1024)
def _called(url: str) -> tuple[str, str]:
    """The user name and password in *url*, and the URL that is called."""
    start, _, rest = url.partition("#")[0].partition("://")
    length = min((rest.index(mark) for mark in "/?" if mark in rest), default=len(rest))
    userinfo, _, host = rest[:length].rpartition("@")
    path = rest[length:]
    if not path.startswith("/"):
        path = f"/{path}"
    return userinfo, f"{start}://{_ascii_host(host)}{quote(path, safe=_ASCII)}"


def _ascii_host(host: str) -> str:
    if host.isascii():
        return host
    name, colon, port = host.partition(":")
    try:
        return f"{name.encode('idna').decode()}{colon}{port}"
    except UnicodeError:
        return host  # nobody has such a name, and the resolver will say so


def _with_query(url: str, query: str) -> str:
    if not query:
        return url
    return f"{url}{'&' if '?' in url else '?'}{query}"


def _redirect(
    exchange: Exchange[SignedRequest], parameters: Mapping[str, str], secret: str, token: str
) -> SignedRequest | None:
    """The request that the answer asks for instead, if it is one that webhooks follow."""
    if exchange.status not in (_SEE_OTHER, *_SAME_METHOD):
        return None
    onward = {name.lower(): value for name, value in exchange.headers.items()}.get("location")
    if not onward:
        return None
    url = urljoin(exchange.request.url, onward)
    if exchange.status == _SEE_OTHER:
        return _with_credentials(prepare("GET", url, {}, secret, token), exchange.request)
    if exchange.status in _SAME_METHOD:
        return _with_credentials(prepare(exchange.request.method, url, parameters, secret, token), exchange.request)
    return None


def _with_credentials(onward: SignedRequest, before: SignedRequest) -> SignedRequest:
    """*onward* with the Basic credentials of the request before it, if it goes to the same server."""
    known = before.headers.get("Authorization")
    if known is None or "Authorization" in onward.headers or _origin(onward.url) != _origin(before.url):
        return onward
    return msgspec.structs.replace(onward, headers={**onward.headers, "Authorization": known})


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc.lower()
