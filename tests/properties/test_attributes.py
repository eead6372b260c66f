"""Whatever attributes conversations get and change to: a list filtered by them has exactly those that have them."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.account_client import AccountClient, new_account
from tests.journeys.plain import contradictions
from tests.resources.list_extensions.lists import extended
from tests.server import Parlour

KEYS = st.sampled_from(["team", "vip", "a.b", "é", ""])
SCALARS = st.sampled_from(["blue", "true", "12", " ", "é😀", True, False, None, 12, -3, 0, 10**30])
VALUES = SCALARS | st.lists(SCALARS, max_size=1) | st.dictionaries(KEYS, SCALARS, max_size=1)
ATTRIBUTES = st.dictionaries(KEYS, VALUES, max_size=4) | VALUES
FILTERS = st.dictionaries(KEYS, SCALARS.filter(lambda value: value != ""), min_size=1, max_size=3)
SORTS = st.sampled_from([{}, {"Parlour-Sort": "created"}, {"Parlour-Sort": "last-activity", "Parlour-Order": "asc"}])
LISTS = ("/Conversations", "/Users/dana/Conversations", "/ParticipantConversations?Identity=dana")


def text(value: Any) -> str | None:
    """As a filter has to write it; None for what cannot be asked for."""
    if isinstance(value, list | dict):
        return None
    return value if isinstance(value, str) else json.dumps(value)


def has(attributes: Any, filters: dict[str, Any]) -> bool:
    return isinstance(attributes, dict) and all(
        key in attributes and text(attributes[key]) == text(value) for key, value in filters.items()
    )


async def furnish(api: AccountClient, every: list[Any]) -> list[str]:
    """The SIDs of conversations with these attributes, and dana in each."""
    sids = []
    for attributes in every:
        made = await api.made("/Conversations", Attributes=json.dumps(attributes))
        await api.made(f"/Conversations/{made['sid']}/Participants", Identity="dana")
        sids.append(made["sid"])
    return sids


@settings(max_examples=60)
@given(
    first=st.lists(ATTRIBUTES, min_size=1, max_size=5),
    later=st.lists(ATTRIBUTES, max_size=3),
    asked=st.lists(st.tuples(FILTERS, SORTS), min_size=3, max_size=6),
    is_one_gone=st.booleans(),
)
async def test_a_filtered_list_has_exactly_the_conversations_that_have_the_attributes(
    parlour: Parlour, first: list[Any], later: list[Any], asked: list[tuple[dict[str, Any], Any]], is_one_gone: bool
) -> None:
    api = await new_account(parlour)
    sids = await furnish(api, first)
    now = dict(zip(sids, first, strict=True))
    for sid, attributes in zip(sids, later, strict=False):
        assert (await api.post(f"/Conversations/{sid}", Attributes=json.dumps(attributes))).status == 200
        now[sid] = attributes
    if is_one_gone:
        assert (await api.delete(f"/Conversations/{sids[-1]}")).status == 204
        del now[sids[-1]]
    for filters, sort in asked:
        expected = {sid for sid, attributes in now.items() if has(attributes, filters)}
        query = {f"Parlour-Attributes.{key}": text(value) for key, value in filters.items()}
        for path in LISTS:
            page = await api.get(extended(path, {**query, **sort, "Parlour-Count": "true"}))
            found = [row.get("sid") or row["conversation_sid"] for row in page.rows]
            assert (sorted(found), page.meta["total"]) == (sorted(expected), len(expected))
    assert await contradictions(api.parlour.inside.database, api.service) == {}
