"""Writes docs/reference/events.md from what resources tell the event feed and webhooks: ``python -m tools.events``.

A test compares the committed page with what this makes, so run it after a declaration has changed.
"""

import importlib
import importlib.util
import inspect
import pkgutil
import textwrap
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import ModuleType, NoneType
from typing import Any, TypeVar, get_args

import msgspec

from parlour import resources
from parlour.contract.feed import Members, Plain, Rendered
from parlour.contract.form import wire_name
from parlour.contract.webhook import AnnouncedFact, Announcement, Announcements, Parameters, PreAction
from parlour.core.facts import Fact
from parlour.core.webhook_events import CONVERSATION_EVENTS, PostEvent, PreEvent
from parlour.resources.catalogue import FACTS, RESOURCES
from tools.operations import table, title

S = TypeVar("S", bound=msgspec.Struct)

TARGET = Path(__file__).parents[1] / "docs" / "reference" / "events.md"

_OPENING = """\
# Events

What parlour tells of: the facts of [the event feed](../chapters/event-log.md#the-feed), and the events of webhooks with
their parameters. `tools/events.py` makes this page from the declarations of the resources.

## Facts

`GET /parlour/v1/Events` gives them in order, each as an object:

{frame}
A row in a payload is exactly what REST shows of it [below its service](operations.md), as it was right after the
change, or right before, where it is gone. What only a fetch shows of a user is null. Nothing else of a fact is shown.
"""
_FRAME = {
    "position": "Opaque. As `After` it goes on behind this event.",
    "type": "What happened, as listed below.",
    "source": "The origin: `API` for REST, `SYSTEM` for timers and work in the background, `SDK` for client SDKs.",
    "account_sid": "The account.",
    "chat_service_sid": "The service.",
    "conversation_sid": "The conversation that it is about, or null.",
    "request_sid": "Of the request that caused it, as in the header `Twilio-Request-Id` of its answer; or null.",
    "identity": "Of the user who caused it with a client SDK, or null.",
    "webhooks": "Whether it goes to webhooks, if any listens.",
    "payload": "What is listed below.",
    "created_at": "The moment of the change, in microseconds.",
}
_WEBHOOKS = """\
## Webhooks after an action

Every call has these parameters, beside its own:

{common}
Parameters in *italics* are left out where there is no value. Webhooks of one conversation can listen to all but
{not_scoped}.
"""
_COMMON = {
    "AccountSid": "The account.",
    "ChatServiceSid": "The service.",
    "EventType": "The name of the event.",
    "Source": "As of the fact.",
    "*ClientIdentity*": "The user who caused it with a client SDK.",
    "RetryCount": "From 0; how often this call was tried before.",
}
_QUESTIONS = """\
## Webhooks before an action

They have the same common parameters. The answer may refuse the action, or change what is listed.
"""
_ALWAYS = inspect.signature(Announcement).parameters["when"].default


def document() -> str:
    """The whole page."""
    told = announcements()
    parts = [
        _OPENING.format(frame=table(("Key", "Holds"), [(f"`{key}`", text) for key, text in _FRAME.items()])),
        *(_fact(fact, parts, told.get(fact, ())) for fact, parts in FACTS.items()),
        _WEBHOOKS.format(
            common=table(("Parameter", "Value"), [(_name(key), text) for key, text in _COMMON.items()]),
            not_scoped=" and ".join(f"`{each}`" for each in PostEvent if each not in CONVERSATION_EVENTS),
        ),
        *_events(told),
        _QUESTIONS,
        *(_question(*found) for found in questions()),
    ]
    return "\n".join(parts)


def announcements() -> Announcements:
    """By the type of a fact: as what it is announced, as all resources declare it."""
    return {fact: each for module in _modules("webhook") for fact, each in module.ANNOUNCEMENTS.items()}


def questions() -> Iterator[tuple[PreAction[Any], type[msgspec.Struct]]]:
    """Everything that is asked before an action, each with what it is about, in the order of the events."""
    found = []
    for module in _modules("webhook"):
        model = _model(importlib.import_module(module.__name__.replace(".webhook", ".feed")))
        found += [(each, model) for each in vars(module).values() if isinstance(each, PreAction)]
    order = list(PreEvent)
    yield from sorted(found, key=lambda each: order.index(each[0].event))


def _modules(name: str) -> Iterator[ModuleType]:
    for package in pkgutil.iter_modules(resources.__path__):
        where = f"{resources.__name__}.{package.name}"
        if package.ispkg and importlib.util.find_spec(f"{where}.{name}") is not None:
            yield importlib.import_module(f"{where}.{name}")


