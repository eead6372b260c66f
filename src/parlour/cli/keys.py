"""``parlour key``: makes, lists and revokes API keys."""

from typing import Any

from parlour.cli.output import note, show, table
from parlour.resources.accounts import actions
from parlour.resources.accounts.model import ApiKey
from parlour.runtime.node import Node
from parlour.serving.startup import CannotDo, run_with_node
from parlour.settings import Settings


def create(settings: Settings, account: str | None, name: str | None, as_json: bool) -> None:
    """A new key of the account (None: the first); its SID and secret are shown."""

    async def work(node: Node) -> tuple[ApiKey, str]:
        owner = await owning(node, account or settings.secrets.account_sid)
        return await actions.create_key(node, owner, name)

    key, secret = run_with_node(settings, note, work)
    lines = [
        f"API key SID  {key.sid}",
        f"Secret       {secret}",
        f"Account SID  {key.account_sid}",
        "",
        "The secret is not shown again.",
    ]
    show(as_json, {**_document(key), "secret": secret}, lines)


def listing(settings: Settings, account: str | None, as_json: bool) -> None:
    """The keys of the account (None: the first)."""

    async def work(node: Node) -> list[ApiKey]:
        return await actions.keys(node, await owning(node, account or settings.secrets.account_sid))

    found = run_with_node(settings, note, work)
    rows = [[key.sid, key.friendly_name or "", f"{key.created_at:%Y-%m-%d %H:%M}"] for key in found]
    show(as_json, {"keys": [_document(key) for key in found]}, table(["SID", "NAME", "CREATED"], rows))


def delete(settings: Settings, sid: str, as_json: bool) -> None:
    """The key, of whichever account, is revoked."""

    async def work(node: Node) -> None:
        for account in await actions.accounts(node):
            if any(key.sid == sid for key in await actions.keys(node, account.sid)):
                await actions.delete_key(node, account.sid, sid)
                return
        raise CannotDo(f"There is no API key {sid}. All of an account's: parlour key list --account AC…")

    run_with_node(settings, note, work)
    show(as_json, {"deleted": sid}, [f"{sid} is revoked."])


async def owning(node: Node, account: str | None) -> str:
    """The SID of the named account, or of the first; raises CannotDo if there is none."""
    every = [each.sid for each in await actions.accounts(node)]
    if account is None and every:
        return every[0]
    if account not in every:
        hint = f"There is no account {account}." if account else "There is no account yet."
        raise CannotDo(f"{hint} All of them: parlour account list; a new one: parlour account create")
    return account


def _document(key: ApiKey) -> dict[str, Any]:
    return {
        "sid": key.sid,
        "account_sid": key.account_sid,
        "friendly_name": key.friendly_name,
        "date_created": key.created_at,
    }
