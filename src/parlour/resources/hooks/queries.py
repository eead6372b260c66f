"""SQL of the webhooks that are in force."""

from collections.abc import Collection

from parlour.resources.hooks.model import FLEX, Level, ScopedHook, ServiceHooks
from parlour.storage.columns import columns
from parlour.storage.transaction import Reading

_SCOPED = columns(ScopedHook)


async def of_services(reading: Reading, services: Collection[str]) -> dict[str, ServiceHooks]:
    """By service: the webhooks in force."""
    rows = await reading.fetch(
        """
        select s.sid, s.account_sid,
          coalesce(s.pre_webhook_url, s.post_webhook_url) is not null as is_own,
          s.pre_webhook_url, s.post_webhook_url, s.webhook_method, s.webhook_filters,
          a.pre_webhook_url, a.post_webhook_url, a.webhook_method, a.webhook_filters, a.webhook_target
        from services s join accounts a on a.sid = s.account_sid where s.sid = any($1::text[])
        """,
        list(services),
    )
    found = {}
    for service, account, is_own, *configured in rows:
        if is_own:
            pre, post, method, filters = configured[:4]
        elif configured[8] == FLEX:
            pre, post, method, filters = None, None, None, None
        else:
            pre, post, method, filters = configured[4:8]
        hook, is_flex = Level.SERVICE if is_own else Level.ACCOUNT, not is_own and configured[8] == FLEX
        found[service] = ServiceHooks(service, account, hook, pre, post, method or "POST", filters or [], is_flex)
    return found


async def of_conversations(reading: Reading, conversations: Collection[tuple[str, str]]) -> dict[str, list[ScopedHook]]:
    """By conversation (given with their services): its webhooks, the oldest first, also those of one just removed."""
    rows = await reading.fetch(
        f"""
        select {_SCOPED} from conversation_webhooks
        where (service_sid, conversation_sid) in (select * from unnest($1::text[], $2::text[]))
        order by created_at, sid
        """,
        [service for service, _ in conversations],
        [conversation for _, conversation in conversations],
    )
    found: dict[str, list[ScopedHook]] = {}
    for row in rows:
        hook = ScopedHook(*row)
        found.setdefault(hook.conversation_sid, []).append(hook)
    return found


async def messaging_services(reading: Reading, conversations: Collection[tuple[str, str]]) -> dict[str, str | None]:
    """By conversation, if it still exists: its messaging service."""
    rows = await reading.fetch(
        """
        select sid, messaging_service_sid from conversations
        where (service_sid, sid) in (select * from unnest($1::text[], $2::text[]))
        """,
        [service for service, _ in conversations],
        [conversation for _, conversation in conversations],
    )
    return {row["sid"]: row["messaging_service_sid"] for row in rows}
