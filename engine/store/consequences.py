"""What a turn leaves beside its bot user's row, as the rows of `writing.PARTS`."""

from collections import defaultdict
from collections.abc import Iterable, Mapping

from asyncpg import Pool, Record
from asyncpg.pool import PoolConnectionProxy
from msgspec import json

from engine.arrivals import Arrival, Due
from engine.store.inbox import as_kept, set_aside
from engine.store.lead_writing import KeptLead
from engine.store.played import Played
from engine.store.writing import PARTS
from flows.effects import Notify
from flows.events import Woke

Rows = dict[str, list[tuple[object, ...]]]

_DONE = {
    "timer": "DELETE FROM timer WHERE shop_id = $1 AND id = $2 AND token = $3",
    "call": "DELETE FROM call WHERE shop_id = $1 AND id = $2 AND token = $3",
    "order_news": "DELETE FROM order_news WHERE shop_id = $1 AND id = $2 AND number = $3",
}


def consequences(turns: Iterable[Played], leads: Mapping[int, list[KeptLead]]) -> Rows:
    """The rows of all turns, by their part; `leads`: those to be written, by the turn's `id()`."""
    rows: Rows = defaultdict(list)
    for turn in turns:
        who = turn.before.shop_id, turn.before.id
        for message in turn.rows.messages:
            seq, direction, body, status = message
            rows["message"].append((*who, seq, direction, body.decode(), status))
        for parcel in turn.rows.outbox:
            rows["outbox"].append((*who, parcel.seq, parcel.body.decode()))
        if turn.arrival.due:
            _add_done(rows, turn, turn.arrival.due)
        if not turn.rows.plain:
            _add_rare(rows, turn, leads.get(id(turn), ()))
    assert rows.keys() <= PARTS.keys()
    return rows


def _add_done(rows: Rows, turn: Played, due: Due) -> None:
    event = turn.arrival.event
    if isinstance(event, Woke) and any(
        (wake.flow, wake.step) == (event.flow, event.step) for wake in turn.rows.wakes
    ):
        return  # the next delay takes over the row of this one
    rows[f"done_{due.table}"].append((turn.before.shop_id, turn.before.id, due.id, due.token))


def _add_rare(rows: Rows, turn: Played, leads: Iterable[KeptLead]) -> None:
    who, left = (turn.before.shop_id, turn.before.id), turn.rows
    notices = list(left.notifications)
    for lead in leads:
        row = lead.row
        what = (row.form, row.title, row.values.decode(), lead.source, _list(row.tags), lead.assignee_id)
        rows["lead"].append((*who, turn.before.version, row.place, *what))
        notices += lead.notices
    rows["notification"] += [(*who, *_notice(notice)) for notice in notices]
    for flow in left.cancels:
        kept = [wake.step for wake in left.wakes if wake.flow == flow]
        rows["cancel"].append((*who, flow, _list(kept)))
    rows["wake"] += [(*who, *wake) for wake in left.wakes]
    rows["call"] += [(*who, *call[:3], call.request.decode()) for call in left.calls]
    rows["fault"] += [(*who, *fault) for fault in left.faults]
    rows["inbox"] += [(*who, *as_kept(turn.arrival, problem)) for problem in left.poison]


def _notice(notice: Notify) -> tuple[str, str, str]:
    return notice.title, notice.text, _list(notice.tags)


def _list(texts: Iterable[str]) -> str:
    return json.encode([*texts]).decode()


async def keep(pool: Pool, arrival: Arrival, problem: str) -> None:
    """Put into the inbox what nobody can be found for, and take away the row that made it happen."""
    async with pool.acquire() as connection, connection.transaction():
        if arrival.due:
            await _finish(connection, arrival.shop_id, arrival.due)
        await set_aside(connection, (arrival.bot_id, None), arrival, problem)


async def _finish(connection: "PoolConnectionProxy[Record]", shop_id: int, due: Due) -> None:
    await connection.execute(_DONE[due.table], shop_id, due.id, due.token)
