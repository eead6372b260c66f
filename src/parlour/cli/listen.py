"""``parlour listen``: the messages of one user's conversations, as the user's client SDK hears them."""

import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import datetime
from typing import Any

import msgspec
from rich.text import Text

from parlour.cli.access import Access
from parlour.cli.client import Refused, ServerClient
from parlour.cli.find_server import connect
from parlour.cli.output import folded, note, show_styled, styled
from parlour.cli.socket_client import SocketClient, logged_in
from parlour.cli.token import tokens_path
from parlour.serving.errors import CannotDo

_RECONNECT_SECONDS = 1.0
"""Seconds after which a connection that ended is opened again."""
_INDENT = 4
_VERBS = {"list_item_added": "says", "list_item_updated": "edits", "list_item_removed": "takes back"}

Line = dict[str, Any]


class _FreshToken(msgspec.Struct, frozen=True):
    token: str


class _Listening(msgspec.Struct):
    """What is known of the user's conversations: it goes with them from one connection to the next."""

    map: str = ""
    """The SID of the map of the user's conversations."""
    map_position: int | None = None
    positions: dict[str, int | None] = {}
    """By the SID of a list of messages: the last event that was heard."""
    names: dict[str, str] = {}
    """By the SID of a conversation, as far as a message of it was heard."""

    def keep(self, sid: str, position: int) -> None:
        """What has been heard of this object."""
        if sid == self.map:
            self.map_position = position
        elif sid in self.positions:
            self.positions[sid] = position


def listen(access: Access, identity: str, service: str | None, as_json: bool) -> None:
    """Shows messages until it is interrupted; raises CannotDo if it cannot begin."""
    server = connect(access)
    with suppress(KeyboardInterrupt, BrokenPipeError):
        for line in _lines(server, identity, service):
            show_styled(as_json, line, folded(text_of(line), _INDENT))


def _lines(server: ServerClient, identity: str, service: str | None) -> Iterator[Line]:
    """What happens, through as many connections as it takes; raises CannotDo if there is none, Refused."""
    heard, has_begun = _Listening(), False

    def fresh_token() -> str:
        return server.ask(tokens_path(service), _FreshToken, method="POST", Identity=identity).token

    while True:
        try:
            with logged_in(server.url, fresh_token) as client:
                _subscribe(client, heard)
                listened = f"{len(heard.positions)} conversations of {identity}"
                note("It goes on." if has_begun else f"Listening to {listened}; Ctrl-C ends this.")
                has_begun = True
                yield from _told(client, heard)
        except Refused:
            raise
        except CannotDo:
            if not has_begun:
                raise
        note("The connection has ended; it is opened again as soon as the server answers.")
        time.sleep(_RECONNECT_SECONDS)


def _subscribe(client: SocketClient, heard: _Listening) -> None:
    """Begins, or goes on where the connection before ended."""
    if not heard.map:
        configuration = client.get("/Client/v2/Configuration")
        found = client.get(f"/v3/Maps/{configuration['sync_objects']['my_conversations']}")
        heard.map, heard.map_position = found["sid"], found["last_event_id"]
        for item in _items(client, heard.map):
            heard.positions.setdefault(_list_of(item["key"]), None)
    lists = [(sid, "list", position) for sid, position in heard.positions.items()]
    client.subscribe([(heard.map, "map", heard.map_position), *lists])


def _items(client: SocketClient, map: str) -> Iterator[Line]:
    path, params = f"/v3/Maps/{map}/Items", {"PageSize": "100"}
    while True:
        page = client.get(path, **params)
        yield from page["items"]
        if page["meta"]["next_token"] is None:
            return
        params = {"PageToken": page["meta"]["next_token"]}


def _told(client: SocketClient, heard: _Listening) -> Iterator[Line]:
    for type, event in client.events():
        if type == "subscription_established":
            for each in event["events"]:
                heard.keep(each["object_sid"], each["last_event_id"])
        elif "map_sid" in event:
            heard.keep(heard.map, event["id"])
            sid = _list_of(event["item_key"])
            if type == "map_item_added" and sid not in heard.positions:
                heard.positions[sid] = None
                client.subscribe([(sid, "list", None)])
            elif type == "map_item_removed":
                heard.positions.pop(sid, None)
        elif "item_index" in event and type in _VERBS:
            heard.keep(event["list_sid"], event["id"])
            yield _line(client, heard, type, event)


def _list_of(conversation: str) -> str:
    return f"ES{conversation}.messages"


def _line(client: SocketClient, heard: _Listening, type: str, event: Line) -> Line:
    conversation = event["list_sid"].removeprefix("ES").removesuffix(".messages")
    if conversation not in heard.names:
        with suppress(Refused):
            found = client.get(f"/Client/v2/Conversations/{conversation}")
            heard.names[conversation] = found["friendly_name"] or found["unique_name"] or conversation
    message = event["item_data"]
    return {
        "at": event["date_created"],
        "event": type.removeprefix("list_item_"),
        "conversation_sid": conversation,
        "conversation_name": heard.names.get(conversation, conversation),
        "index": event["item_index"],
        "sid": message["sid"],
        "author": message["author"],
        "body": message["text"],
    }


def text_of(line: Line) -> Text:
    """The line for people."""
    at = datetime.fromisoformat(line["at"]).astimezone()
    return styled(
        (f"{at:%H:%M:%S}.{at.microsecond // 1000:03}", "dim"),
        ("  ", ""),
        (line["conversation_name"], "cyan"),
        ("  ", ""),
        (f"{line['author']} {_VERBS['list_item_' + line['event']]}", "bold"),
        ("  ", ""),
        (line["body"] or "", ""),
    )
