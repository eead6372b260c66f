"""A session from its log-in to its end, through the real socket."""

from typing import Any

import pytest

from tests.access_tokens import token_for
from tests.account_client import AccountClient, new_account
from tests.twilsock import connected, dialled, written


async def test_logs_in_and_answers_the_first_call(api: AccountClient) -> None:
    async with dialled(api.parlour) as client:
        reply = await client.log_in(await token_for(api, "alice@example.org"))
        assert reply.status == 200
        assert reply.header["capabilities"] == ["client_update", "offline_storage"]
        answer = await client.get("/Client/v2/Configuration")
        assert set(answer.packet.header) == {"method", "id", "status", "http_status", "payload_size"}
        row = answer.row
        user = (await api.get("/Users/alice%40example.org")).row
        assert row["identity"] == "alice@example.org"
        assert row["sync_objects"] == {
            "my_user_info": f"users.{user['sid']}",
            "my_conversations": f"{user['sid']}.my_conversations",
        }
        assert row["links"]["current_user"] == f"{api.parlour.url}/Client/v2/Users/alice%40example.org"


@pytest.mark.parametrize(
    ("change", "code"),
    [({"sub": "AC" + "0" * 32}, 20103), ({"grants": {}}, 20106), ({"exp": 1}, 20104)],
)
async def test_a_bad_token_is_refused(api: AccountClient, change: dict[str, Any], code: int) -> None:
    async with dialled(api.parlour) as client:
        reply = await client.log_in(await token_for(api, "alice", **change))
        assert (reply.status, reply.error_code) == (401, code)


async def test_a_command_is_an_action_of_the_user(api: AccountClient) -> None:
    async with connected(api.parlour, await token_for(api, "alice")) as client:
        made = await client.post("/Client/v2/Conversations", {"friendly_name": "Front desk"})
        assert made.status == 201, made.json
        conversation = (await api.get(f"/Conversations/{made.row['sid']}")).row
        assert conversation["friendly_name"] == "Front desk"


async def test_unknown_places_are_not_found(api: AccountClient) -> None:
    async with connected(api.parlour, await token_for(api, "alice")) as client:
        assert (await client.get("/Client/v2/Nothing")).refusal == (404, 20404)
        assert (await client.post("/Client/v2/Configuration", {})).refusal == (405, 20004)


async def test_a_client_may_take_leave_twice_in_one_breath(api: AccountClient) -> None:
    async with connected(api.parlour, await token_for(api, "alice")) as client:
        protocol = client.connection.protocol
        protocol.send_binary(written({"id": "TM1", "method": "close"}))
        protocol.send_close(1000)
        client.connection.transport.write(b"".join(protocol.data_to_send()))
        assert await client.closed() == 1000


async def test_what_a_browser_keeps_is_kept_apart_for_each_user_and_service(api: AccountClient) -> None:
    other = await new_account(api.parlour)
    ids = [await storage_id(of, identity) for of, identity in ((api, "a"), (api, "a"), (api, "b"), (other, "a"))]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 3


async def storage_id(api: AccountClient, identity: str) -> str:
    async with dialled(api.parlour) as client:
        reply = await client.log_in(await token_for(api, identity))
        return str(reply.header["offline_storage"]["ip_messaging"]["storage_id"])
