"""Which process sends for which bot."""

from datetime import datetime

from engine.store.columns import big, key, shop_key, words
from engine.store.table import Table


class Lane(Table, table=True):
    """`epoch` rises with every change of owner: what an earlier owner still writes is refused by it."""

    shop_id: int = shop_key()
    bot_id: int = key()
    owner: str = words()
    epoch: int = big(0)
    lease_until: datetime
