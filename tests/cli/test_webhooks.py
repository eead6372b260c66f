"""``parlour webhook`` and ``parlour explain`` against a server that runs."""

import json
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from urllib.error import HTTPError

import pytest

from tests.cli.asking import Caller, caller_of
from tests.cli.running import RunCommand, Serving, wait_until


@pytest.fixture
def caller(one_server: Serving) -> Caller:
    return caller_of(one_server)


def test_a_delivery_is_listed_shown_and_sent_once_more(caller: Caller) -> None:
    conversation = caller.call("POST", "/v1/Conversations", FriendlyName="room")
    (row,) = caller.deliveries()
    assert (row["subject_sid"], row["state"], row["answer_status"]) == (conversation["sid"], "delivered", 200)

    headings, line = caller.run("webhook", "list").out.splitlines()
    assert headings.split()[2:] == ["DELIVERY", "EVENT", "STATE", "ANSWER", "TRIES", "MS", "HOOK", "ABOUT"]
    assert line.split()[2:7] == [row["sid"], "onConversationAdded", "delivered", "200", "1"]
    assert line.split()[-2:] == ["account", conversation["sid"]]

    shown = caller.run("webhook", "show", row["sid"]).out
    assert f"Event      onConversationAdded about {conversation['sid']}\n" in shown
    assert f"Webhook    account: GET {caller.serving.url.replace('://', '://***@')}/healthz\n" in shown
    assert "    Authorization: Basic ***\n" in shown
    assert "  Signed text\n    http://127.0.0.1:" in shown
    assert '    {"status":"ok"}' in shown
    assert "s3cret" not in shown
    (attempt,) = caller.run("webhook", "show", row["sid"], "--json").document["attempts"]
    assert f"    {attempt['request']['signed']}\n" in shown

    first, second = caller.run("webhook", "replay", row["sid"]).out.splitlines()
    again = first.split()[0]
    assert first.startswith(f"{again} delivered: 200 after ")
    assert second == f"All of it: parlour webhook show {again}"
    assert caller.run("webhook", "show", again, "--json").document["replay_of"] == row["sid"]
    document = caller.run("webhook", "replay", row["sid"], "--json").document
    assert (document["replay_of"], document["state"]) == (row["sid"], "delivered")


def test_all_that_the_options_mean_is_sent_once_more(caller: Caller) -> None:
    for name in ("one", "two"):
        caller.call("POST", "/v1/Conversations", FriendlyName=name)
    wait_until(lambda: len(caller.deliveries()) == 2)
    chosen = ("--state", "delivered", "--since", "2020-01-01", "--until", "2100-01-01T00:00:00Z", "--hook", "account")
    ended = caller.run("webhook", "replay", *chosen, "--json")
    assert ended.document == {"replayed": 2, "already_replayed": 0, "webhook_gone": 0}
    assert len({row["replay_of"] for row in caller.deliveries()}) == 3, "two of the four repeat nothing"
    assert caller.run("webhook", "replay", "--state", "failed").out.splitlines()[0] == "0 replayed."
    lines = caller.run("webhook", "replay", *chosen).out.splitlines()
    assert lines == [
        "2 replayed; 2 left out, since they were replayed before.",
        "What comes of them: parlour webhook list",
    ]


@pytest.mark.parametrize("words", [(), ("--hook", "account"), ("WD0", "--state", "failed")])
def test_what_is_to_be_replayed_has_to_be_said(caller: Caller, words: tuple[str, ...]) -> None:
    refused = caller.run("webhook", "replay", *words)
    assert refused.status == 2
    assert "What is to be replayed?" in refused.err


def test_what_was_refused_has_not_broken_off(caller: Caller) -> None:
    refused = caller.run("webhook", "replay", "--state", "failed", "--since", "yesterday")
    assert refused.status == 1
    assert "Invalid parameter StartDate" in refused.err
    assert "broke off" not in refused.err


