"""What `parlour serve` says in its terminal of wrong credentials."""

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from tests.cli.running import PATIENCE, Serve, Serving, basic

UNKNOWN = "AC" + "0" * 32
SECRET = "a-secret-that-nobody-may-read"


def refused(serving: Serving, username: str, **headers: str) -> bytes:
    """The body of the answer to a wrong credential."""
    request = urllib.request.Request(serving.url + "/v1/Services", headers=headers)
    request.add_header("Authorization", basic(username, SECRET))
    with pytest.raises(urllib.error.HTTPError) as raised:
        urllib.request.urlopen(request, timeout=PATIENCE)
    with raised.value as answer:
        assert answer.code == 401
        return answer.read()


def told(serving: Serving) -> str:
    """The next line about credentials."""
    line: dict[str, Any] = json.loads(serving.until("Wrong credentials")[-1])
    assert line["level"] == "warning"
    return str(line["event"])


def test_a_wrong_token_is_told_with_how_to_find_the_right_one(serve: Serve) -> None:
    serving = serve()
    refused(serving, serving.account)
    assert told(serving) == (
        f"Wrong credentials from 127.0.0.1: the auth token sent for account {serving.account} is wrong."
        " parlour account list --show-tokens shows its auth token."
    )


def test_a_wrong_sid_is_told_with_the_only_one_there_is_but_not_over_http(serve: Serve, folder: Path) -> None:
    serving = serve("--data", str(folder / "alone"))
    assert serving.account.encode() not in refused(serving, UNKNOWN)
    assert told(serving) == (
        f"Wrong credentials from 127.0.0.1: there is no account {UNKNOWN}. The account here is {serving.account};"
        " parlour account list --show-tokens shows its auth token."
    )


def test_to_somebody_elsewhere_the_account_is_not_named(serve: Serve) -> None:
    serving = serve()
    refused(serving, UNKNOWN, **{"X-Forwarded-For": "192.0.2.1"})
    assert told(serving) == (
        f"Wrong credentials from 192.0.2.1: there is no account {UNKNOWN}. parlour account list shows the accounts."
    )


def test_what_may_be_a_secret_is_not_told_and_lines_are_few(serve: Serve) -> None:
    serving = serve()
    for username in (SECRET, UNKNOWN, "SK" + "0" * 32, *[SECRET] * 20):
        refused(serving, username)
    lines = [told(serving)]
    serving.process.terminate()
    rest = serving.rest()
    assert lines[0].startswith("Wrong credentials from 127.0.0.1: the username is no Account SID and no API key.")
    assert SECRET not in lines[0] + rest
    assert rest.count("Wrong credentials") <= 1, "one in ten seconds"
