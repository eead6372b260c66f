"""Users as client SDKs call them."""

from parlour.core.permissions import Permission
from parlour.resources.roles.model import RoleType
from tests.account_client import NOT_FOUND, AccountClient
from tests.client_calls import NOT_PERMITTED, caller, escaped
from tests.end_users import role


async def test_users_find_each_other_and_the_map_that_shows_them(api: AccountClient) -> None:
    alice, mail = await caller(api, "alice"), "o'hara+1@example.org/!"
    await api.made("/Users", Identity=mail, FriendlyName="Dana", Attributes='{"a":1}')
    row = (await alice.get(f"/Users/{escaped(mail)}")).row
    assert (row["identity"], row["friendly_name"], row["attributes"]) == (mail, "Dana", '{"a":1}')
    assert row["sync_objects"] == {"user_info_map": f"users.{row['sid']}"}
    assert (await alice.get(f"/Users/{row['sid']}")).row == row
    assert (await alice.get("/Users/nobody")).refusal == NOT_FOUND


async def test_a_user_edits_itself_and_by_permission_others(api: AccountClient) -> None:
    alice, bob = await caller(api, "alice"), await caller(api, "bob")
    assert (await alice.post("/Users/alice", friendly_name="Alice")).row["friendly_name"] == "Alice"
    assert (await alice.post("/Users/alice", attributes='{"b":2}')).row["attributes"] == '{"b":2}'
    assert (await alice.post("/Users/alice", friendly_name=None)).row["friendly_name"] is None
    assert (await alice.post("/Users/alice", attributes="{")).refusal == (400, 50304)
    assert (await alice.post("/Users/bob", friendly_name="Bobby")).refusal == NOT_PERMITTED
    editor = await role(api, RoleType.SERVICE, [Permission.EDIT_ANY_USER_INFO])
    assert (await alice.post("/Users/alice", role_sid=editor)).refusal == (403, 50205)
    assert (await api.post(f"/Users/{bob.sid}", RoleSid=editor)).status == 200
    assert (await bob.post("/Users/alice", friendly_name="Al")).row["friendly_name"] == "Al"


async def test_users_of_another_service_are_not_there(api: AccountClient) -> None:
    alice = await caller(api, "alice")
    second = api.in_service((await api.made("/v1/Services", FriendlyName="second"))["sid"])
    twin = await caller(second, "bob")
    for reference in ("bob", twin.sid):
        assert (await alice.get(f"/Users/{reference}")).refusal == NOT_FOUND
        assert (await alice.post(f"/Users/{reference}", friendly_name="x")).refusal == NOT_FOUND
