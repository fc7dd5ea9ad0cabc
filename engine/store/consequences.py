"""What a turn leaves beside messages: leads, orders, delays, questions.  Rarer than those, and row by row."""

from asyncpg import Pool, Record
from asyncpg.pool import PoolConnectionProxy

from engine.arrivals import Arrival, Due
from engine.store.inbox import set_aside
from engine.store.lead_writing import write_lead
from engine.store.notifications import write_notification
from engine.store.order_writing import write_order
from engine.store.played import Played

_CANCEL = "DELETE FROM timer WHERE shop_id = $1 AND bot_user_id = $2 AND flow = $3"

_WAKE = """
INSERT INTO timer (shop_id, bot_user_id, flow, step, token, run_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (shop_id, bot_user_id, flow, step)
DO UPDATE SET token = excluded.token, run_at = excluded.run_at, lease_until = NULL
"""

_CALL = "INSERT INTO call (shop_id, bot_user_id, flow, step, token, request) VALUES ($1, $2, $3, $4, $5, $6)"

_FAULT = "INSERT INTO fault (shop_id, bot_user_id, flow, step, code, message) VALUES ($1, $2, $3, $4, $5, $6)"

_DONE = {
    "timer": "DELETE FROM timer WHERE shop_id = $1 AND id = $2 AND token = $3",
    "call": "DELETE FROM call WHERE shop_id = $1 AND id = $2 AND token = $3",
    "order_news": "DELETE FROM order_news WHERE shop_id = $1 AND id = $2 AND number = $3",
}


async def write_consequences(connection: "PoolConnectionProxy[Record]", turn: Played) -> None:
    """All that a won turn leaves beside messages.  Raises SoldOut: then its transaction must be undone."""
    who = (turn.before.shop_id, turn.before.id)
    rows = turn.rows
    if turn.arrival.due:
        await finish(connection, turn.before.shop_id, turn.arrival.due)
    await connection.executemany(_CANCEL, [(*who, flow) for flow in rows.cancels])
    await connection.executemany(_WAKE, [(*who, *wake) for wake in rows.wakes])
    await connection.executemany(_CALL, [(*who, *call[:3], call.request.decode()) for call in rows.calls])
    await connection.executemany(_FAULT, [(*who, *fault) for fault in rows.faults])
    for problem in rows.poison:
        await set_aside(connection, (turn.before.bot_id, turn.before.id), turn.arrival, problem)
    for place, order in enumerate(rows.orders):
        await write_order(connection, turn.before, order, place)
    for notification in rows.notifications:
        await write_notification(connection, turn.before.shop_id, notification, turn.before.id)
    for lead in rows.leads:
        await write_lead(connection, turn, lead)


async def keep(pool: Pool, arrival: Arrival, problem: str) -> None:
    """Put into the inbox what nobody can be found for, and take away the row that made it happen."""
    async with pool.acquire() as connection, connection.transaction():
        if arrival.due:
            await finish(connection, arrival.shop_id, arrival.due)
        await set_aside(connection, (arrival.bot_id, None), arrival, problem)


async def finish(connection: "PoolConnectionProxy[Record] | Pool", shop_id: int, due: Due) -> None:
    """Take away the row that made a turn happen."""
    await connection.execute(_DONE[due.table], shop_id, due.id, due.token)
