"""Targets: where webhooks point now, for many deliveries at once."""

from collections.abc import Sequence

import msgspec

from parlour.contract.delivery import Delivery
from parlour.resources.deliveries.model import Call
from parlour.resources.hooks import queries as hooks
from parlour.resources.hooks.model import STUDIO, Level, ScopedHook, ServiceHooks
from parlour.storage.transaction import Reading


class Targets(msgspec.Struct, frozen=True):
    """The webhooks, as they are configured now, that some deliveries went to."""

    services: dict[str, ServiceHooks]
    conversations: dict[str, list[ScopedHook]]

    @classmethod
    async def of(cls, reading: Reading, deliveries: Sequence[Delivery]) -> "Targets":
        """Those of all *deliveries*."""
        services = {each.service_sid for each in deliveries if each.target in tuple(Level) and each.service_sid}
        conversations = {
            (each.service_sid, each.conversation_sid)
            for each in deliveries
            if each.target not in tuple(Level) and each.service_sid and each.conversation_sid
        }
        return cls(
            await hooks.of_services(reading, services) if services else {},
            await hooks.of_conversations(reading, conversations) if conversations else {},
        )

    def target(self, delivery: Delivery) -> tuple[str, str] | None:
        """URL and method of the delivery's webhook; None if it is gone."""
        if delivery.target in tuple(Level):
            of_service = self.services.get(delivery.service_sid or "")
            return (of_service.post_url, of_service.method) if of_service and of_service.post_url else None
        for scoped in self.conversations.get(delivery.conversation_sid or "", ()):
            if scoped.sid == delivery.target and scoped.target == STUDIO:
                return Call.of(delivery).url, Call.of(delivery).method
            if scoped.sid == delivery.target and scoped.url is not None:
                return scoped.url, (scoped.method or Call.of(delivery).method).upper()
        return None
