"""What flows could not do as drawn: for their authors to see."""

from datetime import datetime

from sqlalchemy import Index

from engine.store.columns import big, created, words
from engine.store.table import Page, Repository, ShopTable


class Fault(ShopTable, table=True):
    """`flow` and `step` as the author knows them."""

    __table_args__ = (Index(None, "shop_id", "flow", "id"),)

    flow: str = words()
    step: str = words()
    code: str = words()
    message: str = words()
    bot_user_id: int | None = big(None)
    created_at: datetime = created()


class Faults(Repository[Fault]):
    table = Fault
    what = "fault"

    async def of_flow(self, flow: str, limit: int, offset: int = 0) -> Page[Fault]:
        """The latest first."""
        return await self._page(self._mine().where(Fault.flow == flow), limit, offset, "-id")
