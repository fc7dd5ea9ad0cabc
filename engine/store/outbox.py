"""What is to be sent: read by the lane of its bot, in the order of its ids.

A conversation's later turn takes its ids after the earlier one was committed, so its messages stand in order;
for that the ids must be given one by one, as they are, and not kept in stock by each connection.
"""

from datetime import datetime

from sqlalchemy import Index

from engine.store.columns import big, created, small, tree, words, yes_no
from engine.store.table import ShopTable
from flows.json_value import JSON

_EAGER_VACUUM = {"autovacuum_vacuum_scale_factor": 0.05, "autovacuum_vacuum_cost_delay": 0}
"""Rows live for seconds: what they leave behind must go as quickly."""


class Outbox(ShopTable, table=True):
    """`seq` names the message it carries.  `dead`: given up, with the reason in `problem`."""

    __table_args__ = (Index(None, "shop_id", "bot_id", "id"), {"postgresql_with": _EAGER_VACUUM})

    bot_id: int = big()
    bot_user_id: int = big()
    seq: int = big()
    body: dict[str, JSON] = tree()
    not_before: datetime = created()
    attempts: int = big(0)
    parts: int = small(0)
    """How many requests of it the messenger has taken: a retry goes on from there."""
    problem: str | None = words(None)
    dead: bool = yes_no(False)
    bulk: bool = yes_no(False)
    """Sent to many at once: whatever answers somebody goes first."""
    created_at: datetime = created()
