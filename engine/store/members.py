"""Which account may do what in which shop."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple, get_args

from sqlalchemy import ForeignKeyConstraint, Index
from sqlmodel import col, select

from engine.access import Role
from engine.refusals import Conflict, NotFound
from engine.store.accounts import Account
from engine.store.columns import created, key, shop_key, words
from engine.store.table import Table, belongs_to_shop, one_of
from engine.store.unit import Unit


class Member(Table, table=True):
    """One account in one shop."""

    __table_args__ = (
        belongs_to_shop(),
        # The one link that does not start with the shop: accounts stand above shops.
        ForeignKeyConstraint(["account_id"], ["account.id"], ondelete="CASCADE"),
        Index(None, "account_id"),
        one_of("role", *get_args(Role)),
    )

    shop_id: int = shop_key()
    account_id: int = key()
    role: Role = words()
    created_at: datetime = created()


class Known(NamedTuple):
    """A member with the account behind it."""

    member: Member
    account: Account


class Members:
    """The members of one shop.  One of them at least is an owner."""

    def __init__(self, unit: Unit, shop_id: int) -> None:
        self.shop_id = shop_id
        self._unit = unit
        self._session = unit.session

    async def all(self) -> Sequence[Known]:
        """Everybody, by when they joined."""
        query = (
            select(Member, Account)
            .join(Account, col(Account.id) == Member.account_id)
            .where(Member.shop_id == self.shop_id)
            .order_by(col(Member.created_at), col(Member.account_id))
        )
        return [Known(*found) for found in (await self._session.exec(query)).all()]

    async def role(self, account_id: int) -> Role | None:
        member = await self._session.get(Member, (self.shop_id, account_id))
        return member.role if member else None

    async def invite(self, account_id: int, role: Role) -> Member:
        """Raises Conflict for somebody who is a member already."""
        member = Member(shop_id=self.shop_id, account_id=account_id, role=role)
        self._session.add(member)
        await self._unit.flush()
        return member

    async def change(self, account_id: int, role: Role) -> Member:
        """Raises NotFound, and Conflict where no owner would be left."""
        member = await self._leaving(account_id, still_owner=role == "owner")
        member.role = role
        await self._unit.flush()
        return member

    async def remove(self, account_id: int) -> None:
        """Raises NotFound, and Conflict where no owner would be left."""
        await self._session.delete(await self._leaving(account_id, still_owner=False))
        await self._unit.flush()

    async def _leaving(self, account_id: int, *, still_owner: bool) -> Member:
        """Locks the shop's members: two owners who leave at once must not both find the other there."""
        query = select(Member).where(Member.shop_id == self.shop_id).order_by(col(Member.account_id))
        fresh = query.with_for_update().execution_options(populate_existing=True)
        members = {member.account_id: member for member in (await self._session.exec(fresh)).all()}
        if account_id not in members:
            raise NotFound("member")
        owners = {id for id, member in members.items() if member.role == "owner"}
        if owners == {account_id} and not still_owner:
            raise Conflict("A shop needs an owner; make somebody else one first.", field="role")
        return members[account_id]
