"""What is due is claimed once, in turn, and read past: whatever else lies in the table."""

from collections import Counter
from typing import cast

import pytest
from asyncpg import Pool

from engine.store import due
from engine.store.unit import Database

_CALLS = """
INSERT INTO call (shop_id, bot_id, bot_user_id, flow, step, token, request, not_before)
SELECT shop_id, id, n, 'main', 'ask', 1, '{}', now() - interval '1 minute'
FROM bot, generate_series(1, $3::int) n WHERE shop_id = $1 AND id = $2
"""
_TIMERS = """
INSERT INTO timer (shop_id, bot_id, bot_user_id, flow, step, token, run_at)
SELECT shop_id, id, n, 'main', 'pause ' || $4::int, 1, now() - make_interval(secs => $4::int)
FROM bot, generate_series(1, $3::int) n WHERE shop_id = $1 AND id = $2
"""


_WALKED_OVER = """
SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = 'timer'
"""
"""Rows of delays, in this transaction."""


async def bot(database: Database, *, status: int = 5) -> due.Bot:
    """In a shop of its own."""
    shop = await database.pool.fetchval("INSERT INTO shop (name) VALUES ('Test') RETURNING id")
    statement = "INSERT INTO bot (shop_id, kind, name, status) VALUES ($1, 'echo', 'Bot', $2) RETURNING id"
    return shop, await database.pool.fetchval(statement, shop, status)


async def pending(database: Database, of: due.Bot, many: int, ago: int = 60) -> None:
    await database.pool.execute(_TIMERS, *of, many, ago)


async def test_a_bot_with_little_to_do_does_not_wait_behind_one_with_much(database: Database) -> None:
    busy, small = await bot(database), await bot(database)
    await pending(database, busy, 3_000, ago=3600)
    await pending(database, small, 5, ago=1)
    rows = await due.timers().claim(database.pool)
    assert Counter(row.shop_id for row in rows) == {busy[0]: due.MOST_CLAIMED // 2, small[0]: 5}


async def test_all_of_a_backlog_is_claimed_once_by_two_processes(database: Database) -> None:
    bots = [await bot(database) for _ in range(3)]
    for of in bots:
        await pending(database, of, 700)
    lines = due.timers(), due.timers()
    claimed: Counter[tuple[int, int]] = Counter()
    while found := [row for line in lines for row in await line.claim(database.pool)]:
        claimed.update((row.shop_id, row.id) for row in found)
    assert len(claimed) == 2_100 == claimed.total()
    assert not any(line.more() for line in lines)


async def test_what_a_person_has_due_comes_in_the_order_of_its_moments(database: Database) -> None:
    of = await bot(database)
    for ago in (5, 90, 30):
        await pending(database, of, 1, ago)
    rows = await due.timers().claim(database.pool)
    assert [row.step for row in rows] == ["pause 90", "pause 30", "pause 5"]
    assert rows[0].late >= 90


async def test_a_stopped_bot_is_not_looked_at(database: Database) -> None:
    stopped, running = await bot(database, status=3), await bot(database)
    await pending(database, stopped, 2_000)
    line = due.timers()
    assert await line.claim(database.pool) == []
    assert not line.more()
    await pending(database, running, 1, ago=1)
    assert [row.shop_id for row in await line.claim(database.pool)] == [running[0]]


async def test_no_plan_walks_over_what_other_bots_have_due(database: Database) -> None:
    shop, running = await bot(database)
    old = "INSERT INTO bot (shop_id, kind, name, status) VALUES ($1, 'echo', 'Old', 3) RETURNING id"
    stopped = await database.pool.fetchval(old, shop)
    await pending(database, (shop, stopped), 30_000, ago=3600)
    await pending(database, (shop, running), 500)
    await database.pool.execute("ANALYZE")
    line = due.timers()
    async with database.pool.acquire() as connection, connection.transaction():
        for _ in range(2):
            assert len(await line.claim(cast(Pool, connection))) > 200
        assert await connection.fetchval(_WALKED_OVER) < 2_000


@pytest.mark.parametrize(
    ("change", "again"),
    [
        ("lease_until = now() - interval '1 second'", True),
        ("lease_until = now() + interval '1 minute'", False),
    ],
    ids=("lost", "held"),
)
async def test_a_lost_claim_is_found_by_the_next_sweep(
    database: Database, monkeypatch: pytest.MonkeyPatch, change: str, again: bool
) -> None:
    await pending(database, await bot(database), 3)
    line = due.timers()
    assert len(await line.claim(database.pool)) == 3
    await database.pool.execute(f"UPDATE timer SET {change}")
    assert await line.claim(database.pool) == []
    monkeypatch.setattr(due, "SWEEP_SECONDS", 0.0)
    assert len(await line.claim(database.pool)) == (3 if again else 0)


async def test_what_is_committed_late_is_found_though_later_ones_were_read(database: Database) -> None:
    of = await bot(database)
    await pending(database, of, 1, ago=0)
    line = due.timers()
    assert len(await line.claim(database.pool)) == 1
    await pending(database, of, 1, ago=2)
    assert len(await line.claim(database.pool)) == 1


async def test_more_bots_than_are_claimed_for_at_once_all_get_their_turn(database: Database) -> None:
    bots = {await bot(database) for _ in range(9)}
    for of in bots:
        await pending(database, of, 20)
    line, first = due.timers(), Counter[due.Bot]()
    for _ in range(5):
        first.update((row.shop_id, row.bot_id) for row in await line.claim(database.pool, 8))
    assert set(first) == bots


async def test_the_calls_of_busy_shops_stay_and_hold_up_nobody(database: Database) -> None:
    busy, other = await bot(database), await bot(database)
    await database.pool.execute(_CALLS, *busy, 500)
    await database.pool.execute(_CALLS, *other, 1)
    line = due.calls()
    assert [row.shop_id for row in await line.claim(database.pool, 16, {busy[0]})] == [other[0]]
    assert line.more()
    assert not line.more({busy[0]})
    assert await line.claim(database.pool, 0) == []
    assert len(await line.claim(database.pool, 16)) == 16


async def test_a_mass_that_comes_due_at_once_is_gone_through_bot_by_bot(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(due, "SCAN_SECONDS", 0.0)
    crowd, small = await bot(database), await bot(database)
    line = due.timers()
    assert await line.claim(database.pool) == []
    await pending(database, crowd, due.MOST_SEEN + 500, ago=2)
    await pending(database, small, 1, ago=1)
    assert {row.shop_id for row in await line.claim(database.pool)} == {crowd[0], small[0]}
