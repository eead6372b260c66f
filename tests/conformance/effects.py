"""What each parameter does: a value for it, and where its effect is seen.

Keys are verb and resource in either form of the paths, as ``compat.differences.parts`` gives them.
"""

import json
import re
from collections.abc import Callable, Coroutine
from typing import Any

import msgspec

from parlour.resources.credentials.actions import secrets
from tests.account_client import path_of
from tests.conformance.world import World
from tests.devices import client

MOMENT = "2024-02-29T12:30:15Z"
FLOW = f"FW{1:032x}"
MESSAGING = f"MG{1:032x}"
PHONE, DESK, GROUP = "+15551230011", "+15551230012", "+15551230013"

Row = dict[str, Any]
Seen = Callable[[World, Row], Coroutine[Any, Any, Any]]
Made = Callable[[World], Coroutine[Any, Any, Any]]


class Something:
    """Equal to whatever is not null."""

    def __eq__(self, other: object) -> bool:
        return other is not None

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "something"


class Effect(msgspec.Struct, frozen=True):
    """A value for a parameter of a create or an update, and what it makes of the row."""

    sent: Any
    """The value, or what makes it in the world."""
    shown: Any = msgspec.UNSET
    """What the row holds afterwards; without it: what was sent."""
    at: str = ""
    """Where in the row, with dots; without it: under the parameter's own name."""
    beside: dict[str, Any] = {}
    """What has to be sent with it; None takes away what is sent otherwise."""
    elsewhere: Seen | None = None
    """Where to look, for what the row does not show."""
    target: Made | None = None
    """The SID of what is updated, where the world's own does not fit."""


class Filter(msgspec.Struct, frozen=True):
    """A value with which a list has the world's row, and one with which it has not."""

    matching: str
    other: str


def name_in_row(wire: str) -> str:
    """Where a row shows a parameter: ``NewMessage.WithMedia.Enabled`` is ``new_message.with_media.enabled``."""
    return ".".join(re.sub("(?<!^)(?=[A-Z])", "_", part).lower() for part in wire.split("."))


def looked_up(row: Any, at: str) -> Any:
    """What *row* holds at a name with dots; None where there is nothing."""
    for part in at.split("."):
        row = row.get(part) if isinstance(row, dict) else None
    return row


# -- What lies in the world or is made for a parameter


async def _default_service(world: World) -> str:
    return world.api.service


async def _other_service(world: World) -> str:
    return world.service


async def _conversation_role(world: World) -> str:
    return world.role


async def _service_role(world: World) -> str:
    form = {"FriendlyName": "clerk", "Type": "service", "Permission": ["joinConversation"]}
    return str((await world.api.made("/Roles", **form))["sid"])


def _participant(**form: Any) -> Made:
    async def made(world: World) -> str:
        row = await world.api.made(f"/Conversations/{world.conversation}/Participants", **form)
        return str(row["sid"])

    return made


def _webhook(**form: Any) -> Made:
    async def made(world: World) -> str:
        row = await world.api.made(f"/Conversations/{world.conversation}/Webhooks", **form)
        return str(row["sid"])

    return made


# -- Where to look for what a row does not show


async def _stored(world: World, table: str, column: str, row: Row) -> Any:
    async with world.api.parlour.inside.database.session() as reading:
        return await reading.fetchval(f"select {column} from {table} where sid = $1", row["sid"])


async def _subject(world: World, row: Row) -> Any:
    return await _stored(world, "messages", "subject", row)


async def _replay_after(world: World, row: Row) -> Any:
    return await _stored(world, "conversation_webhooks", "replay_after", row)


def _secret(name: str) -> Seen:
    async def seen(world: World, row: Row) -> Any:
        return getattr(await secrets(client(world.api), row["sid"]), name)

    return seen


async def _read_at(world: World, row: Row) -> Any:
    return (await world.api.get(path_of(row["links"]["participant"]))).row["last_read_timestamp"]


async def _identities(world: World, row: Row) -> Any:
    while (await world.api.get(path_of(row["url"]))).row["state"] == "initializing":
        pass
    return [each["identity"] for each in (await world.api.get(path_of(row["links"]["participants"]))).rows]


# -- The table

