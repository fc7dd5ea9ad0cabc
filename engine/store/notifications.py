"""Words for the shop's staff, on their way through the channels to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import structlog
from asyncpg import Pool, Record
from asyncpg.pool import PoolConnectionProxy
from sqlalchemy import Index, text

from engine.store.bots import LAUNCHED
from engine.store.columns import big, created, small, words
from engine.store.table import ShopTable, belongs_to_shop, one_of, within
from flows.effects import Notify

log = structlog.get_logger()

LEASE_SECONDS = 60

# A notice with tags goes to channels that share one, and to those that have none; one without goes to all.
_WRITE = """
INSERT INTO notification (shop_id, channel_id, bot_user_id, title, text)
SELECT c.shop_id, c.id, $2, $3, $4 FROM notification_channel c
WHERE c.shop_id = $1 AND c.is_active
AND (cardinality($5::text[]) = 0 OR c.tags = '{}' OR c.tags && $5::text[])
ORDER BY c.id
"""


# Claimed at once with where it goes now: the channel may have been changed since the notice was written.
_CLAIM = f"""
UPDATE notification n SET lease_until = now() + interval '{LEASE_SECONDS} seconds'
FROM (
    SELECT shop_id, id FROM notification
    WHERE status = 'queued' AND not_before <= now() AND (lease_until IS NULL OR lease_until < now())
    ORDER BY not_before LIMIT $1 FOR UPDATE SKIP LOCKED
) w, notification_channel c
WHERE n.shop_id = w.shop_id AND n.id = w.id AND c.shop_id = n.shop_id AND c.id = n.channel_id
RETURNING n.shop_id, n.id, n.title, n.text, n.attempts, n.created_at, n.lease_until,
    c.is_active, c.email, c.tg_user_id
"""

_SETTLE = """
WITH settled AS (
    UPDATE notification SET status = $4, problem = $5, attempts = attempts + 1, lease_until = NULL,
        not_before = now() + make_interval(secs => $6)
    WHERE shop_id = $1 AND id = $2 AND lease_until = $3
    RETURNING shop_id, channel_id
)
UPDATE notification_channel c SET problem = $5 FROM settled s
WHERE c.shop_id = s.shop_id AND c.id = s.channel_id AND c.problem IS DISTINCT FROM $5
"""

_BOTS = f"""
SELECT id FROM bot WHERE shop_id = $1 AND status = {LAUNCHED} AND kind = ANY($2::text[]) ORDER BY id
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


class DueNotice(NamedTuple):
    """A notice whose moment has come, and where it goes: `email`, or else `tg_user_id`."""

    shop_id: int
    id: int
    title: str
    text: str
    attempts: int
    created_at: datetime
    lease_until: datetime
    is_active: bool
    email: str | None
    tg_user_id: int | None


async def claim_notices(pool: Pool, most: int) -> list[DueNotice]:
    """Notices that nobody else claimed, as many as can be sent now."""
    return [DueNotice(*row) for row in await pool.fetch(_CLAIM, most)]


class Outcome(NamedTuple):
    """What became of a notice; `pause`: seconds until it is tried again, where it is still `queued`."""

    status: str
    problem: str | None = None
    pause: float = 0.0


async def settle_notice(pool: Pool, notice: DueNotice, outcome: Outcome) -> None:
    """Keep the outcome, and tell it at the channel; nothing where the lease was lost."""
    which = (notice.shop_id, notice.id, notice.lease_until)
    await pool.execute(_SETTLE, *which, *outcome)


async def bots_that_tell(pool: Pool, shop_id: int, kinds: Sequence[str]) -> list[int]:
    """The shop's launched bots of these kinds, the oldest first."""
    return [row["id"] for row in await pool.fetch(_BOTS, shop_id, list(kinds))]
