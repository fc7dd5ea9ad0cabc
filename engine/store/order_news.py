"""News of orders that bot users have not heard yet: written with what became of an order, told by a turn."""

from datetime import datetime
from typing import Literal, NamedTuple

from asyncpg import Pool
from sqlalchemy import Index, text

from engine.arrivals import Due
from engine.store.bots import LAUNCHED
from engine.store.columns import big, created, words, yes_no
from engine.store.table import ShopTable, within
from engine.store.unit import Unit

Status = Literal["accepted", "paid", "unpaid", "delivering", "done", "cancelled"]

LEASE_SECONDS = 60
MOST_CLAIMED = 200

_TELL = text("""
INSERT INTO order_news (shop_id, bot_user_id, number, status, paid)
SELECT shop_id, id, :number, :status, :paid FROM bot_user WHERE shop_id = :shop AND id = :person
""")

_CLAIM = f"""
UPDATE order_news d SET lease_until = now() + interval '{LEASE_SECONDS} seconds'
FROM (
    SELECT n.shop_id, n.id FROM order_news n
    JOIN bot_user u ON u.shop_id = n.shop_id AND u.id = n.bot_user_id
    JOIN bot b ON b.shop_id = u.shop_id AND b.id = u.bot_id AND b.status = {LAUNCHED}
    WHERE n.lease_until IS NULL OR n.lease_until < now()
    ORDER BY n.created_at LIMIT $1 FOR UPDATE OF n SKIP LOCKED
) c
WHERE d.shop_id = c.shop_id AND d.id = c.id
RETURNING d.shop_id, d.id, d.bot_user_id, d.number, d.status, d.paid
"""


class OrderNews(ShopTable, table=True):
    """`status` as it is told; `paid`: whether the order was paid by then.  Gone once it is told."""

    __table_args__ = (within("bot_user", "bot_user_id"), Index(None, "created_at"))

    bot_user_id: int = big()
    number: int = big()
    status: Status = words()
    paid: bool = yes_no(False)
    created_at: datetime = created()
    lease_until: datetime | None = None


class DueNews(NamedTuple):
    shop_id: int
    id: int
    bot_user_id: int
    number: int
    status: Status
    paid: bool

    @property
    def due(self) -> Due:
        return Due("order_news", self.id, self.number)


async def write_news(unit: Unit, news: OrderNews) -> None:
    """To be told once the unit has ended well, unless the person is gone.  `news` must know its shop."""
    given = {"shop": news.shop_id, "person": news.bot_user_id, "number": news.number}
    connection = await unit.session.connection()
    await connection.execute(_TELL, {**given, "status": news.status, "paid": news.paid})


async def claim_news(pool: Pool) -> list[DueNews]:
    """News for people of launched bots that nobody else claimed, in the order in which it came."""
    return sorted(DueNews(*row) for row in await pool.fetch(_CLAIM, MOST_CLAIMED))
