"""Words for the shop's staff, on their way through the channels to them."""

from datetime import datetime

import structlog
from asyncpg import Record
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import Index, text

from engine.store.columns import big, created, small, words
from engine.store.table import ShopTable, belongs_to_shop, one_of, within
from flows.effects import Notify

log = structlog.get_logger()

# A notice with tags goes to channels that share one, and to those that have none; one without goes to all.
_WRITE = """
INSERT INTO notification (shop_id, channel_id, bot_user_id, title, text)
SELECT c.shop_id, c.id, $2, $3, $4 FROM notification_channel c
WHERE c.shop_id = $1 AND c.is_active
AND (cardinality($5::text[]) = 0 OR c.tags = '{}' OR c.tags && $5::text[])
ORDER BY c.id
"""


class Notification(ShopTable, table=True):
    """One notice through one channel.  `bot_user_id`: whom it tells of, if anybody; forgotten with him.

    `problem`: why it was not sent, at the last attempt.  A lease is lost once another is taken.
    """

    __table_args__ = (
        belongs_to_shop(),
        within("notification_channel", "channel_id"),
        one_of("status", "queued", "sent", "failed"),
        Index("notification_waiting", "not_before", postgresql_where=text("status = 'queued'")),
        Index(None, "shop_id", "channel_id"),
    )

    channel_id: int = big()
    bot_user_id: int | None = big(None)
    title: str = words()
    text: str = words("")
    status: str = words("queued")
    problem: str | None = words(None)
    attempts: int = small(0)
    not_before: datetime = created()
    lease_until: datetime | None = None
    created_at: datetime = created()


async def write_notification(
    connection: "PoolConnectionProxy[Record]",
    shop_id: int,
    notification: Notify,
    about: int | None = None,
) -> None:
    """One row for each active channel that it goes through; `about`: the bot user it tells of."""
    said = (notification.title, notification.text, list(notification.tags))
    if await connection.execute(_WRITE, shop_id, about, *said) == "INSERT 0 0":
        log.info("nobody to notify", shop=shop_id, tags=list(notification.tags))
