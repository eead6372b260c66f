"""Making tokens: for whom, for how long, and which key signs."""

from datetime import datetime, timedelta

import pytest

from parlour.core.errors import InvalidTokenIssuer
from parlour.core.sids import Prefix, new_sid
from parlour.resources.accounts import actions as accounts
from parlour.resources.accounts.tokens import verify
from parlour.resources.tokens.model import KEY_NAME
from parlour.runtime.proofs import Proofs
from tests.access_tokens import new_key
from tests.account_client import FORM, NOT_FOUND, AccountClient, basic, encoded
from tests.server import MovableClock

TOKENS = "/parlour/v1/Tokens"
INVALID = (400, 20001)


async def test_a_token_logs_in_as_the_user_that_it_names(api: AccountClient, clock: MovableClock) -> None:
    now = clock.freeze()
    row = await api.made(TOKENS, Identity="dana")
    said = await verify(api.parlour.inside, row.pop("token"))
    begin = now.replace(microsecond=0)
    assert (said.identity, said.issued_at, said.expires_at) == ("dana", begin, begin + timedelta(hours=1))
    (key,) = await accounts.keys(api.parlour.inside, api.account)
    assert (row.pop("date_created"), row.pop("date_expires")) == (
        f"{begin:%Y-%m-%dT%H:%M:%SZ}",
        f"{begin + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}",
    )
    assert row == {
        "identity": "dana",
        "account_sid": api.account,
        "chat_service_sid": api.service,
        "key_sid": key.sid,
    }
    assert (await api.get("/Users/dana")).refusal == NOT_FOUND  # before its first login


async def test_the_service_is_that_of_the_path(api: AccountClient) -> None:
    other = (await api.made("/v1/Services", FriendlyName="another"))["sid"]
    row = await api.made(f"/parlour/v1/Services/{other}/Tokens", Identity="dana")
    assert (await verify(api.parlour.inside, row["token"])).service_sid == row["chat_service_sid"] == other
    unknown = await api.post(f"/parlour/v1/Services/{new_sid(Prefix.SERVICE)}/Tokens", Identity="dana")
    assert unknown.refusal == NOT_FOUND


async def test_one_key_is_made_and_signs_from_then_on(api: AccountClient, monkeypatch: pytest.MonkeyPatch) -> None:
    inside = api.parlour.inside
    await new_key(api)
    rows = [await api.made(TOKENS, Identity=identity) for identity in ("dana", "bob")]
    (key,) = [key for key in await accounts.keys(inside, api.account) if key.friendly_name == KEY_NAME]
    assert {row["key_sid"] for row in rows} == {key.sid}
    await accounts.delete_key(inside, api.account, key.sid)
    monkeypatch.setattr(inside, "signers", Proofs())
    for row in rows:
        with pytest.raises(InvalidTokenIssuer):
            await verify(inside, row["token"])
    assert (await api.made(TOKENS, Identity="dana"))["key_sid"] != key.sid


async def test_the_key_that_is_named_signs_or_else_that_of_the_call(api: AccountClient) -> None:
    named, own = await new_key(api), await new_key(api)
    row = await api.made(TOKENS, Identity="dana", KeySid=named[0])
    assert row["key_sid"] == (await verify(api.parlour.inside, row["token"])).key_sid == named[0]
    headers = {**FORM, "Authorization": basic(*own)}
    answer = await api.send("POST", TOKENS, encoded({"Identity": "dana"}).encode(), headers)
    assert answer.row["key_sid"] == own[0]
    answer = await api.send("POST", TOKENS, encoded({"Identity": "dana", "KeySid": named[0]}).encode(), headers)
    assert answer.row["key_sid"] == named[0]
    assert KEY_NAME not in {key.friendly_name for key in await accounts.keys(api.parlour.inside, api.account)}


async def test_no_key_of_another_account_signs(api: AccountClient, other_api: AccountClient) -> None:
    foreign, unknown = (await new_key(other_api))[0], new_sid(Prefix.API_KEY)
    said = set()
    for key in (foreign, unknown):
        answer = await api.post(TOKENS, Identity="dana", KeySid=key)
        assert answer.refusal == INVALID
        said.add(answer.message)
    assert said == {"Invalid parameter KeySid"}


@pytest.mark.parametrize(
    "sent",
    [{}, {"Identity": ""}, {"Identity": "system"}, {"Identity": "US" + "0" * 32}, {"Identity": "x" * 257}]
    + [{"Identity": "dana", "Ttl": ttl} for ttl in ("0", "-1", "86401", "1h", "")]
    + [{"Identity": "dana", "KeySid": "SK1"}],
)
async def test_what_no_token_can_say_is_refused(api: AccountClient, sent: dict[str, str]) -> None:
    answer = await api.post(TOKENS, **sent)
    assert answer.refusal[0] == 400
    assert await accounts.keys(api.parlour.inside, api.account) == []


async def test_a_day_is_the_longest(api: AccountClient) -> None:
    row = await api.made(TOKENS, Identity="dana", Ttl=86400)
    lifetime = datetime.fromisoformat(row["date_expires"]) - datetime.fromisoformat(row["date_created"])
    assert lifetime == timedelta(days=1)
    assert (await verify(api.parlour.inside, row["token"])).lifetime_seconds == 86400


async def test_what_is_made_is_shown_to_nobody_else(api: AccountClient, other_api: AccountClient) -> None:
    row = await api.made(TOKENS, Identity="dana")
    for client in (api, other_api):
        assert (await client.get(TOKENS)).status == 405
    events = await api.get("/parlour/v1/Events", Wait=0)
    assert row["token"].encode() not in events.body
