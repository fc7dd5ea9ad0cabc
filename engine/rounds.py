"""A loop that never ends by itself: one round after another, each when woken, or after a while."""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress

import structlog

from engine.counting import ROUNDS
from engine.refusals import Refusal

log = structlog.get_logger()


class Rounds:
    """Goes round by `once`, at the latest `seconds` after the round before.

    A round that is refused (the database is away, or too busy) is made up for by the next one.
    """

    def __init__(self, once: Callable[[], Awaitable[None]], seconds: float) -> None:
        self._once = once
        self._seconds = seconds
        self._woken = asyncio.Event()
        self._name = type(getattr(once, "__self__", self)).__name__
        self._done = ROUNDS.labels(self._name, "done")

    def wake(self) -> None:
        """There is something to do now."""
        self._woken.set()

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                await self._once()
                self._done.inc()
            except Refusal:
                ROUNDS.labels(self._name, "refused").inc()  # what waits, waits
            except Exception:  # outermost: a round that fails must not be the last one
                ROUNDS.labels(self._name, "failed").inc()
                log.exception("round failed", loop=self._name)
            with suppress(TimeoutError):
                async with asyncio.timeout(self._seconds):
                    await self._woken.wait()
            self._woken.clear()
