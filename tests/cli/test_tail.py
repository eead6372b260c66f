"""``parlour tail``: what happens, line by line, until it is interrupted."""

import json
import subprocess
from typing import Any

import pytest

from parlour.cli.output import folded
from parlour.cli.tail import brief, text_of
from tests.cli.asking import caller_of
from tests.cli.running import RunCommand, Serving
from tests.cli.tailing import tailing

SIDS = {prefix: prefix + "01a2092ddf3d7b1cb0bc29da5f" + "aa9dd9" for prefix in ("CH", "IM", "RQ", "WD")}
REQUEST = {
    "kind": "request",
    "at": "2026-03-01T12:00:00.123+00:00",
    "method": "POST",
    "path": f"/v1/Conversations/{SIDS['CH']}/Messages",
    "operation": "CreateConversationMessage",
    "status": 403,
    "code": 50056,
    "milliseconds": 12.4,
    "request_sid": SIDS["RQ"],
    "credential_sid": "AC1",
}
EVENT = {
    "kind": "event",
    "at": "2026-03-01T12:00:00.123+00:00",
    "type": "MessageAdded",
    "source": "API",
    "identity": None,
    "webhooks": False,
    "conversation_sid": SIDS["CH"],
    "subject_sid": SIDS["IM"],
    "request_sid": SIDS["RQ"],
}
DELIVERY = {
    "kind": "delivery",
    "at": "2026-03-01T12:00:00.123+00:00",
    "delivery_sid": SIDS["WD"],
    "event_type": "onMessageAdded",
    "hook": "account",
    "url": "http://127.0.0.1:9/",
    "attempt": 1,
    "status": None,
    "error": "timeout",
    "verdict": "retry",
    "milliseconds": 5000.2,
    "subject_sid": SIDS["IM"],
}


SOCKET = {
    "kind": "socket",
    "at": "2026-03-01T12:00:00.123+00:00",
    "what": "POST",
    "path": f"/Client/v2/Conversations/{SIDS['CH']}/Messages",
    "status": 201,
    "code": None,
    "milliseconds": 12.3,
    "identity": "alice",
    "request_sid": SIDS["RQ"],
}


def lines(process: "subprocess.Popen[str]", number: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().rstrip("\n") for _ in range(number)]


def test_a_call_its_fact_and_its_delivery_are_shown(one_server: Serving) -> None:
    caller = caller_of(one_server)
    with tailing(caller) as process:
        conversation = caller.call("POST", "/v1/Conversations", FriendlyName="room")
        shown = {line.split()[1]: line for line in lines(process, 3)}
    assert set(shown) == {"request", "event", "delivery"}
    assert shown["request"].split()[2:7] == ["201", *shown["request"].split()[3:5], "POST", "/v1/Conversations"]
    assert f"ConversationAdded  {conversation['sid']}  by API" in shown["event"]
    assert "onConversationAdded  delivered  WD" in shown["delivery"]
    assert f"about {conversation['sid']}  account http://***@127.0.0.1:" in shown["delivery"]


def test_only_some_kinds_as_documents(one_server: Serving) -> None:
    caller = caller_of(one_server)
    with tailing(caller, "--json", "--only", "event") as process:
        conversation = caller.call("POST", "/v1/Conversations", FriendlyName="room")
        caller.call("POST", f"/v1/Conversations/{conversation['sid']}", FriendlyName="hall")
        found: list[dict[str, Any]] = [json.loads(line) for line in lines(process, 2)]
    assert [(line["type"], line["subject_sid"]) for line in found] == [
        ("ConversationAdded", conversation["sid"]),
        ("ConversationUpdated", conversation["sid"]),
    ]


def test_a_kind_that_does_not_exist_is_wrong_usage(command: RunCommand) -> None:
    refused = command("tail", "--only", "weather")
    assert (refused.status, refused.out) == (2, "")
    assert refused.err.startswith("parlour: --only takes request, event, delivery, socket.")


