"""Any history of creating, updating, listing and deleting: every answer is announced, and lists hold what exists.

A model knows what was made and removed; hypothesis looks for a history in which the server knows something else.
"""

import asyncio
import json
import os
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any, TypeVar

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.account_client import NOT_FOUND, AccountClient, Answer, new_account
from tests.conformance.openapi import Document, fetched
from tests.conformance.published import route_of
from tests.server import Parlour

T = TypeVar("T")

CLOSED = (400, 50377)
PERSON = st.sampled_from(["amira", "dana", "lee"])
NAME = st.sampled_from(["front desk", "order-1"])
PAIR = st.sampled_from([("+15551230001", "+15551230011"), ("+15551230002", "+15551230011")])
EXAMPLES = 120 if os.environ.get("PARLOUR_TEST_NO_SKIP") else 40
ONE = st.integers(0, 30)
"""Which of those that there are, counted on from the start again."""
WORDS = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5)


@dataclass
class Talk:
    """A conversation as the model knows it."""

    sid: str
    name: str | None
    state: str
    people: dict[str, str] = field(default_factory=dict)
    """SIDs of participants by identity."""
    phones: dict[tuple[str, str], str] = field(default_factory=dict)
    """SIDs of participants by address pair."""
    messages: dict[int, str] = field(default_factory=dict)
    """SIDs of messages by index."""
    webhooks: list[str] = field(default_factory=list)
    last_index: int = -1

    @property
    def path(self) -> str:
        return f"/Conversations/{self.sid}"

    @property
    def is_closed(self) -> bool:
        return self.state == "closed"


