"""Background work by the clock, on PgQueuer: done once, however many processes there are."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from functools import partial
from typing import NamedTuple

import structlog
from asyncpg import Pool
from pgqueuer.models import Schedule
from pgqueuer.sm import SchedulerManager

from engine.counting import JOBS_DONE
from engine.refusals import Refusal
from engine.store.outages import reaching
from engine.store.queue import queue
from engine.store.retention import delete_old

log = structlog.get_logger()

PAUSE_SECONDS = 10.0
"""After an outage.  Nothing is missed meanwhile: what came due stays due."""


class Job(NamedTuple):
    """`cron` is in UTC.  `work` returns what it did, for the log.  A refusal puts it off to the next time.

    It may be broken off anywhere, and may in rare cases run twice.
    """

    name: str
    cron: str
    work: Callable[[Pool], Awaitable[Mapping[str, int]]]


# Not on the hour, when everybody else's jobs run.
JOBS = (Job("retention", "17 * * * *", delete_old),)


class Jobs:
    """Does what is due, together with the other processes of the database.

    Of PgQueuer only the schedules run: they hold no connection between two jobs, and listen on none.
    """

    def __init__(self, pool: Pool, jobs: tuple[Job, ...] = JOBS) -> None:
        self._pool = pool
        self._jobs = jobs
        self._at_work: set[asyncio.Task[object]] = set()

    async def run(self) -> None:
        """Until cancelled; a job at work is broken off."""
        while True:
            try:
                with reaching():
                    await self._keep_time()
            except Refusal:
                log.warning("jobs wait for the database", seconds=PAUSE_SECONDS)
            await asyncio.sleep(PAUSE_SECONDS)

    async def _keep_time(self) -> None:
        clock = SchedulerManager(queue(self._pool))
        for job in self._jobs:
            clock.schedule(job.name, job.cron)(partial(self._do, job))
        keeping = asyncio.create_task(clock.run())
        try:
            await asyncio.wait({keeping})
            keeping.result()
        finally:
            # Cancelled by itself, PgQueuer would wait for the jobs to end.
            for task in (*self._at_work, keeping):
                task.cancel()
            await asyncio.gather(keeping, return_exceptions=True)

    async def _do(self, job: Job, _: Schedule) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._at_work.add(task)
        outcome = "broken_off"
        try:
            done = await job.work(self._pool)
            outcome = "done"
            log.info("job done", job=job.name, **done)
        except Refusal as refusal:
            outcome = "put_off"
            log.warning("job put off", job=job.name, why=refusal.code)
        finally:
            JOBS_DONE.labels(job.name, outcome).inc()
            self._at_work.discard(task)
