"""The settings of an account: what they are at first, what they can become, and what they do to the short paths."""

import pytest

from tests.account_client import AccountClient

CONFIGURATION = "/v1/Configuration"
UNKNOWN = "0" * 32


async def test_an_account_begins_without_timers(api: AccountClient) -> None:
    settings = (await api.get(CONFIGURATION)).row
    messaging_service = settings.pop("default_messaging_service_sid")
    assert messaging_service is None or messaging_service.startswith("MG")
    assert settings == {
        "account_sid": api.account,
        "default_chat_service_sid": api.service,
        "default_inactive_timer": None,
        "default_closed_timer": None,
        "url": f"{api.url}/v1/Configuration",
        "links": {
            "service": f"{api.url}/v1/Services/{api.service}/Configuration",
            "webhooks": f"{api.url}/v1/Configuration/Webhooks",
        },
    }


async def test_only_what_was_sent_changes(api: AccountClient) -> None:
    first = (await api.post(CONFIGURATION, DefaultInactiveTimer="PT90S")).row
    second = (await api.post(CONFIGURATION, DefaultClosedTimer="P1DT1H")).row
    assert first["default_inactive_timer"] == second["default_inactive_timer"] == "PT90S"
    assert (first["default_closed_timer"], second["default_closed_timer"]) == (None, "P1DT1H")
    assert (await api.post(CONFIGURATION)).row == (await api.get(CONFIGURATION)).row == second


@pytest.mark.parametrize(
    ("name", "least", "too_short", "malformed"),
    [
        ("DefaultInactiveTimer", "PT1M", ("PT59S", 50375), 50379),
        ("DefaultClosedTimer", "PT10M", ("PT9M59S", 50376), 50380),
    ],
)
async def test_a_timer_has_a_least_length_and_a_form(
    api: AccountClient, name: str, least: str, too_short: tuple[str, int], malformed: int
) -> None:
    key = {"DefaultInactiveTimer": "default_inactive_timer", "DefaultClosedTimer": "default_closed_timer"}[name]
    assert (await api.post(CONFIGURATION, **{name: least})).row[key] == least
    assert (await api.post(CONFIGURATION, **{name: too_short[0]})).refusal == (400, too_short[1])
    for text in ("soon", "60", "P", "PT1.5H", "-PT1H"):
        assert (await api.post(CONFIGURATION, **{name: text})).refusal == (400, malformed)
    assert (await api.get(CONFIGURATION)).row[key] == least


@pytest.mark.parametrize("nothing", ["", "PT0S"])
async def test_a_timer_is_removed(api: AccountClient, nothing: str) -> None:
    await api.post(CONFIGURATION, DefaultInactiveTimer="PT1M", DefaultClosedTimer="PT10M")
    settings = (await api.post(CONFIGURATION, DefaultInactiveTimer=nothing, DefaultClosedTimer=nothing)).row
    assert (settings["default_inactive_timer"], settings["default_closed_timer"]) == (None, None)


async def test_default_timers_are_given_to_conversations_without_their_own(api: AccountClient) -> None:
    other = api.in_service((await api.made("/v1/Services", FriendlyName="another"))["sid"])
    before = await api.made("/Conversations")
    await api.post(CONFIGURATION, DefaultInactiveTimer="PT1H", DefaultClosedTimer="P1D")
    for each in (api, other):
        assert set((await each.made("/Conversations"))["timers"]) == {"date_inactive", "date_closed"}
        own = await each.made("/Conversations", **{"Timers.Inactive": "", "Timers.Closed": "P2D"})
        assert set(own["timers"]) == {"date_closed"}
    assert (await api.get(f"/Conversations/{before['sid']}")).row["timers"] == {}


async def test_another_default_service_is_what_the_short_paths_mean_from_now_on(api: AccountClient) -> None:
    other = (await api.made("/v1/Services", FriendlyName="another"))["sid"]
    user = await api.made("/Users", Identity="dana")
    settings = (await api.post(CONFIGURATION, DefaultChatServiceSid=other)).row
    assert settings["default_chat_service_sid"] == other
    assert settings["links"]["service"] == f"{api.url}/v1/Services/{other}/Configuration"
    assert (await api.get("/Users")).rows == []
    assert (await api.get("/Users/dana")).refusal == (404, 20404)
    made = await api.made("/Users", Identity="dana")
    assert (made["chat_service_sid"], made["url"]) == (other, f"{api.url}/v1/Users/{made['sid']}")
    before = await api.in_service(api.service).get("/Users/dana")
    assert before.row["sid"] == user["sid"]


async def test_a_default_service_must_exist(api: AccountClient) -> None:
    for sid in (f"IS{UNKNOWN}", api.service.upper()):
        assert (await api.post(CONFIGURATION, DefaultChatServiceSid=sid)).refusal == (404, 50050)
    for sid in ("", "null", "IS00", api.account):
        answer = await api.post(CONFIGURATION, DefaultChatServiceSid=sid)
        assert (answer.refusal, answer.message) == ((400, 20001), "Invalid parameter DefaultChatServiceSid")
    assert (await api.get(CONFIGURATION)).row["default_chat_service_sid"] == api.service


async def test_a_default_messaging_service_is_given_to_new_conversations(api: AccountClient) -> None:
    sid = f"MG{UNKNOWN}"
    assert (await api.post(CONFIGURATION, DefaultMessagingServiceSid=sid)).row["default_messaging_service_sid"] == sid
    assert (await api.made("/Conversations"))["messaging_service_sid"] == sid
    own = await api.made("/Conversations", MessagingServiceSid=f"MG{'1' * 32}")
    assert own["messaging_service_sid"] == f"MG{'1' * 32}"
    for text in ("MG00", f"IS{UNKNOWN}", "x"):
        assert (await api.post(CONFIGURATION, DefaultMessagingServiceSid=text)).refusal == (400, 50341)
    for text in ("", "null"):
        cleared = (await api.post(CONFIGURATION, DefaultMessagingServiceSid=text)).row
        assert cleared["default_messaging_service_sid"] is None
    assert (await api.made("/Conversations"))["messaging_service_sid"] is None


async def test_a_refused_update_changes_nothing_at_all(api: AccountClient) -> None:
    before = (await api.get(CONFIGURATION)).row
    answer = await api.post(CONFIGURATION, DefaultInactiveTimer="PT1H", DefaultChatServiceSid=f"IS{UNKNOWN}")
    assert answer.refusal == (404, 50050)
    assert (await api.get(CONFIGURATION)).row == before
