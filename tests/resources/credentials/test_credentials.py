"""Credentials: what they are called, that their secrets only go in, and what an update keeps."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest

from parlour.core.actor import Actor
from parlour.core.scope import Scope
from parlour.resources.credentials import actions
from parlour.resources.credentials.model import CredentialDraft, CredentialEdit, CredentialType, Secrets
from parlour.runtime.work import Work
from tests.house import NOT_FOUND, House
from tests.server import MovableClock

PATH = "/v1/Credentials"
INVALID = (400, 20001)
SECRETS = {"Certificate": "hidden certificate", "PrivateKey": "hidden key", "ApiKey": "hidden api", "Secret": "hidden"}


def work(house: House) -> Work:
    return Work(house.parlour.inside, Scope(house.account, None), Actor("SYSTEM", house.account))


async def secrets(house: House, sid: str) -> dict[str, str]:
    """The secrets that the push service would get."""
    found = await actions.secrets(work(house), sid)
    return {name: value for name in found.__struct_fields__ if isinstance(value := getattr(found, name), str)}


async def make(house: House, **form: object) -> str:
    """The SID of a new credential."""
    return str((await house.made(PATH, **{"Type": "fcm", **form}))["sid"])


async def test_a_credential_is_created_with_its_type_alone(house: House, clock: MovableClock) -> None:
    now = clock.freeze()
    credential = await house.made(PATH, Type="apn")
    shown = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    assert credential == {
        "sid": credential["sid"],
        "account_sid": house.account,
        "friendly_name": None,
        "type": "apn",
        "sandbox": "False",
        "date_created": shown,
        "date_updated": shown,
        "url": f"{house.url}/v1/Credentials/{credential['sid']}",
    }
    assert credential["sid"].startswith("CR")
    assert (await house.get(f"{PATH}/{credential['sid']}")).row == credential


@pytest.mark.parametrize("type", ["apn", "gcm", "fcm"])
async def test_a_type_is_one_of_three_in_any_letter_case(house: House, type: str) -> None:
    assert (await house.post(PATH, Type=type.title())).row["type"] == type


@pytest.mark.parametrize("type", ["", "twilsock", "null", "apn "])
async def test_another_type_is_refused(house: House, type: str) -> None:
    assert (await house.post(PATH, Type=type)).refusal == INVALID
    assert (await house.post(f"{PATH}/{await make(house)}", Type=type)).refusal == INVALID


async def test_a_type_is_required_to_create_but_not_to_change(house: House) -> None:
    answer = await house.post(PATH, FriendlyName="phones")
    assert (answer.refusal, answer.message) == (INVALID, "Missing required parameter Type in the post body")
    assert (await house.post(f"{PATH}/{await make(house)}", FriendlyName="phones")).row["type"] == "fcm"


async def test_a_name_has_at_most_64_characters(house: House) -> None:
    assert (await house.post(PATH, Type="apn", FriendlyName="é" * 64)).row["friendly_name"] == "é" * 64
    assert (await house.post(PATH, Type="apn", FriendlyName="é" * 65)).refusal == (400, 50003)
    assert (await house.post(f"{PATH}/{await make(house)}", FriendlyName="é" * 65)).refusal == (400, 50003)


@pytest.mark.parametrize(("sent", "shown"), [("true", "True"), ("True", "True"), ("false", "False")])
async def test_the_sandbox_is_sent_as_a_flag_and_shown_as_a_text(house: House, sent: str, shown: str) -> None:
    assert (await house.post(PATH, Type="apn", Sandbox=sent)).row["sandbox"] == shown
    assert (await house.post(f"{PATH}/{await make(house)}", Type="apn", Sandbox=sent)).row["sandbox"] == shown


@pytest.mark.parametrize("type", ["gcm", "fcm"])
async def test_the_sandbox_is_null_for_what_is_not_apples(house: House, type: str) -> None:
    made = (await house.post(PATH, Type=type, Sandbox="true")).row
    assert made["sandbox"] is None
    assert (await house.get(PATH)).rows == [made]
    assert (await house.post(f"{PATH}/{made['sid']}", Type="apn")).row["sandbox"] == "True"
    assert (await house.post(f"{PATH}/{made['sid']}", Type=type, Sandbox="false")).row["sandbox"] is None


async def test_a_sandbox_that_is_no_flag_is_refused(house: House) -> None:
    answer = await house.post(PATH, Type="apn", Sandbox="1")
    assert (answer.refusal, answer.message) == (INVALID, "Invalid parameter Sandbox")


async def test_no_answer_shows_a_secret(house: House) -> None:
    made = await house.post(PATH, Type="apn", **SECRETS)
    path = f"{PATH}/{made.row['sid']}"
    answers = [
        made,
        await house.get(path),
        await house.get(PATH),
        await house.post(path, **SECRETS),
        await house.post(path, Type="", **SECRETS),
        await house.delete(path),
        await house.post(path, **SECRETS),
    ]
    assert [answer.status for answer in answers] == [201, 200, 200, 200, 400, 204, 404]
    for answer in answers:
        assert b"hidden" not in answer.body


async def test_secrets_are_stored_encrypted(house: House) -> None:
    sid = await make(house, **SECRETS)
    async with house.parlour.inside.database.session() as reading:
        stored: bytes = await reading.fetchval("select secrets from credentials where sid = $1", sid)
    assert b"hidden" not in stored
    assert "hidden" in house.parlour.inside.vault.unlock(stored)
    assert await secrets(house, sid) == {
        "certificate": "hidden certificate",
        "private_key": "hidden key",
        "api_key": "hidden api",
        "secret": "hidden",
    }


async def test_the_event_log_hears_nothing_of_secrets(house: House) -> None:
    sid = await make(house, **SECRETS)
    await house.post(f"{PATH}/{sid}", **SECRETS)
    await house.delete(f"{PATH}/{sid}")
    async with house.parlour.inside.database.session() as reading:
        told: Any = await reading.fetchval(
            "select count(*) from events where account_sid = $1 and payload::text like '%hidden%'", house.account
        )
    assert told == 0


def test_secrets_do_not_show_when_what_holds_them_is_printed() -> None:
    for shape in (Secrets, CredentialEdit):
        assert "hidden" not in repr(shape(secret="hidden", private_key="hidden"))
    assert "hidden" not in repr(CredentialDraft(type=CredentialType.FCM, secret="hidden"))


async def test_an_update_keeps_what_was_not_sent(house: House, clock: MovableClock) -> None:
    clock.freeze()
    before = await house.made(PATH, Type="apn", FriendlyName="phones", Sandbox=True, Certificate="c", PrivateKey="k")
    path = f"{PATH}/{before['sid']}"
    clock.advance(timedelta(seconds=7))
    after = (await house.post(path, PrivateKey="another")).row
    assert after["date_updated"] > before["date_updated"]
    assert {**after, "date_updated": ""} == {**before, "date_updated": ""}
    assert await secrets(house, before["sid"]) == {"certificate": "c", "private_key": "another"}
    assert (await house.post(path, FriendlyName="", Certificate="")).row["friendly_name"] is None
    assert await secrets(house, before["sid"]) == {"private_key": "another"}


async def test_an_update_that_sends_nothing_changes_nothing(house: House, clock: MovableClock) -> None:
    clock.freeze()
    before = await house.made(PATH, Type="apn", FriendlyName="phones", Certificate="c")
    clock.advance(timedelta(seconds=7))
    assert (await house.post(f"{PATH}/{before['sid']}")).row == before
    assert await secrets(house, before["sid"]) == {"certificate": "c"}


async def test_a_type_can_be_changed(house: House) -> None:
    sid = await make(house, Type="gcm", ApiKey="a")
    assert (await house.post(f"{PATH}/{sid}", Type="FCM", Secret="s")).row["type"] == "fcm"
    assert await secrets(house, sid) == {"api_key": "a", "secret": "s"}


async def test_updates_of_different_secrets_at_once_are_all_kept(house: House) -> None:
    sid = await make(house)
    await asyncio.gather(*(house.post(f"{PATH}/{sid}", **{name: value}) for name, value in SECRETS.items()))
    assert len(await secrets(house, sid)) == len(SECRETS)


@pytest.mark.parametrize("name", list(SECRETS))
async def test_a_secret_has_at_most_16_384_characters(house: House, name: str) -> None:
    assert (await house.post(PATH, Type="apn", **{name: "é" * 16_384})).status == 201
    answer = await house.post(PATH, Type="apn", **{name: "é" * 16_385})
    assert (answer.refusal, answer.message) == (INVALID, f"Invalid parameter {name}")


async def test_a_deleted_credential_is_gone(house: House) -> None:
    path = f"{PATH}/{await make(house)}"
    assert (await house.delete(path)).status == 204
    for answer in (await house.get(path), await house.post(path), await house.delete(path)):
        assert answer.refusal == NOT_FOUND
    assert await house.listed(PATH) == []


@pytest.mark.parametrize("sid", ["CR" + "0" * 32, "CR00", "phones"])
async def test_a_credential_has_no_other_name_than_its_sid(house: House, sid: str) -> None:
    await make(house, FriendlyName="phones")
    assert (await house.get(f"{PATH}/{sid}")).refusal == NOT_FOUND
    assert (await house.post(f"{PATH}/{sid}", Type="nonsense")).refusal == NOT_FOUND
    assert (await house.delete(f"{PATH}/{sid}")).refusal == NOT_FOUND


async def test_another_account_does_not_see_a_credential(house: House, other_house: House) -> None:
    sid = await make(house, Secret="hidden")
    assert (await other_house.get(f"{PATH}/{sid}")).refusal == NOT_FOUND
    assert (await other_house.post(f"{PATH}/{sid}", Secret="theirs")).refusal == NOT_FOUND
    assert (await other_house.delete(f"{PATH}/{sid}")).refusal == NOT_FOUND
    assert await other_house.listed(PATH) == []
    assert await secrets(house, sid) == {"secret": "hidden"}


async def test_credentials_are_listed_in_the_order_of_their_creation(house: House, clock: MovableClock) -> None:
    clock.freeze()
    made = [await make(house, Type="apn") for _ in range(3)]
    clock.advance(timedelta(seconds=1))
    made.append(await make(house))
    assert [row["sid"] for row in await house.listed(PATH, PageSize=2)] == made


async def test_credentials_lie_below_no_service(house: House) -> None:
    assert (await house.get(f"/v1/Services/{house.service}/Credentials")).refusal == NOT_FOUND
