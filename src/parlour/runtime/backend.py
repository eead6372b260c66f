"""Backend: what this process gives the operations to stand on."""

from collections.abc import Awaitable, Callable
from functools import partial

from parlour.contract.invoke import Backend
from parlour.core.paging import PageTokenCodec
from parlour.core.scope import Scope
from parlour.runtime.node import Node
from parlour.runtime.work import FindPreAction, Work, ask_nobody


def backend_of(
    node: Node,
    resolve: Callable[[Node, str, str | None], Awaitable[Scope]],
    find_pre_action: FindPreAction = ask_nobody,
    *,
    is_relaxed: bool = False,
) -> Backend:
    """The backend of *node*; *resolve*: finds the scope of a call; *find_pre_action*: who is asked before a change."""
    return Backend(
        work=partial(Work, node, find_pre_action=find_pre_action),
        resolve=partial(resolve, node),
        long_page=node.long_pages.of,
        tokens=PageTokenCodec(node.vault.key),
        is_relaxed=is_relaxed,
    )
