"""``parlour webhook`` and ``parlour explain``: what webhooks were told, once more, and why."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from parlour.cli.failure import CannotDo
from parlour.cli.output import show, table
from parlour.cli.server import Access, Refused, Server, server_of
from parlour.core.sids import Prefix, is_sid
from parlour.settings import Settings

DELIVERIES = "/Webhooks/Deliveries"
_MOST_AT_ONCE = 100
_PATIENCE = 8.0
"""Seconds for which the outcome of a replay is waited for."""
_PAUSE = 0.1

Row = dict[str, Any]


class _Page(msgspec.Struct):
    deliveries: list[Row]


class Wanted(msgspec.Struct, frozen=True):
    """Which deliveries, by the filters of the list."""

    conversation: str | None = None
    subject: str | None = None
    event: str | None = None
    state: str | None = None
    hook: str | None = None
    request: str | None = None
    most: int = 20


def listing(settings: Settings, access: Access, wanted: Wanted, as_json: bool) -> None:
    """Shows the newest deliveries, the oldest of them first, as in a log."""
    page = server_of(settings, access).ask(
        DELIVERIES,
        _Page,
        ConversationSid=wanted.conversation,
        SubjectSid=wanted.subject,
        EventType=wanted.event,
        State=wanted.state,
        Hook=wanted.hook,
        RequestSid=wanted.request,
        PageSize=str(min(wanted.most, _MOST_AT_ONCE)),
    )
    rows = page.deliveries[::-1]
    headings = ["CREATED (UTC)", "DELIVERY", "EVENT", "STATE", "ANSWER", "TRIES", "MS", "HOOK", "ABOUT"]
    lines = table(headings, [_cells(each) for each in rows]) if rows else ["There is no such delivery."]
    show(as_json, {"deliveries": rows}, lines)


def show_one(settings: Settings, access: Access, sid: str, as_json: bool) -> None:
    """Shows one delivery with all that was sent and answered; raises CannotDo."""
    row = _fetched(server_of(settings, access), sid)
    show(as_json, row, list(_told(row)))


def replay(settings: Settings, access: Access, sid: str, as_json: bool) -> None:
    """Sends the event of a delivery once more, and shows what comes of it; raises CannotDo."""
    server = server_of(settings, access)
    try:
        row = server.ask(f"{_path(sid)}/Replay", Row, method="POST")
    except Refused as refusal:
        raise _unknown(sid) if refusal.status == 404 else refusal from None
    until = time.monotonic() + _PATIENCE
    while row["state"] == "waiting" and time.monotonic() < until:
        time.sleep(_PAUSE)
        row = _fetched(server, row["sid"])
    show(as_json, row, [f"{row['sid']} {_outcome(row)}", f"All of it: parlour webhook show {row['sid']}"])


def explain(settings: Settings, access: Access, sid: str, with_facts: bool, as_json: bool) -> None:
    """Says what became of the thing with the SID; raises CannotDo."""
    try:
        document = server_of(settings, access).ask("/Explain", Row, Sid=_whole(sid))
    except Refused as refusal:
        if refusal.status != 404:
            raise
        raise CannotDo(f"Nothing is recorded of {sid}.") from None
    lines = []
    for sentence in document["sentences"]:
        lines.append(f"- {sentence['text']}")
        if with_facts:
            lines += [f"    {name}: {_plain(value)}" for name, value in sentence["facts"].items() if value is not None]
    show(as_json, document, lines)


def _fetched(server: Server, sid: str) -> Row:
    try:
        return server.ask(_path(sid), Row)
    except Refused as refusal:
        raise _unknown(sid) if refusal.status == 404 else refusal from None


def _path(sid: str) -> str:
    """Where the delivery is; raises CannotDo for what cannot be its SID."""
    if not is_sid(_whole(sid), Prefix.DELIVERY):
        raise _unknown(sid)
    return f"{DELIVERIES}/{sid}"


def _whole(sid: str) -> str:
    """*sid*; raises CannotDo for one as ``parlour tail`` shows it on a terminal."""
    if "…" in sid:
        raise CannotDo(f"{sid} is a shortened SID. Whole ones: parlour tail --full")
    return sid


def _unknown(sid: str) -> CannotDo:
    return CannotDo(f"There is no delivery {sid}. The newest: parlour webhook list")


def _cells(row: Row) -> list[str]:
    return [
        f"{_moment(row['date_created']):%Y-%m-%d %H:%M:%S}",
        row["sid"],
        row["event_type"],
        row["verdict"] if row["state"] == "asked" else row["state"],
        _answer(row),
        str(row["attempts_count"]),
        "" if row["milliseconds"] is None else f"{row['milliseconds']:.0f}",
        row["hook"],
        row["subject_sid"],
    ]


def _answer(row: Row) -> str:
    if row["answer_status"] is not None:
        return str(row["answer_status"])
    return "none" if row["attempts_count"] else ""


def _outcome(row: Row) -> str:
    if row["state"] == "waiting":
        return f"is still waiting, after {row['attempts_count']} attempts."
    answer = f"{row['answer_status']}" if row["answer_status"] is not None else f"no answer ({row['error']})"
    return f"{row['state']}: {answer} after {row['milliseconds']:.0f} ms."


def _told(row: Row) -> Iterator[str]:
    where = f" in {row['conversation_sid']}" if row["conversation_sid"] not in (None, row["subject_sid"]) else ""
    finished = row["date_finished"]
    about = {
        "Delivery": row["sid"],
        "Event": f"{row['event_type']} about {row['subject_sid']}{where}",
        "Webhook": f"{row['hook']}: {row['hook_method']} {row['hook_url']}",
        "State": row["state"],
        "Created": f"{_moment(row['date_created']):%Y-%m-%d %H:%M:%S} UTC",
        "Finished": "" if finished is None else f"{_moment(finished):%Y-%m-%d %H:%M:%S} UTC",
        "Request": row["request_sid"],
        "Replay of": row["replay_of"],
        "Token": row["idempotency_token"],
    }
    yield from (f"{name:<10} {value}" for name, value in about.items() if value)
    for attempt in row["attempts"]:
        yield from _attempt(attempt)


def _attempt(attempt: Row) -> Iterator[str]:
    request, answer = attempt["request"], attempt["answer"]
    began = f"{_moment(attempt['date_started']):%Y-%m-%d %H:%M:%S} UTC"
    yield from ["", f"Attempt {attempt['number'] + 1} on {began}: {attempt['verdict']}"]
    yield from _message(f"{request['method']} {request['url']}", request["headers"], request["body"])
    yield from ["", "  Signed text", *(f"    {line}" for line in request["signed"].splitlines())]
    yield ""
    if answer is None:
        yield f"  No answer after {attempt['milliseconds']:.1f} ms: {attempt['error']}"
    else:
        yield from _message(
            f"{answer['status']} after {attempt['milliseconds']:.1f} ms", answer["headers"], answer["body"]
        )
    if attempt["changed"]:
        yield from ["", f"  {_changed(attempt)}"]
    elif attempt["verdict"] == "unreadable":
        yield from ["", f"  The change went ahead as it was, since {attempt['error']}"]


def _changed(attempt: Row) -> str:
    changed = _plain(attempt["changed"])
    if attempt["verdict"] == "invalid":
        return f"It wanted {changed}, for which the caller was refused: {attempt['error']}"
    return f"It changed {changed}"


def _message(first: str, headers: dict[str, str], body: str) -> Iterator[str]:
    yield f"  {first}"
    yield from (f"    {name}: {value}" for name, value in headers.items())
    if body:
        yield from ["", *(f"    {line}" for line in body.splitlines())]


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
