"""Occasions: what can happen so that webhooks are told, each with its events."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from parlour.core.webhook_events import PostEvent, PreEvent
from parlour.resources.receipts.model import Status
from parlour.runtime.signals import PRESENCE
from tests.access_tokens import token_for
from tests.account_client import AccountClient, encoded
from tests.devices import credential, register
from tests.receipts import record
from tests.twilsock import connected
from tests.webhooks.conftest import LOUD, made


@dataclass(frozen=True)
class Stage:
    """What there is before something happens; made without telling anybody."""

    api: AccountClient
    path: str
    """Of the conversation."""
    message: str
    """The paths of what is in it."""
    chat: str
    phone: str
    gateway: str
    mailbox: str
    user: str

    @classmethod
    async def set(cls, api: AccountClient) -> "Stage":
        conversation = await api.made(
            "/Conversations", FriendlyName="Ünited & co", UniqueName="talk", Attributes='{"a": "é+ =&"}'
        )
        path = f"/Conversations/{conversation['sid']}"
        chat = await api.made(f"{path}/Participants", Identity="dana", Attributes='{"seat": 1}')
        phone = await api.made(f"{path}/Participants", **PAIR)
        gateway = await api.made(f"{path}/Participants", **GATEWAY)
        mailbox = await api.made(f"{path}/Participants", **MAILBOX)
        message = await api.made(f"{path}/Messages", Body="hé & 1+1=2", Author="dana", Attributes='{"b": [1]}')
        await api.post("/Users/dana", FriendlyName="Dana", Attributes='{"c": null}')
        return cls(
            api,
            path,
            f"{path}/Messages/{message['sid']}",
            f"{path}/Participants/{chat['sid']}",
            f"{path}/Participants/{phone['sid']}",
            f"{path}/Participants/{gateway['sid']}",
            f"{path}/Participants/{mailbox['sid']}",
            "/Users/dana",
        )

    async def changed(self, path: str, **form: object) -> dict[str, Any]:
        """The row at *path* after a loud update."""
        answer = await self.api.send("POST", path, encoded(form).encode(), LOUD)
        return answer.row

    async def removed(self, path: str) -> dict[str, Any]:
        """What was at *path* before a loud deletion."""
        before = (await self.api.get(path)).row
        assert (await self.api.send("DELETE", path, headers=LOUD)).status == 204
        return before


PAIR = {"MessagingBinding.Address": "+15551230001", "MessagingBinding.ProxyAddress": "+15551230002"}
WHATSAPP = {
    "MessagingBinding.Address": "whatsapp:+15551230003",
    "MessagingBinding.ProxyAddress": "whatsapp:+15551230004",
}
MAILBOX = {
    "MessagingBinding.Address": "kim@example.com",
    "MessagingBinding.Name": "Kím & co",
    "MessagingBinding.Level": "to",
}
GATEWAY = {"Identity": "lee", "MessagingBinding.ProjectedAddress": "+15551230005"}


Act = Callable[[Stage], Awaitable[dict[str, Any]]]


def add(below: str, **form: object) -> Act:
    """Makes something, loudly: in the conversation, or beside it if *below* begins with a slash."""

    async def act(stage: Stage) -> dict[str, Any]:
        return await made(stage.api, below if below.startswith("/") else f"{stage.path}/{below}", **form)

    return act


def change(what: str, **form: object) -> Act:
    """Changes what the stage knows under that name, loudly."""

    async def act(stage: Stage) -> dict[str, Any]:
        return await stage.changed(getattr(stage, what), **form)

    return act


def remove(what: str) -> Act:
    """Removes it, loudly."""

    async def act(stage: Stage) -> dict[str, Any]:
        return await stage.removed(getattr(stage, what))

    return act


def hear(status: Status, error_code: int = 0, channel_message_sid: str | None = None) -> Act:
    """The message has come so far to somebody's phone, as a carrier says."""

    async def act(stage: Stage) -> dict[str, Any]:
        message = (await stage.api.get(stage.message)).row
        phone = stage.phone.rpartition("/")[2]
        await record(stage.api, message, phone, status, error_code=error_code, channel_message_sid=channel_message_sid)
        (receipt,) = (await stage.api.get(f"{stage.message}/Receipts")).rows
        return receipt

    return act


