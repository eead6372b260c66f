"""A furnished account: one of everything, and a valid call for every operation on it."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from parlour.contract.rest import Route, Verb
from tests.account_client import FORM, AccountClient, Answer, encoded
from tests.deliveries import NOWHERE
from tests.deliveries import record as record_delivery
from tests.devices import register
from tests.receipts import record

CALLS: dict[tuple[str, Verb], dict[str, Any]] = {
    # Of the account's settings and of a service's, which are called the same; each leaves what is the other's.
    ("Configuration", Verb.UPDATE): {"DefaultInactiveTimer": "PT1H", "ReachabilityEnabled": "true"},
    ("ConfigurationWebhook", Verb.UPDATE): {
        "PreWebhookUrl": "https://example.org/before",
        "PostWebhookUrl": "https://example.org/after",
        "Method": "GET",
        "Filters": ["onMessageAdd", "onMessageAdded"],
        "Target": "webhook",
    },
    ("WebhookConfiguration", Verb.UPDATE): {"PostWebhookUrl": "https://example.org/", "Filters": ["onUserAdded"]},
    ("Notification", Verb.UPDATE): {"NewMessage.Enabled": "true", "NewMessage.WithMedia.Template": "${MEDIA}"},
    ("Service", Verb.CREATE): {"FriendlyName": "Another"},
    ("Role", Verb.CREATE): {"FriendlyName": "clerk", "Type": "service", "Permission": ["joinConversation"]},
    ("Role", Verb.UPDATE): {"Permission": ["sendMessage", "leaveConversation"]},
    ("Credential", Verb.CREATE): {"Type": "fcm", "FriendlyName": "Android", "Secret": "a server key"},
    ("Credential", Verb.UPDATE): {"FriendlyName": "Phones", "Secret": "another server key"},
    ("ConfigurationAddress", Verb.CREATE): {
        "Type": "sms",
        "Address": "+15551230007",
        "AutoCreation.Enabled": "true",
        "AutoCreation.Type": "webhook",
        "AutoCreation.WebhookUrl": "https://shop.example/hook",
        "AutoCreation.WebhookFilters": ["onMessageAdded", "onParticipantAdded"],
    },
    ("ConfigurationAddress", Verb.UPDATE): {"FriendlyName": "The hotline", "AutoCreation.Enabled": "true"},
    ("Token", Verb.CREATE): {"Identity": "dana"},
    ("User", Verb.CREATE): {"Identity": "lee", "FriendlyName": "Lee", "Attributes": '{"a":1}'},
    ("User", Verb.UPDATE): {"FriendlyName": "Somebody"},
    ("Conversation", Verb.CREATE): {"FriendlyName": "Order 2", "Timers.Inactive": "PT1H", "Timers.Closed": "P1D"},
    ("Conversation", Verb.UPDATE): {"FriendlyName": "Somewhere"},
    # With participants it answers 202 and not what is published, which tests of its own look at.
    ("ConversationWithParticipants", Verb.CREATE): {"FriendlyName": "Crew", "Timers.Inactive": "PT1H"},
    ("ConversationScopedWebhook", Verb.CREATE): {
        "Target": "trigger",
        "Configuration.Url": "https://example.org/",
        "Configuration.Triggers": ["help"],
    },
    ("ConversationScopedWebhook", Verb.UPDATE): {"Configuration.Filters": ["onMessageAdded", "onDeliveryUpdated"]},
    ("ConversationParticipant", Verb.CREATE): {"Identity": "kim"},
    ("ConversationParticipant", Verb.UPDATE): {"Attributes": '{"a":1}', "LastReadMessageIndex": "0"},
    ("ConversationMessage", Verb.CREATE): {"Body": "Good day", "Author": "dana"},
    ("ConversationMessage", Verb.UPDATE): {"Body": "Good evening"},
    ("UserConversation", Verb.UPDATE): {"LastReadMessageIndex": "0", "NotificationLevel": "muted"},
    ("ParticipantConversation", Verb.LIST): {"Identity": "dana"},
}
"""A valid form or query for the operations that take one."""


@dataclass(frozen=True)
class World:
    """An account with one of everything in its default service, and one service more."""

    api: AccountClient
    service: str
    """One that is not the default and therefore can be deleted."""
    role: str
    """One that nobody has and that therefore can be deleted."""
    credential: str
    address_configuration: str
    own_address: str
    binding: str
    user: str
    identity: str
    conversation: str
    unique_name: str
    participant: str
    message: str
    receipt: str
    webhook: str
    delivery: str

    def address(self, route: Route, *, by_alias: bool = False) -> str:
        """The path of *route* to what is in this world, with SIDs, or with aliases where there are any."""
        user = self.identity if by_alias else self.user
        conversation = self.unique_name if by_alias else self.conversation
        participant = self.identity if by_alias else self.participant
        rows = {
            "Services": self.service,
            "Roles": self.role,
            "Credentials": self.credential,
            "Addresses": self.own_address if by_alias else self.address_configuration,
            "Bindings": self.binding,
            "Users": user,
            "Conversations": conversation,
            "Participants": participant,
            "Messages": self.message,
            "Receipts": self.receipt,
            "Webhooks": self.webhook,
            "Deliveries": self.delivery,
        }
        above = {
            "{ChatServiceSid}": self.api.service,
            "{ConversationSid}": conversation,
            "{MessageSid}": self.message,
            "{UserSid}": user,
            "{DeliverySid}": self.delivery,
        }
        parts = route.path.split("/")
        if parts[-1] == "{Sid}":
            parts[-1] = rows[parts[-2]]
        return "/".join(quote(above.get(part, part), safe="") for part in parts)

    async def call(self, route: Route, caller: AccountClient | None = None, *, by_alias: bool = False) -> Answer:
        """The answer to a valid call of *route*, made by *caller* (without one: by the account itself)."""
        about = {"Sid": self.message} if route.resource.name == "Explanation" else None
        return await ask(caller or self.api, route, self.address(route, by_alias=by_alias), about)


async def ask(api: AccountClient, route: Route, address: str, values: dict[str, Any] | None = None) -> Answer:
    """The answer to *route* at *address* with *values*, or else with valid ones."""
    if values is None:
        values = CALLS.get((route.resource.name, route.operation.verb), {})
    if route.method == "POST":
        return await api.send("POST", address, encoded(values).encode(), FORM)
    return await api.send(route.method, f"{address}?{encoded(values)}" if values else address)


async def furnish(api: AccountClient) -> World:
    """One of everything in the account's default service, under names that every furnished account has."""
    service = await api.made("/v1/Services", FriendlyName="A second one")
    await api.in_service(service["sid"]).post("/Configuration/Webhooks", PostWebhookUrl=NOWHERE)
    role = await api.made("/Roles", FriendlyName="guest", Type="conversation", Permission=["sendMessage"])
    credential = await api.made("/v1/Credentials", Type="fcm", FriendlyName="Android", Secret="a server key")
    line = await api.made("/v1/Configuration/Addresses", Type="sms", Address="+15551230000")
    user = await api.made("/Users", Identity="dana")
    binding = await register(api, "dana", "a device", credential["sid"])
    conversation = await api.made("/Conversations", UniqueName="order-1")
    inside = f"/Conversations/{conversation['sid']}"
    participant = await api.made(f"{inside}/Participants", Identity="dana")
    phone = await api.made(f"{inside}/Participants", **{"MessagingBinding.Address": "+15551230009"})
    message = await api.made(f"{inside}/Messages", Body="Good morning")
    receipt = await record(api, message, phone["sid"])
    called = {"Configuration.Url": "https://example.org/", "Configuration.Filters": "onMessageAdded"}
    webhook = await api.made(f"{inside}/Webhooks", Target="webhook", **called)
    return World(
        api=api,
        service=service["sid"],
        role=role["sid"],
        credential=credential["sid"],
        address_configuration=line["sid"],
        own_address="+15551230000",
        binding=binding.sid,
        user=user["sid"],
        identity="dana",
        conversation=conversation["sid"],
        unique_name="order-1",
        participant=participant["sid"],
        message=message["sid"],
        receipt=receipt.sid,
        webhook=webhook["sid"],
        delivery=await record_delivery(api, service["sid"], conversation["sid"]),
    )


def status_of(route: Route) -> int:
    """What a successful call answers."""
    return {Verb.CREATE: 201, Verb.DELETE: 204}.get(route.operation.verb, 200)
