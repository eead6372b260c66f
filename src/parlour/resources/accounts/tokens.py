"""Access tokens of an account: whether one is good, by the keys and services that there are at this moment."""

from collections.abc import Collection

from parlour.core.errors import InvalidTokenGrants, InvalidTokenIssuer
from parlour.resources.accounts import queries
from parlour.runtime.node import Node
from parlour.tokens.model import AccessToken, Signer
from parlour.tokens.read import UnprovedToken, prove, read


async def verify(node: Node, text: str) -> AccessToken:
    """What the token in *text* says, by the node's clock.

    Raises what is wrong with it, in the published order: InvalidToken, InvalidTokenHeader, InvalidTokenIssuer,
    InvalidTokenSignature, TokenExpired, TokenNotYetValid, InvalidTokenGrants. Tokens of one key and service share a
    statement, whose answer is good for some seconds; a revoked key is refused within 5.
    """
    token = read(text, node.token_algorithms)
    signer = await _signer(node, token)
    if signer is None or signer.account_sid != token.account_sid:
        raise InvalidTokenIssuer
    said = prove(token, signer.secret, node.clock.now())
    if not signer.has_service:
        raise InvalidTokenGrants
    return said


async def revoked(node: Node, keys: Collection[str]) -> frozenset[str]:
    """Which of the *keys*, which have signed tokens in use, are gone."""
    async with node.database.session() as reading:
        return frozenset(keys) - await queries.living_keys(reading, keys)


async def _signer(node: Node, token: UnprovedToken) -> Signer | None:
    question = ("signer", token.key_sid, token.service_sid)
    return node.signers.get(question) or await node.single_flight.do(question, lambda: _read(node, token))


async def _read(node: Node, token: UnprovedToken) -> Signer | None:
    asked_at = node.signers.now()
    async with node.database.session() as reading:
        found = await queries.signer(reading, token.key_sid, token.service_sid)
    if found is None:
        return None
    account_sid, secret, has_service = found
    signer = Signer(account_sid, node.decrypt(secret), has_service)
    if has_service:  # what is wrong may be made right at any moment
        node.signers.keep(("signer", token.key_sid, token.service_sid), signer, asked_at)
    return signer
