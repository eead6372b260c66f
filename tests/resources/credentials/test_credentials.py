"""Credentials: what they are called, that their secrets only go in, and what an update keeps."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from parlour.core.actor import SYSTEM
from parlour.core.scope import Scope
from parlour.resources.credentials import actions
from parlour.resources.credentials.model import CredentialDraft, CredentialEdit, CredentialType, Secrets
from parlour.runtime.work import Work
from tests.account_client import NOT_FOUND, AccountClient
from tests.server import MovableClock

PATH = "/v1/Credentials"
INVALID = (400, 20001)
SECRETS = {"Certificate": "hidden certificate", "PrivateKey": "hidden key", "ApiKey": "hidden api", "Secret": "hidden"}


def work(api: AccountClient) -> Work:
    return Work(api.parlour.inside, Scope(api.account, None), SYSTEM)


async def secrets(api: AccountClient, sid: str) -> dict[str, str]:
    """The secrets that the push service would get."""
    found = await actions.secrets(work(api), sid)
    return {name: value for name in found.__struct_fields__ if isinstance(value := getattr(found, name), str)}


async def make(api: AccountClient, **form: object) -> str:
    """The SID of a new credential."""
    return str((await api.made(PATH, **{"Type": "fcm", **form}))["sid"])


async def test_a_credential_is_created_with_its_type_alone(api: AccountClient, clock: MovableClock) -> None:
    now = clock.freeze()
    credential = await api.made(PATH, Type="apn")
    shown = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    assert credential == {
        "sid": credential["sid"],
        "account_sid": api.account,
        "friendly_name": None,
        "type": "apn",
        "sandbox": "False",
        "date_created": shown,
        "date_updated": shown,
        "url": f"{api.url}/v1/Credentials/{credential['sid']}",
    }
    assert credential["sid"].startswith("CR")
    assert (await api.get(f"{PATH}/{credential['sid']}")).row == credential


@pytest.mark.parametrize("type", ["apn", "gcm", "fcm"])
async def test_a_type_is_one_of_three_in_any_letter_case(api: AccountClient, type: str) -> None:
    assert (await api.post(PATH, Type=type.title())).row["type"] == type


@pytest.mark.parametrize("type", ["", "twilsock", "null", "apn "])
async def test_another_type_is_refused(api: AccountClient, type: str) -> None:
    assert (await api.post(PATH, Type=type)).refusal == INVALID
    assert (await api.post(f"{PATH}/{await make(api)}", Type=type)).refusal == INVALID


async def test_a_type_is_required_to_create_but_not_to_change(api: AccountClient) -> None:
    answer = await api.post(PATH, FriendlyName="phones")
    assert (answer.refusal, answer.message) == (INVALID, "Missing required parameter Type in the post body")
    assert (await api.post(f"{PATH}/{await make(api)}", FriendlyName="phones")).row["type"] == "fcm"


async def test_a_name_has_at_most_64_characters(api: AccountClient) -> None:
    assert (await api.post(PATH, Type="apn", FriendlyName="é" * 64)).row["friendly_name"] == "é" * 64
    assert (await api.post(PATH, Type="apn", FriendlyName="é" * 65)).refusal == (400, 50003)
    assert (await api.post(f"{PATH}/{await make(api)}", FriendlyName="é" * 65)).refusal == (400, 50003)


@pytest.mark.parametrize(("sent", "shown"), [("true", "True"), ("True", "True"), ("false", "False")])
async def test_the_sandbox_is_sent_as_a_flag_and_shown_as_a_text(api: AccountClient, sent: str, shown: str) -> None:
    assert (await api.post(PATH, Type="apn", Sandbox=sent)).row["sandbox"] == shown
    assert (await api.post(f"{PATH}/{await make(api)}", Type="apn", Sandbox=sent)).row["sandbox"] == shown


@pytest.mark.parametrize("type", ["gcm", "fcm"])
async def test_the_sandbox_is_null_for_what_is_not_apples(api: AccountClient, type: str) -> None:
    made = (await api.post(PATH, Type=type, Sandbox="true")).row
    assert made["sandbox"] is None
    assert (await api.get(PATH)).rows == [made]
    assert (await api.post(f"{PATH}/{made['sid']}", Type="apn")).row["sandbox"] == "True"
    assert (await api.post(f"{PATH}/{made['sid']}", Type=type, Sandbox="false")).row["sandbox"] is None


async def test_a_sandbox_that_is_no_flag_is_refused(api: AccountClient) -> None:
    answer = await api.post(PATH, Type="apn", Sandbox="1")
    assert (answer.refusal, answer.message) == (INVALID, "Invalid parameter Sandbox")


async def test_no_answer_shows_a_secret(api: AccountClient) -> None:
    made = await api.post(PATH, Type="apn", **SECRETS)
    path = f"{PATH}/{made.row['sid']}"
    answers = [
        made,
        await api.get(path),
        await api.get(PATH),
        await api.post(path, **SECRETS),
        await api.post(path, Type="", **SECRETS),
        await api.delete(path),
        await api.post(path, **SECRETS),
    ]
    assert [answer.status for answer in answers] == [201, 200, 200, 200, 400, 204, 404]
    for answer in answers:
        assert b"hidden" not in answer.body


async def test_secrets_are_stored_encrypted(api: AccountClient) -> None:
    sid = await make(api, **SECRETS)
    async with api.parlour.inside.database.session() as reading:
        stored: bytes = await reading.fetchval("select secrets from credentials where sid = $1", sid)
    assert b"hidden" not in stored
    assert "hidden" in api.parlour.inside.vault.decrypt(stored)
    assert await secrets(api, sid) == {
        "certificate": "hidden certificate",
        "private_key": "hidden key",
        "api_key": "hidden api",
        "secret": "hidden",
    }


async def test_the_event_log_hears_nothing_of_secrets(api: AccountClient) -> None:
    sid = await make(api, **SECRETS)
    await api.post(f"{PATH}/{sid}", **SECRETS)
    await api.delete(f"{PATH}/{sid}")
    async with api.parlour.inside.database.session() as reading:
        told: Any = await reading.fetchval(
            "select count(*) from events where account_sid = $1 and payload::text like '%hidden%'", api.account
        )
    assert told == 0


def test_secrets_do_not_show_when_what_holds_them_is_printed() -> None:
    for shape in (Secrets, CredentialEdit):
        assert "hidden" not in repr(shape(secret="hidden", private_key="hidden"))
    assert "hidden" not in repr(CredentialDraft(type=CredentialType.FCM, secret="hidden"))


async def test_an_update_keeps_what_was_not_sent(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    before = await api.made(PATH, Type="apn", FriendlyName="phones", Sandbox=True, Certificate="c", PrivateKey="k")
    path = f"{PATH}/{before['sid']}"
    clock.advance(timedelta(seconds=7))
    after = (await api.post(path, PrivateKey="another")).row
    assert after["date_updated"] > before["date_updated"]
    assert {**after, "date_updated": ""} == {**before, "date_updated": ""}
    assert await secrets(api, before["sid"]) == {"certificate": "c", "private_key": "another"}
    assert (await api.post(path, FriendlyName="", Certificate="")).row["friendly_name"] is None
    assert await secrets(api, before["sid"]) == {"private_key": "another"}


async def test_an_update_that_sends_nothing_changes_nothing(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    before = await api.made(PATH, Type="apn", FriendlyName="phones", Certificate="c")
    clock.advance(timedelta(seconds=7))
    assert (await api.post(f"{PATH}/{before['sid']}")).row == before
    assert await secrets(api, before["sid"]) == {"certificate": "c"}


async def test_a_type_can_be_changed(api: AccountClient) -> None:
    sid = await make(api, Type="gcm", ApiKey="a")
    assert (await api.post(f"{PATH}/{sid}", Type="FCM", Secret="s")).row["type"] == "fcm"
    assert await secrets(api, sid) == {"api_key": "a", "secret": "s"}


async def test_updates_of_different_secrets_at_once_are_all_kept(api: AccountClient) -> None:
    sid = await make(api)
    await asyncio.gather(*(api.post(f"{PATH}/{sid}", **{name: value}) for name, value in SECRETS.items()))
    assert len(await secrets(api, sid)) == len(SECRETS)


@pytest.mark.parametrize("name", list(SECRETS))
async def test_a_secret_has_at_most_16_384_characters(api: AccountClient, name: str) -> None:
    assert (await api.post(PATH, Type="apn", **{name: "é" * 16_384})).status == 201
    answer = await api.post(PATH, Type="apn", **{name: "é" * 16_385})
    assert (answer.refusal, answer.message) == (INVALID, f"Invalid parameter {name}")


async def test_a_deleted_credential_is_gone(api: AccountClient) -> None:
    path = f"{PATH}/{await make(api)}"
    assert (await api.delete(path)).status == 204
    for answer in (await api.get(path), await api.post(path), await api.delete(path)):
        assert answer.refusal == NOT_FOUND
    assert await api.listed(PATH) == []


@pytest.mark.parametrize("sid", ["CR" + "0" * 32, "CR00", "phones"])
async def test_a_credential_has_no_other_name_than_its_sid(api: AccountClient, sid: str) -> None:
    await make(api, FriendlyName="phones")
    assert (await api.get(f"{PATH}/{sid}")).refusal == NOT_FOUND
    assert (await api.post(f"{PATH}/{sid}", Type="nonsense")).refusal == NOT_FOUND
    assert (await api.delete(f"{PATH}/{sid}")).refusal == NOT_FOUND


async def test_another_account_does_not_see_a_credential(api: AccountClient, other_api: AccountClient) -> None:
    sid = await make(api, Secret="hidden")
    assert (await other_api.get(f"{PATH}/{sid}")).refusal == NOT_FOUND
    assert (await other_api.post(f"{PATH}/{sid}", Secret="theirs")).refusal == NOT_FOUND
    assert (await other_api.delete(f"{PATH}/{sid}")).refusal == NOT_FOUND
    assert await other_api.listed(PATH) == []
    assert await secrets(api, sid) == {"secret": "hidden"}


async def test_credentials_are_listed_in_the_order_of_their_creation(api: AccountClient, clock: MovableClock) -> None:
    clock.freeze()
    made = [await make(api, Type="apn") for _ in range(3)]
    clock.advance(timedelta(seconds=1))
    made.append(await make(api))
    assert [row["sid"] for row in await api.listed(PATH, PageSize=2)] == made


async def test_credentials_lie_below_no_service(api: AccountClient) -> None:
    assert (await api.get(f"/v1/Services/{api.service}/Credentials")).refusal == NOT_FOUND
