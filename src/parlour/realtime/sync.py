"""Sync: everything that clients ask of Sync objects, and how they learn of changes to them."""

from collections.abc import Iterable, Sequence

from parlour.contract.reply import Reply
from parlour.contract.sync import ObjectKind, Projection, Readers
from parlour.core.facts import FactReader
from parlour.core.paging import PageTokenCodec
from parlour.realtime.live import LiveEvents
from parlour.realtime.objects import Objects
from parlour.realtime.reads import Reads, Standings
from parlour.realtime.replay import Replays
from parlour.realtime.session import Session
from parlour.realtime.subscriptions import Subscriptions
from parlour.realtime.tunnel import Handled, Request
from parlour.realtime.watching import Viewer, Watching
from parlour.runtime.node import Node


class Sync:
    """The objects of all sessions of this process."""

    def __init__(self, node: Node, projections: Sequence[Projection], standings: Standings, facts: FactReader) -> None:
        self.watching = Watching(len(projections))
        self._of_participants = [
            place for place, each in enumerate(projections) if each.readers is Readers.PARTICIPANTS
        ]
        reads = Reads(node.database, projections, standings)
        self.live = LiveEvents(node.follower, node.signals.bus, node.database, projections, facts, self.watching)
        self.objects = Objects(projections, reads, PageTokenCodec(node.vault.key), self.live.join)
        replays = Replays(node.database, projections, reads, node.clock)
        self.subscriptions = Subscriptions(projections, self.watching, self.live, replays)

    def participants(self, conversation_sid: str) -> Iterable[Viewer]:
        """The sessions of those who take part in the conversation and look at it."""
        return self.watching.subscribed(conversation_sid, self._of_participants)

    def places(self) -> list[Handled]:
        """Where in the tunnel all of this is found."""
        collections = [place for kind in (ObjectKind.MAP, ObjectKind.LIST) for place in self._places_of(kind)]
        return [
            Handled("GET", f"/v3/{ObjectKind.DOCUMENT.collection}/{{}}", self._document),
            *collections,
            Handled("POST", "/v4/Subscriptions", self._subscribe, is_read=True),
        ]

    def _places_of(self, kind: ObjectKind) -> list[Handled]:
        async def descriptor(session: Session, request: Request) -> Reply:
            return await self.objects.collection(session, request.references[0], kind, request.params)

        async def items(session: Session, request: Request) -> Reply:
            return await self.objects.items(session, request.references[0], kind, request.params)

        at = f"/v3/{kind.collection}/{{}}"
        return [Handled("GET", at, descriptor), Handled("GET", f"{at}/Items", items)]

    async def _document(self, session: Session, request: Request) -> Reply:
        return await self.objects.document(session, request.references[0])

    async def _subscribe(self, session: Session, request: Request) -> Reply:
        return await self.subscriptions.call(session, request.body)
