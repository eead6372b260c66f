"""``parlour seed``: fills a service with a sample of any size."""

import shlex
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count

import msgspec

from parlour.cli.keys import owning
from parlour.cli.options import Misused
from parlour.cli.output import fitted, note, progress, show
from parlour.cli.sample import (
    ATTRIBUTE_COLUMNS,
    CONVERSATION_COLUMNS,
    MESSAGE_COLUMNS,
    PAIR_COLUMNS,
    PARTICIPANT_COLUMNS,
    USER_COLUMNS,
    Recipe,
    Sample,
    SampleHome,
)
from parlour.core.errors import NotFound
from parlour.resources.accounts import actions as accounts
from parlour.resources.accounts import queries as account_queries
from parlour.resources.catalogue import TABLES
from parlour.resources.services import queries as services
from parlour.resources.services.actions import first_account, resolve
from parlour.runtime.node import Node
from parlour.serving.startup import CannotDo, run_with_node
from parlour.settings import Settings
from parlour.storage.seeding import AlreadyThere, seeding

COPY_BATCH_ROWS = 50_000
"""About as many are in memory at the same time."""

PARTICIPANTS_PER_USER = 50

Advance = Callable[[int], None]


class SeedRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What the command line asks for."""

    conversations: int
    users: int | None
    messages_per: int
    participants_per: int
    channel_share: float
    seed: int
    start: datetime
    account: str | None
    service: str | None

    def recipe(self) -> Recipe:
        """Raises Misused if the API would refuse such a sample."""
        enough = max(1, self.participants_per, self.conversations * self.participants_per // PARTICIPANTS_PER_USER)
        try:
            return Recipe(
                self.conversations,
                enough if self.users is None else self.users,
                self.messages_per,
                self.participants_per,
                self.channel_share,
                self.seed,
                self.start.replace(tzinfo=UTC),
            )
        except ValueError as error:
            raise Misused(str(error)) from None


def seed(settings: Settings, wanted: SeedRequest, as_json: bool) -> None:
    """Stores the sample and says what was made."""
    recipe = wanted.recipe()
    began = time.monotonic()

    async def work(node: Node) -> tuple[SampleHome, str, dict[str, int]]:
        home = await home_in(node, await _owner(node, settings, wanted.account), wanted.service)
        with _progress(recipe.conversations) as advance:
            made = await store(node.database.url, recipe, home, advance)
        return home, await accounts.auth_token(node, home.account_sid) or "", made

    home, token, made = run_with_node(settings, note, work, make=True)
    seconds = time.monotonic() - began
    credentials = f"{home.account_sid}:{token}" if settings.database.url is None else f"{home.account_sid}:AUTH_TOKEN"
    examples = [f"curl -u {shlex.quote(credentials)} {url}" for url in _urls(settings, recipe, wanted.service)]
    counted = ", ".join(f"{number:,} {what}" for what, number in made.items())
    show(
        as_json,
        {"account_sid": home.account_sid, "service_sid": home.service_sid, **made, "examples": examples},
        [
            *fitted([f"Made {counted} in {seconds:.1f} seconds, in service {home.service_sid}."]),
            "Ask for them while parlour serves:",
            *(f"  {each}" for each in examples),
        ],
    )


async def store(url: str, recipe: Recipe, home: SampleHome, advance: Advance = lambda stored: None) -> dict[str, int]:
    """Stores the sample in the database at *url*; returns how much of what there is now.

    Calls *advance* with the number of conversations each time that some are stored. Raises CannotDo if it is there.
    """
    sample = Sample(recipe, home)
    step = max(1, COPY_BATCH_ROWS // recipe.calls_per)
    made = {"users": recipe.users, "conversations": recipe.conversations, "participants": 0, "messages": 0}
    try:
        async with seeding(url, TABLES, recipe.rows) as target:
            events = count(await target.reserve_events(recipe.users))
            await target.store({"users": (USER_COLUMNS, sample.users(events))})
            for done in range(0, recipe.conversations, step):
                wanted = min(step, recipe.conversations - done)
                part = sample.part(wanted, count(await target.reserve_events(wanted * recipe.max_events_per)))
                await target.store(
                    {
                        "conversations": (CONVERSATION_COLUMNS, part.conversations),
                        "conversation_attributes": (ATTRIBUTE_COLUMNS, part.attributes),
                        "participants": (PARTICIPANT_COLUMNS, part.participants),
                        "address_pairs": (PAIR_COLUMNS, part.pairs),
                        "messages": (MESSAGE_COLUMNS, part.messages),
                    }
                )
                made["participants"] += len(part.participants)
                made["messages"] += len(part.messages)
                advance(wanted)
    except AlreadyThere as violation:
        raise CannotDo(
            f"The sample with --seed {recipe.seed} is here already ({violation}). Choose another --seed, or a service"
            " of another account."
        ) from None
    return made


async def home_in(node: Node, account_sid: str, service_sid: str | None) -> SampleHome:
    """The account's service (None: its default) as the sample needs to know it; raises CannotDo without such one."""
    try:
        scope = await resolve(node, account_sid, service_sid)
    except NotFound:
        raise CannotDo(f"There is no service {service_sid} in the account {account_sid}.") from None
    async with node.database.session() as reading:
        account = await account_queries.get(reading, account_sid)
        service = await services.current(reading, scope)
    return SampleHome(
        account_sid,
        service.sid,
        account.default_messaging_service_sid,
        service.default_chat_service_role_sid,
        service.default_conversation_role_sid,
    )


async def _owner(node: Node, settings: Settings, account_sid: str | None) -> str:
    if account_sid is not None:
        return await owning(node, account_sid)
    first, _ = await first_account(node, settings.secrets.account_sid, settings.secrets.auth_token)
    return first.sid


@contextmanager
def _progress(conversations: int) -> Iterator[Advance]:
    """Shows on a terminal how far it is; the last bit are the indexes."""
    with progress() as shown:
        bar = shown.add_task("Storing", total=conversations)
        done = 0

        def advance(stored: int) -> None:
            nonlocal done
            done += stored
            shown.update(bar, completed=done, description="Indexing" if done == conversations else "Storing")

        yield advance


def _urls(settings: Settings, recipe: Recipe, service: str | None) -> list[str]:
    """The addresses of the two lists of the first user, in the form of the path that was asked for."""
    identity = f"user-{recipe.seed}-0"
    root = (settings.server.public_url or f"http://{settings.server.host}:{settings.server.port}").rstrip("/") + "/v1"
    if service is not None:
        root += f"/Services/{service}"
    return [f"'{root}/ParticipantConversations?Identity={identity}'", f"{root}/Users/{identity}/Conversations"]
