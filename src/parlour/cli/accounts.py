"""``parlour account``: makes and lists accounts."""

from typing import Any

from parlour.cli.output import note, show, table
from parlour.resources.accounts import actions
from parlour.resources.accounts.model import Account
from parlour.resources.services.actions import open_account
from parlour.runtime.node import Node
from parlour.serving.startup import run_with_node
from parlour.settings import Settings


def create(settings: Settings, name: str, as_json: bool) -> None:
    """A new account with a default service; its SID and auth token are shown."""

    async def work(node: Node) -> tuple[Account, str]:
        return await open_account(node, name)

    account, token = run_with_node(settings, note, work, make=True)
    show(as_json, _document(account, token), [f"Account SID  {account.sid}", f"Auth token   {token}"])


def listing(settings: Settings, show_tokens: bool, as_json: bool) -> None:
    """All accounts; their auth tokens only with *show_tokens*."""

    async def work(node: Node) -> list[tuple[Account, str | None]]:
        every = await actions.accounts(node)
        return [(each, await actions.auth_token(node, each.sid) if show_tokens else None) for each in every]

    found = run_with_node(settings, note, work)
    headings = ["SID", "NAME", "DEFAULT SERVICE", "CREATED", *(["AUTH TOKEN"] if show_tokens else [])]
    rows = [
        [
            account.sid,
            account.friendly_name,
            account.default_service_sid or "",
            f"{account.created_at:%Y-%m-%d %H:%M}",
            *([token or ""] if show_tokens else []),
        ]
        for account, token in found
    ]
    show(as_json, {"accounts": [_document(account, token) for account, token in found]}, table(headings, rows))


def _document(account: Account, token: str | None) -> dict[str, Any]:
    document = {
        "sid": account.sid,
        "friendly_name": account.friendly_name,
        "default_chat_service_sid": account.default_service_sid,
        "date_created": account.created_at,
    }
    return document if token is None else {**document, "auth_token": token}
