"""How explanations look over REST."""

from typing import Any
from urllib.parse import quote

import msgspec

from parlour.contract.rest import OWN, Mount, Place, Resource, fetch
from parlour.resources.explanations import actions
from parlour.resources.explanations.model import Explanation, ExplanationQuery


class SentenceView(msgspec.Struct):
    """Something that is so, and what shows it."""

    text: str
    facts: dict[str, Any]


class ExplanationView(msgspec.Struct):
    """What became of one thing, as callers see it."""

    sid: str
    account_sid: str
    kind: str
    sentences: list[SentenceView]
    url: str


def view(explanation: Explanation, at: Place) -> ExplanationView:
    """The explanation at the place where it was asked for."""
    return ExplanationView(
        sid=explanation.sid,
        account_sid=at.scope.account,
        kind=explanation.kind,
        sentences=[SentenceView(each.text, each.facts) for each in explanation.sentences],
        url=f"{at.root}/Explain?Sid={quote(explanation.sid, safe='')}",
    )


explanations = Resource(
    name="Explanation",
    segment="Explain",
    mount=Mount.ACCOUNT,
    prefix=OWN,
    singleton=True,
    row=ExplanationView,
    view=view,
    operations=(fetch(actions.fetch, ExplanationQuery),),
)
