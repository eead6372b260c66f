"""What may happen to credentials. They make no facts: they stand above services, and the event log belongs to those."""

from typing import Any

import msgspec

from parlour.core.paging import Page, PageRequest
from parlour.core.rights import ACCOUNTS_ONLY, permit
from parlour.core.sids import Prefix, new_sid
from parlour.resources.credentials import queries
from parlour.resources.credentials.model import Credential, CredentialDraft, CredentialEdit, Secrets
from parlour.runtime.work import Work
from parlour.storage.columns import given


async def create(work: Work, draft: CredentialDraft) -> Credential:
    """A new credential, its secrets encrypted."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.write() as tx:
        credential = Credential(
            new_sid(Prefix.CREDENTIAL), draft.friendly_name, draft.type, draft.sandbox, tx.now, tx.now
        )
        await queries.insert(tx, work.scope, credential, _encrypted(work, _changed(Secrets(), draft)))
    return credential


async def page(work: Work, request: PageRequest) -> Page[Credential]:
    """The account's credentials."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return await queries.page(reading, work.scope, request)


async def fetch(work: Work, sid: str) -> Credential:
    """The credential; raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return await queries.get(reading, work.scope, sid)


async def secrets(work: Work, sid: str) -> Secrets:
    """The credential's secrets in clear text, only for the push service; raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.read() as reading:
        return _decrypted(work, await queries.secrets(reading, work.scope, sid))


async def update(work: Work, sid: str, edit: CredentialEdit) -> Credential:
    """The credential with what was sent changed; raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    changed = given(edit)
    shown = {name: value for name, value in changed.items() if name not in Secrets.__struct_fields__}
    async with work.write() as tx:
        before = _decrypted(work, await queries.lock_secrets(tx, work.scope, sid))
        if not changed:
            return await queries.get(tx, work.scope, sid)
        return await queries.update(tx, work.scope, sid, {**shown, "secrets": _encrypted(work, _changed(before, edit))})


async def delete(work: Work, sid: str) -> None:
    """The credential is gone with its secrets; bindings that name it stay, unreachable. Raises NotFound."""
    permit(work.actor, ACCOUNTS_ONLY)
    async with work.write() as tx:
        await queries.delete(tx, work.scope, sid)


def _changed(secrets: Secrets, edit: Secrets) -> Secrets:
    """*secrets* with those that were sent in place of the old; a cleared one is gone."""
    both: dict[str, Any] = {**given(secrets), **given(edit)}
    return Secrets(**{name: both[name] for name in Secrets.__struct_fields__ if both.get(name) is not None})


def _encrypted(work: Work, secrets: Secrets) -> bytes:
    return work.encrypt(msgspec.json.encode(secrets).decode())


def _decrypted(work: Work, ciphertext: bytes) -> Secrets:
    return msgspec.json.decode(work.decrypt(ciphertext), type=Secrets)
