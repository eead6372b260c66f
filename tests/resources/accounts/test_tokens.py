"""Tokens are verified by the keys and services that there are: the matrix of broken ones, and revoked keys."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from parlour.core.errors import ApiError, InvalidTokenGrants, InvalidTokenHeader, InvalidTokenIssuer, TokenExpired
from parlour.core.sids import Prefix, new_sid
from parlour.resources.accounts import actions as accounts
from parlour.resources.accounts.tokens import revoked, verify
from parlour.runtime import proofs
from parlour.runtime.proofs import Proofs
from tests.access_tokens import HEADER, new_key, token_for
from tests.account_client import AccountClient, new_account
from tests.database import migrated_database
from tests.server import MovableClock, serving
from tests.tokens.cases import BROKEN, Make, World, broken

EVERY = list(broken())


@pytest.fixture
async def world(api: AccountClient, other_api: AccountClient) -> AsyncIterator[World]:
    """Standing time, so that a token that is late by a second is late by no more."""
    now = int(api.parlour.clock.freeze().timestamp())
    (key, secret), (others_key, others_secret) = await new_key(api), await new_key(other_api)
    yield World(
        account=api.account,
        service=api.service,
        key=key,
        secret=secret,
        now=now,
        others_key=others_key,
        others_secret=others_secret,
        others_account=other_api.account,
        others_service=other_api.service,
    )
    api.parlour.clock.release()


def test_there_are_forty_broken_tokens_and_some_for_each_code() -> None:
    assert len(EVERY) >= 40
    assert all(len(makes) >= 4 for makes in BROKEN.values())


@pytest.mark.parametrize(("make", "refusal"), [case[1:] for case in EVERY], ids=[case[0] for case in EVERY])
async def test_a_broken_token_is_refused_with_its_code(
    api: AccountClient, world: World, make: Make, refusal: type[ApiError]
) -> None:
    good = await verify(api.parlour.inside, world.token())
    assert (good.account_sid, good.service_sid, good.identity) == (api.account, api.service, "dana")
    with pytest.raises(refusal) as refused:
        await verify(api.parlour.inside, make(world))
    assert type(refused.value) is refusal


async def test_a_revoked_key_is_refused_within_five_seconds(
    api: AccountClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside, seconds = api.parlour.inside, [1000.0]
    monkeypatch.setattr(inside, "signers", Proofs(lambda: seconds[0]))
    key = await new_key(api)
    token = await token_for(api, "dana", key=key)
    await verify(inside, token)
    await accounts.delete_key(inside, api.account, key[0])
    seconds[0] += 3
    await verify(inside, token)  # which does not make the first proof last longer
    seconds[0] += 2
    with pytest.raises(InvalidTokenIssuer):
        await verify(inside, token)


async def test_it_is_known_which_of_the_keys_in_use_are_revoked(api: AccountClient) -> None:
    inside, unknown = api.parlour.inside, new_sid(Prefix.API_KEY)
    (kept, _), (gone, _) = await new_key(api), await new_key(api)
    await accounts.delete_key(inside, api.account, gone)
    assert await revoked(inside, {kept, gone, unknown}) == {gone, unknown}
    assert await revoked(inside, []) == frozenset()


async def test_tokens_of_one_key_and_service_share_a_statement(api: AccountClient) -> None:
    key = await new_key(api)
    tokens = [await token_for(api, f"user-{number}", key=key) for number in range(3)]
    with api.statements(with_proofs=True) as sent:
        for token in tokens:
            await verify(api.parlour.inside, token)
    assert len(sent) == 1


async def test_a_deleted_service_is_refused_as_soon_as_its_proof_is_over(
    api: AccountClient, clock: MovableClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(proofs, "TTL_SECONDS", 3600.0)
    key = await new_key(api)
    made = await api.made("/v1/Services", FriendlyName="another")
    token = await token_for(api.in_service(made["sid"]), "dana", key=key)
    assert (await verify(api.parlour.inside, token)).service_sid == made["sid"]
    await api.delete(f"/v1/Services/{made['sid']}")
    await verify(api.parlour.inside, token)  # for some seconds more
    monkeypatch.setattr(api.parlour.inside, "signers", Proofs())
    for _ in range(2):
        with pytest.raises(InvalidTokenGrants):
            await verify(api.parlour.inside, token)


async def test_a_moved_clock_expires_tokens(api: AccountClient, clock: MovableClock) -> None:
    token = await token_for(api, "dana")
    await verify(api.parlour.inside, token)
    clock.advance(timedelta(hours=2))
    with pytest.raises(TokenExpired):
        await verify(api.parlour.inside, token)


async def test_a_setting_allows_longer_signatures(postgres: str) -> None:
    long = {**HEADER, "alg": "HS384"}
    async with migrated_database(postgres) as url, serving(url, token_algorithms="HS256, HS384") as parlour:
        api = await new_account(parlour)
        for header in (HEADER, long):
            assert (await verify(parlour.inside, await token_for(api, "dana", header=header))).identity == "dana"
        with pytest.raises(InvalidTokenHeader):
            await verify(parlour.inside, await token_for(api, "dana", header={**HEADER, "alg": "HS512"}))
