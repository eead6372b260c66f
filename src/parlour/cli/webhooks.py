"""``parlour webhook`` and ``parlour explain``: what was sent to webhooks, and why."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import msgspec

from parlour.cli.access import Access
from parlour.cli.client import Refused, ServerClient
from parlour.cli.find_server import connect
from parlour.cli.output import show, table, wrapped
from parlour.core.sids import Prefix, is_sid
from parlour.serving.errors import CannotDo

DELIVERIES = "/Webhooks/Deliveries"
_MAX_PAGE_SIZE = 100
_CR = "\r"

Row = dict[str, Any]


class _Page(msgspec.Struct):
    deliveries: list[Row]


class DeliveryFilter(msgspec.Struct, frozen=True):
    """Which deliveries, by the filters of the list."""

    conversation: str | None = None
    subject: str | None = None
    event: str | None = None
    state: str | None = None
    hook: str | None = None
    request: str | None = None
    limit: int = 20


def listing(access: Access, wanted: DeliveryFilter, as_json: bool) -> None:
    """Shows the newest deliveries, the oldest of them first, as in a log."""
    page = connect(access).ask(
        DELIVERIES,
        _Page,
        ConversationSid=wanted.conversation,
        SubjectSid=wanted.subject,
        EventType=wanted.event,
        State=wanted.state,
        Hook=wanted.hook,
        RequestSid=wanted.request,
        PageSize=str(min(wanted.limit, _MAX_PAGE_SIZE)),
    )
    rows = page.deliveries[::-1]
    headings = ["CREATED (UTC)", "DELIVERY", "EVENT", "STATE", "ANSWER", "TRIES", "MS", "HOOK", "ABOUT"]
    lines = table(headings, [_cells(each) for each in rows]) if rows else ["There is no such delivery."]
    show(as_json, {"deliveries": rows}, lines)


def show_one(access: Access, sid: str, as_json: bool) -> None:
    """Shows one delivery with all that was sent and answered; raises CannotDo."""
    row = fetched(connect(access), sid)
    show(as_json, row, list(_told(row)))


def explain(access: Access, sid: str, identity: str | None, with_facts: bool, as_json: bool) -> None:
    """Says what became of the thing with the SID; raises CannotDo."""
    try:
        document = connect(access).ask("/Explain", Row, Sid=sid, Identity=identity)
    except Refused as refusal:
        if refusal.status != 404:
            raise
        raise CannotDo(f"Nothing is recorded of {sid}.") from None
    lines = []
    for sentence in document["sentences"]:
        lines += wrapped(f"- {sentence['text']}")
        if with_facts:
            lines += [f"    {name}: {_plain(value)}" for name, value in sentence["facts"].items() if value is not None]
    show(as_json, document, lines)


def fetched(server: ServerClient, sid: str) -> Row:
    """The delivery with its attempts; raises CannotDo."""
    try:
        return server.ask(path_of(sid), Row)
    except Refused as refusal:
        raise unknown(sid) if refusal.status == 404 else refusal from None


def path_of(sid: str) -> str:
    """Where the delivery is; raises CannotDo for what cannot be its SID."""
    if not is_sid(sid, Prefix.DELIVERY):
        raise unknown(sid)
    return f"{DELIVERIES}/{sid}"


def unknown(sid: str) -> CannotDo:
    """What is said of a delivery that there is not."""
    return CannotDo(f"There is no delivery {sid}. The newest: parlour webhook list")


def _cells(row: Row) -> list[str]:
    return [
        f"{_moment(row['date_created']):%Y-%m-%d %H:%M:%S}",
        row["sid"],
        row["event_type"],
        row["verdict"] if row["state"] == "asked" else _state(row),
        _answer(row),
        str(row["attempts_count"]),
        "" if row["milliseconds"] is None else f"{row['milliseconds']:.0f}",
        row["hook"],
        row["subject_sid"],
    ]


def _state(row: Row) -> str:
    """Where it is; of one that waits for its receiver, when it is tried next."""
    if row["away_since"] is None or row["date_next_attempt"] is None:
        return str(row["state"])
    return f"away until {_moment(row['date_next_attempt']):%H:%M:%S}"


def _answer(row: Row) -> str:
    if row["answer_status"] is not None:
        return str(row["answer_status"])
    return "none" if row["attempts_count"] else ""


def outcome(row: Row) -> str:
    """What came of the delivery, behind its SID."""
    if row["state"] == "waiting":
        return f"is still waiting, after {row['attempts_count']} attempts.{_waits(row)}"
    if not row["attempts_count"]:
        return "failed without an attempt: its receiver was away for too long."
    answer = f"{row['answer_status']}" if row["answer_status"] is not None else f"no answer ({row['error']})"
    return f"{row['state']}: {answer} after {row['milliseconds']:.0f} ms."


def _waits(row: Row) -> str:
    """For what it waits, as sentences behind another one."""
    if row["away_since"] is None:
        return ""
    until = f" It is waited for until {_utc(row['waits_until'])}." if row["waits_until"] else ""
    return f" Its receiver has been away since {_utc(row['away_since'])}.{until}"


def _utc(text: str) -> str:
    return f"{_moment(text):%Y-%m-%d %H:%M:%S} UTC"


def _told(row: Row) -> Iterator[str]:
    where = f" in {row['conversation_sid']}" if row["conversation_sid"] not in (None, row["subject_sid"]) else ""
    finished = row["date_finished"]
    about = {
        "Delivery": row["sid"],
        "Event": f"{row['event_type']} about {row['subject_sid']}{where}",
        "Webhook": f"{row['hook']}: {row['hook_method']} {row['hook_url']}",
        "State": row["state"],
        "Created": _utc(row["date_created"]),
        "Finished": "" if finished is None else _utc(finished),
        "Next try": _utc(row["date_next_attempt"]) if row["date_next_attempt"] else "",
        "Away since": _utc(row["away_since"]) if row["away_since"] else "",
        "Until": _utc(row["waits_until"]) if row["waits_until"] else "",
        "Request": row["request_sid"],
        "Replay of": row["replay_of"],
        "Token": row["idempotency_token"],
    }
    for name, value in about.items():
        yield from wrapped(f"{name:<10} {value}") if value else ()
    for attempt in row["attempts"]:
        yield from _attempt(attempt)


def _attempt(attempt: Row) -> Iterator[str]:
    request, answer = attempt["request"], attempt["answer"]
    began = f"{_moment(attempt['date_started']):%Y-%m-%d %H:%M:%S} UTC"
    yield from ["", f"Attempt {attempt['number'] + 1} on {began}: {attempt['verdict']}"]
    yield from _message(f"{request['method']} {request['url']}", request["headers"], request["body"])
    yield from ["", "  Signed text", *_indented(request["signed"])]
    yield ""
    if answer is None:
        yield from wrapped(f"  No answer after {attempt['milliseconds']:.1f} ms: {attempt['error']}")
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
        yield from ["", *_indented(body)]


def _indented(text: str) -> Iterator[str]:
    """The lines of what was sent or answered; only what ends a line in HTTP and in JSON ends one here."""
    yield from (f"    {line.removesuffix(_CR)}" for line in text.removesuffix("\n").split("\n"))


def _moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


def _plain(value: object) -> str:
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()
