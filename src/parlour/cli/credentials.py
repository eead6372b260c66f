"""The commands for accounts, API keys and access tokens, and their options; ``cli/main.py`` imports them."""

from typing import Annotated

import typer

from parlour.cli.access import Access
from parlour.cli.options import DATABASE, Json, asking_a_server, taking_settings
from parlour.settings import Settings

accounts = typer.Typer(help="Accounts: each is a world of its own.")
keys = typer.Typer(help="API keys: further credentials of an account.")

Owner = Annotated[str | None, typer.Option("--account", help="The account's SID. Default: the first account.")]


@accounts.command("create")
@taking_settings(*DATABASE)
def account_create(
    settings: Settings,
    name: Annotated[str, typer.Option(help="A name for people.")] = "parlour",
    as_json: Json = False,
) -> None:
    """Make an account, and show its SID and auth token."""
    from parlour.cli.accounts import create

    create(settings, name, as_json)


@accounts.command("list")
@taking_settings(*DATABASE)
def account_list(
    settings: Settings,
    show_tokens: Annotated[bool, typer.Option("--show-tokens", help="Show the auth tokens, too.")] = False,
    as_json: Json = False,
) -> None:
    """List the accounts, the first made first."""
    from parlour.cli.accounts import listing

    listing(settings, show_tokens, as_json)


@keys.command("create")
@taking_settings(*DATABASE)
def key_create(
    settings: Settings,
    account: Owner = None,
    name: Annotated[str | None, typer.Option(help="A name for people.")] = None,
    as_json: Json = False,
) -> None:
    """Make an API key, and show its SID and, this once, its secret."""
    from parlour.cli.keys import create

    create(settings, account, name, as_json)


@keys.command("list")
@taking_settings(*DATABASE)
def key_list(settings: Settings, account: Owner = None, as_json: Json = False) -> None:
    """List an account's API keys, the first made first."""
    from parlour.cli.keys import listing

    listing(settings, account, as_json)


@keys.command("delete")
@taking_settings(*DATABASE)
def key_delete(
    settings: Settings,
    sid: Annotated[str, typer.Argument(help="The key's SID, SK…")],
    as_json: Json = False,
) -> None:
    """Revoke an API key; a server that runs refuses it within 5 seconds."""
    from parlour.cli.keys import delete

    delete(settings, sid, as_json)


@asking_a_server()
def token(
    access: Access,
    identity: Annotated[str, typer.Option(help="The user's identity; its first login makes the user.")],
    ttl: Annotated[int, typer.Option(min=1, max=86400, help="For how many seconds it is good.")] = 3600,
    service: Annotated[str | None, typer.Option(help="The service's SID. Default: the account's default.")] = None,
    key: Annotated[
        str | None, typer.Option(help="The SID of the API key that signs it. Default: one that is kept for this.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Print an access token, with which a client SDK logs in as one user. In production, your own server makes them."""
    from parlour.cli.token import TokenRequest
    from parlour.cli.token import token as run

    run(access, TokenRequest(identity, ttl, service, key), as_json)