def test_wrong_credentials_are_told_in_a_sentence(one_server: Serving, command: RunCommand) -> None:
    url, sid = one_server.url, one_server.account
    refused = command("tail", "--url", url, "--account-sid", sid, "--auth-token", "wrong")
    assert refused.err == f"parlour: {url} answers 401. Account SID or auth token are wrong.\n"


@pytest.mark.parametrize("line", [REQUEST, EVENT, DELIVERY])
def test_in_80_columns_nothing_is_left_out_and_no_sid_is_broken(
    line: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    lines = folded(text_of(line), 4)
    assert len(lines) > 1
    assert max(each.cell_len for each in lines) <= 80
    assert " ".join(" ".join(each.plain for each in lines).split()) == " ".join(text_of(line).plain.split())
    whole = "\n".join(each.plain for each in lines)
    assert not [sid for sid in SIDS.values() if sid in str(line) and sid not in whole]


def test_what_was_sent_in_vain_comes_before_the_sid() -> None:
    remarks = {
        "ignored": {"friendlyName": "FriendlyName", "Colour": None},
        "lacking": {"ContentSid": "Content templates"},
    }
    text = text_of({**REQUEST, **remarks}).plain
    said = (
        f"ignored friendlyName (FriendlyName?), Colour  lacks content templates: ContentSid  {SIDS['RQ']}  code 50056"
    )
    assert text.endswith(said)


def test_a_path_that_fits_into_no_line_is_broken_between_its_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    path = f"/v1/Services/{SIDS['WD']}/Conversations/{SIDS['CH']}/Messages/{SIDS['IM']}"
    first, *others = (line.plain for line in folded(text_of({**REQUEST, "path": path}), 4))
    assert first.endswith("  POST   /v1/Services")
    assert others[:2] == [f"    /{SIDS['WD']}/Conversations", f"    /{SIDS['CH']}/Messages"]
    (long,) = set(folded(text_of({**REQUEST, "path": "x" * 100}), 4)[1].plain.split())
    assert long == "x" * 76


def test_where_there_is_room_all_of_it_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "300")
    assert len(folded(text_of(DELIVERY), 4)) == 1
    monkeypatch.delenv("COLUMNS")
    (text,) = folded(text_of(REQUEST), 4)
    assert text.plain[12:] == (
        f"  request    403    12 ms  POST   /v1/Conversations/{SIDS['CH']}/Messages  {SIDS['RQ']}  code 50056"
    )


def test_colours_tell_success_from_failure() -> None:
    def style(line: dict[str, Any], status: object) -> set[str]:
        text = text_of({**line, "status": status})
        return {str(span.style) for span in text.spans if text.plain[span.start : span.end].strip() == str(status)}

    assert style(REQUEST, 201) == {"green"}
    assert style(REQUEST, 404) == {"yellow"}
    assert style(DELIVERY, 500) == {"red"}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({}, "201    12 ms  POST CH…9dd9/Messages  alice"),
        ({"status": 403, "code": 50107}, "403    12 ms  POST CH…9dd9/Messages  code 50107  alice"),
        ({"path": f"/Client/v2/{'x' * 90}"}, f"201    12 ms  POST …{'x' * 27}  alice"),
        ({"path": "/v4/Subscriptions", "status": 202, "identity": "語" * 99}, "202    12 ms  subscribe  語語"),
        ({"what": "log-in", "path": None, "sdk": "JS 3.0.1", "status": 200}, "log-in  alice  JS 3.0.1"),
        ({"what": "close", "path": None, "status": 0, "reason": "token expired"}, "close  alice  token expired"),
    ],
)
def test_what_client_sdks_do_takes_a_line_of_80_columns_each(change: dict[str, Any], said: str) -> None:
    text = brief({**SOCKET, **change})
    assert text.cell_len <= 80
    assert said in text.plain
