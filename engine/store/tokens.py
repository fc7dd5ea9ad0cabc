"""Bearer tokens: who holds one is the account.  Only hashes are kept."""

import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import ForeignKeyConstraint, Index, UniqueConstraint
from sqlmodel import col, delete, or_, select, update

from engine.refusals import NotFound, Unauthenticated
from engine.store.accounts import Account
from engine.store.columns import big, created, identity, now, sealed, words
from engine.store.table import Table
from engine.store.unit import Unit

USE_NOTED = timedelta(minutes=1)
"""How exactly `last_used_at` is kept: a write with every request would cost more than it tells."""


class Token(Table, table=True):
    """`hash`: SHA-256 of the token.  `expires_at`: never, if None."""

    __table_args__ = (
        UniqueConstraint("hash"),
        ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        Index(None, "account_id"),
    )

    id: int = identity()
    account_id: int = big()
    hash: bytes = sealed()
    label: str = words("")
    created_at: datetime = created()
    last_used_at: datetime | None = None
    expires_at: datetime | None = None


class Tokens:
    """The tokens of all accounts: whoever shows one is recognised by it."""

    def __init__(self, unit: Unit) -> None:
        self._session = unit.session
        self._unit = unit

    async def issue(self, account_id: int, label: str = "", expires_at: datetime | None = None) -> str:
        """A new token of 64 hex digits, told here and never again."""
        token = secrets.token_hex(32)
        self._session.add(Token(account_id=account_id, hash=_hash(token), label=label, expires_at=expires_at))
        await self._unit.flush()
        return token

    async def recognise(self, token: str) -> Account:
        """Whose token this is.  Raises Unauthenticated for one that is unknown, revoked or expired.

        It is looked up by its hash, so how long that takes tells nothing about the tokens there are.
        """
        moment = now()
        query = (
            select(Account, Token.id)
            .join(Token, col(Token.account_id) == Account.id)
            .where(Token.hash == _hash(token))
            .where(or_(col(Token.expires_at).is_(None), col(Token.expires_at) > moment))
        )
        found = (await self._session.exec(query)).one_or_none()
        if found is None:
            raise Unauthenticated("This token is not known, or no longer valid.")
        account, id = found
        stale = or_(col(Token.last_used_at).is_(None), col(Token.last_used_at) < moment - USE_NOTED)
        await self._session.exec(update(Token).where(col(Token.id) == id, stale).values(last_used_at=moment))
        return account

    async def of_account(self, account_id: int) -> Sequence[Token]:
        query = select(Token).where(Token.account_id == account_id).order_by(col(Token.id))
        return (await self._session.exec(query)).all()

    async def revoke(self, token: str) -> None:
        """A token that is not known is as good as revoked."""
        await self._session.exec(delete(Token).where(col(Token.hash) == _hash(token)))

    async def revoke_one(self, account_id: int, id: int) -> None:
        """Raises NotFound for another account's."""
        one = delete(Token).where(col(Token.account_id) == account_id, col(Token.id) == id)
        if not (await self._session.exec(one)).rowcount:
            raise NotFound("token")

    async def revoke_all(self, account_id: int) -> None:
        await self._session.exec(delete(Token).where(col(Token.account_id) == account_id))


def _hash(token: str) -> bytes:
    """A token is random to the last digit: it needs no salt and no slow hash."""
    return sha256(token.encode("utf-8", "surrogatepass")).digest()
