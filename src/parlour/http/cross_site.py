"""Cross-site requests: what another site's page makes a browser send, with credentials that the browser remembers.

A browser asks first (CORS) before it sends headers that a form could not have, and is not allowed to add remembered
credentials to such a request. So a request with one of ASKED_FOR was made by a program that knows the credentials.
"""

from collections.abc import Mapping
from urllib.parse import urlsplit

NAMES = frozenset((b"sec-fetch-site", b"origin"))
"""The headers by which a browser says whose page it was, as ASGI has them."""
ASKED_FOR = (b"x-twilio-webhook-enabled", b"idempotency-key", b"if-match", b"if-none-match")
_READING = ("GET", "HEAD")


def is_forged(method: str, headers: Mapping[bytes, bytes]) -> bool:
    """Whether a request with one of NAMES may be another site's, and could do harm by the browser's credentials."""
    if method == "OPTIONS" or not _is_cross_site(headers) or any(name in headers for name in ASKED_FOR):
        return False
    return method not in _READING or _is_embedded(headers)


def _is_cross_site(headers: Mapping[bytes, bytes]) -> bool:
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site.strip().lower() == b"cross-site"
    if b"origin" not in headers:
        return False
    try:  # older browsers, and all where the connection is not encrypted
        origin, here = urlsplit(headers[b"origin"]).hostname, urlsplit(b"//" + headers.get(b"host", b"")).hostname
    except ValueError:
        return True
    return origin is None or origin != here


def _is_embedded(headers: Mapping[bytes, bytes]) -> bool:
    """Whether the answer becomes part of the other site's page, as a picture, a script or a frame does. That page can
    read nothing of it, but learn how long it takes and how large it is; a link that is followed shows it to nobody
    else, and what a script reads comes without remembered credentials."""
    mode, destination = headers.get(b"sec-fetch-mode"), headers.get(b"sec-fetch-dest", b"document")
    return mode == b"no-cors" or (mode == b"navigate" and destination != b"document")
