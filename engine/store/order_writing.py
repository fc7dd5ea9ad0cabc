"""An order becomes rows, and takes what it sells from the stock: all of it or nothing."""

from asyncpg import Record
from asyncpg.pool import PoolConnectionProxy

from engine.store.played import Conversation
from flows.effects import PlaceOrder


class SoldOut(Exception):
    """Something of the order is there no more: its turn is void, and to be played on what there is."""


async def write_order(
    connection: "PoolConnectionProxy[Record]", whose: Conversation, order: PlaceOrder
) -> None:
    """Within a transaction.  Raises SoldOut: then the transaction must be rolled back."""
    raise NotImplementedError
