"""Configuration: the first thing that a client asks for, which tells it where everything else is and what it may do."""

from collections.abc import Awaitable, Callable
from urllib.parse import quote

from parlour.contract.reply import Reply, encode
from parlour.core.scope import Scope
from parlour.core.sync_names import my_conversations, user_info
from parlour.realtime.session import Session
from parlour.realtime.tunnel import Handled, Request

_MEGABYTE = 1024 * 1024
MAX_MEDIA = 10
"""Attachments of a message."""
MAX_MEDIUM_BYTES = 50 * _MEGABYTE
MAX_MEDIA_BYTES = 150 * _MEGABYTE
_MAX_SUBSCRIBED_USERS = 100
_REPORT_INTERVAL = "PT5S"
_CACHED_FOR = "PT0S"
_MAIL_TYPES = ("text/plain", "text/html")


def configuration(is_reachability_shown: Callable[[Scope], Awaitable[bool]]) -> Handled:
    """Where a client finds that; *is_reachability_shown*: whether the users of a service show each other if they are
    online."""

    async def handle(session: Session, request: Request) -> Reply:
        return _reply(session, is_reachability_shown=await is_reachability_shown(session.scope))

    return Handled("GET", "/Client/v2/Configuration", handle)


def _reply(session: Session, *, is_reachability_shown: bool) -> Reply:
    base = session.base
    client = f"{base}/Client/v2"
    return Reply(
        200,
        encode(
            {
                "identity": session.identity,
                "links": {
                    "my_conversations": f"{client}/MyConversations",
                    "conversations": f"{client}/Conversations",
                    "users": f"{client}/Users",
                    "current_user": f"{client}/Users/{quote(session.identity, safe='')}",
                    "typing": f"{base}/v1/typing",
                    "media_service": f"{base}/media/v1/Media",
                    "media_set_service": f"{base}/media/v1/MediaSet",
                    "messages_receipts": f"{client}/Conversations/%s/Messages/%s/Receipts",
                },
                "options": {
                    "media_attachments_count_limit": MAX_MEDIA,
                    "media_attachment_size_limit_in_mb": MAX_MEDIUM_BYTES // _MEGABYTE,
                    "media_attachments_total_size_limit_in_mb": MAX_MEDIA_BYTES // _MEGABYTE,
                    "email_histories_allowed_mime_types": _MAIL_TYPES,
                    "email_bodies_allowed_mime_types": _MAIL_TYPES,
                    "user_infos_to_subscribe": _MAX_SUBSCRIBED_USERS,
                    "reachability_enabled": is_reachability_shown,
                    "http_cache_interval": _CACHED_FOR,
                    "consumption_report_interval": _REPORT_INTERVAL,
                },
                "sync_objects": {
                    "my_user_info": user_info(session.user_sid),
                    "my_conversations": my_conversations(session.user_sid),
                },
            }
        ),
    )
