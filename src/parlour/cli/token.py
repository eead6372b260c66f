"""``parlour token``: makes an access token, with which a client SDK logs in as one user."""

from datetime import datetime
from urllib.parse import quote

import msgspec

from parlour.cli.access import Access
from parlour.cli.find_server import authenticated, find
from parlour.cli.keys import owning
from parlour.cli.output import note, show
from parlour.contract.form import Form
from parlour.core.actor import SYSTEM
from parlour.resources.services.actions import resolve
from parlour.resources.tokens import actions
from parlour.resources.tokens.model import SignedToken, TokenDraft
from parlour.runtime.node import Node
from parlour.runtime.work import Work
from parlour.serving.startup import run_with_node


class Minted(msgspec.Struct):
    """What was made."""

    token: str
    identity: str
    account_sid: str
    chat_service_sid: str
    key_sid: str
    date_expires: datetime


class TokenRequest(msgspec.Struct, frozen=True):
    """What is asked for."""

    identity: str
    ttl: int
    service: str | None
    key: str | None

    @property
    def form(self) -> dict[str, str]:
        """As ``POST /parlour/v1/Tokens`` takes it."""
        given = {"Identity": self.identity, "Ttl": str(self.ttl), "KeySid": self.key}
        return {name: value for name, value in given.items() if value is not None}


def token(access: Access, wanted: TokenRequest, as_json: bool) -> None:
    """Prints the token, and nothing else: made by the server that runs, by its clock, or else from the database.

    Raises what ``POST /parlour/v1/Tokens`` does, and CannotDo.
    """
    place = find(access)
    if place is None:
        made = _in_database(access, wanted)
    else:
        made = authenticated(access, place).ask(tokens_path(wanted.service), Minted, method="POST", **wanted.form)
    show(as_json, made, [made.token])


def tokens_path(service: str | None) -> str:
    """Where the server makes tokens for the service; for the default one without it."""
    return "/Tokens" if service is None else f"/Services/{quote(service, safe='')}/Tokens"


def _in_database(access: Access, wanted: TokenRequest) -> Minted:
    draft = Form(TokenDraft).read({name: [value] for name, value in wanted.form.items()})

    async def work(node: Node) -> SignedToken:
        owner = await owning(node, access.account_sid or access.settings.secrets.account_sid)
        return await actions.create(Work(node, await resolve(node, owner, wanted.service), SYSTEM), draft)

    made = run_with_node(access.settings, note, work)
    said = made.said
    return Minted(made.text, said.identity, said.account_sid, said.service_sid, said.key_sid, said.expires_at)
