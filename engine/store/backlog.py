"""What waits in the outbox of our lanes, at a glance."""

from asyncpg import Pool

from engine.store.bots import LAUNCHED

LONGEST_LOOK = 2.0
"""Seconds: a look must not become a load."""

# One step into the index a lane, however much waits there.
_LOOK = f"""
SELECT count(*), coalesce(extract(epoch FROM now() - min(o.since))::float8, 0)
FROM lane l
JOIN bot b ON b.shop_id = l.shop_id AND b.id = l.bot_id AND b.status = {LAUNCHED}
LEFT JOIN LATERAL (
    SELECT greatest(o.created_at, o.not_before) AS since FROM outbox o
    WHERE o.shop_id = l.shop_id AND o.bot_id = l.bot_id AND NOT o.dead AND o.not_before <= now()
    ORDER BY o.id LIMIT 1
) o ON true
WHERE l.owner = $1
"""


async def look(pool: Pool, owner: str) -> tuple[int, float]:
    """How many lanes are ours, and for how many seconds the oldest message of them could have been sent."""
    row = await pool.fetchrow(_LOOK, owner, timeout=LONGEST_LOOK)
    assert row is not None
    return row[0], row[1]
