"""Timers and calls whose moment has come, claimed in batches.  A claim is a lease: it may be lost."""

from collections.abc import Iterable
from typing import NamedTuple

from asyncpg import Pool

from engine.arrivals import Due
from engine.store.bots import LAUNCHED

LEASE_SECONDS = 60
MOST_CLAIMED = 200


def _claim(table: str, moment: str, taken: str, only: str = "") -> str:
    return f"""
UPDATE {table} d SET lease_until = now() + interval '{LEASE_SECONDS} seconds'
FROM (
    SELECT t.shop_id, t.id FROM {table} t
    JOIN bot_user u ON u.shop_id = t.shop_id AND u.id = t.bot_user_id
    JOIN bot b ON b.shop_id = u.shop_id AND b.id = u.bot_id AND b.status = {LAUNCHED}
    WHERE t.{moment} <= now() AND (t.lease_until IS NULL OR t.lease_until < now()){only}
    ORDER BY t.{moment} LIMIT $1 FOR UPDATE OF t SKIP LOCKED
) c
WHERE d.shop_id = c.shop_id AND d.id = c.id
RETURNING d.shop_id, d.id, d.bot_user_id, d.flow, d.step, d.token{taken}
"""


_TIMERS = _claim("timer", "run_at", "")
_CALLS = _claim("call", "not_before", ", d.request, d.attempts", " AND t.shop_id <> ALL($2::bigint[])")
_AGAIN = """
UPDATE call SET attempts = attempts + 1, not_before = now() + make_interval(secs => $4), lease_until = NULL
WHERE shop_id = $1 AND id = $2 AND token = $3
"""


class DueTimer(NamedTuple):
    shop_id: int
    id: int
    bot_user_id: int
    flow: str
    step: str
    token: int

    @property
    def due(self) -> Due:
        return Due("timer", self.id, self.token)


class DueCall(NamedTuple):
    shop_id: int
    id: int
    bot_user_id: int
    flow: str
    step: str
    token: int
    request: str
    attempts: int

    @property
    def due(self) -> Due:
        return Due("call", self.id, self.token)


async def claim_timers(pool: Pool) -> list[DueTimer]:
    """Timers of launched bots that nobody else claimed, earliest first."""
    return [DueTimer(*row) for row in await pool.fetch(_TIMERS, MOST_CLAIMED)]


async def claim_calls(pool: Pool, most: int, but: Iterable[int] = ()) -> list[DueCall]:
    """Calls of launched bots that nobody else claimed, as many as can be made now.

    None of the shops `but`.
    """
    return [DueCall(*row) for row in await pool.fetch(_CALLS, most, list(but))]


async def call_again(pool: Pool, call: DueCall, seconds: float) -> None:
    """Let the call be claimed once more after so long."""
    await pool.execute(_AGAIN, call.shop_id, call.id, call.token, seconds)
