"""Questions to the outside that are to be asked, or are being asked."""

from datetime import datetime

from sqlalchemy import Index, text

from engine.store.columns import big, created, tree, words
from engine.store.table import ShopTable
from engine.store.timers import OF_ALL_BOTS
from flows.json_value import JSON


class Call(ShopTable, table=True):
    """`request` is a `flows.effects.Request`; its answer goes back to `flow` and `step` with `token`."""

    __table_args__ = (
        Index(None, "shop_id", "bot_id", "not_before", "id"),
        Index(None, "not_before", postgresql_where=text(OF_ALL_BOTS)),
        Index(None, "shop_id", "bot_user_id"),
    )

    bot_id: int = big()
    bot_user_id: int = big()
    flow: str = words()
    step: str = words()
    token: int = big()
    request: dict[str, JSON] = tree()
    not_before: datetime = created()
    attempts: int = big(0)
    lease_until: datetime | None = None
