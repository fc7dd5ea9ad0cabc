"""Who can log in.  Accounts stand above shops."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import col, select

from engine.refusals import NotFound
from engine.store.columns import created, identity, words
from engine.store.table import LARGEST_ID, Table
from engine.store.unit import Unit


class Account(Table, table=True):
    """`email` in lower case; `password_hash` as `engine.passwords` makes it."""

    __table_args__ = (UniqueConstraint("email"),)

    id: int = identity()
    email: str = words()
    name: str = words("")
    password_hash: str = words()
    created_at: datetime = created()


class Accounts:
    """Everybody who can log in.  Who may see whom is decided by `Members`."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit

    async def get(self, id: int) -> Account:
        """Raises NotFound."""
        found = await self._unit.session.get(Account, id) if 0 < id <= LARGEST_ID else None
        if found is None:
            raise NotFound("account")
        return found

    async def by_email(self, email: str) -> Account | None:
        """However the address is capitalised."""
        query = select(Account).where(col(Account.email) == folded(email))
        return (await self._unit.session.exec(query)).one_or_none()

    async def add(self, account: Account) -> Account:
        """Raises Conflict where the address is taken."""
        account.email = folded(account.email)
        self._unit.session.add(account)
        await self._unit.flush()
        return account


def folded(email: str) -> str:
    """One address, one spelling."""
    return email.strip().lower()
