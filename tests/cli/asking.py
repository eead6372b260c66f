"""Words for tests of the commands that look into a running server: an account of their own, and calls to it."""

import json
import urllib.request
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.cli.running import PATIENCE, Result, Serving, basic, run_command, wait_until


@dataclass(frozen=True)
class Caller:
    """An account of a server's, and the words of the commands that ask for it."""

    serving: Serving
    account: str
    token: str

    @property
    def words(self) -> tuple[str, ...]:
        return ("--url", self.serving.url, "--account-sid", self.account, "--auth-token", self.token)

    def run(self, *words: str) -> Result:
        return run_command(*words, *self.words)

    def call(self, method: str, path: str, **form: object) -> dict[str, Any]:
        """The answer to a call over REST that asks for webhooks."""
        request = urllib.request.Request(self.serving.url + path, method=method)
        request.add_header("Authorization", basic(self.account, self.token))
        request.add_header("X-Twilio-Webhook-Enabled", "true")
        data = urlencode(form, doseq=True).encode() if form else None
        with urllib.request.urlopen(request, data, timeout=PATIENCE) as response:
            answer: dict[str, Any] = json.load(response)
        return answer

    def deliveries(self, *words: str) -> list[dict[str, Any]]:
        """What the command lists, once nothing waits any more."""
        found: list[dict[str, Any]] = []

        def is_done() -> bool:
            found[:] = self.run("webhook", "list", "--json", *words).document["deliveries"]
            return bool(found) and all(row["state"] != "waiting" for row in found)

        wait_until(is_done)
        return found


def caller_of(serving: Serving) -> Caller:
    """A new account of the server, which tells the server's own ``/healthz`` of new conversations."""
    made = run_command("account", "create", "--data", str(serving.data), "--json").document
    caller = Caller(serving, made["sid"], made["auth_token"])
    url = serving.url.replace("://", "://dana:s3cret@") + "/healthz"
    caller.call("POST", "/v1/Configuration/Webhooks", PostWebhookUrl=url, Method="GET", Filters="onConversationAdded")
    return caller
