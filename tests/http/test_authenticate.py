"""Authentication: what proves an account, what does not, and for how long a proof is remembered."""

from base64 import b64encode
from functools import partial

import pytest

from parlour.core.errors import NotFound, Unauthenticated
from parlour.core.sids import Prefix, new_sid
from parlour.http.authenticate import Authenticator
from parlour.resources.accounts import actions as accounts
from tests.house import House, basic

UNAUTHENTICATED = (401, 20003)


def encoded(text: bytes) -> str:
    return "Basic " + b64encode(text).decode()


class Seconds:
    """A clock that counts seconds and goes only when it is told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def seconds() -> Seconds:
    return Seconds()


@pytest.fixture
def authenticate(house: House, seconds: Seconds) -> Authenticator:
    """What the server has, on the real accounts, with a clock of the test's own."""
    return Authenticator(partial(accounts.authenticate, house.parlour.inside), lambda *_: None, seconds)


async def test_sid_and_auth_token_prove_the_account(house: House, authenticate: Authenticator) -> None:
    credential = await authenticate(house.credentials)
    assert (credential.account_sid, credential.sid) == (house.account, house.account)
    assert (await house.get("/Users")).status == 200


async def test_sid_and_secret_of_a_key_prove_its_account(house: House, authenticate: Authenticator) -> None:
    key, secret = await accounts.create_key(house.parlour.inside, house.account, "a key")
    credential = await authenticate(basic(key.sid, secret))
    assert (credential.account_sid, credential.sid) == (house.account, key.sid)
    answer = await house.send("GET", "/v1/Configuration", headers={"Authorization": basic(key.sid, secret)})
    assert answer.row["account_sid"] == house.account


async def test_the_scheme_is_read_in_any_letter_case(house: House) -> None:
    for scheme in ("basic", "BASIC", "bAsIc"):
        header = house.credentials.replace("Basic", scheme)
        assert (await house.send("GET", "/Users", headers={"Authorization": header})).status == 200


async def test_without_credentials_nothing_is_shown(house: House) -> None:
    async with house.parlour.client.get(house.at("/Users")) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'
        assert await response.json() == {
            "code": 20003,
            "message": "Authenticate",
            "more_info": "https://www.twilio.com/docs/errors/20003",
            "status": 401,
        }


async def test_wrong_credentials_are_refused(house: House, other_house: House) -> None:
    key, secret = await accounts.create_key(house.parlour.inside, house.account, None)
    wrong = {
        "empty": "",
        "scheme without credentials": "Basic",
        "bearer": f"Bearer {house.token}",
        "digest": house.credentials.replace("Basic", "Digest"),
        "no base64": "Basic %%%",
        "base64 with something in it": house.credentials[:12] + "*" + house.credentials[12:],
        "no colon": encoded(house.account.encode()),
        "not UTF-8": encoded(b"\xff\xfe:" + house.token.encode()),
        "no username": basic("", house.token),
        "no password": basic(house.account, ""),
        "another password": basic(house.account, house.token[:-1]),
        "a longer password": basic(house.account, house.token + "0"),
        "a password in capitals": basic(house.account, house.token.upper()),
        "another account's token": basic(house.account, other_house.token),
        "an account that does not exist": basic(new_sid(Prefix.ACCOUNT), house.token),
        "a username in lower case": basic(house.account.lower(), house.token),
        "a service's SID": basic(house.service, house.token),
        "the account's SID with a key's secret": basic(house.account, secret),
        "a key's SID with the account's token": basic(key.sid, house.token),
        "a key that does not exist": basic(new_sid(Prefix.API_KEY), secret),
        "a username with NUL": encoded(b"AC\0" + house.account.encode() + b":x"),
        "a password with NUL": basic(house.account, house.token + "\0"),
    }
    refused = {}
    for name, header in wrong.items():
        answer = await house.send("GET", "/Users", headers={"Authorization": header})
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"', name
        refused[name] = answer.refusal
    assert refused == dict.fromkeys(wrong, UNAUTHENTICATED)


async def test_credentials_are_asked_for_before_anything_else(house: House) -> None:
    stranger = {"Authorization": basic(house.account, "wrong")}
    for method, path in [("GET", "/v1/Nothing"), ("GET", "/v1"), ("PUT", "/v1/Users"), ("POST", "/v1/Users/%zz")]:
        assert (await house.send(method, path, headers=stranger)).refusal == UNAUTHENTICATED


async def test_a_proof_is_remembered_so_that_the_next_request_asks_nobody(house: House) -> None:
    await house.get("/Users")
    with house.statements() as sent:
        await house.get("/Users")
    assert [statement for statement in sent if "auth_token" in statement] == []


async def test_a_revoked_key_is_refused_within_five_seconds(
    house: House, authenticate: Authenticator, seconds: Seconds
) -> None:
    key, secret = await accounts.create_key(house.parlour.inside, house.account, None)
    header = basic(key.sid, secret)
    await authenticate(header)
    seconds.now += 3
    await authenticate(header)  # which does not make the first proof last longer
    await accounts.delete_key(house.parlour.inside, house.account, key.sid)
    seconds.now += 2
    with pytest.raises(Unauthenticated):
        await authenticate(header)


async def test_a_replaced_auth_token_is_refused_within_five_seconds(
    house: House, authenticate: Authenticator, seconds: Seconds
) -> None:
    await authenticate(house.credentials)
    await accounts.set_auth_token(house.parlour.inside, house.account, "another token of it")
    await authenticate(basic(house.account, "another token of it"))
    seconds.now += 5
    with pytest.raises(Unauthenticated):
        await authenticate(house.credentials)


async def test_a_refusal_is_not_remembered(house: House, authenticate: Authenticator) -> None:
    with pytest.raises(Unauthenticated):
        await authenticate(basic(house.account, "a token that comes later"))
    await accounts.set_auth_token(house.parlour.inside, house.account, "a token that comes later")
    assert (await authenticate(basic(house.account, "a token that comes later"))).account_sid == house.account


async def test_a_key_is_revoked_by_its_own_account_only(house: House, other_house: House) -> None:
    inside = house.parlour.inside
    key, _ = await accounts.create_key(inside, house.account, "ours")
    with pytest.raises(NotFound):
        await accounts.delete_key(inside, other_house.account, key.sid)
    assert await accounts.keys(inside, house.account) == [key]
    assert await accounts.keys(inside, other_house.account) == []