async def rename_somebody_with_a_phone(stage: Stage) -> dict[str, Any]:
    """Changes a user who can be notified, where services tell that."""
    service = f"/v1/Services/{stage.api.service}/Configuration"
    assert (await stage.api.post(service, ReachabilityEnabled="true")).status == 200
    await stage.api.post(f"{service}/Notifications", **{"NewMessage.Enabled": "true"})
    await register(stage.api, "dana", "a token", await credential(stage.api))
    await stage.changed(stage.user, FriendlyName="D.")
    return (await stage.api.get(stage.user)).row


async def rename_somebody_who_is_online(stage: Stage) -> dict[str, Any]:
    """Changes a user who has a socket, where services tell that."""
    service = f"/v1/Services/{stage.api.service}/Configuration"
    assert (await stage.api.post(service, ReachabilityEnabled="true")).status == 200
    async with connected(stage.api.parlour, await token_for(stage.api, "dana")):
        while not (row := (await stage.api.get(stage.user)).row)["is_online"]:
            stage.api.parlour.inside.signals.wake(PRESENCE)
        await stage.changed(stage.user, FriendlyName="D.")
        return {**row, **(await stage.api.get(stage.user)).row}


@dataclass(frozen=True)
class Case:
    """Something that happens, the events about it, and which parameters have no value."""

    act: Act
    pre: PreEvent | None
    post: PostEvent | None
    without: frozenset[str] = frozenset()


def case(act: Act, pre: PreEvent | None, post: PostEvent | None, *without: str) -> Case:
    return Case(act, pre, post, frozenset(without))


PROXY, ADDRESS, PROJECTED = (f"MessagingBinding.{each}Address" for each in ("Proxy", "", "Projected"))
OF_MAIL = ("MessagingBinding.Name", "MessagingBinding.Level")
A_CHAT = (PROXY, ADDRESS, PROJECTED, *OF_MAIL)
A_PHONE = ("Identity", PROJECTED, *OF_MAIL)
A_GATEWAY = (PROXY, ADDRESS, *OF_MAIL)
A_MAILBOX = ("Identity", "RoleSid", PROXY, PROJECTED)
READ = "LastReadMessageIndex"