_DATES = {"DateCreated": Effect(MOMENT), "DateUpdated": Effect(MOMENT)}
_HOOK_URL = "https://example.org/elsewhere"
_WEBHOOKS = {
    "Method": Effect("GET"),
    "Filters": Effect(["onMessageRemoved"]),
    "PreWebhookUrl": Effect(_HOOK_URL),
    "PostWebhookUrl": Effect(_HOOK_URL),
}
_WEBHOOK = {"AutoCreation.Type": "webhook", "AutoCreation.WebhookUrl": _HOOK_URL}
_STUDIO = {"AutoCreation.Type": "studio", "AutoCreation.StudioFlowSid": FLOW}
_NOTIFICATION = {"Enabled": Effect("true", True), "Template": Effect("${MESSAGE}"), "Sound": Effect("gong")}
_CONVERSATION = {
    "FriendlyName": Effect("Order 8812"),
    "UniqueName": Effect("order-8812"),
    **_DATES,
    "MessagingServiceSid": Effect(MESSAGING),
    "Attributes": Effect('{"a": 1}'),
    "State": Effect("inactive"),
    "Timers.Inactive": Effect("PT1H", Something(), "timers.date_inactive", beside={"State": "active"}),
    "Timers.Closed": Effect("P1D", Something(), "timers.date_closed"),
    "Bindings.Email.Address": Effect("desk@example.org", at="bindings.email.projected_address"),
    "Bindings.Email.Name": Effect("Desk", beside={"Bindings.Email.Address": "desk@example.org"}),
}
_ASSEMBLED = {"State": None, "Timers.Inactive": None, "Timers.Closed": None}
"""What a conversation gets only when it is put together, so that the first answer does not show it."""
_HOOK = {"Target": "webhook"}
_TRIGGER = {"Target": "trigger", "Configuration.Url": _HOOK_URL, "Configuration.Triggers": ["help"]}
_FLOW = {"Target": "studio", "Configuration.FlowSid": FLOW}
_SOMEBODY = {"Identity": None, "MessagingBinding.Address": PHONE}

EFFECTS: dict[str, dict[str, Effect]] = {
    "Configuration": {
        "DefaultChatServiceSid": Effect(_other_service),
        "DefaultMessagingServiceSid": Effect(MESSAGING),
        "DefaultInactiveTimer": Effect("PT2H"),
        "DefaultClosedTimer": Effect("P2D"),
    },
    "ConfigurationAddress": {
        "Type": Effect("whatsapp", beside={"Address": f"whatsapp:{DESK}"}),
        "Address": Effect(DESK),
        "FriendlyName": Effect("Hotline"),
        "AutoCreation.Enabled": Effect("true", True),
        "AutoCreation.Type": Effect("webhook", beside=_WEBHOOK),
        "AutoCreation.ConversationServiceSid": Effect(_default_service),
        "AutoCreation.WebhookUrl": Effect(_HOOK_URL, beside=_WEBHOOK),
        "AutoCreation.WebhookMethod": Effect("get", "GET", beside=_WEBHOOK),
        "AutoCreation.WebhookFilters": Effect(["onMessageAdded"], beside=_WEBHOOK),
        "AutoCreation.StudioFlowSid": Effect(FLOW, beside=_STUDIO),
        "AutoCreation.StudioRetryCount": Effect(2, beside=_STUDIO),
        "AddressCountry": Effect("US"),
    },
    "ConfigurationWebhook": {**_WEBHOOKS, "Target": Effect("flex")},
    "ServiceWebhookConfiguration": _WEBHOOKS,
    "ServiceConfiguration": {
        "DefaultConversationCreatorRoleSid": Effect(_conversation_role),
        "DefaultConversationRoleSid": Effect(_conversation_role),
        "DefaultChatServiceRoleSid": Effect(_service_role),
        "ReachabilityEnabled": Effect("true", True),
    },
    "ServiceNotification": {
        "LogEnabled": Effect("true", True),
        **{
            f"{event}.{name}": effect
            for event in ("NewMessage", "AddedToConversation", "RemovedFromConversation")
            for name, effect in _NOTIFICATION.items()
        },
        "NewMessage.BadgeCountEnabled": Effect("true", True),
        "NewMessage.WithMedia.Enabled": Effect("true", True),
        "NewMessage.WithMedia.Template": Effect("${MEDIA}"),
    },
    "Service": {"FriendlyName": Effect("A third one")},
    "Role": {
        "FriendlyName": Effect("guest"),
        "Type": Effect("conversation", beside={"Permission": ["sendMessage"]}),
        "Permission": Effect(["editOwnMessage", "addParticipant"], at="permissions"),
    },
    "Credential": {
        "Type": Effect("apn"),
        "FriendlyName": Effect("iPhones"),
        "Certificate": Effect("a certificate", elsewhere=_secret("certificate")),
        "PrivateKey": Effect("a key", elsewhere=_secret("private_key")),
        "Sandbox": Effect("true", "True", beside={"Type": "apn"}),
        "ApiKey": Effect("a key", elsewhere=_secret("api_key")),
        "Secret": Effect("a secret", elsewhere=_secret("secret")),
    },
    "User": {
        "Identity": Effect("kim"),
        "FriendlyName": Effect("Kim"),
        "Attributes": Effect('{"a": 1}'),
        "RoleSid": Effect(_service_role),
    },
    "Conversation": _CONVERSATION,
    "ConversationWithParticipants": {
        **_CONVERSATION,
        "Participant": Effect([json.dumps({"identity": "kim"})], ["kim"], beside=_ASSEMBLED, elsewhere=_identities),
    },
    "ConversationScopedWebhook": {
        "Target": Effect("studio", beside={"Configuration.FlowSid": FLOW}),
        "Configuration.Url": Effect(_HOOK_URL, beside=_HOOK),
        "Configuration.Method": Effect("GET", "get", beside=_HOOK),
        "Configuration.Filters": Effect(["onParticipantAdded"], beside=_HOOK),
        "Configuration.Triggers": Effect(["stop"], beside=_TRIGGER, target=_webhook(**_TRIGGER)),
        "Configuration.FlowSid": Effect(FLOW, beside=_FLOW, target=_webhook(**_FLOW)),
        "Configuration.ReplayAfter": Effect(0, beside=_HOOK, elsewhere=_replay_after),
    },
    "ConversationParticipant": {
        "Identity": Effect("kim", target=_participant(**{"MessagingBinding.ProjectedAddress": GROUP})),
        "MessagingBinding.Address": Effect(PHONE, beside=_SOMEBODY),
        "MessagingBinding.ProxyAddress": Effect(
            DESK,
            beside=_SOMEBODY,
            target=_participant(**{"MessagingBinding.Address": PHONE, "MessagingBinding.ProxyAddress": GROUP}),
        ),
        "MessagingBinding.ProjectedAddress": Effect(DESK),
        **_DATES,
        "Attributes": Effect('{"a": 1}'),
        "RoleSid": Effect(_conversation_role),
        "LastReadMessageIndex": Effect(0),
        "LastReadTimestamp": Effect(MOMENT),
    },
    "ConversationMessage": {
        "Author": Effect("kim"),
        "Body": Effect("Good night"),
        **_DATES,
        "Attributes": Effect('{"a": 1}'),
        "Subject": Effect("Greetings", elsewhere=_subject),
    },
    "UserConversation": {
        "NotificationLevel": Effect("muted"),
        "LastReadTimestamp": Effect(MOMENT, elsewhere=_read_at),
        "LastReadMessageIndex": Effect(0),
    },
}
"""By resource and parameter; the same for create and update."""

