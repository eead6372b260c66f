"""``parlour token``: by the server that runs and its clock, or from the database where none does."""

from pathlib import Path

from parlour.tokens.read import read
from tests.cli.running import RunCommand, Serve


def test_the_server_that_runs_makes_the_token(serve: Serve, command: RunCommand, data: Path) -> None:
    serving = serve()
    made = command("token", "--identity", "dana", "--ttl", "600", "--json", data=data).document
    alone = command("token", "--identity", "dana", "--key", made["key_sid"], data=data)
    token = read(alone.out.strip(), ["HS256"])
    assert alone.out == f"{alone.out.strip()}\n"
    assert (token.account_sid, token.key_sid) == (serving.account, made["key_sid"])
    assert (token.service_sid, token.claims["grants"]["identity"]) == (made["chat_service_sid"], "dana")
    (key,) = command("key", "list", "--json", data=data).document["keys"]
    assert (key["sid"], key["friendly_name"]) == (made["key_sid"], "parlour token")
    refused = command("token", "--identity", "system", data=data)
    assert (refused.status, refused.out) == (1, "")
    assert "reserved" in refused.err.lower()
    assert command("key", "delete", key["sid"], data=data).status == 0


def test_without_a_server_it_is_made_from_the_database(command: RunCommand, own_database: str, folder: Path) -> None:
    where: dict[str, str | Path] = {"database_url": own_database, "data": folder}
    account = command("account", "create", "--json", **where).document
    key = command("key", "create", "--json", **where).document
    made = command("token", "--identity", "dana", "--key", key["sid"], "--json", **where).document
    token = read(made.pop("token"), ["HS256"])
    assert (token.account_sid, token.key_sid) == (account["sid"], key["sid"])
    assert (made["identity"], made["account_sid"], made["key_sid"]) == ("dana", account["sid"], key["sid"])
    assert key["secret"] not in str(made)
    unknown = command("token", "--identity", "dana", "--service", "IS" + "0" * 32, **where)
    assert (unknown.status, unknown.out) == (1, "")
    misused = command("token", **where)
    assert misused.status == 2
