"""Self-clocking batches: what queued up while the last batch was in flight is the next one.

No timer: an idle system takes one item at once, a busy one takes many for the price of one.
"""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Collection, Hashable
from typing import Generic, NamedTuple, TypeVar

T = TypeVar("T")

MOST_REPLAYS = 20


class Full(Exception):
    """No more may be queued now; nothing was taken."""


class _Waiting(NamedTuple, Generic[T]):
    item: T
    done: asyncio.Future[None]
    replays: int = 0


class Batches(Generic[T]):
    """Collects items and hands them to `take`, at most `most` at once, `at_once` batches in flight.

    A key is in one batch at a time, and its items keep their order.  `take` returns the items to be taken
    again (they lost a race); if it raises, every item of that batch gets the exception, and what waits behind
    one of them too: whoever brings them again shall bring them in order.
    """

    def __init__(
        self,
        take: Callable[[list[T]], Awaitable[Collection[T]]],
        *,
        most: int = 64,
        at_once: int = 3,
        room: int = 10_000,
    ) -> None:
        self._take = take
        self._most = most
        self._at_once = at_once
        self._room = room
        self._lines: dict[Hashable, deque[_Waiting[T]]] = {}
        self._ready: deque[Hashable] = deque()
        """The keys of those lines of which nothing is in flight, the longest ready first."""
        self._waiting = 0
        self._running: set[asyncio.Task[None]] = set()

    @property
    def full(self) -> bool:
        return self._waiting >= self._room

    @property
    def waiting(self) -> int:
        """How many items no batch has taken yet."""
        return self._waiting

    def put(self, key: Hashable, item: T) -> asyncio.Future[None]:
        """Queue an item; the future ends when it was taken.  Raises Full."""
        if self.full:
            raise Full
        done = asyncio.get_running_loop().create_future()
        if key not in self._lines:
            self._lines[key] = deque()
            self._ready.append(key)
        self._lines[key].append(_Waiting(item, done))
        self._waiting += 1
        self._start()
        return done

    async def finish(self) -> None:
        """Wait until everything queued was taken."""
        while self._running:
            await asyncio.wait(set(self._running))

    def _start(self) -> None:
        if len(self._running) < self._at_once:
            task = asyncio.get_running_loop().create_task(self._run())
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _run(self) -> None:
        while self._ready:
            keys = [self._ready.popleft() for _ in range(min(self._most, len(self._ready)))]
            self._waiting -= len(keys)
            await self._flush({key: self._lines[key].popleft() for key in keys})

    async def _flush(self, batch: dict[Hashable, _Waiting[T]]) -> None:
        try:
            again = await self._take([waiting.item for waiting in batch.values()])
        except asyncio.CancelledError:
            for key, waiting in batch.items():
                for one in (waiting, *self._drop(key)):
                    one.done.cancel()
            raise
        except Exception as error:  # outermost: whoever waits for an item gets what went wrong with it
            for key, waiting in batch.items():
                self._refuse(key, waiting, error)
        else:
            lost = {id(item) for item in again}
            for key, waiting in batch.items():
                self._settle(key, waiting, id(waiting.item) in lost)

    def _settle(self, key: Hashable, waiting: _Waiting[T], lost: bool) -> None:
        line = self._lines[key]
        if lost and waiting.replays >= MOST_REPLAYS:
            return self._refuse(key, waiting, Full())
        if lost:
            line.appendleft(waiting._replace(replays=waiting.replays + 1))
            self._waiting += 1
        elif not waiting.done.done():
            waiting.done.set_result(None)
        if line:
            self._ready.append(key)
        else:
            del self._lines[key]

    def _refuse(self, key: Hashable, waiting: _Waiting[T], error: Exception) -> None:
        for one in (waiting, *self._drop(key)):
            if not one.done.done():
                one.done.set_exception(error)
                one.done.exception()  # a caller that went away must not make a warning

    def _drop(self, key: Hashable) -> deque[_Waiting[T]]:
        line = self._lines.pop(key)
        self._waiting -= len(line)
        return line
