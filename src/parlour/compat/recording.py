"""Reads recordings of calls: what a browser, a proxy or a server has written down, as counts of what was used.

Three forms are understood. A HAR file is a JSON document with ``log.entries``. Of any other file each line is one
request: ``METHOD URL [User-Agent]``, or a line of an access log, with the request in quotation marks and, where that
follows after another text in quotation marks, the User-Agent (the combined log format). Lines of another form are left
out.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import msgspec

from parlour.compat.parameter_names import ParameterNames
from parlour.compat.paths import Paths, is_published
from parlour.compat.usage_counts import CountedCall, Names, Subject, names_of, sdk_of
from parlour.contract.rest import Route, Verb

_METHODS = "GET|POST|PUT|PATCH|DELETE|HEAD|OPTIONS"
_LOG_LINE = re.compile(rf'"({_METHODS}) (\S+) HTTP/[0-9.]+"(?:[^"]*"[^"]*")?(?:[^"]*"([^"]*)")?')
_PLAIN_LINE = re.compile(rf"\s*({_METHODS})\s+(\S+)(?:\s+(.*\S))?\s*")
_ORIGINAL = re.compile(r"conversations(\.[\w-]+)*\.twilio\.com")


class UnreadableRecording(Exception):
    """A file cannot be read, or is not what its beginning promises; the message says which."""


class RecordedRequest(msgspec.Struct, frozen=True):
    """A request as it was recorded."""

    method: str
    url: str
    agent: str = ""
    form: tuple[str, ...] = ()
    """Names of the parameters in its body."""
    code: int = 0
    """Of the refusal that answered it; 0 if there was none or it is not known."""


def is_har(path: Path) -> bool:
    """Whether the recording holds the bodies of requests, too; raises UnreadableRecording."""
    return _text(path).lstrip().startswith("{")


def counted(path: Path, routes: Iterable[Route]) -> Names:
    """What the recording at *path* used, by subject and name; raises UnreadableRecording.

    Only requests to paths of the API count; where some of them went to the original, only those.
    """
    requests = [each for each in recorded(path) if is_published(urlsplit(each.url).path)]
    to_original = [each for each in requests if _ORIGINAL.fullmatch(urlsplit(each.url).hostname or "")]
    paths = Paths(routes)
    names: Counter[tuple[Subject, str]] = Counter()
    for request in to_original or requests:
        names.update(_names(request, paths))
    return names


def recorded(path: Path) -> Iterator[RecordedRequest]:
    """Every request in the recording, to wherever it went; raises UnreadableRecording."""
    text = _text(path)
    if is_har(path):
        yield from _from_har(path, text)
    else:
        for line in text.splitlines():
            request = _from_line(line)
            if request is not None:
                yield request


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig", errors="replace")
    except OSError as error:
        raise UnreadableRecording(f"Cannot read the recording {path}: {error.strerror}") from None


def _names(request: RecordedRequest, paths: Paths) -> Names:
    parts = urlsplit(request.url)
    route = paths.find(request.method, parts.path)
    if route is None:
        unserved = f"{request.method} {paths.shape(parts.path)}"
        return {(Subject.UNSERVED, unserved): 1, (Subject.SDK, sdk_of(request.agent)): 1}
    in_query = [name for name, _ in parse_qsl(parts.query, keep_blank_values=True)]
    sent = dict.fromkeys(in_query if route.operation.verb is Verb.LIST else request.form)
    known, unknown = ParameterNames(route).sorted_out(sent)
    call = CountedCall(route.id, request.agent, known, unknown, request.code)
    return names_of(call, 1)


def _from_line(line: str) -> RecordedRequest | None:
    logged = _LOG_LINE.search(line)
    if logged is not None:
        return RecordedRequest(logged[1], logged[2], logged[3] or "")
    plain = _PLAIN_LINE.fullmatch(line)
    return RecordedRequest(plain[1], plain[2], plain[3] or "") if plain is not None else None


def _from_har(path: Path, text: str) -> Iterator[RecordedRequest]:
    try:
        for entry in json.loads(text)["log"]["entries"]:
            yield _from_entry(entry)
    except (ValueError, KeyError, TypeError, AttributeError):
        raise UnreadableRecording(f"The recording {path} begins like a HAR file, but is none.") from None


def _from_entry(entry: dict[str, Any]) -> RecordedRequest:
    request = entry["request"]
    headers = {each["name"].lower(): each["value"] for each in request.get("headers", ())}
    body = request.get("postData") or {}
    if body.get("params"):
        form = [each["name"] for each in body["params"]]
    else:
        form = [name for name, _ in parse_qsl(body.get("text") or "", keep_blank_values=True)]
    agent = headers.get("user-agent", "")
    return RecordedRequest(request["method"], request["url"], agent, tuple(form), _code(entry.get("response") or {}))


def _code(response: dict[str, Any]) -> int:
    """The code in the body of a refusal."""
    if response.get("status", 0) < 400:
        return 0
    try:
        code = json.loads((response.get("content") or {}).get("text") or "")["code"]
    except (ValueError, KeyError, TypeError):
        return 0
    return code if isinstance(code, int) else 0