class Histories(RuleBasedStateMachine):
    """One account from its beginning; everything is asked in either form of the paths."""

    parlour: Parlour
    document: Document
    loop: asyncio.AbstractEventLoop

    def __init__(self) -> None:
        super().__init__()
        self.api: AccountClient = self.done(new_account(self.parlour))
        self.service = self.api.in_service(self.api.service)
        self.users: dict[str, str] = {}
        self.roles: list[str] = [role["sid"] for role in self.ask("GET", "/Roles").rows]
        self.credentials: list[str] = []
        self.addresses: dict[str, str] = {}
        self.services: list[str] = [self.api.service]
        self.talks: list[Talk] = []
        self.gone: list[str] = []

    # -- How the server is asked

    def done(self, doing: Coroutine[Any, Any, T]) -> T:
        """What *doing* gives; the server runs in another thread."""
        return asyncio.run_coroutine_threadsafe(doing, self.loop).result()

    def ask(self, method: str, path: str, form: dict[str, Any] | None = None, *, explicit: bool = False) -> Answer:
        """An answer that was announced, and is no fault of the server."""
        api = self.service if explicit else self.api
        if method == "GET":
            answer = self.done(api.get(path, **(form or {})))
        else:
            answer = self.done(api.post(path, **(form or {})) if method == "POST" else api.delete(path))
        if answer.status >= 400:
            assert answer.refusal[0] < 500
        route = route_of(*answer.asked)
        assert route is not None
        self.document.check_answer(route, answer)
        return answer

    def made(self, path: str, form: dict[str, Any], *, explicit: bool = False) -> str:
        """The SID of what was created, which can be fetched as it was shown."""
        answer = self.ask("POST", path, form, explicit=explicit)
        assert answer.status == 201, answer.body
        assert self.ask("GET", answer.row["url"]).row == answer.row
        return str(answer.row["sid"])

    def removed(self, path: str, *, explicit: bool = False) -> None:
        assert self.ask("DELETE", path, explicit=explicit).status == 204
        self.gone.append(path)

    def listed(self, path: str, **form: Any) -> list[Any]:
        """All rows of a list, in pages of seven."""
        rows: list[Any] = []
        following: str | None = path
        query = {**form, "PageSize": 7}
        while following is not None:
            page = self.ask("GET", following, query)
            rows += page.rows
            following, query = page.meta["next_page_url"], {}
        return rows

    def talk(self, one: int) -> Talk:
        return self.talks[one % len(self.talks)]

    # -- Users, roles, services, credentials, addresses

    @rule(person=PERSON, name=WORDS, explicit=st.booleans())
    def create_user(self, person: str, name: str, explicit: bool) -> None:
        form = {"Identity": person, "FriendlyName": name}
        if person in self.users:
            assert self.ask("POST", "/Users", form, explicit=explicit).refusal == (409, 50201)
        else:
            self.users[person] = self.made("/Users", form, explicit=explicit)

    @rule(person=PERSON, words=WORDS, explicit=st.booleans())
    def update_user(self, person: str, words: str, explicit: bool) -> None:
        answer = self.ask("POST", f"/Users/{person}", {"Attributes": json.dumps(words)}, explicit=explicit)
        if person in self.users:
            assert (answer.row["sid"], answer.row["attributes"]) == (self.users[person], json.dumps(words))
        else:
            assert answer.refusal == NOT_FOUND

    @precondition(lambda self: self.users)
    @rule(one=ONE, explicit=st.booleans())
    def delete_user(self, one: int, explicit: bool) -> None:
        person = list(self.users)[one % len(self.users)]
        self.removed(f"/Users/{self.users.pop(person)}", explicit=explicit)
        for talk in self.talks:
            talk.people.pop(person, None)

    @rule(name=WORDS.filter(len), explicit=st.booleans())
    def create_role(self, name: str, explicit: bool) -> None:
        form = {"FriendlyName": name, "Type": "conversation", "Permission": ["sendMessage"]}
        self.roles.append(self.made("/Roles", form, explicit=explicit))

    @rule(one=ONE, explicit=st.booleans())
    def delete_role(self, one: int, explicit: bool) -> None:
        role = self.roles[one % len(self.roles)]
        if self.roles.index(role) in (1, 2, 3):  # what a service is born with, but for the one that nothing names
            assert self.ask("DELETE", f"/Roles/{role}", explicit=explicit).refusal == (409, 20409)
        elif self.roles.index(role) > 3:
            self.removed(f"/Roles/{role}", explicit=explicit)
            self.roles.remove(role)

    @rule(one=ONE, permission=st.sampled_from(["addParticipant", "editOwnMessage"]), explicit=st.booleans())
    def update_role(self, one: int, permission: str, explicit: bool) -> None:
        path = f"/Roles/{self.roles[one % len(self.roles)]}"
        answer = self.ask("POST", path, {"Permission": permission}, explicit=explicit)
        assert answer.row["permissions"] == [permission]

    @rule(name=WORDS.filter(len))
    def create_service(self, name: str) -> None:
        self.services.append(self.made("/v1/Services", {"FriendlyName": name}))

    @rule(one=ONE)
    def delete_service(self, one: int) -> None:
        service = self.services[one % len(self.services)]
        if service == self.api.service:
            assert self.ask("DELETE", f"/v1/Services/{service}").refusal == (400, 20001)
        else:
            self.removed(f"/v1/Services/{service}")
            self.services.remove(service)

    @rule(type=st.sampled_from(["apn", "gcm", "fcm"]))
    def create_credential(self, type: str) -> None:
        self.credentials.append(self.made("/v1/Credentials", {"Type": type, "Secret": "a key"}))

    @precondition(lambda self: self.credentials)
    @rule(one=ONE, name=WORDS.filter(len))
    def update_credential(self, one: int, name: str) -> None:
        path = f"/v1/Credentials/{self.credentials[one % len(self.credentials)]}"
        assert self.ask("POST", path, {"FriendlyName": name}).row["friendly_name"] == name

    @precondition(lambda self: self.credentials)
    @rule(one=ONE)
    def delete_credential(self, one: int) -> None:
        self.removed(f"/v1/Credentials/{self.credentials.pop(one % len(self.credentials))}")

    @rule(pair=PAIR)
    def create_address(self, pair: tuple[str, str]) -> None:
        form = {"Type": "sms", "Address": pair[0]}
        if pair[0] in self.addresses:
            assert self.ask("POST", "/v1/Configuration/Addresses", form).refusal == (409, 20409)
        else:
            self.addresses[pair[0]] = self.made("/v1/Configuration/Addresses", form)

    @precondition(lambda self: self.addresses)
    @rule(one=ONE, enabled=st.booleans())
    def update_address(self, one: int, enabled: bool) -> None:
        address = list(self.addresses)[one % len(self.addresses)].replace("+", "%2B")
        answer = self.ask("POST", f"/v1/Configuration/Addresses/{address}", {"AutoCreation.Enabled": enabled})
        assert answer.row["auto_creation"]["enabled"] is enabled

    @precondition(lambda self: self.addresses)
    @rule(one=ONE)
    def delete_address(self, one: int) -> None:
        address = list(self.addresses)[one % len(self.addresses)]
        self.removed(f"/v1/Configuration/Addresses/{self.addresses.pop(address)}")

    # -- Conversations

    @rule(name=st.none() | NAME, state=st.sampled_from(["active", "inactive"]), explicit=st.booleans())
    def create_conversation(self, name: str | None, state: str, explicit: bool) -> None:
        form = {"State": state} | ({"UniqueName": name} if name else {})
        if name and any(talk.name == name for talk in self.talks):
            assert self.ask("POST", "/Conversations", form, explicit=explicit).refusal == (409, 50353)
        else:
            self.talks.append(Talk(self.made("/Conversations", form, explicit=explicit), name, state))

    @rule(people=st.lists(PERSON, min_size=1, max_size=3), explicit=st.booleans())
    def create_conversation_with_participants(self, people: list[str], explicit: bool) -> None:
        form = {"Participant": [json.dumps({"identity": person}) for person in people]}
        answer = self.ask("POST", "/ConversationWithParticipants", form, explicit=explicit)
        if len(set(people)) < len(people):
            assert answer.refusal == (409, 50433)
            return
        assert (answer.status, answer.row["state"]) == (202, "initializing")
        talk = Talk(answer.row["sid"], None, "active")
        while self.ask("GET", talk.path).row["state"] == "initializing":
            pass
        talk.people = {row["identity"]: row["sid"] for row in self.ask("GET", f"{talk.path}/Participants").rows}
        assert sorted(talk.people) == sorted(people)
        self.talks.append(talk)
        self.know_users(*people)

    def know_users(self, *people: str) -> None:
        """Whoever takes part is a user from then on."""
        for person in sorted(set(people) - self.users.keys()):
            self.users[person] = self.ask("GET", f"/Users/{person}").row["sid"]

    @precondition(lambda self: self.talks)
    @rule(one=ONE, state=st.sampled_from(["active", "inactive", "closed"]), words=WORDS, explicit=st.booleans())
    def update_conversation(self, one: int, state: str, words: str, explicit: bool) -> None:
        talk = self.talk(one)
        answer = self.ask("POST", talk.path, {"State": state, "FriendlyName": words}, explicit=explicit)
        if talk.is_closed:
            assert answer.refusal == CLOSED
        else:
            talk.state = answer.row["state"]
            assert (talk.state, answer.row["friendly_name"] or "") == (state, "" if words == "null" else words)

    @precondition(lambda self: self.talks)
    @rule(one=ONE, explicit=st.booleans())
    def delete_conversation(self, one: int, explicit: bool) -> None:
        talk = self.talk(one)
        self.removed(talk.path, explicit=explicit)
        self.gone += [f"{talk.path}/Messages", f"{talk.path}/Participants", f"{talk.path}/Webhooks"]
        self.talks.remove(talk)

    # -- Participants

    @precondition(lambda self: self.talks)
    @rule(one=ONE, person=PERSON, explicit=st.booleans())
    def add_person(self, one: int, person: str, explicit: bool) -> None:
        talk = self.talk(one)
        path, form = f"{talk.path}/Participants", {"Identity": person}
        if talk.is_closed:
            assert self.ask("POST", path, form, explicit=explicit).refusal == CLOSED
        elif person in talk.people:
            assert self.ask("POST", path, form, explicit=explicit).refusal == (409, 50433)
        else:
            talk.people[person] = self.made(path, form, explicit=explicit)
            self.know_users(person)

    @precondition(lambda self: self.talks)
    @rule(one=ONE, pair=PAIR, explicit=st.booleans())
    def add_phone(self, one: int, pair: tuple[str, str], explicit: bool) -> None:
        talk = self.talk(one)
        path = f"{talk.path}/Participants"
        form = {"MessagingBinding.Address": pair[0], "MessagingBinding.ProxyAddress": pair[1]}
        holder = next((each for each in self.talks if pair in each.phones and not each.is_closed), None)
        if talk.is_closed:
            assert self.ask("POST", path, form, explicit=explicit).refusal == CLOSED
        elif holder is not None:
            answer = self.ask("POST", path, form, explicit=explicit)
            assert answer.refusal == (409, 50416)
            assert answer.message.endswith(holder.sid)
        else:
            talk.phones[pair] = self.made(path, form, explicit=explicit)

    @precondition(lambda self: self.talks)
    @rule(one=ONE, person=PERSON, read=st.integers(0, 5), explicit=st.booleans())
    def read(self, one: int, person: str, read: int, explicit: bool) -> None:
        talk = self.talk(one)
        path, form = f"/Users/{person}{talk.path}", {"LastReadMessageIndex": read}
        answer = self.ask("POST", path, form, explicit=explicit)
        if person not in talk.people:
            assert answer.refusal == NOT_FOUND
        elif talk.is_closed:
            assert answer.refusal == CLOSED
        else:
            unread = sum(1 for index in talk.messages if index > read)
            assert (answer.row["last_read_message_index"], answer.row["unread_messages_count"]) == (read, unread)

    @precondition(lambda self: self.talks)
    @rule(one=ONE, person=PERSON, as_user=st.booleans(), explicit=st.booleans())
    def remove_person(self, one: int, person: str, as_user: bool, explicit: bool) -> None:
        talk = self.talk(one)
        path = f"/Users/{person}{talk.path}" if as_user else f"{talk.path}/Participants/{person}"
        if person not in talk.people:
            assert self.ask("DELETE", path, explicit=explicit).refusal == NOT_FOUND
        elif talk.is_closed:
            assert self.ask("DELETE", path, explicit=explicit).refusal == CLOSED
        else:
            assert self.ask("DELETE", path, explicit=explicit).status == 204
            self.gone.append(f"{talk.path}/Participants/{talk.people.pop(person)}")

    @precondition(lambda self: self.talks)
    @rule(one=ONE, person=PERSON, words=WORDS, explicit=st.booleans())
    def update_person(self, one: int, person: str, words: str, explicit: bool) -> None:
        talk = self.talk(one)
        form = {"Attributes": json.dumps(words)}
        answer = self.ask("POST", f"{talk.path}/Participants/{person}", form, explicit=explicit)
        if person not in talk.people:
            assert answer.refusal == NOT_FOUND
        elif talk.is_closed:
            assert answer.refusal == CLOSED
        else:
            assert (answer.row["sid"], answer.row["attributes"]) == (talk.people[person], json.dumps(words))

    # -- Messages

    @precondition(lambda self: self.talks)
    @rule(one=ONE, words=WORDS, author=PERSON, explicit=st.booleans())
    def send(self, one: int, words: str, author: str, explicit: bool) -> None:
        talk = self.talk(one)
        form = {"Body": words, "Author": author}
        answer = self.ask("POST", f"{talk.path}/Messages", form, explicit=explicit)
        if talk.is_closed:
            assert answer.refusal == CLOSED
            return
        talk.state = "active"
        talk.last_index += 1
        talk.messages[talk.last_index] = answer.row["sid"]
        assert (answer.row["index"], answer.row["body"]) == (talk.last_index, words)
        assert answer.row["participant_sid"] == talk.people.get(author)

    @precondition(lambda self: any(talk.messages for talk in self.talks))
    @rule(one=ONE, which=ONE, words=WORDS, remove=st.booleans(), explicit=st.booleans())
    def change_message(self, one: int, which: int, words: str, remove: bool, explicit: bool) -> None:
        speaking = [talk for talk in self.talks if talk.messages]
        talk = speaking[one % len(speaking)]
        index, sid = list(talk.messages.items())[which % len(talk.messages)]
        path = f"{talk.path}/Messages/{sid}"
        if talk.is_closed:
            assert self.ask("DELETE" if remove else "POST", path, explicit=explicit).refusal == CLOSED
        elif remove:
            self.removed(path, explicit=explicit)
            del talk.messages[index]
        else:
            assert self.ask("POST", path, {"Body": words}, explicit=explicit).row["body"] == words

    # -- Webhooks of a conversation

    @precondition(lambda self: self.talks)
    @rule(one=ONE, explicit=st.booleans())
    def add_webhook(self, one: int, explicit: bool) -> None:
        talk = self.talk(one)
        path = f"{talk.path}/Webhooks"
        form = {"Target": "studio", "Configuration.FlowSid": f"FW{1:032x}"}
        if talk.is_closed:
            assert self.ask("POST", path, form, explicit=explicit).refusal == CLOSED
        elif len(talk.webhooks) == 5:
            assert self.ask("POST", path, form, explicit=explicit).refusal == (400, 50361)
        else:
            talk.webhooks.append(self.made(path, form, explicit=explicit))

    @precondition(lambda self: any(talk.webhooks for talk in self.talks))
    @rule(one=ONE, which=ONE, remove=st.booleans(), explicit=st.booleans())
    def change_webhook(self, one: int, which: int, remove: bool, explicit: bool) -> None:
        hooked = [talk for talk in self.talks if talk.webhooks]
        talk = hooked[one % len(hooked)]
        webhook = talk.webhooks[which % len(talk.webhooks)]
        path, flow = f"{talk.path}/Webhooks/{webhook}", f"FW{2:032x}"
        if remove:
            self.removed(path, explicit=explicit)
            talk.webhooks.remove(webhook)
            return
        answer = self.ask("POST", path, {"Configuration.FlowSid": flow}, explicit=explicit)
        if talk.is_closed:
            assert answer.refusal == CLOSED
        else:
            assert answer.row["configuration"] == {"flow_sid": flow}

    # -- What is there

    @precondition(lambda self: self.gone)
    @rule(one=ONE, explicit=st.booleans())
    def ask_for_what_is_gone(self, one: int, explicit: bool) -> None:
        assert self.ask("GET", self.gone[one % len(self.gone)], explicit=explicit).refusal == NOT_FOUND

    @rule()
    def look_at_the_account(self) -> None:
        assert sorted(sids(self.listed("/Users"))) == sorted(self.users.values())
        assert sids(self.listed("/Roles")) == self.roles
        assert sids(self.listed("/v1/Services")) == self.services
        assert sids(self.listed("/v1/Credentials")) == self.credentials
        assert sids(self.listed("/v1/Configuration/Addresses")) == list(self.addresses.values())
        assert set(sids(self.listed("/Conversations"))) == {talk.sid for talk in self.talks}
        for person, user in self.users.items():
            sid = "conversation_sid"
            mine = sorted(talk.sid for talk in self.talks if person in talk.people)
            assert [row[sid] for row in self.listed(f"/Users/{user}/Conversations")] == mine
            assert [row[sid] for row in self.listed("/ParticipantConversations", Identity=person)] == mine

    @precondition(lambda self: self.talks)
    @rule(one=ONE)
    def look_into_a_conversation(self, one: int) -> None:
        talk = self.talk(one)
        row = self.ask("GET", talk.path).row
        assert (row["state"], row["unique_name"]) == (talk.state, talk.name)
        everybody = {*talk.people.values(), *talk.phones.values()}
        assert set(sids(self.listed(f"{talk.path}/Participants"))) == everybody
        assert [(each["index"], each["sid"]) for each in self.listed(f"{talk.path}/Messages")] == list(
            talk.messages.items()
        )
        assert sids(self.ask("GET", f"{talk.path}/Webhooks").rows) == talk.webhooks

    @invariant()
    def the_server_is_there(self) -> None:
        assert self.ask("GET", "/v1/Configuration").row["default_chat_service_sid"] == self.api.service

    def teardown(self) -> None:
        self.look_at_the_account()
        for number in range(len(self.talks)):
            self.look_into_a_conversation(number)


def sids(rows: list[Any]) -> list[str]:
    return [row["sid"] for row in rows]


async def test_lists_hold_what_exists_after_any_history(api: AccountClient, parlour: Parlour) -> None:
    told = {"parlour": parlour, "document": await fetched(api), "loop": asyncio.get_running_loop()}
    machine = type("Machine", (Histories,), told)
    effort = settings(max_examples=EXAMPLES, stateful_step_count=40, suppress_health_check=list(HealthCheck))
    await asyncio.to_thread(run_state_machine_as_test, machine, settings=effort)
