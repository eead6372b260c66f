"""The commands that look into a parlour that runs, and their options; they are imported by ``cli/main.py``."""

from typing import Annotated

import typer

from parlour.cli.options import DATABASE, Json, Misused, taking_settings
from parlour.settings import Settings

webhooks = typer.Typer(help="Webhooks: what was sent to them and answered.")

Url = Annotated[str | None, typer.Option(help="The server's address. Default: by the settings host and port.")]
AccountSid = Annotated[str | None, typer.Option(help="Whose. Default: the first account.")]
AuthToken = Annotated[
    str | None, typer.Option(help="Default: PARLOUR_AUTH_TOKEN, or without --url what the database says.")
]
Sid = Annotated[str, typer.Argument(help="The delivery's SID, WD…")]

_KINDS = ("request", "event", "delivery")


@taking_settings(*DATABASE)
def tail(
    settings: Settings,
    only: Annotated[
        list[str] | None,
        typer.Option(metavar="KIND", help="Only this: request, event or delivery; repeat it for more than one."),
    ] = None,
    full: Annotated[bool, typer.Option("--full", help="Show whole SIDs, also on a terminal.")] = False,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: Json = False,
) -> None:
    """Show requests, events and webhook deliveries as they happen, until Ctrl-C. With --json, a document per line."""
    from parlour.cli.server import Access
    from parlour.cli.tail import tail as run

    if set(only or ()) - set(_KINDS):
        raise Misused(f"--only takes {', '.join(_KINDS)}")
    run(settings, Access(url, account_sid, auth_token), only or _KINDS, full, as_json)


@taking_settings(*DATABASE)
def explain(
    settings: Settings,
    sid: Annotated[str, typer.Argument(help="Of a message, participant, conversation, user, delivery or request.")],
    facts: Annotated[bool, typer.Option("--facts", help="Show what each sentence rests on, too.")] = False,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: Json = False,
) -> None:
    """Say what became of something: why a webhook was called or not, was refused, or an unread count is null."""
    from parlour.cli.server import Access
    from parlour.cli.webhooks import explain as run

    run(settings, Access(url, account_sid, auth_token), sid, facts, as_json)


@webhooks.command("list")
@taking_settings(*DATABASE)
def webhook_list(
    settings: Settings,
    conversation: Annotated[str | None, typer.Option(help="Only of this conversation, CH…")] = None,
    subject: Annotated[str | None, typer.Option(help="Only about this message, participant …")] = None,
    event: Annotated[str | None, typer.Option(help="Only this event: onMessageAdded …")] = None,
    state: Annotated[str | None, typer.Option(help="Only these: waiting, delivered, failed or asked.")] = None,
    hook: Annotated[str | None, typer.Option(help="Only to this webhook: account, service or WH…")] = None,
    request: Annotated[str | None, typer.Option(help="Only what this request caused, RQ…")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="The newest, so many at most.")] = 20,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: Json = False,
) -> None:
    """List the newest deliveries, the last of them at the bottom."""
    from parlour.cli.server import Access
    from parlour.cli.webhooks import Wanted, listing

    wanted = Wanted(conversation, subject, event, state, hook, request, limit)
    listing(settings, Access(url, account_sid, auth_token), wanted, as_json)


@webhooks.command("show")
@taking_settings(*DATABASE)
def webhook_show(
    settings: Settings,
    sid: Sid,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: Json = False,
) -> None:
    """Show a delivery with every attempt: what was sent, the text that was signed, and what was answered."""
    from parlour.cli.server import Access
    from parlour.cli.webhooks import show_one

    show_one(settings, Access(url, account_sid, auth_token), sid, as_json)


@webhooks.command("replay")
@taking_settings(*DATABASE)
def webhook_replay(
    settings: Settings,
    sid: Annotated[
        str | None, typer.Argument(help="The delivery's SID, WD… Without it: all that the options mean.")
    ] = None,
    state: Annotated[str | None, typer.Option(help="All of these: failed, or delivered.")] = None,
    since: Annotated[str | None, typer.Option(help="Only from this moment on, such as 2026-11-30T08:00:00Z.")] = None,
    until: Annotated[str | None, typer.Option(help="Only until this moment.")] = None,
    hook: Annotated[str | None, typer.Option(help="Only to this webhook: account, service or WH…")] = None,
    conversation: Annotated[str | None, typer.Option(help="Only of this conversation, CH…")] = None,
    event: Annotated[str | None, typer.Option(help="Only this event: onMessageAdded …")] = None,
    url: Url = None,
    account_sid: AccountSid = None,
    auth_token: AuthToken = None,
    as_json: Json = False,
) -> None:
    """Send the event of a delivery once more, to where its webhook points now, and wait for what comes of it.

    With --state instead of a SID: the events of all such deliveries, in their order. What was replayed already is left
    out, so that the same command goes on where one broke off.
    """
    from parlour.cli.replays import Selection, replay, replay_all
    from parlour.cli.server import Access

    access, selection = Access(url, account_sid, auth_token), Selection(state, since, until, hook, conversation, event)
    if sid is not None and selection == Selection():
        replay(settings, access, sid, as_json)
    elif sid is None and state is not None:
        replay_all(settings, access, selection, as_json)
    else:
        raise Misused("What is to be replayed? Give the SID of one delivery, or --state failed for all of these.")
