"""Mounting: which methods and paths exist, and in which order a request's faults are told."""

import pytest

from tests.account_client import FORM, NOT_FOUND, AccountClient

NOT_ALLOWED = (405, 20004)
UNKNOWN = "0123456789abcdef" * 2


@pytest.mark.both_forms
@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "TRACE"])
async def test_a_method_that_a_list_does_not_have_is_refused(api: AccountClient, method: str) -> None:
    answer = await api.send(method, "/Users")
    assert answer.refusal == NOT_ALLOWED
    assert answer.message == "Method not allowed"


@pytest.mark.both_forms
@pytest.mark.parametrize("method", ["PUT", "PATCH", "TRACE"])
async def test_a_method_that_a_row_does_not_have_is_refused(api: AccountClient, method: str) -> None:
    user = await api.made("/Users", Identity="dana")
    assert (await api.send(method, f"/Users/{user['sid']}", b"", FORM)).refusal == NOT_ALLOWED


@pytest.mark.parametrize("path", ["/v1/Users", "/v1/Configuration", "/v1/Users/dana"])
async def test_head_is_refused_without_a_body(api: AccountClient, path: str) -> None:
    answer = await api.send("HEAD", path)
    assert (answer.status, answer.body) == (405, b"")


async def test_a_service_cannot_be_updated(api: AccountClient) -> None:
    answer = await api.post(f"/v1/Services/{api.service}", FriendlyName="a")
    assert answer.refusal == NOT_ALLOWED


async def test_the_settings_are_neither_made_nor_deleted(api: AccountClient) -> None:
    assert (await api.delete("/v1/Configuration")).refusal == NOT_ALLOWED


@pytest.mark.parametrize("path", ["/v1/Users", "/v1/Services", "/v1/Users/US1", "/v1/Configuration"])
async def test_options_says_what_a_browser_may_do(api: AccountClient, path: str) -> None:
    async with api.parlour.client.options(api.at(path)) as response:  # a browser sends no credentials here
        assert response.status == 200
        assert response.headers["Access-Control-Allow-Origin"] == "*"
        assert response.headers["Access-Control-Allow-Methods"] == "GET, POST, DELETE, OPTIONS"
        assert "X-Twilio-Webhook-Enabled" in response.headers["Access-Control-Allow-Headers"]
        assert "Authorization" in response.headers["Access-Control-Allow-Headers"]


@pytest.mark.both_forms
async def test_a_trailing_slash_is_accepted(api: AccountClient) -> None:
    user = await api.made("/Users/", Identity="dana")
    assert (await api.get("/Users/")).rows == [user]
    assert (await api.get(f"/Users/{user['sid']}/")).row == user
    assert (await api.get("/Users/?PageSize=1")).rows == [user]


@pytest.mark.parametrize(
    "path",
    ["/v1/Nothing", "/v1/users", "/v1//Users", "/v1/Users//", "/v1/Users/a/b", "/v1/Users.json", "/v1x/Users",
     "/v2/Users", "/v1/Services/IS1/Services", "/v1/Configuration/Nothing"],
)  # fmt: skip
async def test_an_unknown_path_is_not_found(api: AccountClient, path: str) -> None:
    answer = await api.get(path)
    assert answer.refusal == NOT_FOUND


@pytest.mark.parametrize(
    ("path", "shown"),
    [
        ("/v1/Users/nobody", "/Users/nobody"),
        ("/v1/Users/nobody?PageSize=1", "/Users/nobody"),
        ("/v1/Users/%C3%A9", "/Users/%C3%A9"),
        ("/v1/Nothing", "/Nothing"),
        ("/v1/Services/IS00/Users", "/Services/IS00/Users"),
        ("/v1/Conversations/v1/v1", "/Conversations/v1/v1"),
        ("/v1", "/"),
        ("/v1/", "/"),
        ("/v10/Users", "/v10/Users"),
    ],
)
async def test_not_found_names_the_path_without_the_version(api: AccountClient, path: str, shown: str) -> None:
    answer = await api.get(path)
    assert answer.refusal == NOT_FOUND
    assert answer.message == f"The requested resource {shown} was not found"


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("sid", [f"IS{UNKNOWN}", f"US{UNKNOWN}", "IS00", "default"])
async def test_below_an_unknown_service_there_is_nothing(api: AccountClient, method: str, sid: str) -> None:
    for segment in ("Users", "Roles", "Conversations", "ParticipantConversations"):
        if (method, segment) != ("POST", "ParticipantConversations"):
            answer = await api.send(method, f"/v1/Services/{sid}/{segment}", b"%zz", FORM)
            assert answer.refusal == NOT_FOUND
            assert answer.message == f"The requested resource /Services/{sid}/{segment} was not found"


async def test_a_services_sid_is_compared_with_its_letter_case(api: AccountClient) -> None:
    assert (await api.get(f"/v1/Services/{api.service}/Users")).rows == []
    upper = "IS" + api.service[2:].upper()
    assert (await api.get(f"/v1/Services/{upper}/Users")).refusal == NOT_FOUND


@pytest.mark.both_forms
async def test_of_two_faults_the_missing_object_is_told_first(api: AccountClient) -> None:
    bad = {"Attributes": "{"}
    user = await api.made("/Users", Identity="dana")
    assert (await api.post(f"/Users/{user['sid']}", **bad)).refusal == (400, 50304)
    assert (await api.post("/Users/nobody", **bad)).refusal == NOT_FOUND


@pytest.mark.both_forms
@pytest.mark.parametrize("wrong", ["PageSize=0", "Page=x", "PageToken=PTx"])
async def test_a_missing_parent_is_told_before_a_page_that_cannot_be(api: AccountClient, wrong: str) -> None:
    await api.made("/Conversations", UniqueName="talk")
    assert (await api.get(f"/Conversations/talk/Messages?{wrong}")).refusal[0] == 400
    for parent in ("/Conversations/nothing/Messages", "/Users/nobody/Conversations"):
        assert (await api.get(f"{parent}?{wrong}")).refusal == NOT_FOUND


@pytest.mark.both_forms
async def test_a_missing_parameter_is_told_before_a_wrong_one(api: AccountClient) -> None:
    answer = await api.post("/Users", Attributes="{")
    assert (answer.refusal, answer.message) == ((400, 20001), "Missing required parameter Identity in the post body")


async def test_the_short_form_means_the_default_service_only(api: AccountClient) -> None:
    service = await api.made("/v1/Services", FriendlyName="another")
    elsewhere = api.in_service(service["sid"])
    user = await elsewhere.made("/Users", Identity="dana")
    assert user["url"] == f"{api.url}/v1/Services/{service['sid']}/Users/{user['sid']}"
    assert (await elsewhere.get(f"/Users/{user['sid']}")).row == user
    assert (await api.get(f"/Users/{user['sid']}")).refusal == NOT_FOUND
    assert (await api.get("/Users/dana")).refusal == NOT_FOUND
    assert (await api.get("/Users")).rows == []