CASES = {
    "a conversation is made": case(
        add("/Conversations", FriendlyName="x", UniqueName="y", Attributes="{}", State="inactive"),
        PreEvent.CONVERSATION_ADD,
        PostEvent.CONVERSATION_ADDED,
    ),
    "a conversation is made of nothing": case(
        add("/Conversations", MessagingServiceSid=""),
        PreEvent.CONVERSATION_ADD,
        PostEvent.CONVERSATION_ADDED,
        "FriendlyName",
        "UniqueName",
        "MessagingServiceSid",
    ),
    "a conversation is changed": case(
        change("path", Attributes='{"new": true}'), PreEvent.CONVERSATION_UPDATE, PostEvent.CONVERSATION_UPDATED
    ),
    "a conversation loses its name": case(
        change("path", FriendlyName="", UniqueName=""),
        PreEvent.CONVERSATION_UPDATE,
        PostEvent.CONVERSATION_UPDATED,
        "FriendlyName",
        "UniqueName",
    ),
    "a conversation gets another state": case(
        change("path", State="inactive"), PreEvent.CONVERSATION_UPDATE, PostEvent.CONVERSATION_STATE_UPDATED
    ),
    "a conversation is removed": case(remove("path"), PreEvent.CONVERSATION_REMOVE, PostEvent.CONVERSATION_REMOVED),
    "a message is posted": case(
        add("Messages", Body="line\none & two", Author="dana", Attributes='{"a":1}'),
        PreEvent.MESSAGE_ADD,
        PostEvent.MESSAGE_ADDED,
    ),
    "a message is posted by a phone": case(
        add("Messages", Body="refund", Author="+15551230001"), PreEvent.MESSAGE_ADD, PostEvent.MESSAGE_ADDED
    ),
    "a message is posted by nobody": case(
        add("Messages", Body="x"), PreEvent.MESSAGE_ADD, PostEvent.MESSAGE_ADDED, "ParticipantSid"
    ),
    "a message is edited": case(change("message", Body="edited"), PreEvent.MESSAGE_UPDATE, PostEvent.MESSAGE_UPDATED),
    "a message gets another author": case(
        change("message", Author="nobody"), PreEvent.MESSAGE_UPDATE, PostEvent.MESSAGE_UPDATED, "ParticipantSid"
    ),
    "a message is removed": case(remove("message"), PreEvent.MESSAGE_REMOVE, PostEvent.MESSAGE_REMOVED),
    "somebody joins by identity": case(
        add("Participants", Identity="new", Attributes='{"a":1}'),
        PreEvent.PARTICIPANT_ADD,
        PostEvent.PARTICIPANT_ADDED,
        *A_CHAT,
    ),
    "somebody joins by WhatsApp": case(
        add("Participants", **WHATSAPP), PreEvent.PARTICIPANT_ADD, PostEvent.PARTICIPANT_ADDED, *A_PHONE
    ),
    "somebody joins by a projected address": case(
        add("Participants", Identity="new", **{PROJECTED: "+15551230009"}),
        PreEvent.PARTICIPANT_ADD,
        PostEvent.PARTICIPANT_ADDED,
        *A_GATEWAY,
    ),
    "somebody joins by e-mail": case(
        add("Participants", **{**MAILBOX, "MessagingBinding.Level": "cc"}),
        PreEvent.PARTICIPANT_ADD,
        PostEvent.PARTICIPANT_ADDED,
        *A_MAILBOX,
    ),
    "a participant is changed": case(
        change("chat", Attributes="{}"), PreEvent.PARTICIPANT_UPDATE, PostEvent.PARTICIPANT_UPDATED, *A_CHAT, READ
    ),
    "a participant on a phone is changed": case(
        change("phone", Attributes="{}"), PreEvent.PARTICIPANT_UPDATE, PostEvent.PARTICIPANT_UPDATED, *A_PHONE, READ
    ),
    "a participant at a mailbox is changed": case(
        change("mailbox", Attributes="{}"), PreEvent.PARTICIPANT_UPDATE, PostEvent.PARTICIPANT_UPDATED, *A_MAILBOX, READ
    ),
    "a participant has read": case(
        change("gateway", LastReadMessageIndex=0),
        PreEvent.PARTICIPANT_UPDATE,
        PostEvent.PARTICIPANT_UPDATED,
        *A_GATEWAY,
    ),
    "a participant leaves": case(remove("chat"), PreEvent.PARTICIPANT_REMOVE, PostEvent.PARTICIPANT_REMOVED, *A_CHAT),
    "a participant on a phone leaves": case(
        remove("phone"), PreEvent.PARTICIPANT_REMOVE, PostEvent.PARTICIPANT_REMOVED, *A_PHONE
    ),
    "a participant at a mailbox leaves": case(
        remove("mailbox"), PreEvent.PARTICIPANT_REMOVE, PostEvent.PARTICIPANT_REMOVED, *A_MAILBOX
    ),
    "a participant of a group leaves": case(
        remove("gateway"), PreEvent.PARTICIPANT_REMOVE, PostEvent.PARTICIPANT_REMOVED, *A_GATEWAY
    ),
    "a message is on its way": case(
        hear(Status.SENT, channel_message_sid="SM" + "0" * 32), None, PostEvent.DELIVERY_UPDATED, "ErrorCode"
    ),
    "a message did not arrive": case(hear(Status.FAILED, 30003), None, PostEvent.DELIVERY_UPDATED, "ChannelMessageSid"),
    "a user is made": case(
        add("/Users", Identity="new", FriendlyName="New", Attributes='{"a":1}'), None, PostEvent.USER_ADDED
    ),
    "a user is made of nothing": case(add("/Users", Identity="new"), None, PostEvent.USER_ADDED, "FriendlyName"),
    "a user is changed": case(
        change("user", FriendlyName="D."), PreEvent.USER_UPDATE, PostEvent.USER_UPDATED, "isOnline", "isNotifiable"
    ),
    "a user with a phone is changed": case(
        rename_somebody_with_a_phone, PreEvent.USER_UPDATE, PostEvent.USER_UPDATED, "isOnline"
    ),
    "a user who is online is changed": case(
        rename_somebody_who_is_online, PreEvent.USER_UPDATE, PostEvent.USER_UPDATED, "isNotifiable"
    ),
}
