"""``parlour key``: keys come in until they are revoked."""

import time
from pathlib import Path

from tests.cli.running import RunCommand, Serve, wait_until


def test_a_key_comes_in_until_it_is_revoked(serve: Serve, command: RunCommand, data: Path) -> None:
    serving = serve()
    key = command("key", "create", "--name", "robot", "--json", data=data).document
    assert key["account_sid"] == serving.account
    assert serving.status("/v1/Services", key["sid"], key["secret"]) == 200
    listed = command("key", "list", "--json", data=data).document["keys"]
    assert [(each["sid"], each["friendly_name"]) for each in listed] == [(key["sid"], "robot")]

    assert command("key", "delete", key["sid"], "--json", data=data).document == {"deleted": key["sid"]}
    revoked_at = time.monotonic()
    wait_until(lambda: serving.status("/v1/Services", key["sid"], key["secret"]) == 401)
    assert time.monotonic() - revoked_at < 5
    assert command("key", "list", "--json", data=data).document == {"keys": []}


def test_a_key_belongs_to_the_account_that_was_named(command: RunCommand, own_database: str, folder: Path) -> None:
    where: dict[str, str | Path] = {"database_url": own_database, "data": folder}
    first, second = (command("account", "create", "--json", **where).document["sid"] for _ in range(2))
    named = command("key", "create", "--account", second, **where)
    assert f"Account SID  {second}\n" in named.out
    assert command("key", "create", "--json", **where).document["account_sid"] == first
    assert command("key", "create", "--json", **where, account_sid=second).document["account_sid"] == second


def test_what_is_not_there_is_told(command: RunCommand, own_database: str, folder: Path) -> None:
    where: dict[str, str | Path] = {"database_url": own_database, "data": folder}
    assert command("migrate", **where).status == 0
    nobody = command("key", "list", **where)
    assert nobody.err.startswith("parlour: There is no account yet.")
    assert command("account", "create", **where).status == 0
    stranger = command("key", "list", "--account", "AC" + "0" * 32, **where)
    assert stranger.err.startswith("parlour: There is no account AC0000")
    gone = command("key", "delete", "SK" + "0" * 32, "--json", **where)
    assert gone.document["error"].startswith("There is no API key SK0000")
    assert [nobody.status, stranger.status, gone.status] == [1, 1, 1]
