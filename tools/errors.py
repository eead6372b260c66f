"""Writes docs/reference/errors.md from the error catalogue: ``python -m tools.errors``.

A test compares the committed page with what this makes, so run it after the catalogue or what raises it has changed.
"""

import importlib
import inspect
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from parlour.contract.rest import Resource, Route, routes
from parlour.core.errors import ApiError, MissingParameter, catalogue, of_accounts
from parlour.resources.catalogue import RESOURCES
from tools.operations import table, title
from tools.raising import raised_anywhere, raised_by

TARGET = Path(__file__).parents[1] / "docs" / "reference" / "errors.md"

_OPENING = """\
# Errors

Every refusal that parlour can answer with: {entries} entries with {codes} codes. `tools/errors.py` makes this page from
the catalogue in `core/errors/` and from the code that raises its entries; tests meet each of them.

All have one shape, and the status of the HTTP answer is also in the body:

    {{
      "code": 50353,
      "message": "Conversation with provided unique name already exists",
      "more_info": "https://www.twilio.com/docs/errors/50353",
      "status": 409
    }}

* Words in *italics* stand for what the request holds. Everything else in a text is fixed, and client code may compare
  it.
* If a request has several faults, the answer names one: credentials, path and method come first, then what the path
  names, missing parameters, the form of each parameter, the state of the conversation, what the parameters refer to,
  duplicates, and limits of number.
* Where the published dictionary names no status, [parlour had to choose](../differences.md).
* *Any operation* can meet what the machinery around it refuses: credentials, bodies, pages, the database. Otherwise the
  last column names [resources](operations.md) and what is done to them. It is read from the code, much of which they
  share, and so names some that never get as far as that.
"""

_NEVER = """\
## Codes that parlour never sends

The published dictionary has them; here nothing raises them.
"""

NEVER_SENT = {
    "A path that names nothing is 20404; no parameter names such a thing.": (50200, 50350, 50360, 50432, 50500),
    "No parameter that could lack it, or have it wrong, exists in this API.": (
        50006, 50051, 50103, 50202, 50340, 50351, 50363, 50392, 50393, 50431, 50501, 50502, 50506,
        50516,
    ),
    "Another code says the same: 20001, 50109 or 50418.": (50101, 50368, 50422),
    "Changes wait for each other instead of being refused, and a deletion is over at once.": (
        50002, 50213, 50391, 50419,
    ),
    "Accounts and keys are whole or not there.": (20005, 20006),
    "An update that sends nothing is accepted.": (20161, 50347),
    "There are no rate limits but for wrong credentials.": (50063, 50074),
    "A webhook that does not answer as it should refuses nothing; these two are in the log only.": (50057, 50076),
    "Messaging services are only kept, and numbers belong to everybody.": (50342, 50373, 50413, 50415, 50439),
    "There are no regions.": (50385,),
    "Every account may have group MMS.": (50452,),
    "There is no upload of media yet.": (50508, 50509, 50511, 50512),
}  # fmt: skip
"""Why codes of the published dictionary are not in the catalogue."""


def document(resources: Sequence[Resource] = RESOURCES) -> str:
    """The whole page."""
    entries = catalogue()
    opening = _OPENING.format(entries=len(entries), codes=len({entry.code for entry in entries}))
    where = _where(resources)
    parts = [opening]
    for subject, module in sorted({(_subject(entry), entry.__module__) for entry in entries}, key=_general_first):
        rows = [_row(entry, where) for entry in entries if entry.__module__ == module]
        parts += [f"## {subject}\n", table(("Code", "Status", "Text", "When", "Met by"), rows)]
    return "\n".join([*parts, _NEVER, table(("Codes", "Why"), list(_never()))])


def _never() -> Iterator[tuple[str, str]]:
    for why, codes in sorted(NEVER_SENT.items(), key=lambda item: item[1]):
        yield ", ".join(str(code) for code in codes), why


def _where(resources: Sequence[Resource]) -> dict[type[ApiError], dict[str, list[str]]]:
    """For each entry the verbs that can raise it, by the title of their resource."""
    where: dict[type[ApiError], dict[str, list[str]]] = {}
    for resource in resources:
        for route in routes(resource):
            for entry in errors_of(route):
                verbs = where.setdefault(entry, {}).setdefault(title(resource), [])
                verbs += [route.operation.verb.lower()] if route.operation.verb.lower() not in verbs else []
    return where


def errors_of(route: Route) -> frozenset[type[ApiError]]:
    """Everything that the operation can answer with."""
    missing = {MissingParameter} if any(each.required for each in route.parameters) else set()
    return (raised_anywhere() | raised_by(route) | missing) & frozenset(of_accounts())


def _row(entry: type[ApiError], where: dict[type[ApiError], dict[str, list[str]]]) -> tuple[str, ...]:
    text = re.sub(r"\{(\w+)\}", r"*\1*", entry.template)
    return str(entry.code), str(entry.status), text, when(entry), _met_by(entry, where)


def _met_by(entry: type[ApiError], where: dict[type[ApiError], dict[str, list[str]]]) -> str:
    if entry not in of_accounts():
        return "[end users](permissions.md) only"
    return "any operation" if entry in raised_anywhere() else "; ".join(_met(where.get(entry, {})))


def _met(verbs: dict[str, list[str]]) -> Iterator[str]:
    for name, each in verbs.items():
        yield f"{name}: {', '.join(each)}"


def when(entry: type[ApiError]) -> str:
    """What the entry says of itself, in one line of Markdown."""
    return " ".join((inspect.getdoc(entry) or "").replace("``", "`").replace("|", "\\|").split())


def _subject(entry: type[ApiError]) -> str:
    """What the entry's module is about: "Refusals about messages." gives "Messages"."""
    said = (importlib.import_module(entry.__module__).__doc__ or "").splitlines()[0].rstrip(".")
    about = said.removeprefix("Refusals about ").partition(": ")[0]
    return "General" if _is_general(entry.__module__) else about[0].upper() + about[1:]


def _general_first(subject: tuple[str, str]) -> tuple[bool, str]:
    return not _is_general(subject[1]), subject[0]


def _is_general(module: str) -> bool:
    return module.endswith(".general")


if __name__ == "__main__":
    TARGET.write_text(document(), encoding="utf-8")
