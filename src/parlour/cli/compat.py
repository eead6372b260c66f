"""``parlour compat``: what an application uses of the API, and whether parlour is known to answer that alike."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from parlour.cli.access import Access
from parlour.cli.find_server import authenticated, find
from parlour.cli.keys import owning
from parlour.cli.output import fitted, note, show, table
from parlour.compat.usage import Counts, Usage, Used, usage, usage_of
from parlour.compat.usage_counter import UsageCounter
from parlour.contract.rest import PUBLISHED, Route, routes
from parlour.runtime.node import Node
from parlour.serving.startup import CannotDo, run_with_node
from parlour.settings import Settings


def compat(access: Access, recording: Path | None, as_json: bool) -> None:
    """Show the usage: from the recording, else from the running server, else from the database; raises CannotDo."""
    if recording is not None:
        usage_found = _of_recording(recording)
    elif (place := find(access)) is not None:
        usage_found = authenticated(access, place).ask("/compat", Usage)
    else:
        usage_found = _of_database(access.settings, access.account_sid or access.settings.secrets.account_sid)
    show(as_json, usage_found, fitted(_lines(usage_found)))


def _served() -> list[Route]:
    from parlour.resources.catalogue import RESOURCES

    return [route for resource in RESOURCES if resource.prefix == PUBLISHED for route in routes(resource)]


def _of_recording(path: Path) -> Usage:
    from parlour.compat.recording import UnreadableRecording, counted, is_har

    try:
        return usage(counted(path, _served()), _served(), has_parameters=is_har(path))
    except UnreadableRecording as error:
        raise CannotDo(str(error)) from None


def _of_database(settings: Settings, account: str | None) -> Usage:
    async def work(node: Node) -> Usage:
        counter = UsageCounter(node.database, node.clock)
        counted = await counter.of(await owning(node, account))
        return usage_of(counted, _served(), is_counting=settings.server.count_usage)

    return run_with_node(settings, note, work)


def _lines(used: Usage) -> Iterator[str]:
    yield used.summary
    if used.first_at is not None and used.last_at is not None:
        yield f"Counted from {used.first_at:%Y-%m-%d %H:%M} to {used.last_at:%Y-%m-%d %H:%M} UTC."
    if used.operations:
        yield ""
        headings = ["OPERATION", "CALLS", "VERDICT", "REFUSED WITH", "PARAMETERS"]
        yield from table(headings, [_row(each) for each in used.operations])
    yield from _section("These differ:", _differing(used.operations))
    own = {each.operation: each.own_parameters for each in used.operations}
    unknown = {each.operation: _with_meant(each) for each in used.operations}
    yield from _section("Parlour's own parameters, which the original ignores:", _named(own))
    yield from _section("Parameters that the API does not have, and that were ignored:", _named(unknown))
    yield from _section("The original would have refused:", _beyond(used.operations))
    yield from _section("Not served:", _counted(used.unserved))
    yield from _section("Libraries:", _counted(used.sdks))
    if used.operations:
        yield from _section("For every operation:", used.differences)


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
