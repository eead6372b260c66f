"""Pages: what a caller asks of a list over REST, and the addresses that a page gives of itself and its neighbours."""

import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

import msgspec

from parlour.contract.rest import PageSize, Place, Resource
from parlour.core.errors import InvalidParameter
from parlour.core.fields import Pairs
from parlour.core.paging import Page, PageKey, PageTokenCodec

_encode = msgspec.json.Encoder().encode


class PageParameters:
    """``PageSize``, ``Page`` and ``PageToken`` of one request."""

    def __init__(self, pairs: Pairs, limits: PageSize) -> None:
        """Raises InvalidParameter. A size above the list's largest is taken as the largest."""
        self.size = min(_number(pairs, "PageSize", limits.default, least=1, digits=100), limits.maximum)
        self.number = _number(pairs, "Page", 0, least=0, digits=18)
        self.token: str | None = pairs["PageToken"][-1] if "PageToken" in pairs else None


def _number(pairs: Pairs, name: str, default: int, *, least: int, digits: int) -> int:
    if name not in pairs:
        return default
    raw = pairs[name][-1]
    if not re.fullmatch(f"[0-9]{{1,{digits}}}", raw) or int(raw) < least:
        raise InvalidParameter(name=name)
    return int(raw)


class PageLinks:
    """Writes the ``meta`` of a page: the addresses of it and its neighbours."""

    def __init__(
        self, resource: Resource, place: Place, filters: Mapping[str, Sequence[str]], asked: PageParameters
    ) -> None:
        self._resource, self._place, self._asked = resource, place, asked
        self._filters = [(name, value) for name, values in filters.items() for value in values]
        self._query = "".join(f"{quote(name, safe='')}={quote(value, safe='')}&" for name, value in self._filters)

    @property
    def context(self) -> bytes:
        """What a page token is good for: this list of this account with these filters."""
        scope = self._place.scope
        return _encode([scope.account, scope.service, self._resource.name, self._filters])

    def tokens(self, page: Page[Any], tokens: PageTokenCodec) -> dict[str, str | None]:
        """The ``meta`` of a client SDK, which asks for a neighbour by its token."""

        def neighbour(position: PageKey | None) -> str | None:
            return None if position is None else tokens.encode(position, page.parents, self.context)

        return {"previous_token": neighbour(page.before), "next_token": neighbour(page.after)}

    def meta(self, page: Page[Any], tokens: PageTokenCodec) -> dict[str, Any]:
        """The seven keys, and ``total`` where it was asked for.

        The addresses hold SIDs, whatever alias the caller used.
        """

        def address(number: int, token: str | None = None) -> str:
            position = "" if token is None else f"&PageToken={quote(token, safe='')}"
            return f"{path}?{self._query}PageSize={self._asked.size}&Page={number}{position}"

        def neighbour(number: int, position: PageKey | None) -> str | None:
            if position is None:
                return None
            return address(number, tokens.encode(position, page.parents, self.context))

        number, token = self._asked.number, self._asked.token
        path = self._place.root + fill(self._resource.list_path, page.parents)
        return {
            "page": number,
            "page_size": self._asked.size,
            "first_page_url": address(0),
            "previous_page_url": neighbour(max(number - 1, 0), page.before),
            "url": address(number, token),
            "next_page_url": neighbour(number + 1, page.after),
            "key": self._resource.key,
            **({} if page.total is None else {"total": page.total}),
        }


def fill(template: str, references: tuple[str, ...]) -> str:
    """*template* with its ``{…}`` replaced in order."""
    remaining = iter(references)
    return "/".join(next(remaining) if part.startswith("{") else part for part in template.split("/"))
