"""Who changed what."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Index

from engine.store.columns import big, created, tree, words
from engine.store.table import Repository, ShopTable
from flows.json_value import JSON


class Audit(ShopTable, table=True):
    """`before` and `after` hold what changed, secrets left out.  No foreign keys: it outlives its subject."""

    __table_args__ = (Index(None, "shop_id", "subject", "subject_id"),)

    account_id: int | None = big(None)
    action: str = words()
    subject: str = words()
    subject_id: int | None = big(None)
    before: dict[str, JSON] | None = tree(None)
    after: dict[str, JSON] | None = tree(None)
    at: datetime = created()


class Subject(NamedTuple):
    """What was changed: a row of a table, or the table as a whole."""

    table: str
    id: int | None = None


class AuditTrail(Repository[Audit]):
    table = Audit
    what = "audit entry"

    async def record(
        self,
        account_id: int | None,
        action: str,
        subject: Subject,
        *,
        before: dict[str, JSON] | None = None,
        after: dict[str, JSON] | None = None,
    ) -> None:
        """Notes a change in the unit that makes it: neither is stored without the other.

        `before` and `after` hold what changed; whoever calls leaves secrets out.
        """
        change = Audit(account_id=account_id, action=action, subject=subject.table, subject_id=subject.id)
        change.before, change.after = before, after
        await self.add(change)
