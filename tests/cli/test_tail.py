"""``parlour tail``: what happens, line by line, until it is interrupted."""

import json
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from parlour.cli.tail import text_of
from tests.cli.asking import Caller, caller_of
from tests.cli.running import PATIENCE, RunCommand, Serving, environment
from tests.processes import started

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


@contextmanager
def tailing(caller: Caller, *words: str) -> Iterator["subprocess.Popen[str]"]:
    """The command, which has begun; interrupted at the end of the block."""
    command = [sys.executable, "-m", "parlour", "tail", *words, *caller.words]
    pipe = subprocess.PIPE
    with started(command, cwd="/", env=environment(), stdout=pipe, stderr=pipe) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == f"What happens in {caller.account}; Ctrl-C ends this.\n"
        yield process
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=PATIENCE)
    assert process.returncode == 0


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
    assert refused.err.startswith("parlour: --only takes request, event, delivery.")


def test_wrong_credentials_are_told_in_a_sentence(one_server: Serving, command: RunCommand) -> None:
    url, sid = one_server.url, one_server.account
    refused = command("tail", "--url", url, "--account-sid", sid, "--auth-token", "wrong")
    assert refused.err == f"parlour: {url} answers 401. Account SID or auth token are wrong.\n"


def test_on_a_terminal_sids_are_short_and_lines_aligned_and_cut_off() -> None:
    request, event, delivery = (text_of(line, 200).plain[12:] for line in (REQUEST, EVENT, DELIVERY))
    assert request == (
        "  request    403    12 ms  POST   /v1/Conversations/CH…aa9dd9/Messages     RQ…aa9dd9  code 50056"
    )
    assert event.startswith("  event                    MessageAdded  ")
    assert event.endswith("  IM…aa9dd9 in CH…aa9dd9  by API, tells no webhooks  RQ…aa9dd9")
    assert delivery.startswith("  delivery  none  5000 ms  onMessageAdded ")
    assert delivery.endswith(
        "  to be tried again at attempt 2: timeout  WD…aa9dd9 about IM…aa9dd9  account http://127.0.0.1:9/"
    )
    assert request.index("RQ") == event.index("IM") == delivery.index("to be")
    cut = text_of(DELIVERY, 80)
    assert cut.cell_len == 80
    assert cut.plain.endswith("…")


def test_what_was_sent_in_vain_comes_before_the_sid() -> None:
    remarks = {
        "ignored": {"friendlyName": "FriendlyName", "Colour": None},
        "lacking": {"ContentSid": "Content templates"},
    }
    text = text_of({**REQUEST, **remarks}, 200).plain
    said = "ignored friendlyName (FriendlyName?), Colour  lacks content templates: ContentSid  RQ…aa9dd9  code 50056"
    assert text.endswith(said)


def test_elsewhere_nothing_is_left_out() -> None:
    text = text_of(DELIVERY).plain
    assert SIDS["WD"] in text
    assert SIDS["IM"] in text


def test_colours_tell_success_from_failure() -> None:
    def style(line: dict[str, Any], status: object) -> set[str]:
        text = text_of({**line, "status": status})
        return {str(span.style) for span in text.spans if text.plain[span.start : span.end].strip() == str(status)}

    assert style(REQUEST, 201) == {"green"}
    assert style(REQUEST, 404) == {"yellow"}
    assert style(DELIVERY, 500) == {"red"}
