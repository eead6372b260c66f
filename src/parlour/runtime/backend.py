"""Backend: what this process gives the operations to stand on."""

from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from parlour.contract.invoke import Backend
from parlour.contract.output import Output
from parlour.core.audience import Audience
from parlour.core.limits import LimitMode
from parlour.core.paging import PageTokenCodec
from parlour.core.scope import Scope
from parlour.runtime.node import Node
from parlour.runtime.work import FindPreAction, Work, ask_nobody
from parlour.storage.transaction import Transaction


def backend_of(
    node: Node,
    resolve: Callable[[Node, str, str | None], Awaitable[Scope]],
    find_pre_action: FindPreAction = ask_nobody,
    outputs: Mapping[Audience, Output[Transaction]] | None = None,
    *,
    limits: LimitMode = LimitMode.STRICT,
) -> Backend:
    """The backend of *node*; *resolve* finds the scope of a call, *find_pre_action* webhooks to ask before a change;
    *outputs* are what is delivered."""
    return Backend(
        work=partial(Work, node, find_pre_action=find_pre_action, outputs=outputs),
        resolve=partial(resolve, node),
        long_page=node.long_pages.of,
        tokens=PageTokenCodec(node.vault.key),
        limits=limits,
    )
