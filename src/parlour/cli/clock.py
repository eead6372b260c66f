"""``parlour clock``: what the clock shows, and the moves of a virtual one."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import msgspec

from parlour.cli.access import Access
from parlour.cli.client import Refused, ServerClient
from parlour.cli.find_server import authenticated, find
from parlour.cli.output import note, show
from parlour.contract.form import Form
from parlour.core.actor import SYSTEM
from parlour.core.errors import InvalidParameter
from parlour.core.scope import Scope
from parlour.resources.clock import actions
from parlour.resources.clock.model import EARLIEST, LATEST, ClockFace, ClockMove
from parlour.runtime.node import Node
from parlour.runtime.work import Work
from parlour.serving.errors import CannotDo
from parlour.serving.startup import run_with_node
from parlour.settings import Settings

_CLOCK = "/Clock"
_MOMENT = f"a moment in ISO 8601 from {EARLIEST.year} to {LATEST.year}, such as 2026-05-01T12:00:00Z"
_TAKES = {
    "Set": _MOMENT,
    "Freeze": _MOMENT,
    "Advance": f"a duration in ISO 8601, longer than nothing and up to the year {LATEST.year}, such as PT1H or P30D",
}


class Face(msgspec.Struct):
    """What the server's clock shows."""

    type: str
    now: datetime
    frozen: bool
    offset: float


def show_clock(access: Access, as_json: bool) -> None:
    """Shows what the clock shows: that of the server which runs, or else that of the database."""
    place = find(access)
    if place is None:
        _show(_in_database(access.settings, actions.look), as_json)
    else:
        _show(authenticated(access, place).ask(_CLOCK, Face), as_json)


def move_clock(access: Access, way: str, value: str, as_json: bool) -> None:
    """Moves the clock as ``POST /parlour/v1/Clock`` with this parameter does; raises what that does, and CannotDo."""
    try:
        move = Form(ClockMove).read({way: [value]})
        place = find(access)
        if place is None:
            face = _in_database(access.settings, lambda work: actions.move(work, move))
        else:
            face = _asked_to_move(authenticated(access, place), {way: value})
    except InvalidParameter:
        raise CannotDo(f"{way.lower()} takes {_TAKES[way]}; {value} is none.") from None
    _show(face, as_json)


def _asked_to_move(server: ServerClient, form: dict[str, str]) -> Face:
    try:
        return server.ask(_CLOCK, Face, method="POST", **form)
    except Refused as refusal:
        if refusal.status == 400 and refusal.code == InvalidParameter.code:
            raise InvalidParameter from None
        raise


def _in_database(settings: Settings, ask: Callable[[Work], Awaitable[ClockFace]]) -> Face:
    async def work(node: Node) -> ClockFace:
        return await ask(Work(node, Scope("", None), SYSTEM))

    face = run_with_node(settings, note, work)
    return Face("virtual" if face.is_virtual else "system", face.now, face.frozen, face.offset)


def _show(face: Face, as_json: bool) -> None:
    is_virtual = face.type == "virtual"
    how = "It stands still." if face.frozen else "It runs." if is_virtual else "It is the machine's own clock."
    show(as_json, face, [f"{face.now:%Y-%m-%d %H:%M:%S} UTC. {how}"])
