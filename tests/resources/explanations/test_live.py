"""Explanations of what a user's clients were shown: by when the user took part, told from the numbers of the rows."""

from typing import Any

from tests.account_client import AccountClient
from tests.resources.explanations.test_explanations import EXPLAIN

MISSED = "so nothing was shown live."


async def told(api: AccountClient, sid: str, identity: str) -> dict[str, Any]:
    """The sentence about the user, which comes last."""
    answer = await api.get(EXPLAIN, Sid=sid, Identity=identity)
    sentence: dict[str, Any] = answer.row["sentences"][-1]
    assert sentence["facts"]["identity"] == identity
    return sentence


async def text(api: AccountClient, sid: str, identity: str) -> str:
    return str((await told(api, sid, identity))["text"])


async def test_a_user_misses_what_comes_before_joining_and_after_leaving(api: AccountClient) -> None:
    room = f"/Conversations/{(await api.made('/Conversations'))['sid']}"

    async def said() -> str:
        return str((await api.made(f"{room}/Messages", Body="hello"))["sid"])

    await api.made("/Users", Identity="zoe")
    early = await said()
    joined = await api.made(f"{room}/Participants", Identity="dana")
    seen = await said()
    assert await text(api, early, "dana") == (
        f"dana did not take part yet when it happened, {MISSED} dana takes part now: clients find it when they load the"
        " conversation."
    )
    shown = await text(api, seen, "dana")
    assert shown.startswith("dana took part when it happened: their clients that were connected and had subscribed")
    assert "`logged in`" in shown
    assert (await text(api, joined["sid"], "dana")).startswith("dana took part when it happened")
    assert await text(api, seen, "zoe") == (
        "zoe never took part in the conversation, so no client of theirs is shown it."
    )
    assert (await text(api, seen, "nobody")).startswith("No user of the service has the identity nobody")

    await api.delete(f"{room}/Participants/dana")
    late = await said()
    gone = await text(api, late, "dana")
    assert gone.startswith("dana had left or been removed on 20")
    assert gone.endswith(f"{MISSED} dana does not take part now either, so no client of theirs is shown it.")
    assert "dana left or was removed later, on 20" in await text(api, seen, "dana")
    conversation = room.rpartition("/")[2]
    assert (await text(api, conversation, "dana")).startswith("dana had left or been removed")

    again = await api.made(f"{room}/Participants", Identity="dana")
    assert (await text(api, late, "dana")).endswith(
        "dana takes part now: clients find it when they load the conversation."
    )
    parts = (await told(api, late, "dana"))["facts"]["took_part"]
    assert [part["participant_sid"] for part in parts] == [joined["sid"], again["sid"]]
    assert parts[0]["since"] < parts[0]["until"] < parts[1]["since"]
    assert parts[1]["until"] is None


async def test_a_user_is_asked_about_beside_what_lies_in_a_conversation_only(
    api: AccountClient, other_api: AccountClient
) -> None:
    user = (await api.made("/Users", Identity="dana"))["sid"]
    assert (await api.get(EXPLAIN, Sid=user, Identity="dana")).refusal == (400, 20001)
    conversation = (await api.made("/Conversations"))["sid"]
    assert (await other_api.get(EXPLAIN, Sid=conversation, Identity="dana")).refusal == (404, 20404)
