"""SQL of credentials. Scoped by the account. Secrets come and go as the vault's ciphertext."""

from parlour.core.errors import NotFound
from parlour.core.paging import Page, PageRequest
from parlour.core.scope import Scope
from parlour.resources.credentials.model import Credential
from parlour.storage.columns import changes, columns
from parlour.storage.keyset import Keyset
from parlour.storage.transaction import Reading, Record, Transaction

_CREDENTIAL = columns(Credential)
_ORDER = Keyset(("created_at", "sid"))


async def find(reading: Reading, scope: Scope, sid: str) -> Credential | None:
    """The account's credential, or None."""
    row = await reading.fetchrow(
        f"select {_CREDENTIAL} from credentials where account_sid = $1 and sid = $2", scope.account, sid
    )
    return None if row is None else Credential(*row)


async def get(reading: Reading, scope: Scope, sid: str) -> Credential:
    """The account's credential; raises NotFound."""
    credential = await find(reading, scope, sid)
    if credential is None:
        raise NotFound
    return credential


async def secrets(reading: Reading, scope: Scope, sid: str) -> bytes:
    """The credential's encrypted secrets; raises NotFound."""
    return _ciphertext(
        await reading.fetchrow(
            "select secrets from credentials where account_sid = $1 and sid = $2", scope.account, sid
        )
    )


async def lock_secrets(tx: Transaction, scope: Scope, sid: str) -> bytes:
    """The same, with the credential locked until the end of the transaction."""
    return _ciphertext(
        await tx.fetchrow(
            "select secrets from credentials where account_sid = $1 and sid = $2 for update", scope.account, sid
        )
    )


def _ciphertext(row: Record | None) -> bytes:
    if row is None:
        raise NotFound
    ciphertext: bytes = row["secrets"]
    return ciphertext


async def page(reading: Reading, scope: Scope, request: PageRequest) -> Page[Credential]:
    """The account's credentials in the order of their creation."""
    return await _ORDER.page(
        reading,
        f"select {_CREDENTIAL} from credentials where account_sid = $1",
        (scope.account,),
        request,
        lambda row: Credential(*row),
    )


async def insert(tx: Transaction, scope: Scope, credential: Credential, ciphertext: bytes) -> None:
    """Stores *credential* with its encrypted secrets."""
    await tx.execute(
        f"insert into credentials (account_sid, {_CREDENTIAL}, secrets) values ($1, $2, $3, $4, $5, $6, $7, $8)",
        scope.account,
        credential.sid,
        credential.friendly_name,
        credential.type,
        credential.sandbox,
        credential.created_at,
        credential.updated_at,
        ciphertext,
    )


async def update(tx: Transaction, scope: Scope, sid: str, edit: dict[str, object]) -> Credential:
    """Changes the columns in *edit*; raises NotFound."""
    row = await tx.fetchrow(
        f"""
        update credentials set updated_at = $3{changes(edit, 3)}
        where account_sid = $1 and sid = $2 returning {_CREDENTIAL}
        """,
        scope.account,
        sid,
        tx.now,
        *edit.values(),
    )
    if row is None:
        raise NotFound
    return Credential(*row)


async def delete(tx: Transaction, scope: Scope, sid: str) -> None:
    """Removes the credential; raises NotFound."""
    gone = await tx.fetchval(
        "delete from credentials where account_sid = $1 and sid = $2 returning sid", scope.account, sid
    )
    if gone is None:
        raise NotFound