FILTERS: dict[str, dict[str, Filter]] = {
    "ConfigurationAddress": {"Type": Filter("sms", "email")},
    "ServiceBinding": {"BindingType": Filter("fcm", "apn"), "Identity": Filter("dana", "lee")},
    "Conversation": {
        "StartDate": Filter("2001-01-01", "2201-01-01"),
        "EndDate": Filter("2201-01-01", "2001-01-01"),
        "State": Filter("active", "closed"),
    },
    "ParticipantConversation": {"Identity": Filter("dana", "lee"), "Address": Filter("+15551230009", PHONE)},
}
"""By resource and parameter of its list."""

REQUIRED: dict[str, dict[str, Any]] = {
    "ConfigurationAddress": {"Type": "sms", "Address": PHONE},
    "Service": {"FriendlyName": "A third one"},
    "Role": {"FriendlyName": "guest", "Type": "service", "Permission": ["editOwnMessage"]},
    "Credential": {"Type": "fcm"},
    "User": {"Identity": "kim"},
    "ConversationScopedWebhook": {
        "Target": "webhook",
        "Configuration.Url": "https://example.org/",
        "Configuration.Filters": ["onMessageAdded"],
    },
    "ConversationParticipant": {"Identity": "kim"},
    "ConversationMessage": {"Body": "Good day"},
}
"""What a create needs, whatever else it is sent."""

REFUSED = {
    "ConversationMessage": {
        "MediaSid": (f"ME{1:032x}", (404, 50507)),
        "ContentSid": (f"HX{1:032x}", (400, 50526)),
        "ContentVariables": ('{"1": "Dana"}', (400, 50528)),
    }
}
"""Parameters that are understood and not honoured: a valid value, and what it is answered with."""
