"""The tenant: nearly everything else belongs to one shop."""

from datetime import datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlmodel import col, delete, func, select, update

from engine.access import Role
from engine.refusals import NotFound
from engine.store.columns import big, created, identity, touched, words
from engine.store.members import Member
from engine.store.removal import forget_shop
from engine.store.table import LARGEST_ID, Page, Table
from engine.store.unit import Unit


class Shop(Table, table=True):
    """`publication` rises with every publishing: what was compiled of an earlier one is old.

    `timezone` is an IANA name, `currency` an ISO 4217 code.
    """

    id: int = identity()
    name: str = words()
    timezone: str = words("UTC")
    currency: str = words("USD")
    lang_code: str = words("en")
    publication: int = big(0)
    created_at: datetime = created()
    updated_at: datetime = touched()


class Entered(NamedTuple):
    """A shop, and what the one who asked is in it."""

    shop: Shop
    role: Role


class Shops:
    """Shops as an account sees them: those it is a member of, and no others."""

    def __init__(self, unit: Unit) -> None:
        self._unit = unit
        self._session = unit.session

    async def of_account(self, account_id: int, limit: int, offset: int = 0) -> Page[Entered]:
        """The account's shops by id, with its role in each."""
        mine = Member.account_id == account_id
        query = select(Shop, Member).join(Member, col(Member.shop_id) == Shop.id).where(mine)
        rows = (await self._session.exec(query.order_by(col(Shop.id)).limit(limit).offset(offset))).all()
        count = (await self._session.exec(select(func.count()).select_from(Member).where(mine))).one()
        return Page([Entered(shop, member.role) for shop, member in rows], count)

    async def enter(self, account_id: int, shop_id: int) -> Entered:
        """Raises NotFound for a shop that the account is no member of, as for one that is not there."""
        query = (
            select(Shop, Member)
            .join(Member, col(Member.shop_id) == Shop.id)
            .where(Member.account_id == account_id, Shop.id == shop_id)
        )
        found = (await self._session.exec(query)).one_or_none() if 0 < shop_id <= LARGEST_ID else None
        if found is None:
            raise NotFound("shop", field="shop_id")
        shop, member = found
        return Entered(shop, member.role)

    async def open(self, account_id: int, shop: Shop) -> Shop:
        """A new shop, owned by the account."""
        self._session.add(shop)
        await self._unit.flush()
        self._session.add(Member(shop_id=shop.id, account_id=account_id, role="owner"))
        await self._unit.flush()
        return shop

    async def find(self, shop_id: int) -> Shop | None:
        """Whoever asks: for those who run Botique, not for members."""
        return await self._session.get(Shop, shop_id) if 0 < shop_id <= LARGEST_ID else None

    async def close(self, shop_id: int) -> None:
        """The shop and all that is in it; what was noted in the audit stays."""
        await forget_shop(self._unit, shop_id)
        await self._session.exec(delete(Shop).where(col(Shop.id) == shop_id))


async def zone_of(unit: Unit, shop_id: int) -> ZoneInfo:
    """Where a shop's clock hangs; UTC for one that is not there."""
    query = select(Shop.timezone).where(Shop.id == shop_id)
    return ZoneInfo((await unit.session.exec(query)).one_or_none() or "UTC")


async def raise_publication(unit: Unit, shop_id: int) -> int:
    """Something published has changed: whoever keeps compiled flows of the shop compiles them anew."""
    raised = (
        update(Shop)
        .where(col(Shop.id) == shop_id)
        .values(publication=Shop.publication + 1)
        .returning(col(Shop.publication))
    )
    return int((await unit.session.exec(raised)).scalar_one())
