"""What is kept for a while only, and deleted when the while is over.

Of all shops at once, and so beside the repositories: age is the only question asked here, nothing of what the
rows say is read, and what may be deleted must not depend on who still signs in to a shop.
"""

from asyncpg import Pool

from engine.store.outages import reaching

KEPT_DAYS = 30
"""Long enough that whoever looks once a month finds what went wrong since; the law asks for no longer."""
MOST_AT_ONCE = 1000
"""Rows in a statement: some ten milliseconds of locks and of log, whatever has piled up."""

_AGED = f"< now() - interval '{KEPT_DAYS} days'"
_OLD = {
    "token": "expires_at < now()",  # it opens nothing any more
    "inbox": f"received_at {_AGED}",
    "fault": f"created_at {_AGED}",
    "notification": f"status <> 'queued' AND created_at {_AGED}",
    "outbox": f"dead AND created_at {_AGED}",  # what still waits is never old: its bot may be stopped
}
_KEYS = {"token": "id"}
"""Of the tables above shops; every other row is told by its shop and id."""


def _delete(table: str, old: str) -> str:
    key = _KEYS.get(table, "shop_id, id")
    found = f"SELECT {key} FROM {table} WHERE {old} LIMIT {MOST_AT_ONCE}"
    return f"DELETE FROM {table} WHERE ({key}) IN ({found})"


async def delete_old(pool: Pool) -> dict[str, int]:
    """Deletes what is past its time; how many rows of each table that had some.  Raises Unavailable.

    Every statement is committed by itself: broken off, it leaves the rest to the next time.
    """
    with reaching():
        gone = {table: await _empty(pool, _delete(table, old)) for table, old in _OLD.items()}
    return {table: rows for table, rows in gone.items() if rows}


async def _empty(pool: Pool, statement: str) -> int:
    rows = 0
    while True:
        deleted = int((await pool.execute(statement)).removeprefix("DELETE "))
        rows += deleted
        if deleted < MOST_AT_ONCE:
            return rows
