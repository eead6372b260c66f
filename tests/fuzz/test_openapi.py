"""schemathesis against a running ``parlour serve``: whatever it sends, the answers are those of /openapi.json.

No 5xx, every error in the one shape, every success as its schema says. It takes a minute and a half once in .ci/run,
elsewhere some seconds.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from tests.cli.running import Serving, basic
from tests.folders import reachable_folder
from tests.processes import end

PROVING = os.environ.get("PARLOUR_TEST_NO_SKIP") and not os.environ.get("PARLOUR_DATABASE_URL")
SECONDS = 90 if PROVING else 10
SEED = 8010
LENIENT = "negative_data_rejection,positive_data_acceptance"
"""What is not asked: whether all that a schema forbids is refused, and all that it allows is accepted. Parlour reads
leniently where the original does, and has rules that no schema tells."""


@pytest.fixture
def serving() -> Iterator[Serving]:
    """A parlour of its own, since this leaves nothing whole."""
    folder = reachable_folder()
    serving = Serving(folder / "data")
    yield serving
    serving.process.send_signal(signal.SIGINT)
    try:
        print(serving.rest())  # which pytest shows if the test has failed
    finally:
        end(serving.process)
    shutil.rmtree(folder)


class Caller:
    """A client of the first account."""

    def __init__(self, serving: Serving) -> None:
        self._serving = serving

    def ask(self, path: str, **form: Any) -> Any:
        """What the path answers, to a form if there is one."""
        data = urlencode(form, doseq=True).encode() if form else None
        request = urllib.request.Request(self._serving.url + path, data)
        request.add_header("Authorization", basic(self._serving.account, self._serving.token))
        with urllib.request.urlopen(request) as response:
            return json.load(response)


def furnish(caller: Caller) -> dict[str, list[str]]:
    """References to one or two of everything, by the name of what they refer to."""
    service = caller.ask("/v1/Configuration")["default_chat_service_sid"]
    conversation = caller.ask("/v1/Conversations", UniqueName="order-1")["sid"]
    other = caller.ask("/v1/Conversations", UniqueName="order-2")["sid"]
    inside = f"/v1/Conversations/{conversation}"
    participant = caller.ask(f"{inside}/Participants", Identity="dana")["sid"]
    message = caller.ask(f"{inside}/Messages", Body="Good morning", Author="dana")["sid"]
    hook = {"Configuration.Url": "https://example.org/", "Configuration.Filters": "onMessageAdded"}
    return {
        "Services": [service],
        "Conversations": [conversation, "order-1", other, "order-2"],
        "Participants": [participant, "dana"],
        "Messages": [message],
        "Webhooks": [caller.ask(f"{inside}/Webhooks", Target="webhook", **hook)["sid"]],
        "Users": ["dana", caller.ask("/v1/Users", Identity="lee")["sid"]],
        "Roles": [role["sid"] for role in caller.ask("/v1/Roles")["roles"]],
        "Credentials": [caller.ask("/v1/Credentials", Type="fcm")["sid"]],
        "Addresses": [caller.ask("/v1/Configuration/Addresses", Type="sms", Address="+15551230000")["sid"]],
    }


def configuration(known: dict[str, list[str]]) -> str:
    """A schemathesis.toml by which most paths lead to what is *known*; deletions only to what they happen to hit."""
    lines = []
    for name, references in known.items():
        lines += [f"[dictionaries.{name}]", f"values = {json.dumps(references)}"]
    above = {
        "ChatServiceSid": "Services",
        "ConversationSid": "Conversations",
        "MessageSid": "Messages",
        "UserSid": "Users",
    }
    lines += ["[parameters]", *(f'"path.{name}" = {_often(known)}' for name, known in above.items())]
    for name in known:
        lines += [
            "[[operations]]",
            f"include-path-regex = '/{name}/\\{{Sid\\}}$'",
            "exclude-method = 'DELETE'",
            f'parameters = {{ "path.Sid" = {_often(name)} }}',
        ]
    # A form may name a role or a service that is not there, and is answered 404 wherever it is sent.
    lines += ["[[operations]]", "include-method = 'POST'", "checks.ensure_resource_availability.enabled = false"]
    return "\n".join(lines)


def _often(name: str) -> str:
    return f"{{ dictionary = '{name}', probability = 0.8 }}"


def test_every_answer_is_announced_whatever_is_sent(serving: Serving, tmp_path: Path) -> None:
    settings = tmp_path / "schemathesis.toml"
    settings.write_text(configuration(furnish(Caller(serving))))
    # Without the header nothing leaves the machine: changes over REST call webhooks only where it is true.
    command = [
        str(Path(sys.executable).with_name("st")),
        "--no-color",
        f"--config-file={settings}",
        "run",
        f"{serving.url}/openapi.json",
        f"--auth={serving.account}:{serving.token}",
        "--header=X-Twilio-Webhook-Enabled: false",
        f"--exclude-checks={LENIENT}",
        f"--max-time={SECONDS}",
        f"--seed={SEED}",
        "--warnings=off",
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=SECONDS + 120, check=False)

    assert done.returncode == 0, done.stdout + done.stderr
    assert "No issues found" in done.stdout
    assert serving.status("/healthz") == 200
