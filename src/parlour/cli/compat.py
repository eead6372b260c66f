"""``parlour compat``: what an application uses of the API, and whether parlour is known to answer that alike."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from parlour.cli.keys import owning
from parlour.cli.output import note, show, table
from parlour.cli.server import server_at
from parlour.cli.start import in_house
from parlour.contract.rest import PUBLISHED, Route, routes
from parlour.contract.usage import Counts, Usage, Used, usage, usage_of
from parlour.runtime.work import House
from parlour.settings import Settings


class Source(msgspec.Struct, frozen=True):
    """Where the counts come from; without *url* and *recording* from the database of the settings."""

    url: str | None = None
    recording: Path | None = None
    account_sid: str | None = None
    auth_token: str | None = None


def compat(settings: Settings, source: Source, as_json: bool) -> None:
    """Shows the usage that the recording, the server or the database tells; raises CannotDo."""
    if source.recording is not None:
        found = _of_recording(source.recording)
    elif source.url is not None:
        account_sid, auth_token = source.account_sid or settings.account_sid, source.auth_token or settings.auth_token
        found = server_at(source.url, account_sid, auth_token).ask("/compat", Usage)
    else:
        found = _of_database(settings, source.account_sid or settings.account_sid)
    show(as_json, found, list(_lines(found)))


def _served() -> list[Route]:
    from parlour.resources.catalogue import RESOURCES

    return [route for resource in RESOURCES if resource.prefix == PUBLISHED for route in routes(resource)]


def _of_recording(path: Path) -> Usage:
    from parlour.cli.recording import counted, is_har

    return usage(counted(path, _served()), _served(), has_parameters=is_har(path))


def _of_database(settings: Settings, account: str | None) -> Usage:
    async def work(house: House) -> Usage:
        tallies = await house.tallies.of(await owning(house, account))
        return usage_of(tallies, _served(), is_counting=house.is_watching)

    return in_house(settings, note, work)


def _lines(found: Usage) -> Iterator[str]:
    yield found.summary
    if found.first_at is not None and found.last_at is not None:
        yield f"Counted from {found.first_at:%Y-%m-%d %H:%M} to {found.last_at:%Y-%m-%d %H:%M} UTC."
    if found.operations:
        yield ""
        headings = ["OPERATION", "CALLS", "VERDICT", "REFUSED WITH", "PARAMETERS"]
        yield from table(headings, [_row(each) for each in found.operations])
    yield from _section("These differ:", _differing(found.operations))
    own = {each.operation: each.own_parameters for each in found.operations}
    unknown = {each.operation: _with_meant(each) for each in found.operations}
    yield from _section("Parlour's own parameters, which the original ignores:", _named(own))
    yield from _section("Parameters that the API does not have, and that were ignored:", _named(unknown))
    yield from _section("The original would have refused:", _beyond(found.operations))
    yield from _section("Not served:", _counted(found.unserved))
    yield from _section("Libraries:", _counted(found.sdks))
    if found.operations:
        yield from _section("For every operation:", found.differences)


def _row(used: Used) -> list[str]:
    verdict = "verified" if used.is_verified else "differs"
    return [used.operation, f"{used.count}", verdict, ", ".join(used.errors), ", ".join(used.parameters)]


def _section(title: str, sentences: Iterator[str] | list[str]) -> Iterator[str]:
    lines = [f"  {sentence}" for sentence in sentences]
    if lines:
        yield from ["", title, *lines]


def _differing(operations: list[Used]) -> Iterator[str]:
    by_sentence: dict[str, list[str]] = {}
    for used in operations:
        for sentence in used.differences:
            by_sentence.setdefault(sentence, []).append(used.operation)
    for sentence, names in by_sentence.items():
        yield f"{sentence} ({', '.join(names)})"


def _with_meant(used: Used) -> list[str]:
    """Names that the operation does not have, each with the one that was probably meant."""
    return [f"{name} ({used.meant[name]}?)" if name in used.meant else name for name in used.unknown_parameters]


def _named(by_operation: Mapping[str, Iterable[str]]) -> list[str]:
    return [f"{operation}: {', '.join(names)}" for operation, names in by_operation.items() if names]


def _beyond(operations: list[Used]) -> list[str]:
    return [
        f"{used.operation} with {code}: {count}" for used in operations for code, count in used.would_refuse.items()
    ]


def _counted(counts: Counts) -> list[str]:
    return [f"{name}  {count}" for name, count in counts.items()]
