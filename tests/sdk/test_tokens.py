"""Tokens that other libraries have made are good: those of the official ones, and of one that knows nothing of them."""

import json
import subprocess
from base64 import urlsafe_b64decode
from typing import Any

import pytest
from twilio.jwt.access_token import AccessToken as OfficialToken
from twilio.jwt.access_token.grants import ChatGrant

from parlour.core.errors import TokenExpired
from parlour.resources.accounts.tokens import verify
from parlour.tokens.model import AccessToken
from tests.access_tokens import Key, new_key
from tests.account_client import AccountClient
from tests.sdk.node_process import FOLDER, NodeMissing, installed, without_proxies


def by_python(api: AccountClient, key: Key, identity: object, ttl: int = 3600, **chat: str) -> str:
    grant = ChatGrant(service_sid=api.service, **chat)
    return str(OfficialToken(api.account, *key, grants=[grant], identity=identity, ttl=ttl).to_jwt())


def by_node(api: AccountClient, key: Key, identity: str, ttl: int = 3600) -> dict[str, str]:
    """By the name of the library: its token."""
    try:
        node = installed(FOLDER)
    except NodeMissing as missing:
        pytest.skip(str(missing))
    asked = {
        "account": api.account,
        "key": key[0],
        "secret": key[1],
        "service": api.service,
        "identity": identity,
        "ttl": ttl,
    }
    command = [*node, "sign.js", json.dumps(asked)]
    done = subprocess.run(command, cwd=FOLDER, env=without_proxies(), capture_output=True, check=True, timeout=60)
    made: dict[str, str] = json.loads(done.stdout)
    return made


async def verified(api: AccountClient, text: str) -> AccessToken:
    said = await verify(api.parlour.inside, text)
    assert (said.account_sid, said.service_sid) == (api.account, api.service)
    return said


def claims(text: str) -> dict[str, Any]:
    part = text.split(".")[1]
    found: dict[str, Any] = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    return found


async def test_tokens_of_the_official_python_library_are_good(api: AccountClient) -> None:
    key, credential, role = await new_key(api), "CR" + "1" * 32, "RL" + "2" * 32
    said = await verified(api, by_python(api, key, "dana"))
    assert (said.key_sid, said.identity, said.lifetime_seconds) == (key[0], "dana", 3600)
    assert (said.push_credential_sid, said.deployment_role_sid) == (None, None)
    more = {"push_credential_sid": credential, "deployment_role_sid": role, "endpoint_id": "old"}
    full = by_python(api, key, "dana@example.org", 24 * 3600, **more)
    said = await verified(api, full)
    assert (said.identity, said.push_credential_sid, said.deployment_role_sid) == ("dana@example.org", credential, role)
    assert (await verified(api, by_python(api, key, 42))).identity == "42"
    with pytest.raises(TokenExpired):
        await verify(api.parlour.inside, by_python(api, key, "dana", -31))
    with pytest.raises(TokenExpired):
        await verify(api.parlour.inside, by_python(api, key, "dana", 24 * 3600 + 60))


async def test_tokens_of_the_node_library_and_of_jose_are_good(api: AccountClient) -> None:
    key = await new_key(api)
    made = by_node(api, key, "Dana Ünal", 1800)
    assert set(made) == {"twilio", "jose"}
    for text in made.values():
        said = await verified(api, text)
        assert (said.key_sid, said.identity, said.lifetime_seconds) == (key[0], "Dana Ünal", 1800)
        assert "iat" in claims(text)
