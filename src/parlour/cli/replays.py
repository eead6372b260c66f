"""``parlour webhook replay``: the event of one delivery, or of many, once more."""

import time
from typing import Any

import msgspec

from parlour.cli.access import Access
from parlour.cli.client import Refused, ServerClient
from parlour.cli.find_server import connect
from parlour.cli.output import fitted, note, overwrite, show
from parlour.cli.webhooks import fetched, outcome, path_of, unknown
from parlour.serving.errors import CannotDo

REPLAYS = "/Webhooks/Replays"
_TIMEOUT_SECONDS = 8.0
"""Seconds for which the outcome of a replay is waited for."""
_POLL_SECONDS = 0.1

Row = dict[str, Any]


class Selection(msgspec.Struct, frozen=True):
    """Which deliveries are replayed, by the filters of their list."""

    state: str | None = None
    since: str | None = None
    until: str | None = None
    hook: str | None = None
    conversation: str | None = None
    event: str | None = None


class _Batch(msgspec.Struct):
    replayed: int
    already_replayed: int
    webhook_gone: int
    after_sid: str | None
    last_sid: str | None
    done: bool


def replay(access: Access, sid: str, as_json: bool) -> None:
    """Sends the event of a delivery once more, and shows what comes of it; raises CannotDo."""
    server = connect(access)
    try:
        row = server.ask(f"{path_of(sid)}/Replay", Row, method="POST")
    except Refused as refusal:
        raise unknown(sid) if refusal.status == 404 else refusal from None
    until = time.monotonic() + _TIMEOUT_SECONDS
    while row["state"] == "waiting" and time.monotonic() < until:
        time.sleep(_POLL_SECONDS)
        row = fetched(server, row["sid"])
    show(as_json, row, fitted([f"{row['sid']} {outcome(row)}", f"All of it: parlour webhook show {row['sid']}"]))


def replay_all(access: Access, selection: Selection, as_json: bool) -> None:
    """Sends the events of all deliveries that *selection* means once more, a batch after the other, and says how far it
    has come; raises CannotDo. Begun again, it leaves out what was replayed already."""
    server = connect(access)
    replayed = before = gone = 0
    after = last = None
    is_done = False
    try:
        while not is_done:
            batch = _next(server, selection, after, last)
            replayed, before = replayed + batch.replayed, before + batch.already_replayed
            gone, after, last, is_done = gone + batch.webhook_gone, batch.after_sid, batch.last_sid, batch.done
            overwrite("" if is_done else _counted(replayed, before, gone))
    except (CannotDo, KeyboardInterrupt) as reason:
        if last is not None or not isinstance(reason, Refused):
            note("\nIt broke off. The same command goes on: what was replayed is not replayed again.")
        raise
    document = {"replayed": replayed, "already_replayed": before, "webhook_gone": gone}
    show(as_json, document, [_counted(replayed, before, gone), "What comes of them: parlour webhook list"])


def _next(server: ServerClient, selection: Selection, after: str | None, last: str | None) -> _Batch:
    return server.ask(
        REPLAYS,
        _Batch,
        method="POST",
        State=selection.state,
        StartDate=selection.since,
        EndDate=selection.until,
        Hook=selection.hook,
        ConversationSid=selection.conversation,
        EventType=selection.event,
        AfterSid=after,
        LastSid=last,
    )


def _counted(replayed: int, before: int, gone: int) -> str:
    parts = [f"{replayed} replayed"]
    parts += [f"{before} left out, since they were replayed before"] if before else []
    parts += [f"{gone} left out, since their webhook is gone"] if gone else []
    return "; ".join(parts) + "."
