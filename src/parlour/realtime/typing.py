"""Typing: who is writing something. Others see it for a few seconds, and nobody keeps it."""

import time
from collections.abc import Awaitable, Callable, Iterable
from typing import Annotated, Any, Protocol

import msgspec

from parlour.contract.form import Form
from parlour.contract.reply import Reply, encode
from parlour.core.errors import NotFound
from parlour.core.fields import Pairs, SidOf
from parlour.core.scope import Scope
from parlour.core.sids import Prefix
from parlour.realtime import frames, packets
from parlour.realtime.session import Session
from parlour.realtime.tunnel import Handled, Request
from parlour.realtime.watching import Viewer

TYPING = "typing"
"""The kind of the word by which other processes learn of it."""
MESSAGE_TYPE = "twilio.ipmsg.typing_indicator"
TIMEOUT_SECONDS = 5
"""After which somebody types no longer who says nothing; clients say it at most once in that time."""
_SHOWN_SECONDS = TIMEOUT_SECONDS + 1
QUIET_SECONDS = 3.0
"""After one word about a typer in a conversation, for which no other goes out."""
MAX_TYPERS = 10_000
"""Of whom a process remembers the last word; of more at once, nobody learns."""

_ANSWER = encode({"typing_timeout": TIMEOUT_SECONDS})


class WordBus(Protocol):
    """The way to the other processes."""

    def listen(self, kind: str, listener: Callable[..., None]) -> None: ...
    def say(self, kind: str, *parts: str) -> None: ...


class _Typing(msgspec.Struct, frozen=True):
    channel_sid: Annotated[str, SidOf(Prefix.CONVERSATION, NotFound)]


_FORM = Form(_Typing)


class Typing:
    """Tells the other participants of a conversation that somebody is typing, here and in other processes.

    *find_participant*: the SID of the participant of a conversation with an identity; raises NotFound, NotAMember.
    *watchers_of*: the sessions of this process whose users take part in a conversation and look at it.
    """

    def __init__(
        self,
        find_participant: Callable[[Scope, str, str], Awaitable[str]],
        watchers_of: Callable[[str], Iterable[Viewer]],
        words: WordBus,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._find_participant, self._watchers_of, self._words, self._now = find_participant, watchers_of, words, now
        self._said_at: dict[tuple[str, str], float] = {}
        """By conversation and identity, the oldest first."""
        words.listen(TYPING, self._heard)

    def place(self) -> Handled:
        """Where in the tunnel it is found."""
        return Handled("POST", "/v1/typing", self.call)

    async def call(self, session: Session, request: Request) -> Reply:
        """The user of *session* is typing; a word that follows another too soon is answered and dropped."""
        conversation_sid = _FORM.read(_pairs(request.body)).channel_sid
        identity = session.identity
        if not self._is_quiet(conversation_sid, identity):
            participant_sid = await self._find_participant(session.scope, conversation_sid, identity)
            if self._tell(conversation_sid, participant_sid, identity):
                self._words.say(TYPING, conversation_sid, participant_sid, identity)
        return Reply(200, _ANSWER)

    def _heard(self, *parts: str) -> None:
        """Another process says so."""
        if len(parts) == len(("conversation", "participant", "identity")):
            self._tell(*parts)

    def _tell(self, conversation_sid: str, participant_sid: str, identity: str) -> bool:
        """Tells those who look on here; False if nothing is to be said of this typer now."""
        if self._is_quiet(conversation_sid, identity) or not self._note(conversation_sid, identity):
            return False
        frame = _frame(conversation_sid, participant_sid, identity)
        for watcher in self._watchers_of(conversation_sid):
            if watcher.identity != identity and watcher.wants(MESSAGE_TYPE):
                watcher.send(frame)
        return True

    def _is_quiet(self, conversation_sid: str, identity: str) -> bool:
        """Whether there was a word a moment ago."""
        said_at = self._said_at.get((conversation_sid, identity))
        return said_at is not None and self._now() < said_at + QUIET_SECONDS

    def _note(self, conversation_sid: str, identity: str) -> bool:
        """Remembers the word; False if there are too many to remember."""
        now = self._now()
        while self._said_at:
            oldest = next(iter(self._said_at))
            if now < self._said_at[oldest] + QUIET_SECONDS:
                break
            del self._said_at[oldest]
        if len(self._said_at) >= MAX_TYPERS:
            return False
        self._said_at[conversation_sid, identity] = now
        return True


def _pairs(body: Any) -> Pairs:
    """The form that was sent; nothing of anything else."""
    if not isinstance(body, dict):
        return {}
    return {name: values for name, values in body.items() if isinstance(values, list) and _are_texts(values)}


def _are_texts(values: list[Any]) -> bool:
    return bool(values) and all(isinstance(each, str) for each in values)


def _frame(conversation_sid: str, participant_sid: str, identity: str) -> bytes:
    payload = {
        "channel_sid": conversation_sid,
        "member_sid": participant_sid,
        "identity": identity,
        "typing_timeout": _SHOWN_SECONDS,
    }
    return frames.binary(packets.notification(MESSAGE_TYPE, encode(payload)))
