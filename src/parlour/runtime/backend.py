"""Backend: what this process gives the operations to stand on."""

from collections.abc import Awaitable, Callable
from functools import partial

from parlour.contract.invoke import Backend
from parlour.core.paging import PageTokenCodec
from parlour.core.scope import Scope
from parlour.runtime.work import Node, Work


def backend_of(node: Node, resolve: Callable[[Node, str, str | None], Awaitable[Scope]]) -> Backend:
    """The backend of *node*; *resolve*: finds the scope of a call."""
    return Backend(
        work=partial(Work, node),
        resolve=partial(resolve, node),
        long_page=node.long_pages.of,
        tokens=PageTokenCodec(node.vault.key),
        is_relaxed=node.is_relaxed,
    )
