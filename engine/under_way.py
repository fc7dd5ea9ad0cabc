"""Work that a loop has begun and does not wait for."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

STOP_SECONDS = 3.0
"""How long what is under way is waited for at the end."""


class UnderWay:
    """Pieces of work side by side; `done` is called whenever one is."""

    def __init__(self, done: Callable[[], None]) -> None:
        self._done = done
        self._tasks: set[asyncio.Task[None]] = set()

    def room(self, most: int) -> int:
        """How many more may be begun: what is claimed has a lease, which must not run out in a queue."""
        return max(most - len(self._tasks), 0)

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def stop(self) -> None:
        """Wait a little for what was begun, and end the rest: it is claimed again after its lease."""
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        self._done()
