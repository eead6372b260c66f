"""Authentication: what proves an account, what does not, and for how long a proof is remembered."""

from base64 import b64encode
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest

from parlour.core.actor import AccountKey, EndUser, Principal
from parlour.core.errors import ApiError, NotFound, PermissionDenied, Unauthenticated
from parlour.core.sids import Prefix, new_sid
from parlour.http.authenticate import Authenticator, proved_account
from parlour.resources.accounts import actions as accounts
from parlour.resources.accounts.tokens import verify
from tests.access_tokens import new_key, token_for
from tests.account_client import AccountClient, basic

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
def authenticate(api: AccountClient, seconds: Seconds) -> Authenticator:
    """What the server has, on the real accounts, with a clock of the test's own."""
    return Authenticator(partial(accounts.authenticate, api.parlour.inside), lambda *_: None, seconds)


async def test_sid_and_auth_token_prove_the_account(api: AccountClient, authenticate: Authenticator) -> None:
    credential = await authenticate(api.credentials)
    assert (credential.account_sid, credential.sid) == (api.account, api.account)
    assert (await api.get("/Users")).status == 200


async def test_sid_and_secret_of_a_key_prove_its_account(api: AccountClient, authenticate: Authenticator) -> None:
    key, secret = await accounts.create_key(api.parlour.inside, api.account, "a key")
    credential = await authenticate(basic(key.sid, secret))
    assert (credential.account_sid, credential.sid) == (api.account, key.sid)
    answer = await api.send("GET", "/v1/Configuration", headers={"Authorization": basic(key.sid, secret)})
    assert answer.row["account_sid"] == api.account


async def test_the_scheme_is_read_in_any_letter_case(api: AccountClient) -> None:
    for scheme in ("basic", "BASIC", "bAsIc"):
        header = api.credentials.replace("Basic", scheme)
        assert (await api.send("GET", "/Users", headers={"Authorization": header})).status == 200


async def test_without_credentials_nothing_is_shown(api: AccountClient) -> None:
    async with api.parlour.client.get(api.at("/Users")) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"'
        assert await response.json() == {
            "code": 20003,
            "message": "Authenticate",
            "more_info": "https://www.twilio.com/docs/errors/20003",
            "status": 401,
        }


async def test_wrong_credentials_are_refused(api: AccountClient, other_api: AccountClient) -> None:
    key, secret = await accounts.create_key(api.parlour.inside, api.account, None)
    wrong = {
        "empty": "",
        "scheme without credentials": "Basic",
        "bearer": f"Bearer {api.token}",
        "digest": api.credentials.replace("Basic", "Digest"),
        "no base64": "Basic %%%",
        "base64 with something in it": api.credentials[:12] + "*" + api.credentials[12:],
        "no colon": encoded(api.account.encode()),
        "not UTF-8": encoded(b"\xff\xfe:" + api.token.encode()),
        "no username": basic("", api.token),
        "no password": basic(api.account, ""),
        "another password": basic(api.account, api.token[:-1]),
        "a longer password": basic(api.account, api.token + "0"),
        "a password in capitals": basic(api.account, api.token.upper()),
        "another account's token": basic(api.account, other_api.token),
        "an account that does not exist": basic(new_sid(Prefix.ACCOUNT), api.token),
        "a username in lower case": basic(api.account.lower(), api.token),
        "a service's SID": basic(api.service, api.token),
        "the account's SID with a key's secret": basic(api.account, secret),
        "a key's SID with the account's token": basic(key.sid, api.token),
        "a key that does not exist": basic(new_sid(Prefix.API_KEY), secret),
        "a username with NUL": encoded(b"AC\0" + api.account.encode() + b":x"),
        "a password with NUL": basic(api.account, api.token + "\0"),
    }
    refused = {}
    for name, header in wrong.items():
        answer = await api.send("GET", "/Users", headers={"Authorization": header})
        assert answer.headers["WWW-Authenticate"] == 'Basic realm="Twilio API"', name
        refused[name] = answer.refusal
    assert refused == dict.fromkeys(wrong, UNAUTHENTICATED)


