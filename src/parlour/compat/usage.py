"""Usage: what an application uses of the API, and whether parlour is known to answer that as the original does."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import islice

import msgspec

from parlour.compat.differences import DIFFERENCES, Difference, Kind
from parlour.compat.parameter_names import ParameterNames
from parlour.compat.usage_counts import Names, Subject, UsageCount
from parlour.contract.rest import Route

OPERATIONS = 103
"""Operations that the API has."""

_MAX_MEANT = 50
"""Unknown names of an operation for which it is looked what was meant."""

Counts = dict[str, int]
"""How often, by name."""


class Used(msgspec.Struct, frozen=True, kw_only=True):
    """An operation that was called."""

    operation: str
    method: str
    path: str
    count: int
    is_verified: bool
    """Whether the tests prove it and nothing is known in which it differs."""
    parameters: Counts
    own_parameters: Counts
    """Parlour's own, which the original ignores."""
    unknown_parameters: Counts
    """Sent, but not published; they were ignored."""
    errors: Counts
    """By code."""
    would_refuse: Counts
    """By code: what the original would have answered, where limits were relaxed."""
    differences: list[str]
    """What is known to differ, apart from what differs everywhere."""
    choices: list[str]
    """Where the sources contradict each other or are silent: by their names in docs/differences.md."""
    meant: dict[str, str] = {}
    """What was probably meant by some of the unknown parameters."""


class Usage(msgspec.Struct, frozen=True, kw_only=True):
    """All that an application was seen to use."""

    summary: str
    first_at: datetime | None
    last_at: datetime | None
    operations_published: int
    operations_used: int
    operations_verified: int
    operations: list[Used]
    unserved: Counts
    """Calls that mean no operation, by method and path."""
    sdks: Counts
    """Calls, by library and version."""
    differences: list[str]
    """What is known to differ for every operation."""
    is_counting: bool = True
    """Whether calls are counted now, or the setting ``count_usage`` is off."""


def usage_of(counted: Sequence[UsageCount], routes: Iterable[Route], *, is_counting: bool = True) -> Usage:
    """The usage that *counted*, all of one account, shows."""
    first_at = min((each.first_at for each in counted), default=None)
    last_at = max((each.last_at for each in counted), default=None)
    counts = {(Subject(each.subject), each.name): each.count for each in counted}
    return usage(counts, routes, first_at, last_at, is_counting=is_counting)


def usage(
    counts: Names,
    routes: Iterable[Route],
    first_at: datetime | None = None,
    last_at: datetime | None = None,
    *,
    has_parameters: bool = True,
    is_counting: bool = True,
) -> Usage:
    """The usage that *counts* tell; *routes* are the operations that are served.

    *has_parameters*: whether those sent in bodies were counted; otherwise any may have been sent.
    """
    by_subject: dict[Subject, Counts] = defaultdict(dict)
    for (subject, name), count in counts.items():
        by_subject[subject][name] = count
    called, details = by_subject[Subject.OPERATION], {each: _by_operation(by_subject[each]) for each in _DETAILS}
    served = {route.id: route for route in routes}
    sent = {name for names in details[Subject.PARAMETER].values() for name in names}
    noticed = [
        each for each in DIFFERENCES if not (has_parameters and each.only_with and sent.isdisjoint(each.only_with))
    ]
    used = [
        _used(served[id], called[id], {each: details[each].get(id, {}) for each in _DETAILS}, noticed)
        for id in served
        if id in called
    ]
    gone = {id: count for id, count in called.items() if id not in served}
    unserved = {**by_subject[Subject.UNSERVED], **gone}
    return Usage(
        summary=_summary(used, unserved, is_counting=is_counting),
        first_at=first_at,
        last_at=last_at,
        operations_published=OPERATIONS,
        operations_used=len(used),
        operations_verified=sum(each.is_verified for each in used),
        operations=used,
        unserved=unserved,
        sdks=dict(sorted(by_subject[Subject.SDK].items(), key=lambda item: -item[1])),
        differences=[_told(each) for each in DIFFERENCES if each.kind is Kind.KNOWN and _is_everywhere(each)],
        is_counting=is_counting,
    )


_DETAILS = (Subject.PARAMETER, Subject.UNKNOWN_PARAMETER, Subject.ERROR, Subject.BEYOND)
"""What is counted per operation."""


def _by_operation(names: Counts) -> Mapping[str, Counts]:
    """Of names like ``CreateUser Identity``: the second words with their counts, by the first."""
    found: dict[str, Counts] = defaultdict(dict)
    for name, count in names.items():
        operation, _, rest = name.partition(" ")
        found[operation][rest] = count
    return found


def _used(route: Route, count: int, details: Mapping[Subject, Counts], noticed: Sequence[Difference]) -> Used:
    concerning = [each for each in noticed if each.concerns(route.id) and not _is_everywhere(each)]
    known = [_told(each) for each in concerning if each.kind is Kind.KNOWN]
    own = {each.wire for each in route.parameters if each.own}
    parameters = details[Subject.PARAMETER].items()
    return Used(
        operation=route.id,
        method=route.method,
        path=route.path,
        count=count,
        is_verified=not known,
        parameters={name: times for name, times in parameters if name not in own},
        own_parameters={name: times for name, times in parameters if name in own},
        unknown_parameters=details[Subject.UNKNOWN_PARAMETER],
        meant=_meant(route, details[Subject.UNKNOWN_PARAMETER]),
        errors=details[Subject.ERROR],
        would_refuse=details[Subject.BEYOND],
        differences=known,
        choices=[each.name for each in concerning if each.kind is not Kind.KNOWN],
    )


def _meant(route: Route, unknown: Iterable[str]) -> dict[str, str]:
    names = ParameterNames(route)
    near = {name: names.near(name) for name in islice(unknown, _MAX_MEANT)}
    return {name: meant for name, meant in near.items() if meant is not None}


def _told(difference: Difference) -> str:
    return f"{difference.name}: {difference.text}"


def _is_everywhere(difference: Difference) -> bool:
    """Whether it concerns operations of every resource, so that naming it with each of them would tell nothing."""
    return any(pattern.split()[-1] == "*" for pattern in difference.where)


def _summary(used: Sequence[Used], unserved: Counts, *, is_counting: bool) -> str:
    """One sentence or a few: how much is used, and how much of that is verified."""
    if not used and not unserved:
        return "No call was counted yet." if is_counting else "No call is counted: the setting count_usage is off."
    differing = sum(not each.is_verified for each in used)
    parts = [f"{len(used)} of {OPERATIONS} operations used"]
    if used and not differing:
        parts.append("it is verified" if len(used) == 1 else "all are verified")
    elif differing:
        parts.append(f"{len(used) - differing} verified, {differing} with known differences")
    sentences = [": ".join(parts) + "."]
    if unserved:
        sentences.append(f"{_number(len(unserved), 'call')} for what parlour does not serve.")
    ignored = sum(len(each.unknown_parameters) for each in used)
    if ignored:
        sentences.append(f"{_number(ignored, 'parameter')} that the API does not have.")
    if not is_counting:
        sentences.append("No more calls are counted: the setting count_usage is off.")
    return " ".join(sentences)


def _number(number: int, what: str) -> str:
    return f"{number} {what}" if number == 1 else f"{number} {what}s"
