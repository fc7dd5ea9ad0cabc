"""Deleting people with all that they left in the tables that no foreign key guards.

Keys there would cost a lookup with every message, so these statements take their place.  First every row
that a turn needs is locked: a turn under way is then done and seen, and a later one finds nobody.
"""

from sqlalchemy import text

from engine.store.unit import Unit

_OF_PERSON = ("message", "timer", "call")
_OF_BOT = ("outbox", "inbox", "lane")
_OF_SHOP = (*_OF_PERSON, *_OF_BOT, "lead", "fault")
_ABOUT_PERSON = (*_OF_PERSON, "outbox", "inbox", "lead", "fault", "notification")
_BLANK = "bot_user_id = NULL, contact = '{}', comment = ''"
"""What an order does not keep of a person: the order itself is the shop's, as its books are."""
_BOTS = "SELECT FROM bot WHERE shop_id = :shop AND id = coalesce(:bot, id) ORDER BY id FOR UPDATE"
_PEOPLE = (
    "SELECT FROM bot_user WHERE shop_id = :shop AND bot_id = coalesce(:bot, bot_id) ORDER BY id FOR UPDATE"
)


async def forget_bot(unit: Unit, shop_id: int, bot_id: int) -> None:
    """Everything said and pending with one bot; leads, orders and faults stay, they are the shop's."""
    bot = {"shop": shop_id, "bot": bot_id}
    await _lock(unit, shop_id, bot_id)
    people = "SELECT id FROM bot_user WHERE shop_id = :shop AND bot_id = :bot"
    for table in _OF_PERSON:
        await _delete(unit, table, f"bot_user_id IN ({people})", bot)
    for table in _OF_BOT:
        await _delete(unit, table, "bot_id = :bot", bot)


async def forget_shop(unit: Unit, shop_id: int) -> None:
    """Everything of the shop in these tables."""
    await _lock(unit, shop_id, None)
    for table in _OF_SHOP:
        await _delete(unit, table, "true", {"shop": shop_id})


async def forget_person(unit: Unit, shop_id: int, bot_user_id: int) -> None:
    """Everything about one person; his own row must be locked, and is left to the caller."""
    given = {"shop": shop_id, "person": bot_user_id}
    connection = await unit.session.connection()
    orders = f"UPDATE shop_order SET {_BLANK} WHERE shop_id = :shop AND bot_user_id = :person"
    await connection.execute(text(orders), given)
    for table in _ABOUT_PERSON:
        await _delete(unit, table, "bot_user_id = :person", given)


async def _lock(unit: Unit, shop_id: int, bot_id: int | None) -> None:
    connection = await unit.session.connection()
    for rows in (_BOTS, _PEOPLE):
        # Counted, so that a million locked rows do not travel.
        await connection.execute(text(f"SELECT count(*) FROM ({rows}) r"), {"shop": shop_id, "bot": bot_id})


async def _delete(unit: Unit, table: str, which: str, given: dict[str, int]) -> None:
    connection = await unit.session.connection()
    await connection.execute(text(f"DELETE FROM {table} WHERE shop_id = :shop AND {which}"), given)
