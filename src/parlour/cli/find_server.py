"""Finding the server that a command asks, and the credentials that open it.

A token is sent to no server but its own: one that was found in a database goes to the server that is known to run on
that database (``serving/running_servers.py``), one that somebody gave goes to the address given with it.
"""

from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from parlour.cli.access import Access, is_address
from parlour.cli.client import ServerClient
from parlour.serving.errors import CannotDo
from parlour.serving.running_servers import RunningServer, running_servers
from parlour.settings import Settings, changed

_THIS_MACHINE = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "::")  # noqa: S104 - nothing is opened here


class ServerAddress(msgspec.Struct, frozen=True):
    """Where to ask."""

    url: str
    server: RunningServer | None
    """The server there, if it is known as one that this user runs."""


def connect(access: Access) -> ServerClient:
    """The server that *access* means, with credentials for it; raises CannotDo."""
    return authenticated(access, locate(access))


def locate(access: Access) -> ServerAddress:
    """Where to ask; raises CannotDo if that is not clear."""
    place = find(access)
    if place is not None:
        return place
    if access.names("port") or access.names("host") or access.settings.secrets.auth_token or access.auth_token:
        return ServerAddress(f"http://{_host(access.settings.server.host)}:{access.settings.server.port}", None)
    raise CannotDo("No parlour that you started is running. Start one: parlour serve; or name one with --url")


def find(access: Access) -> ServerAddress | None:
    """The server that was named or else the one that runs; None if none is known; raises CannotDo."""
    url = access.address
    if url is not None:
        if not is_address(url):
            raise CannotDo(f"{url} is not the address of a server, such as http://127.0.0.1:8010")
        known = next((each for each in running_servers() if _ends(each.url) == _ends(url)), None)
        return ServerAddress(f"{known.url}{urlsplit(url).path}".rstrip("/") if known else url.rstrip("/"), known)
    running = [each for each in running_servers() if _is_meant(each, access)]
    here = str(Path(access.settings.database.data).resolve())
    meant = [each for each in running if each.data == here] or running
    if len(meant) > 1:
        lines = (f"  {each.url}  {each.account_sid}  {each.data or 'a database of its own'}" for each in meant)
        raise CannotDo("\n".join(("Several parlours run here; choose one with --url:", *lines)))
    return ServerAddress(meant[0].url, meant[0]) if meant else None


def authenticated(access: Access, place: ServerAddress) -> ServerClient:
    """The server there, with the credentials that it is asked with; raises CannotDo if there are none."""
    server = place.server
    account_sid = access.account_sid or access.settings.secrets.account_sid or (server.account_sid if server else None)
    token, known = access.token_given, None
    if token is None and server is not None:
        known = server
        account_sid, token = _looked_up(access.settings, server, account_sid or server.account_sid)
    elif token is None and access.address is None:
        token = access.settings.secrets.auth_token
    if account_sid is None or token is None:
        raise CannotDo(
            f"Whose calls? No parlour that you started is known at {place.url}, so give --account-sid and"
            " --auth-token (or PARLOUR_AUTH_TOKEN)."
        )
    return ServerClient(place.url, account_sid, token, known)


def _looked_up(settings: Settings, server: RunningServer, account_sid: str) -> tuple[str, str | None]:
    """The account and its auth token from where the server has them, as far as that can be known; raises CannotDo."""
    if server.data is not None:
        own = changed(settings, data=server.data, database_url=None)
        return _known_to_database(own, server, account_sid)
    if settings.secrets.auth_token is not None and account_sid == (settings.secrets.account_sid or server.account_sid):
        return account_sid, settings.secrets.auth_token
    if settings.database.url is not None:
        return _known_to_database(settings, server, account_sid)
    raise CannotDo(
        f"{server.url} has a database of your own. Name it with --database-url (or PARLOUR_DATABASE_URL), or give"
        " --auth-token (or PARLOUR_AUTH_TOKEN)."
    )


def _known_to_database(settings: Settings, server: RunningServer, account_sid: str) -> tuple[str, str | None]:
    """The account and its auth token; raises CannotDo if the database is another one than the server's.

    What this needs takes a second to import.
    """
    from parlour.cli.keys import owning
    from parlour.cli.output import note
    from parlour.resources.accounts.actions import auth_token
    from parlour.runtime.node import Node
    from parlour.serving.startup import run_with_node

    async def work(node: Node) -> tuple[str, str | None]:
        await owning(node, server.account_sid)
        await owning(node, account_sid)
        return account_sid, await auth_token(node, account_sid)

    return run_with_node(settings, note, work)


def _is_meant(server: RunningServer, access: Access) -> bool:
    """Whether the settings that were given, if any, fit the server."""
    settings, (_, host, port) = access.settings, _ends(server.url)
    if access.names("database_url"):
        is_database = server.data is None
    else:
        is_database = not access.names("data") or server.data == str(Path(settings.database.data).resolve())
    is_host = not access.names("host") or host == _canonical(settings.server.host)
    return is_database and is_host and (not access.names("port") or port == settings.server.port)


def _ends(url: str) -> tuple[str, str, int | None]:
    parts = urlsplit(url)
    return parts.scheme, _canonical(parts.hostname or ""), parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _canonical(host: str) -> str:
    return "localhost" if host in _THIS_MACHINE else host


def _host(host: str) -> str:
    reachable = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104
    return f"[{reachable}]" if ":" in reachable else reachable
