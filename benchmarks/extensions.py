"""The case of the list extensions: each beside the plain list that it extends, in turns, on one database."""

import asyncio
from collections.abc import Iterator, Mapping
from urllib.parse import urlencode

import msgspec

from benchmarks.cases import MIDDLE, Bench, check_page
from benchmarks.databases import filled
from benchmarks.failures import Failed
from benchmarks.filling import BUSY, FIRST, TEAMS, addresses, users
from benchmarks.findings import Case, Finding, rates
from benchmarks.rounds import Samples, Spread
from benchmarks.servers import Server, parlour
from benchmarks.wrk import Load, Request

MAX_RATIO = 1.5
"""A list takes at most so many times as long as the plain one."""
_DIFFERENT = 997
"""Requests that a load sends in turns, spread over all users, addresses or teams."""

ACTIVITY = {"Parlour-Sort": "last-activity"}
LAST_MESSAGE = {"Parlour-Include": "last_message"}
COUNTED = {"Parlour-Count": "true"}
ALL_HAVE, ONE_IN_30_HAS, ONE_HAS = (
    {"Parlour-Attributes.priority": "high"},
    {"Parlour-Attributes.team": "team-{team}"},
    {"Parlour-Attributes.order": "{order}"},
)
_ANY = {
    "by activity": ACTIVITY,
    "by creation, oldest first": {"Parlour-Sort": "created", "Parlour-Order": "asc"},
    "with an attribute that all have": ALL_HAVE,
    "with last_message": LAST_MESSAGE,
    "with both counts": {"Parlour-Include": "participants_count,messages_count"},
}
_BOTH = {"by activity with last_message": {**ACTIVITY, **LAST_MESSAGE}}


class Extended(msgspec.Struct, frozen=True):
    """A plain list and the ways to extend it."""

    name: str
    path: str
    within: Mapping[str, Mapping[str, str]]
    """Those that are held against the target."""
    beyond: Mapping[str, Mapping[str, str]] = {}
    """Those that add up, or whose cost grows with what is found, so that it is only told."""


LISTS = (
    Extended(
        "UserConversations",
        "/v1/Users/{user}/Conversations?",
        {**_ANY, "active ones": {"Parlour-State": "active"}, "counted": COUNTED},
        _BOTH,
    ),
    Extended(
        "ParticipantConversations by Address",
        "/v1/ParticipantConversations?Address={address}&",
        {**_ANY, "counted": COUNTED},
        _BOTH,
    ),
    Extended(
        "Conversations",
        "/v1/Conversations?",
        {
            **_ANY,
            "with an attribute that one in 30 has": ONE_IN_30_HAS,
            "with an attribute that one has": ONE_HAS,
            "by activity, with an attribute that all have": {**ACTIVITY, **ALL_HAVE},
            "by activity, with an attribute that one has": {**ACTIVITY, **ONE_HAS},
            "counted": COUNTED,
        },
        {
            **_BOTH,
            "with two attributes": {**ALL_HAVE, **ONE_IN_30_HAS},
            "by activity, with an attribute that one in 30 has": {**ACTIVITY, **ONE_IN_30_HAS},
            "with an attribute that one in 30 has, counted": {**ONE_IN_30_HAS, **COUNTED},
        },
    ),
    Extended("UserConversations of 1,000", f"/v1/Users/{BUSY}/Conversations?", {}, {"by activity": ACTIVITY}),
)


def extensions(bench: Bench) -> Iterator[Case]:
    """(g): the list extensions, each beside the plain list, one connection; and what a user has not read yet."""
    bench.say(f"    database with {MIDDLE:,} conversations, their newest messages and attributes (kept)")
    database = asyncio.run(filled(bench.server, MIDDLE, name="extensions", extended=True))
    with parlour(database.url) as server:
        for each in LISTS:
            ways = {"plain": {}, **each.within, **each.beyond}
            if each.name == "UserConversations":
                check_page(server, requests(each.path, {})[0])
            loads = {name: Load(server.url, requests(each.path, query), 1).run for name, query in ways.items()}
            if "{user}" in each.path:
                check_unread(server)
                loads["Unread"] = Load(server.url, requests("/parlour/v1/Users/{user}/Unread", {}), 1).run
            samples = bench.in_turns(loads)
            yield Case(
                letter="g",
                title=f"extensions of {each.name} among {MIDDLE:,} conversations",
                findings=[
                    Finding(
                        what=f"p50, {name} / plain",
                        value=slower(samples, name),
                        most=None if name in each.beyond else MAX_RATIO,
                    )
                    for name in loads
                    if name != "plain"
                ],
                rates=rates(samples),
            )


def requests(path: str, query: Mapping[str, str]) -> list[Request]:
    """The first page, for users, addresses, teams and numbers spread over all."""
    whole = path + urlencode(query, safe="{}")
    return [
        Request(
            whole.format(
                user=FIRST + number * 7919 % users(MIDDLE),
                address=FIRST + number * 7919 % addresses(MIDDLE),
                team=number % TEAMS,
                order=number * 7919 % MIDDLE,
            )
        )
        for number in range(_DIFFERENT)
    ]


def slower(samples: Samples, name: str) -> Spread:
    """How many times as long as the plain list it takes, round by round."""
    return Spread.of([one.p50 / plain.p50 for one, plain in zip(samples[name], samples["plain"], strict=True)])


def check_unread(server: Server) -> None:
    """Raises Failed unless somebody has something to read."""
    found = server.get(f"/parlour/v1/Users/{BUSY}/Unread").json
    if found["unread_messages_count"] <= 0:
        raise Failed(f"A user with many conversations has read everything: {found}.")