async def test_rest_takes_no_access_tokens(api: AccountClient) -> None:
    key = await new_key(api)
    token = await token_for(api, "dana", key=key)
    ways = {
        "bearer": {"Authorization": f"Bearer {token}"},
        "as the account's password": {"Authorization": basic(api.account, token)},
        "as the key's password": {"Authorization": basic(key[0], token)},
        "as the password of a token": {"Authorization": basic("token", token)},
        "in the header of media": {"X-Twilio-Token": token, "Authorization": ""},
    }
    for path in ("/v1/Users", f"/v1/Services/{api.service}/Users", "/parlour/v1/Events"):
        refused = {way: (await api.send("GET", path, headers=headers)).refusal for way, headers in ways.items()}
        assert refused == dict.fromkeys(ways, UNAUTHENTICATED)
    assert (await verify(api.parlour.inside, token)).identity == "dana"


async def test_credentials_are_asked_for_before_anything_else(api: AccountClient) -> None:
    stranger = {"Authorization": basic(api.account, "wrong")}
    for method, path in [("GET", "/v1/Nothing"), ("GET", "/v1"), ("PUT", "/v1/Users"), ("POST", "/v1/Users/%zz")]:
        assert (await api.send(method, path, headers=stranger)).refusal == UNAUTHENTICATED


async def test_a_proof_is_remembered_so_that_the_next_request_asks_nobody(api: AccountClient) -> None:
    with api.statements(with_proofs=True) as first:
        await api.get("/Users")
    with api.statements(with_proofs=True) as second:
        await api.get("/Users")
    asked = [sum("auth_token" in statement for statement in sent) for sent in (first, second)]
    assert asked == [1, 0]


async def test_a_revoked_key_is_refused_within_five_seconds(
    api: AccountClient, authenticate: Authenticator, seconds: Seconds
) -> None:
    key, secret = await accounts.create_key(api.parlour.inside, api.account, None)
    header = basic(key.sid, secret)
    await authenticate(header)
    seconds.now += 3
    await authenticate(header)  # which does not make the first proof last longer
    await accounts.delete_key(api.parlour.inside, api.account, key.sid)
    seconds.now += 2
    with pytest.raises(Unauthenticated):
        await authenticate(header)


async def test_a_replaced_auth_token_is_refused_within_five_seconds(
    api: AccountClient, authenticate: Authenticator, seconds: Seconds
) -> None:
    await authenticate(api.credentials)
    await accounts.set_auth_token(api.parlour.inside, api.account, "another token of it")
    await authenticate(basic(api.account, "another token of it"))
    seconds.now += 5
    with pytest.raises(Unauthenticated):
        await authenticate(api.credentials)


async def test_a_refusal_is_not_remembered(api: AccountClient, authenticate: Authenticator) -> None:
    with pytest.raises(Unauthenticated):
        await authenticate(basic(api.account, "a token that comes later"))
    await accounts.set_auth_token(api.parlour.inside, api.account, "a token that comes later")
    assert (await authenticate(basic(api.account, "a token that comes later"))).account_sid == api.account


async def test_a_key_is_revoked_by_its_own_account_only(api: AccountClient, other_api: AccountClient) -> None:
    inside = api.parlour.inside
    key, _ = await accounts.create_key(inside, api.account, "ours")
    with pytest.raises(NotFound):
        await accounts.delete_key(inside, other_api.account, key.sid)
    assert await accounts.keys(inside, api.account) == [key]
    assert await accounts.keys(inside, other_api.account) == []


def came_from(principal: Principal | None) -> Any:
    """A request after the middleware."""
    return SimpleNamespace(context=SimpleNamespace(principal=principal))


def test_what_shows_a_whole_account_is_for_its_own_credentials() -> None:
    key = AccountKey("AC1", "SK1")
    assert proved_account(came_from(key)) is key


@pytest.mark.parametrize(
    ("principal", "refusal"),
    [(EndUser("AC1", "IS1", "US1", "alice", frozenset()), PermissionDenied), (None, Unauthenticated)],
)
def test_an_end_user_does_not_see_a_whole_account(principal: Principal | None, refusal: type[ApiError]) -> None:
    with pytest.raises(refusal):
        proved_account(came_from(principal))
