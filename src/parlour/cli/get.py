"""``parlour get``: what the server answers to a GET."""

from urllib.parse import quote

import msgspec

from parlour.cli.access import Access
from parlour.cli.client import ServerClient
from parlour.cli.find_server import connect
from parlour.cli.output import show, show_raw
from parlour.serving.errors import CannotDo

_FIRST_ERROR_STATUS = 400
_IN_PATHS = "/?&=%:@!$'()*+,;-._~"
"""What stays as it is in a path with a query."""


def get(access: Access, path: str, as_json: bool) -> None:
    """Prints the answer, of whatever kind; exit status 1 if it is a refusal; raises CannotDo."""
    server = connect(access)
    with server.answer(_below(server, path), "*/*") as answer:
        content, status = answer.read(), answer.status
    if as_json:
        show(True, _document(content), ())
    else:
        show_raw(content)
    if status >= _FIRST_ERROR_STATUS:
        raise SystemExit(1)


def _below(server: ServerClient, path: str) -> str:
    """The path on the server, also of a URL that an answer of it had; raises CannotDo for one of another server."""
    if "://" in path.partition("?")[0]:
        if not path.startswith(f"{server.url}/"):
            raise CannotDo(f"{path} is not on {server.url}. Which server is asked: --url")
        path = path.removeprefix(server.url)
    return quote(path if path.startswith("/") else f"/{path}", safe=_IN_PATHS)


def _document(content: bytes) -> object:
    """What the answer holds; a text where that is no JSON."""
    try:
        return msgspec.json.decode(content)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return content.decode(errors="backslashreplace")
