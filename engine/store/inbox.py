"""What a messenger told us that could not be turned: kept to be looked at and tried again."""

from datetime import datetime

from sqlalchemy import Index

from engine.arrivals import Arrival
from engine.store.columns import big, created, words
from engine.store.table import ShopTable
from engine.store.unit import Pooled


class Inbox(ShopTable, table=True):
    """`body` as it came, which may be no JSON at all.  `bot_user_id`: None where nobody could be found."""

    __table_args__ = (Index(None, "shop_id", "bot_id"),)

    bot_id: int = big()
    bot_user_id: int | None = big(None)
    external_id: str = words("")
    body: str = words()
    problem: str = words("")
    received_at: datetime = created()


_KEEP = """
INSERT INTO inbox (shop_id, bot_id, bot_user_id, external_id, body, problem) VALUES ($1, $2, $3, $4, $5, $6)
"""


async def set_aside(on: Pooled, whose: tuple[int, int | None], arrival: Arrival, problem: str) -> None:
    """Puts what happened into the inbox; `whose`: the bot, and the bot user where there is one."""
    await on.execute(_KEEP, arrival.shop_id, *whose, *as_kept(arrival, problem))


def as_kept(arrival: Arrival, problem: str) -> tuple[str, str, str]:
    """Its `external_id`, `body` and `problem`."""
    # Of whatever it may be made: `ascii` is the one spelling that every text can be kept in.
    key = ascii(arrival.inbound.key)[1:-1] if arrival.inbound else ""
    return key, ascii(arrival.event), ascii(problem)[1:-1]
