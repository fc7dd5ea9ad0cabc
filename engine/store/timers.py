"""Delays that run."""

from datetime import datetime

from sqlalchemy import Index

from engine.store.columns import big, words
from engine.store.table import ShopTable, of_shop


class Timer(ShopTable, table=True):
    """`token`: the conversation takes the wake-up only if it still waits for this one."""

    __table_args__ = (
        of_shop("bot_user_id", "flow", "step"),
        Index(None, "shop_id", "bot_id", "run_at", "id"),
        Index(None, "run_at"),
    )

    bot_id: int = big()
    bot_user_id: int = big()
    flow: str = words()
    step: str = words()
    token: int = big()
    run_at: datetime
    lease_until: datetime | None = None
