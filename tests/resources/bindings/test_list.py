"""Bindings over REST: how they look, how their list is filtered and paged, and that they can be deleted."""

import json
from datetime import timedelta
from typing import Any

import pytest

from parlour.resources.bindings.model import BindingType
from tests.account_client import NOT_FOUND, AccountClient, PathForm
from tests.devices import credential, register
from tests.server import MovableClock

METHOD_NOT_ALLOWED = (405, 20004)


@pytest.fixture
def form() -> PathForm:
    """Bindings have paths below a service only."""
    return PathForm.SERVICE


async def several(api: AccountClient, clock: MovableClock) -> dict[str, str]:
    """The SIDs of six bindings, in the order of their making, by identity and type."""
    clock.freeze()
    google, apple = await credential(api, "fcm"), await credential(api, "apn")
    made: dict[str, str] = {}
    for identity in ("dana", "lee", "kim"):
        for type, sid in ((BindingType.FCM, google), (BindingType.APN, apple)):
            binding = await register(api, identity, f"{identity}'s", sid, type=type)
            made[f"{identity} {type}"] = binding.sid
            clock.advance(timedelta(seconds=1))
    return made


async def listed(api: AccountClient, **query: object) -> list[str]:
    return [row["sid"] for row in await api.listed("/Bindings", **query)]


async def test_a_binding_shows_all_but_the_devices_token(api: AccountClient, clock: MovableClock) -> None:
    now = clock.freeze()
    sid = await credential(api)
    binding = await register(api, "dana", "a secret token", sid, endpoint="dana-phone-1")
    shown = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    answer = await api.get(f"/Bindings/{binding.sid}")
    assert answer.row == {
        "sid": binding.sid,
        "account_sid": api.account,
        "chat_service_sid": api.service,
        "credential_sid": sid,
        "date_created": shown,
        "date_updated": shown,
        "endpoint": "dana-phone-1",
        "identity": "dana",
        "binding_type": "fcm",
        "message_types": ["new_message", "added_to_conversation", "removed_from_conversation"],
        "url": f"{api.root}/Bindings/{binding.sid}",
    }
    assert binding.sid.startswith("BS")
    assert (await api.get("/Bindings")).rows == [answer.row]


async def test_bindings_are_listed_in_the_order_of_their_creation(api: AccountClient, clock: MovableClock) -> None:
    made = list((await several(api, clock)).values())
    for size in (1, 2, 6, 100):
        assert await listed(api, PageSize=size) == made


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"Identity": "dana"}, ["dana fcm", "dana apn"]),
        ({"Identity": ["kim", "dana"]}, ["dana fcm", "dana apn", "kim fcm", "kim apn"]),
        ({"Identity": ["dana", "dana"]}, ["dana fcm", "dana apn"]),
        ({"BindingType": "apn"}, ["dana apn", "lee apn", "kim apn"]),
        ({"BindingType": "APN"}, ["dana apn", "lee apn", "kim apn"]),
        ({"BindingType": ["fcm", "apn", "gcm"]}, ["dana fcm", "dana apn", "lee fcm", "lee apn", "kim fcm", "kim apn"]),
        ({"BindingType": ["apn", "gcm"], "Identity": ["lee", "kim", "nobody"]}, ["lee apn", "kim apn"]),
        ({"BindingType": ["twilsock"], "Identity": ["lee", "kim"]}, []),
        ({"Identity": "Dana"}, []),
        ({"Identity": ["", "lee"], "BindingType": ""}, ["lee fcm", "lee apn"]),
        ({"Identity": "x" * 2000}, []),
    ],
)
@pytest.mark.parametrize("size", [1, 2, 100])
async def test_filters_are_or_within_one_and_and_between_two(
    api: AccountClient, clock: MovableClock, query: dict[str, object], found: list[str], size: int
) -> None:
    made = await several(api, clock)
    assert await listed(api, PageSize=size, **query) == [made[name] for name in found]


async def test_a_filtered_list_can_be_read_backward(api: AccountClient, clock: MovableClock) -> None:
    made = await several(api, clock)
    pages = [page async for page in api.pages("/Bindings", PageSize=1, BindingType=["fcm", "gcm"])]
    assert len(pages) == 3
    before = await api.get(pages[2].meta["previous_page_url"])
    assert [row["sid"] for row in before.rows] == [made["lee fcm"]]
    assert (await api.get(before.meta["previous_page_url"])).rows == pages[0].rows
    assert f"{api.root}/Bindings?BindingType=fcm&BindingType=gcm&PageSize=1&Page=0" == pages[0].meta["url"]


