"""Delays that run."""

from datetime import datetime

from sqlalchemy import Index, text

from engine.store.columns import big, words
from engine.store.table import ShopTable, of_shop

OF_ALL_BOTS = "token > 0"
"""True of every row.  Only who looks over all bots says so: to the planner the index is there for nobody
else, and it cannot walk along it past a million rows of others to find one bot's."""


class Timer(ShopTable, table=True):
    """`token`: the conversation takes the wake-up only if it still waits for this one."""

    __table_args__ = (
        of_shop("bot_user_id", "flow", "step"),
        Index(None, "shop_id", "bot_id", "run_at", "id"),
        Index(None, "run_at", postgresql_where=text(OF_ALL_BOTS)),
    )

    bot_id: int = big()
    bot_user_id: int = big()
    flow: str = words()
    step: str = words()
    token: int = big()
    run_at: datetime
    lease_until: datetime | None = None
