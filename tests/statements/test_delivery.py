"""How many SQL statements the delivery machine sends for facts, lanes and attempts: as many for many as for one."""

import asyncio
from collections.abc import AsyncIterator, Sequence

import pytest

from parlour.contract.output import Planned
from parlour.core.facts import LoggedEvent
from parlour.delivery.deliverer import Deliverer
from parlour.delivery.notice import Notice
from parlour.delivery.relay import Relay
from parlour.storage.transaction import Transaction
from tests.account_client import AccountClient
from tests.delivery.conftest import _counted as _counted
from tests.delivery.conftest import own_api as own_api
from tests.delivery.recorder import Recorder

READ = 2
"""Where the relay stands, and what comes behind that."""
PUT = 2
"""The deliveries in their lanes, and where the relay stands now."""
EFFECTS = 3
"""The delivery is locked, what follows from its attempt is written, and the attempt is kept."""


class Portioned(Recorder):
    """Plans all facts of a turn together."""

    async def plan(self, tx: Transaction, events: Sequence[LoggedEvent]) -> AsyncIterator[Sequence[Planned]]:
        yield [each async for portion in super().plan(tx, events) for each in portion]


class Machine:
    """A relay and a deliverer that are run by hand, beside a server with neither carriers nor recorders."""

    def __init__(self, api: AccountClient, *, has_effects: bool) -> None:
        self.api, self.output = api, Portioned(api.parlour.clock)
        self.output.has_effects = has_effects
        outputs = {self.output.audience: self.output}
        self.relay = Relay(api.parlour.inside, self.output)
        self.deliverer = Deliverer(api.parlour.inside, outputs, Notice(api.parlour.inside.metrics, access_log=False))

    async def settle(self) -> None:
        """It knows its place in the log and the lanes that are there."""
        await self.relay.run_once()
        await self.deliverer.run_once()

    async def say(self, *rooms: str) -> None:
        for room in rooms:
            await self.api.made(f"{room}/Messages", Body="text")

    async def relayed(self) -> int:
        """How many statements a turn of the relay takes."""
        with self.api.statements() as sent:
            assert await self.relay.run_once()
        return len(sent)

    async def delivered(self) -> list[str]:
        """The statements by which the lanes that are due are claimed, sent and given back."""
        with self.api.statements() as sent:
            await self.deliverer.run_once()
            assert self.deliverer.busy
            async with asyncio.timeout(60), self.api.parlour.inside.database.session() as reading:
                while self.deliverer.busy:
                    await reading.begin_snapshot()  # a round trip that is not counted
                    await reading.undo()
        return sent


async def rooms(api: AccountClient, number: int) -> list[str]:
    return [f"/Conversations/{(await api.made('/Conversations'))['sid']}" for _ in range(number)]


@pytest.mark.parametrize("number", [1, 20])
async def test_a_turn_of_the_relay_costs_the_same_for_any_number_of_facts(own_api: AccountClient, number: int) -> None:
    machine = Machine(own_api, has_effects=False)
    await machine.settle()
    await machine.say(*await rooms(own_api, number))
    assert await machine.relayed() == READ + PUT


async def test_lanes_are_claimed_together_and_attempts_kept_together(own_api: AccountClient) -> None:
    machine = Machine(own_api, has_effects=False)
    await machine.settle()
    many = await rooms(own_api, 20)
    await machine.say(*many)
    await machine.relayed()
    claiming, *keeping = await machine.delivered()
    assert "update delivery_lanes" in claiming
    assert all("insert into attempts" in sql for sql in keeping)
    assert 1 <= len(keeping) < len(many)


async def test_what_waits_in_one_lane_costs_one_statement_each_beside_the_claim(own_api: AccountClient) -> None:
    machine = Machine(own_api, has_effects=False)
    await machine.settle()
    await machine.say(*(await rooms(own_api, 1)) * 5)
    await machine.relayed()
    assert len(await machine.delivered()) == 1 + 5


async def test_an_attempt_with_effects_costs_what_keeps_it_and_what_follows(own_api: AccountClient) -> None:
    machine = Machine(own_api, has_effects=True)
    await machine.settle()
    await machine.say(*await rooms(own_api, 1))
    await machine.relayed()
    assert len(await machine.delivered()) == 1 + EFFECTS
