"""What is past its time goes, once for all processes, whatever happens to the database meanwhile."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, MutableMapping
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asyncpg import Pool
from asyncpg.connection import LoggedQuery
from pgqueuer.models import CronExpressionEntrypoint
from pgqueuer.types import CronEntrypoint, CronExpression
from structlog.testing import capture_logs

from engine import jobs
from engine.embedded import Cluster, embedded
from engine.jobs import JOBS, Job, Jobs
from engine.runtime import Engine
from engine.store.queue import SCHEMA, queue
from engine.store.retention import MOST_AT_ONCE, delete_old
from engine.store.schema import migrate
from engine.store.unit import Database

HOURLY = JOBS[0].cron
EVERY_SECOND = "* * * * * *"
OLD_FAULTS = """
INSERT INTO fault (shop_id, flow, step, code, message, created_at)
SELECT 1, 'menu', 'hello', 'broken', '', now() - interval '31 days' FROM generate_series(1, $1)
"""


async def until(come: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(60):
        while not await come():  # noqa: ASYNC110 - what happens in the database rings no bell here
            await asyncio.sleep(0.01)


async def make_due(pool: Pool, job: Job) -> None:
    key = CronExpressionEntrypoint(CronEntrypoint(job.name), CronExpression(job.cron))
    await queue(pool).insert_schedule({key: timedelta(seconds=-1)})


async def at_rest(pool: Pool) -> bool:
    """Whether the one schedule there is has been run, and released."""
    schedules = await queue(pool).peek_schedule()
    return any(schedule.last_run is not None and schedule.status == "queued" for schedule in schedules)


@asynccontextmanager
async def running(*loops: Jobs) -> AsyncIterator[None]:
    tasks = [asyncio.create_task(loop.run()) for loop in loops]
    try:
        yield
        assert not any(task.done() for task in tasks)
    finally:
        for task in tasks:
            task.cancel()
        async with asyncio.timeout(60):
            await asyncio.gather(*tasks, return_exceptions=True)


class Counted:
    """Work that only counts how often it was done."""

    def __init__(self) -> None:
        self.times = 0
        self.done = asyncio.Event()

    async def __call__(self, pool: Pool) -> dict[str, int]:
        self.times += 1
        self.done.set()
        return {}


@pytest.mark.parametrize(
    ("into", "row", "left"),
    [
        ("token (account_id, hash, expires_at)", r"7, '\x01', now() - interval '1 second'", 0),
        ("token (account_id, hash, expires_at)", r"7, '\x01', now() + interval '1 hour'", 1),
        ("token (account_id, hash, created_at)", r"7, '\x01', now() - interval '9 years'", 1),
        ("inbox (shop_id, bot_id, body, received_at)", "1, 2, '{', now() - interval '31 days'", 0),
        ("inbox (shop_id, bot_id, body, received_at)", "1, 2, '{', now() - interval '29 days'", 1),
        (
            "fault (shop_id, flow, step, code, message, created_at)",
            "1, 'menu', 'hello', 'broken', '', now() - interval '31 days'",
            0,
        ),
        (
            "fault (shop_id, flow, step, code, message, created_at)",
            "1, 'menu', 'hello', 'broken', '', now() - interval '29 days'",
            1,
        ),
        (
            "outbox (shop_id, bot_id, bot_user_id, seq, dead, created_at)",
            "1, 2, 3, 4, true, now() - interval '31 days'",
            0,
        ),
        (
            "outbox (shop_id, bot_id, bot_user_id, seq, dead, created_at)",
            "1, 2, 3, 4, true, now() - interval '29 days'",
            1,
        ),
        (
            "outbox (shop_id, bot_id, bot_user_id, seq, dead, created_at)",
            "1, 2, 3, 4, false, now() - interval '9 years'",
            1,
        ),
    ],
)
async def test_only_what_is_past_its_time_goes(database: Database, into: str, row: str, left: int) -> None:
    await database.pool.execute(
        "INSERT INTO account (id, email, password_hash) VALUES (7, 'ada@example.org', 'x')"
    )
    await database.pool.execute(f"INSERT INTO {into} VALUES ({row})")
    table = into.partition(" ")[0]
    assert await delete_old(database.pool) == ({} if left else {table: 1})
    assert await database.pool.fetchval(f"SELECT count(*) FROM {table}") == left


async def test_whatever_has_piled_up_goes_in_batches(database: Database) -> None:
    many = 2 * MOST_AT_ONCE + 1
    await database.pool.execute(OLD_FAULTS, many)
    assert await delete_old(database.pool) == {"fault": many}


async def test_a_working_engine_does_the_jobs(database: Database, engine: Engine) -> None:
    await database.pool.execute(OLD_FAULTS, 1)
    await make_due(database.pool, JOBS[0])
    with capture_logs() as told:
        async with engine.working():
            await until(lambda: at_rest(database.pool))
    assert await database.pool.fetchval("SELECT count(*) FROM fault") == 0
    done = [line for line in told if line["event"] == "job done"]
    assert done == [{"event": "job done", "job": "retention", "fault": 1, "log_level": "info"}]


@pytest.mark.parametrize(("due", "times"), [(True, 1), (False, 0)])
async def test_processes_that_start_at_once_do_a_job_once_and_only_when_it_is_due(
    database: Database, dsn: str, due: bool, times: int
) -> None:
    work, asked = Counted(), Asked()
    job = Job("count", HOURLY, work)
    if due:
        await make_due(database.pool, job)
    async with AsyncExitStack() as stack:
        others = [await stack.enter_async_context(Database(dsn, connections=1)) for _ in range(4)]
        for other in others:
            async with other.pool.acquire() as connection:
                connection.add_query_logger(asked)
        async with running(*(Jobs(other.pool, (job,)) for other in others)):
            await until(asked.by_all)
            if due:
                await until(lambda: at_rest(database.pool))
    assert work.times == times


class Asked:
    """How many of four processes have been told by the database what is due for them."""

    def __init__(self) -> None:
        self.times = 0

    def __call__(self, record: LoggedQuery) -> None:
        self.times += "FOR UPDATE SKIP LOCKED" in record.query

    async def by_all(self) -> bool:
        return self.times == 4


async def test_a_database_that_dies_and_comes_back_does_not_end_the_jobs(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PAUSE_SECONDS", 0.05)
    work = Counted()
    with embedded(folder, {"fsync": "off"}) as dsn:
        cluster = Cluster((folder / "postgres").resolve())
        async with Database(dsn, connections=2) as database:
            await migrate(database)
            with capture_logs() as told:
                async with running(Jobs(database.pool, (Job("count", EVERY_SECOND, work),))):
                    await until(lambda: at_rest(database.pool))
                    cluster.stop()
                    work.done.clear()
                    await until(lambda: _waits(told))
                    with embedded(folder, {"fsync": "off"}):
                        async with asyncio.timeout(60):
                            await work.done.wait()
                        await until(lambda: at_rest(database.pool))


async def _waits(told: list[MutableMapping[str, Any]]) -> bool:
    return any(line["event"] == "jobs wait for the database" for line in told)


async def test_a_job_that_fails_is_done_again_the_next_time(
    database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    work = Counted()

    async def fail_once(pool: Pool) -> dict[str, int]:
        await work(pool)
        if work.times == 1:
            raise ValueError("a mistake of ours")
        return {}

    job = Job("count", EVERY_SECOND, fail_once)
    await make_due(database.pool, job)
    async with running(Jobs(database.pool, (job,))):
        await until(lambda: _is_past(work, 1))
    assert "a mistake of ours" in caplog.text


async def _is_past(work: Counted, times: int) -> bool:
    return work.times > times


async def test_stopping_waits_for_no_job_and_gives_it_back(database: Database) -> None:
    await database.pool.execute(OLD_FAULTS, 1)
    await make_due(database.pool, JOBS[0])
    async with database.pool.acquire() as holder, holder.transaction():
        await holder.execute("SELECT FROM fault FOR UPDATE")
        async with running(Jobs(database.pool)):
            await until(lambda: _held_up(database.pool))
        assert await at_rest(database.pool)
    assert await database.pool.fetchval("SELECT count(*) FROM fault") == 1


async def _held_up(pool: Pool) -> bool:
    waiting = (
        "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE 'DELETE FROM%'"
    )
    return bool(await pool.fetchval(f"{waiting} AND datname = current_database()"))


async def test_the_queue_keeps_to_a_schema_of_its_own(database: Database) -> None:
    there = await database.pool.fetch("SELECT schemaname FROM pg_tables WHERE tablename LIKE '%pgqueuer%'")
    assert {row["schemaname"] for row in there} == {SCHEMA}


async def test_migrating_completes_the_tables_of_the_queue(database: Database) -> None:
    assert (await queue(database.pool).plan_upgrade()).statements == ()
    await database.pool.execute(
        f"ALTER TABLE {SCHEMA}.pgqueuer_schedules DROP COLUMN last_run; DROP TABLE {SCHEMA}.pgqueuer_log"
    )
    assert (await queue(database.pool).plan_upgrade()).statements != ()
    await migrate(database)
    assert (await queue(database.pool).plan_upgrade()).statements == ()


@pytest.mark.parametrize("name", ["CHANNEL", "SCHEDULES_TABLE", "PGQUEUER_PREFIX", "PGQUEUER_SCHEMA"])
async def test_the_environment_does_not_rename_the_tables_of_the_queue(
    database: Database, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    before = queue(database.pool).qbe.settings.model_dump()
    monkeypatch.setenv(name, "elsewhere")
    assert queue(database.pool).qbe.settings.model_dump() == before