def scanned(node: dict[str, Any]) -> int:
    """How many rows the plan takes from the table."""
    own = node["Actual Rows"] * node["Actual Loops"] if node.get("Relation Name") == "bindings" else 0
    return int(own) + sum(scanned(each) for each in node.get("Plans", []))


@pytest.mark.parametrize("query", [{}, {"BindingType": ["fcm", "gcm"]}, {"Identity": ["dana", "lee"]}])
async def test_no_more_than_a_page_for_each_value_is_read(api: AccountClient, query: dict[str, list[str]]) -> None:
    """However many bindings there are."""
    async with api.parlour.inside.database.session() as reading:
        await reading.execute(
            """
            insert into bindings (service_sid, sid, identity, binding_type, endpoint, address, message_types,
                                  created_at, updated_at)
            select $1, 'BS' || lpad(to_hex(number), 32, '0'), (array['dana', 'lee', 'kim'])[number % 3 + 1],
                   (array['fcm', 'gcm'])[number % 2 + 1], 'a phone', number, '{}', now(), now()
            from generate_series(1, 3000) as number
            """,
            api.service,
        )
        await reading.execute("analyze bindings")
        with api.statements() as sent:
            assert len((await api.get("/Bindings", PageSize=2, **query)).rows) == 2
        (sql,) = [each for each in sent if "from bindings" in each]
        explained = await reading.fetchval(f"explain (analyze, format json) {sql}", api.service, *query.values(), 3)
    (plan,) = json.loads(explained)
    assert 3 <= scanned(plan["Plan"]) <= 2 * 3


@pytest.mark.parametrize("type", [" ", "sms", "apn,fcm", "null"])
async def test_an_unknown_type_is_refused(api: AccountClient, type: str) -> None:
    for given in (type, ["apn", type]):
        assert (await api.get("/Bindings", BindingType=given)).refusal == (400, 50209)


async def test_a_page_has_up_to_100_bindings(api: AccountClient) -> None:
    for number in range(101):
        await register(api, "dana", str(number), type=BindingType.TWILSOCK)
    assert len((await api.get("/Bindings")).rows) == 50
    page = await api.get("/Bindings", PageSize=1000)
    assert (len(page.rows), page.meta["page_size"]) == (100, 100)
    assert len(await listed(api)) == 101


async def test_a_deleted_binding_is_gone(api: AccountClient) -> None:
    binding = await register(api, "dana", "a", await credential(api))
    path = f"/Bindings/{binding.sid}"
    assert (await api.delete(path)).status == 204
    for answer in (await api.get(path), await api.delete(path)):
        assert answer.refusal == NOT_FOUND
    assert await listed(api) == []


@pytest.mark.parametrize("sid", ["BS" + "0" * 32, "BS00", "dana"])
async def test_a_binding_has_no_other_name_than_its_sid(api: AccountClient, sid: str) -> None:
    await register(api, "dana", "a", await credential(api))
    assert (await api.get(f"/Bindings/{sid}")).refusal == NOT_FOUND
    assert (await api.delete(f"/Bindings/{sid}")).refusal == NOT_FOUND


async def test_bindings_are_neither_created_nor_changed_over_rest(api: AccountClient) -> None:
    binding = await register(api, "dana", "a", await credential(api))
    assert (await api.post("/Bindings", Identity="dana")).refusal == METHOD_NOT_ALLOWED
    assert (await api.post(f"/Bindings/{binding.sid}", Identity="lee")).refusal == METHOD_NOT_ALLOWED


async def test_bindings_have_no_short_path(api: AccountClient) -> None:
    assert (await api.get("/v1/Bindings")).refusal == NOT_FOUND


async def test_other_services_and_accounts_have_bindings_of_their_own(
    api: AccountClient, other_api: AccountClient
) -> None:
    other = api.in_service((await api.made("/v1/Services", FriendlyName="another"))["sid"])
    sid = await credential(api)
    here, there = await register(api, "dana", "a", sid), await register(other, "dana", "a", sid)
    assert (await listed(api), await listed(other)) == ([here.sid], [there.sid])
    for stranger in (other, other_api):
        assert (await stranger.get(f"/Bindings/{here.sid}")).refusal == NOT_FOUND
        assert (await stranger.delete(f"/Bindings/{here.sid}")).refusal == NOT_FOUND
        assert here.sid not in await listed(stranger, Identity="dana")
    assert (await other_api.get(api.root + "/Bindings")).refusal == NOT_FOUND
    assert (await api.delete(f"/v1/Services/{other.service}")).status == 204
    assert await listed(api) == [here.sid]
