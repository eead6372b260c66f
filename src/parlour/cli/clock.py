"""``parlour clock``: what the clock shows, and the moves of a virtual one."""

from collections.abc import Awaitable, Callable
from typing import Any

from parlour.cli.failure import CannotDo
from parlour.cli.output import note, show
from parlour.cli.start import in_house
from parlour.contract.form import Form
from parlour.core.actor import SYSTEM
from parlour.core.errors import InvalidParameter
from parlour.core.scope import Scope
from parlour.resources.clock import actions
from parlour.resources.clock.model import EARLIEST, LATEST, ClockFace, ClockMove
from parlour.runtime.work import House, Work
from parlour.settings import Settings

_MOMENT = f"a moment in ISO 8601 from {EARLIEST.year} to {LATEST.year}, such as 2026-05-01T12:00:00Z"
_TAKES = {
    "Set": _MOMENT,
    "Freeze": _MOMENT,
    "Advance": f"a duration in ISO 8601, longer than nothing and up to the year {LATEST.year}, such as PT1H or P30D",
}


def show_clock(settings: Settings, as_json: bool) -> None:
    """Shows what the clock shows."""
    _show(settings, as_json, actions.fetch)


def move_clock(settings: Settings, way: str, value: str, as_json: bool) -> None:
    """Moves the clock as ``POST /parlour/v1/Clock`` with this parameter does; raises what that does, and CannotDo."""
    try:
        move = Form(ClockMove).read({way: [value]})
        _show(settings, as_json, lambda work: actions.move(work, move))
    except InvalidParameter:
        raise CannotDo(f"{way.lower()} takes {_TAKES[way]}; {value} is none.") from None


def _show(settings: Settings, as_json: bool, ask: Callable[[Work], Awaitable[ClockFace]]) -> None:
    async def work(house: House) -> ClockFace:
        return await ask(Work(house, Scope("", None), SYSTEM))

    face = in_house(settings, note, work)
    document: dict[str, Any] = {
        "type": "virtual" if face.is_virtual else "system",
        "now": face.now,
        "frozen": face.frozen,
        "offset": face.offset,
    }
    how = "It stands still." if face.frozen else "It runs." if face.is_virtual else "It is the machine's own clock."
    show(as_json, document, [f"{face.now:%Y-%m-%d %H:%M:%S} UTC. {how}"])
