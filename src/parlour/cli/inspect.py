"""The commands that look into a parlour that runs, and their options; they are imported by ``cli/main.py``."""

from typing import Annotated

import typer

from parlour.cli.access import Access
from parlour.cli.options import Json, Misused, asking_a_server

webhooks = typer.Typer(help="Webhooks: what was sent to them and answered.")

Sid = Annotated[str, typer.Argument(help="The delivery's SID, WD…")]

_KINDS = ("request", "event", "delivery", "socket")


@asking_a_server()
def tail(
    access: Access,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="KIND", help="Only this: request, event, delivery or socket; repeat it for more than one."
        ),
    ] = None,
    sockets: Annotated[
        bool, typer.Option("--sockets", help="Only what client SDKs do: the same as --only socket.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="One line each, however long, also on a terminal.")] = False,
    as_json: Json = False,
) -> None:
    """Show requests, events, deliveries and client SDKs live, until Ctrl-C. With --json, a document per line."""
    from parlour.cli.tail import tail as run

    if set(only or ()) - set(_KINDS):
        raise Misused(f"--only takes {', '.join(_KINDS)}")
    kinds = [*(only or ()), *(["socket"] if sockets else [])]
    run(access, kinds or _KINDS, full, as_json)


@asking_a_server()
def explain(
    access: Access,
    sid: Annotated[str, typer.Argument(help="Of a message, participant, conversation, user, delivery or request.")],
    identity: Annotated[
        str | None, typer.Option(help="A user: why their clients were shown it live, or were not.")
    ] = None,
    facts: Annotated[bool, typer.Option("--facts", help="Show what each sentence rests on, too.")] = False,
    as_json: Json = False,
) -> None:
    """Say what became of something: why a webhook was called or not, was refused, or an unread count is null."""
    from parlour.cli.webhooks import explain as run

    run(access, sid, identity, facts, as_json)


@asking_a_server()
def get(
    access: Access,
    path: Annotated[str, typer.Argument(help="Of what to get, such as /v1/Conversations.")],
    as_json: Json = False,
) -> None:
    """Print what the server answers to a GET: as it came, or on a terminal laid out. Exit status 1 for a refusal."""
    from parlour.cli.get import get as run

    run(access, path, as_json)


@asking_a_server()
def listen(
    access: Access,
    identity: Annotated[str, typer.Argument(help="The user's identity.")],
    service: Annotated[str | None, typer.Option(help="The service's SID. Default: the account's default.")] = None,
    as_json: Json = False,
) -> None:
    """Show the messages of a user's conversations as a client SDK hears them, until Ctrl-C."""
    from parlour.cli.listen import listen as run

    run(access, identity, service, as_json)


@asking_a_server()
def open_page(access: Access, as_json: Json = False) -> None:
    """Open the server's page in a browser; where there is none, its address is printed."""
    from parlour.cli.open import open_page as run

    run(access, as_json)


@webhooks.command("list")
@asking_a_server()
def webhook_list(
    access: Access,
    conversation: Annotated[str | None, typer.Option(help="Only of this conversation, CH…")] = None,
    subject: Annotated[str | None, typer.Option(help="Only about this message, participant …")] = None,
    event: Annotated[str | None, typer.Option(help="Only this event: onMessageAdded …")] = None,
    state: Annotated[str | None, typer.Option(help="Only these: waiting, delivered, failed or asked.")] = None,
    hook: Annotated[str | None, typer.Option(help="Only to this webhook: account, service or WH…")] = None,
    request: Annotated[str | None, typer.Option(help="Only what this request caused, RQ…")] = None,
    limit: Annotated[int, typer.Option(min=1, max=100, help="The newest, so many at most.")] = 20,
    as_json: Json = False,
) -> None:
    """List the newest deliveries, the last of them at the bottom."""
    from parlour.cli.webhooks import DeliveryFilter, listing

    wanted = DeliveryFilter(conversation, subject, event, state, hook, request, limit)
    listing(access, wanted, as_json)


@webhooks.command("show")
@asking_a_server()
def webhook_show(
    access: Access,
    sid: Sid,
    as_json: Json = False,
) -> None:
    """Show a delivery with every attempt: what was sent, the text that was signed, and what was answered."""
    from parlour.cli.webhooks import show_one

    show_one(access, sid, as_json)


@webhooks.command("replay")
@asking_a_server()
def webhook_replay(
    access: Access,
    sid: Annotated[
        str | None, typer.Argument(help="The delivery's SID, WD… Without it: all that the options mean.")
    ] = None,
    state: Annotated[str | None, typer.Option(help="All of these: failed, or delivered.")] = None,
    since: Annotated[str | None, typer.Option(help="Only from this moment on, such as 2026-11-30T08:00:00Z.")] = None,
    until: Annotated[str | None, typer.Option(help="Only until this moment.")] = None,
    hook: Annotated[str | None, typer.Option(help="Only to this webhook: account, service or WH…")] = None,
    conversation: Annotated[str | None, typer.Option(help="Only of this conversation, CH…")] = None,
    event: Annotated[str | None, typer.Option(help="Only this event: onMessageAdded …")] = None,
    as_json: Json = False,
) -> None:
    """Send the event of a delivery once more, to where its webhook points now, and wait for what comes of it.

    With --state instead of a SID: the events of all such deliveries, in their order. What was replayed already is left
    out, so that the same command goes on where one broke off.
    """
    from parlour.cli.replays import Selection, replay, replay_all

    selection = Selection(state, since, until, hook, conversation, event)
    if sid is not None and selection == Selection():
        replay(access, sid, as_json)
    elif sid is None and state is not None:
        replay_all(access, selection, as_json)
    else:
        raise Misused("What is to be replayed? Give the SID of one delivery, or --state failed for all of these.")