def _model(feed: ModuleType) -> type[msgspec.Struct]:
    """Of what the facts of this resource are about."""
    fact = next(iter(feed.FACTS))
    model: type[msgspec.Struct] = msgspec.structs.fields(fact)[0].type
    return model


def sample(model: type[S], *, full: bool = True) -> S:
    """A row or fact that might be; *full*: with everything that it may have."""
    return model(**{field.name: _value(field.type, full=full) for field in msgspec.structs.fields(model)})


def _value(kind: Any, *, full: bool) -> Any:
    kinds = get_args(kind)
    if NoneType in kinds:
        return _value(next(each for each in kinds if each is not NoneType), full=full) if full else None
    if isinstance(kind, type) and issubclass(kind, msgspec.Struct):
        return sample(kind, full=full)
    if isinstance(kind, type) and issubclass(kind, StrEnum):
        return next(iter(kind))
    return {str: "text", int: int(full), bool: True, datetime: datetime(2026, 1, 1, tzinfo=UTC)}.get(kind)


def _fact(fact: type[Fact], parts: Members, announced: Sequence[Announcement[Any]]) -> str:
    rows = [(f"`{key}`", _part(key, part)) for key, part in parts.items()]
    lines = [f"### {fact.__name__}", ""]
    lines += [_wrapped(_said(fact) + _announced(announced)), "", table(("Payload", "Holds"), rows)]
    return "\n".join(lines)


def _part(key: str, part: object) -> str:
    if isinstance(part, Plain):
        return part.means
    assert isinstance(part, Rendered)
    name = title(next(each for each in RESOURCES if each.view is part.view))
    return f"a row of [{name}](operations.md#{name.lower()})" + (", as it was before" if key == "before" else "")


def _said(fact: type[Fact]) -> str:
    """The first sentence of what its class says."""
    said = " ".join((inspect.getdoc(fact) or "").split()).replace("``", "`")
    return said.split(";")[0].split(". ")[0].rstrip(".") + "."


def _announced(announced: Sequence[Announcement[Any]]) -> str:
    if not announced:
        return " No webhook event is made of it."
    names = [f"[`{each.event}`](#{each.event.lower()}){_when(each)}" for each in announced]
    return " Announced as " + " and ".join(names) + "."


def _when(announcement: Announcement[Any]) -> str:
    if announcement.when is _ALWAYS:
        return ""
    said = " ".join((inspect.getdoc(announcement.when) or "").split()).rstrip(".")
    return f" ({said[:1].lower()}{said[1:]})"


def _events(told: Announcements) -> Iterator[str]:
    by_event: dict[PostEvent, list[tuple[type[Fact], Announcement[Any]]]] = {event: [] for event in PostEvent}
    for fact, announced in told.items():
        for each in announced:
            by_event[each.event].append((fact, each))
    for event, makers in by_event.items():
        facts = " and ".join(f"[{fact.__name__}](#{fact.__name__.lower()})" for fact, _ in makers)
        sets = {_listed(*_told(fact, each)) for fact, each in makers}
        assert len(sets) == 1, f"{event} does not always have the same parameters"
        yield f"### {event}\n\n{_wrapped(f'Made of {facts}. Parameters: {sets.pop()}.')}\n"


def _told(fact: type[Fact], announcement: Announcement[Any]) -> tuple[Parameters, Parameters]:
    """The parameters when everything has a value, and when nothing has one that may have none."""
    at = datetime(2026, 1, 1, tzinfo=UTC)
    full = announcement.parameters(AnnouncedFact(sample(fact), "text", at, "text"))
    bare = announcement.parameters(AnnouncedFact(sample(fact, full=False), "text", at, None))
    return full, bare


def _question(pre_action: PreAction[Any], model: type[msgspec.Struct]) -> str:
    names = _listed(pre_action.parameters(sample(model)), pre_action.parameters(sample(model, full=False)))
    changed = ", ".join(f"`{wire_name(name)}`" for name in pre_action.amendable)
    return f"### {pre_action.event}\n\n{_wrapped(f'Parameters: {names}.')}\n" + (
        f"\nMay be changed: {changed}.\n" if changed else ""
    )


def _listed(full: Parameters, bare: Parameters) -> str:
    return ", ".join(_name(name if bare.get(name) is not None else f"*{name}*") for name in full)


def _wrapped(text: str) -> str:
    return "\n".join(textwrap.wrap(text, 120, break_long_words=False, break_on_hyphens=False))


def _name(name: str) -> str:
    """As code, in italics where it is marked so."""
    return f"*`{name.strip('*')}`*" if name.startswith("*") else f"`{name}`"


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
