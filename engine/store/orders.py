"""What customers ordered."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args

from msgspec import convert
from sqlalchemy import Index, String, cast, text
from sqlmodel import col, or_
from sqlmodel.sql.expression import SelectOfScalar

from engine.refusals import NotFound
from engine.store.columns import big, branches, created, shop_key, touched, tree, words
from engine.store.table import (
    LARGEST_ID,
    Page,
    Repository,
    ShopTable,
    Table,
    belongs_to_shop,
    of_shop,
    one_of,
)
from flows.effects import OrderLine
from flows.json_value import JSON

_KEEP_PERSON = text("SELECT FROM bot_user WHERE shop_id = :shop AND id = :person FOR KEY SHARE")

Status = Literal["new", "accepted", "paid", "delivering", "done", "cancelled"]


class Order(ShopTable, table=True):
    """As it was placed: `items` are its lines, `contact` is what the customer told, money in minor units of
    `currency`.  `paid_at` is a fact of its own: an order may be paid at the door.

    `turn` and `place` say which effect of which turn made it: the same one twice is the same order.
    It outlives its bot and its person, hence no foreign keys.  Of a person who is forgotten nothing stays
    that tells who he was: no `bot_user_id`, no contact, no comment.
    """

    __tablename__ = "shop_order"
    __table_args__ = (
        belongs_to_shop(),
        of_shop("number"),
        of_shop("bot_user_id", "turn", "place"),
        Index(None, "shop_id", "created_at"),
        one_of("status", *get_args(Status)),
    )

    number: int = big()
    bot_user_id: int | None = big()
    bot_id: int = big()
    status: Status = words("new")
    contact: dict[str, JSON] = tree()
    items: list[JSON] = branches()
    currency: str = words()
    subtotal: int = big()
    discount: int = big(0)
    promo: str = words("")
    delivery_id: int | None = big(None)
    delivery_title: str = words("")
    delivery_price: int = big(0)
    payment_id: int | None = big(None)
    payment_title: str = words("")
    total: int = big()
    comment: str = words("")
    paid_at: datetime | None = None
    turn: int = big()
    place: int = big(0)
    created_at: datetime = created()
    updated_at: datetime = touched()

    @property
    def lines(self) -> tuple[OrderLine, ...]:
        return convert(self.items, tuple[OrderLine, ...])


class OrderCounter(Table, table=True):
    """The number that the latest order of a shop was given."""

    __table_args__ = (belongs_to_shop(),)

    shop_id: int = shop_key()
    last: int = big()


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which orders to list: all that fit everything given."""

    status: Status | None = None
    bot_user_id: int | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None
    text: str = ""
    """Part of the contact, the goods or the comment, or the number."""


class Orders(Repository[Order]):
    table = Order
    what = "order"

    async def by_number(self, number: int) -> Order | None:
        return await self._one(self._mine().where(Order.number == number)) if _fits(number) else None

    async def hold(self, id: int) -> Order:
        """As it stands now, locked until the unit ends.  Raises NotFound."""
        person = (await self.get(id)).bot_user_id
        if person is not None:
            # Before his order, as whoever forgets him does: else the two wait for each other.
            connection = await self._session.connection()
            await connection.execute(_KEEP_PERSON, {"shop": self.shop_id, "person": person})
        query = self._mine().where(Order.id == id).with_for_update()
        order = await self._one(query.execution_options(populate_existing=True))
        if order is None:
            raise NotFound(self.what)  # its shop was closed meanwhile
        return order

    async def wanted(self, wanted: Wanted, limit: int, offset: int = 0) -> Page[Order]:
        """The latest first."""
        return await self._page(self._that_fit(wanted), limit, offset, "-id")

    def _that_fit(self, wanted: Wanted) -> SelectOfScalar[Order]:
        query = self._mine()
        for name in ("status", "bot_user_id"):
            value = getattr(wanted, name)
            if value is not None:
                query = query.where(getattr(Order, name) == value)
        if wanted.created_from is not None:
            query = query.where(Order.created_at >= wanted.created_from)
        if wanted.created_before is not None:
            query = query.where(Order.created_at < wanted.created_before)
        if wanted.text:
            parts = (Order.contact, Order.items, Order.comment)
            fits = (cast(col(part), String).icontains(wanted.text, autoescape=True) for part in parts)
            query = query.where(or_(*fits, cast(col(Order.number), String) == wanted.text))
        return query


def _fits(number: int) -> bool:
    return 0 < number <= LARGEST_ID