def test_the_list_fits_80_columns_and_what_it_names_can_be_used(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = caller.call("POST", "/v1/Conversations", FriendlyName="room")
    (row,) = caller.deliveries()
    monkeypatch.setenv("COLUMNS", "80")
    lines = caller.run("webhook", "list").out.splitlines()
    assert max(map(len, lines)) <= 80
    words = " ".join(lines).split()
    assert caller.run("webhook", "show", next(word for word in words if word == row["sid"])).status == 0
    assert caller.run("explain", next(word for word in words if word == conversation["sid"])).status == 0


def test_what_a_delivery_is_about_fits_with_every_sid_whole(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    conversation = caller.call("POST", "/v1/Conversations", FriendlyName="room")
    (row,) = caller.deliveries()
    monkeypatch.setenv("COLUMNS", "60")
    about = caller.run("webhook", "show", row["sid"]).out.partition("\n\n")[0]
    assert max(map(len, about.splitlines())) <= 60
    assert conversation["sid"] in about.split()


class Meddler(BaseHTTPRequestHandler):
    """A pre-action webhook that wants another name, first one that is too long."""

    names = iter(())

    def do_POST(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps({"friendly_name": next(self.names)}).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


def test_what_a_question_changed_or_was_wrong_about_is_shown(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Meddler, "names", iter(("x" * 257, "short")))
    with HTTPServer(("127.0.0.1", 0), Meddler) as meddler, ThreadPoolExecutor() as beside:
        serving = beside.submit(meddler.serve_forever)
        url = f"http://127.0.0.1:{meddler.server_port}"
        caller.call("POST", "/v1/Configuration/Webhooks", PreWebhookUrl=url, Method="POST", Filters="onConversationAdd")
        with pytest.raises(HTTPError, match="400"):
            caller.call("POST", "/v1/Conversations", FriendlyName="room")
        assert caller.call("POST", "/v1/Conversations", FriendlyName="room")["friendly_name"] == "short"
        meddler.shutdown()
        serving.result()
    shown = [caller.run("webhook", "show", row["sid"]).out.splitlines()[-1] for row in caller.deliveries()]
    wrong = ", for which the caller was refused: Friendly name too long (50003)"
    assert shown == [f'  It wanted {{"friendly_name":"{"x" * 257}"}}{wrong}', '  It changed {"friendly_name":"short"}']


def test_the_newest_come_last_and_filters_leave_what_they_name(caller: Caller) -> None:
    names = [caller.call("POST", "/v1/Conversations", FriendlyName=str(number))["sid"] for number in range(3)]
    caller.deliveries()
    listed = [row["subject_sid"] for row in caller.deliveries()]
    assert listed == names
    assert [row["subject_sid"] for row in caller.deliveries("--limit", "1")] == names[2:]
    assert [row["subject_sid"] for row in caller.deliveries("--conversation", names[0])] == names[:1]
    assert caller.run("webhook", "list", "--state", "failed").out == "There is no such delivery.\n"
    refused = caller.run("webhook", "list", "--state", "lost")
    assert refused.err == f"parlour: {caller.serving.url} answers 400. Invalid parameter State\n"


def test_it_is_explained_in_sentences_with_their_facts(caller: Caller) -> None:
    conversation = caller.call("POST", "/v1/Conversations", FriendlyName="room")
    (row,) = caller.deliveries()
    lines = caller.run("explain", conversation["sid"]).out.splitlines()
    assert lines[1] == "- The call asked for webhooks (X-Twilio-Webhook-Enabled: true)."
    assert any(
        line.startswith("- The account's webhook was told of onConversationAdded: it answered 200") for line in lines
    )
    with_facts = caller.run("explain", conversation["sid"], "--facts").out
    assert f"    delivery_sid: {row['sid']}\n" in with_facts
    document = caller.run("explain", conversation["sid"], "--json").document
    assert [f"- {each['text']}" for each in document["sentences"]] == lines


def test_the_credentials_come_from_the_database_where_none_are_given(one_server: Serving, command: RunCommand) -> None:
    where = {"data": one_server.data, "port": one_server.url.rpartition(":")[2]}
    assert command("webhook", "list", **where).status == 0
    wrong = command("webhook", "list", "--account-sid", "AC" + "0" * 32, **where)
    assert wrong.err.startswith("parlour: There is no account AC000")


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("webhook", "show", "WD0"), "There is no delivery WD0. The newest: parlour webhook list"),
        (("webhook", "replay", "WD0"), "There is no delivery WD0. The newest: parlour webhook list"),
        (("webhook", "show", "W D/é"), "There is no delivery W D/é. The newest: parlour webhook list"),
        (("webhook", "replay", ""), "There is no delivery . The newest: parlour webhook list"),
        (("explain", "IM0"), "Nothing is recorded of IM0."),
    ],
)
def test_what_is_unknown_is_told_in_a_sentence(caller: Caller, words: tuple[str, ...], complaint: str) -> None:
    refused = caller.run(*words)
    assert (refused.status, refused.out, refused.err) == (1, "", f"parlour: {complaint}\n")


def test_a_server_that_is_not_there_is_told_in_a_sentence(command: RunCommand) -> None:
    credentials = ("--account-sid", "AC1", "--auth-token", "x")
    for words in (("webhook", "list"), ("tail",), ("explain", "IM0")):
        refused = command(*words, "--url", "http://127.0.0.1:9", *credentials)
        assert (refused.status, refused.out) == (1, "")
        assert refused.err.startswith("parlour: http://127.0.0.1:9 does not answer: ")
    assert command("webhook", "list", "--url", "http://127.0.0.1:9").err.startswith("parlour: Whose calls?")
