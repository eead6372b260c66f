"""What may happen to tokens: they are made, with the secret of a key that the server keeps."""

import secrets

from parlour.core.errors import InvalidParameter
from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.core.sids import Prefix, is_sid, new_sid
from parlour.resources.accounts import queries as accounts
from parlour.resources.accounts.model import ApiKey
from parlour.resources.tokens.model import KEY_NAME, SignedToken, TokenDraft
from parlour.runtime.work import Work
from parlour.tokens.mint import mint, token_for


async def create(work: Work, draft: TokenDraft) -> SignedToken:
    """A token with which a client SDK logs in as the user; raises InvalidParameter if the account has no such key."""
    permit(work.actor, ACCOUNTS_ONLY)
    key_sid, secret = await _signer(work, draft.key_sid or _own_key(work))
    said = token_for(
        draft.identity,
        account_sid=work.scope.account,
        service_sid=work.scope.service or "",
        key_sid=key_sid,
        now=work.now,
        lifetime_seconds=draft.ttl,
    )
    return SignedToken(said, mint(said, secret))


def _own_key(work: Work) -> str | None:
    """The API key that the caller has called with."""
    principal = work.actor.principal
    return principal.sid if principal is not None and is_sid(principal.sid, Prefix.API_KEY) else None


async def _signer(work: Work, key_sid: str | None) -> tuple[str, str]:
    """The SID and the secret of the key that signs."""
    async with work.read() as reading:
        sid = key_sid or await accounts.key_named(reading, work.scope.account, KEY_NAME)
        found = None if sid is None else await accounts.key_secret(reading, sid)
    if sid is None:
        return await _made_for_tokens(work)
    if found is None or found[0] != work.scope.account:
        raise InvalidParameter(name="KeySid")
    return sid, work.decrypt(found[1])


async def _made_for_tokens(work: Work) -> tuple[str, str]:
    """A new key. race: of two that are made at once, both sign, and the older one does from then on."""
    secret = secrets.token_urlsafe(24)
    key = ApiKey(new_sid(Prefix.API_KEY), work.scope.account, KEY_NAME, work.now)
    async with work.write() as tx:
        await accounts.insert_key(tx, key, work.encrypt(secret))
    return key.sid, secret
