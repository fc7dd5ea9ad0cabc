"""In which of an account's shops a thing is."""

from sqlmodel import col, select

from engine.store.members import Member
from engine.store.table import LARGEST_ID, ShopTable
from engine.store.unit import Unit


async def shop_with(unit: Unit, account_id: int, table: type[ShopTable], id: int) -> int | None:
    """Which of the account's shops has the row `id`; None if it is in none of them.

    For calls that name a thing and no shop, as the reference API's do: ids are unique in a database.
    """
    if not 0 < id <= LARGEST_ID:
        return None
    mine = select(Member.shop_id).where(Member.account_id == account_id)
    query = select(table.shop_id).where(table.id == id, col(table.shop_id).in_(mine))
    return (await unit.session.exec(query)).first()
