"""``parlour serve``: the server."""

import errno
import os
import shlex
import signal
import socket
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from ipaddress import ip_address
from pathlib import Path

from parlour.cli.output import note, say, show
from parlour.composition.node import open_node
from parlour.log import configure_logs
from parlour.resources.accounts.actions import auth_token
from parlour.resources.accounts.model import Account
from parlour.resources.services.actions import first_account
from parlour.serving import signals
from parlour.serving.processes import run
from parlour.serving.running_servers import STATE_VARIABLE, registered_as
from parlour.serving.startup import CannotDo, Say, database_ready, prepare_database
from parlour.settings import Settings, changed
from parlour.settings.groups import ClockKind


def serve(settings: Settings, as_json: bool) -> None:
    """Serves until SIGTERM or Ctrl-C; then requests in flight finish and the PostgreSQL it started stops.

    Of what a terminal sends it heeds what it was not started to ignore (``nohup``, ``&`` in a script).
    """
    configure_logs(settings.log.level, settings.log.format, is_sensitive=settings.log.sensitive)
    tell = note if as_json else say
    with (
        _listening(settings.server.host, settings.server.port) as listener,
        signals.ending_in_order(),
        database_ready(settings, tell, keep=True) as reached,
    ):
        guarded = _guarded(reached, is_bundled=settings.database.url is None)
        full, account, token, is_new = signals.run(_prepare(guarded, tell))
        address = _address(full, listener)
        for line in _to_know(full, listener):
            tell(line)
        shown = token if is_new or settings.database.url is None else None
        document = {"base_url": address, "account_sid": account.sid, "auth_token": shown}
        data = Path(settings.database.data) if settings.database.url is None else None
        with ExitStack() as until_end:

            def announce() -> None:
                until_end.enter_context(_findable(registered_as(_url(listener), account.sid, data), tell))
                show(as_json, document, _banner(address, account.sid, shown))

            run(full, listener, announce)
    tell("Stopped.")


async def _prepare(settings: Settings, tell: Say) -> tuple[Settings, Account, str, bool]:
    """The schema is current, the key fits, and there is an account: the settings with the key, the account, its auth
    token, and whether it was just made."""
    full, before, after = await prepare_database(settings)
    if before != after:
        tell(f"Database schema: {before or 'none'} -> {after}.")
    async with open_node(full) as node:
        account, is_new = await first_account(node, full.secrets.account_sid, full.secrets.auth_token)
        return full, account, await auth_token(node, account.sid) or "", is_new


def _guarded(settings: Settings, *, is_bundled: bool) -> Settings:
    """The settings with the rule of where webhooks may go: anywhere only where everything stays on this machine, which
    is left open (None) until a proxy passes a request on."""
    is_at_home = is_bundled and settings.server.host in ("127.0.0.1", "::1", "localhost")
    if settings.webhooks.allow_private is not None or is_at_home:
        return settings
    return changed(settings, webhook_allow_private=False)


def _to_know(settings: Settings, listener: socket.socket) -> Iterator[str]:
    """Consequences of the settings that may not be intended."""
    if settings.webhooks.allow_private is not False:
        yield "Webhooks may go to addresses of this machine and its network (webhook_allow_private)."
    else:
        yield "Webhooks to addresses of this machine and its network are refused; --webhook-allow-private allows them."
    if settings.server.clock is ClockKind.VIRTUAL:
        yield "The clock is virtual (clock): whoever can call the API can move it, for all accounts."
    host = listener.getsockname()[0]
    if not ip_address(host).is_loopback and not (settings.server.public_url or "").startswith("https:"):
        yield (
            f"Warning: other machines can reach {host}, and parlour speaks HTTP without TLS, so auth tokens travel in"
            " the clear. Put a proxy with TLS before it and name that in --public-url, or leave --host out."
        )


@contextmanager
def _findable(known: AbstractContextManager[None], tell: Say) -> Iterator[None]:
    """The server is known to commands, if that can be: it serves in any case."""
    with ExitStack() as until_end:
        try:
            until_end.enter_context(known)
        except OSError as error:
            tell(f"Commands will not find this server without --url: {error}. Its folder can be set: {STATE_VARIABLE}")
        yield


@contextmanager
def _listening(host: str, port: int) -> Iterator[socket.socket]:
    """A listening socket, opened before anything else so that a port in use fails at once."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise CannotDo(_unable_to_listen(host, port, error)) from None
    except (TypeError, ValueError):
        raise CannotDo(f"{host} is not an address of this machine. Choose another with --host.") from None
    with listener:
        listener.set_inheritable(True)
        yield listener


def _unable_to_listen(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} of {host} is taken. Choose another with --port, or find out who has it:"
            f" ss -ltnp 'sport = :{port}'"
        )
    reason = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror
    return f"Cannot listen on {host}:{port}: {reason}. Choose others with --host and --port."


def _address(settings: Settings, listener: socket.socket) -> str:
    return _url(listener) if settings.server.public_url is None else settings.server.public_url.rstrip("/")


def _url(listener: socket.socket) -> str:
    """Where it can be reached from this machine."""
    host, port = listener.getsockname()[:2]
    reachable = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{reachable}:{port}"


def _banner(address: str, account_sid: str, token: str | None) -> list[str]:
    credentials = f'{account_sid}:"$AUTH_TOKEN"' if token is None else shlex.quote(f"{account_sid}:{token}")
    return [
        "",
        f"parlour serves at {address}",
        "",
        f"  Account SID   {account_sid}",
        f"  Auth token    {token or '(as it was made; parlour account list --show-tokens)'}",
        f"  Base URL      {address}",
        "",
        f"  curl -u {credentials} {address}/v1/Conversations",
        "",
        f"kill {os.getpid()} stops it." if signal.SIGINT in signals.ignored_signals() else "Ctrl-C stops it.",
    ]
