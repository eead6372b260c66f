"""What sockets show to those who look on in their account, and to nobody else."""

from typing import Any

from tests.access_tokens import token_for
from tests.account_client import AccountClient
from tests.feed import streaming
from tests.twilsock import connected

TAIL = "/parlour/v1/Tail"


async def test_those_who_look_on_see_log_ins_commands_and_closes(api: AccountClient, other_api: AccountClient) -> None:
    async with streaming(api, of=TAIL) as stream:
        ready = await stream.event()
        assert ready is not None
        assert ready.event == "ready"
        async with connected(other_api.parlour, await token_for(other_api, "stranger")):
            pass
        async with connected(api.parlour, await token_for(api, "alice")) as client:
            await client.get("/Client/v2/Configuration")
            made = await client.post("/Client/v2/Conversations", {"friendly_name": "room"})
            refused = await client.delete("/Client/v2/Conversations/CH1")
            assert (made.status, refused.status) == (201, 404)
        seen: list[dict[str, Any]] = []
        while not seen or seen[-1]["what"] != "close":
            line = (await stream.events(1))[0].json
            if line["kind"] == "socket":
                seen.append(line)
    assert {line["identity"] for line in seen} == {"alice"}
    assert [(line["what"], line.get("path"), line.get("status"), line.get("code")) for line in seen] == [
        ("log-in", None, 200, None),
        ("POST", "/Client/v2/Conversations", 201, None),
        ("DELETE", "/Client/v2/Conversations/CH1", 404, refused.json["code"]),
        ("close", None, None, None),
    ]
    assert seen[0]["sdk"] == "JS 3.0.1"
    assert seen[1]["request_sid"].startswith("RQ")
    assert seen[-1]["reason"] == "client"
