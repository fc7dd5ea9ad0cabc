"""Which process sends for which bot."""

from datetime import datetime

from sqlalchemy import Index, Text
from sqlmodel import Field

from engine.store.columns import big, key, shop_key, words
from engine.store.table import Table


class Lane(Table, table=True):
    """`epoch` rises with every change of owner: what an earlier owner still writes is refused by it."""

    __table_args__ = (Index(None, "owner"),)

    shop_id: int = shop_key()
    bot_id: int = key()
    owner: str = words()
    """Free if empty, or if there is no `LaneOwner` of this name."""
    epoch: int = big(0)


class LaneOwner(Table, table=True):
    """A process that sends.  It lives while its row is there: whoever finds it late deletes it.

    One row says so for all its lanes, or renewing them would cost more than delivering does.
    """

    owner: str = Field(primary_key=True, sa_type=Text)
    lives_until: datetime
