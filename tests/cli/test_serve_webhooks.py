"""Where webhooks of ``parlour serve`` may go: to this machine and its network only where everything stays there."""

import json
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.cli.running import PATIENCE, Serve, Serving, basic

SAID = "Webhooks may go to addresses of this machine and its network (webhook_allow_private).\n"
REFUSED = "Webhooks to addresses of this machine and its network are refused; --webhook-allow-private allows them.\n"
EXPOSED = "Warning: other machines can reach 0.0.0.0, and parlour speaks HTTP without TLS"


def asked(serving: Serving, path: str, **form: str) -> Any:
    """What the server answers; a form is posted, with the wish that webhooks hear of it."""
    request = urllib.request.Request(serving.url + path, urlencode(form).encode() if form else None)
    request.add_header("Authorization", basic(serving.account, serving.token))
    request.add_header("X-Twilio-Webhook-Enabled", "true")
    with urllib.request.urlopen(request, timeout=PATIENCE) as response:
        return json.load(response)


def called_itself(serving: Serving) -> dict[str, Any]:
    """What became of a webhook that goes to the server's own address."""
    url = f"http://127.0.0.1:{serving.address[1]}/healthz"
    asked(serving, "/v1/Configuration/Webhooks", PostWebhookUrl=url, Filters="onConversationAdded")
    sid = asked(serving, "/v1/Conversations", FriendlyName="loudly")["sid"]
    while True:
        done = asked(serving, f"/parlour/v1/Webhooks/Deliveries?ConversationSid={sid}")["deliveries"]
        if done and done[0]["state"] != "waiting":
            return dict(done[0])


@pytest.mark.parametrize(
    ("words", "is_allowed"),
    [
        ((), True),
        (("--host", "localhost"), True),
        (("--host", "0.0.0.0"), False),
        (("--host", "0.0.0.0", "--webhook-allow-private"), True),
        (("--no-webhook-allow-private",), False),
    ],
    ids=["on loopback", "on localhost", "for everybody", "for everybody, allowed", "on loopback, forbidden"],
)
def test_it_says_and_does_whether_webhooks_may_go_to_private_addresses(
    serve: Serve, words: tuple[str, ...], is_allowed: bool
) -> None:
    serving = serve(*words)
    assert (SAID in serving.lines, REFUSED in serving.lines) == (is_allowed, not is_allowed)
    assert any(line.startswith(EXPOSED) for line in serving.lines) is ("0.0.0.0" in words)
    delivery = called_itself(serving)
    assert (delivery["answer_status"] is not None) is is_allowed
    if not is_allowed:
        assert delivery["error"] == "The address 127.0.0.1 is not public, and webhook_allow_private is off."


@pytest.mark.parametrize("words", [(), ("--webhook-allow-private",)], ids=["by default", "allowed"])
def test_with_a_database_of_the_operators_own_it_has_to_be_allowed(
    serve: Serve, own_database: str, folder: Path, words: tuple[str, ...]
) -> None:
    serving = serve("--data", str(folder / "key"), *words, database_url=own_database)
    assert (SAID in serving.lines) is bool(words)
    assert (called_itself(serving)["answer_status"] is not None) is bool(words)


def test_behind_a_proxy_with_tls_an_open_address_is_nothing_to_warn_of(serve: Serve) -> None:
    serving = serve("--host", "0.0.0.0", "--public-url", "https://chat.example")
    assert not [line for line in serving.lines if line.startswith("Warning")]


def test_a_proxy_that_passes_requests_on_closes_the_way_of_webhooks_to_private_addresses(serve: Serve) -> None:
    serving = serve()
    assert called_itself(serving)["answer_status"] is not None
    request = urllib.request.Request(serving.url + "/healthz", headers={"X-Forwarded-Proto": "https"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        assert answer.status == 200
    serving.until("A proxy passes requests on to parlour")
    assert called_itself(serving)["error"] == "The address 127.0.0.1 is not public, and webhook_allow_private is off."


def test_what_the_operator_allowed_a_proxy_does_not_take_away(serve: Serve) -> None:
    serving = serve("--webhook-allow-private")
    request = urllib.request.Request(serving.url + "/healthz", headers={"Forwarded": "proto=https"})
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:
        assert answer.status == 200
    assert called_itself(serving)["answer_status"] is not None
