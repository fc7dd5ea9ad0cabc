"""Words for the shop's staff, and the channels that they go through."""

from asyncpg import Record
from asyncpg.pool import PoolConnectionProxy

from flows.effects import Notify


async def write_notification(
    connection: "PoolConnectionProxy[Record]", shop_id: int, notification: Notify
) -> None:
    """One row for each channel that it goes through."""
    raise NotImplementedError
