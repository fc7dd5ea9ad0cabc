"""The lines to one origin: who asks takes a free one, opens one, or waits for his turn."""

import asyncio
from collections import deque
from typing import NamedTuple

from channels.door import Door
from channels.line import Answer, Coming, Line, Unanswered


class Patience(NamedTuple):
    """Seconds."""

    whole: float
    """For a request, from its turn for a line to its answer."""
    line: float
    """Of these, until it has a line."""
    kept: float
    """How long a line is kept that nobody asks on."""

    @property
    def grain(self) -> float:
        """How exactly time is kept."""
        return min(1.0, self.whole / 16, self.kept / 16)


class Pool:
    """Who asks has a place, of which there are `most`; who has none waits, and is served as he came."""

    def __init__(self, door: Door, most: int, patience: Patience) -> None:
        self._loop = asyncio.get_running_loop()
        self._door = door
        self._most = most
        self._patience = patience
        self._asking = 0
        self._lines: set[Line] = set()
        self._idle: list[Line] = []
        """The one that was used last is used next: so those that are not needed grow old."""
        self._queue: deque[asyncio.Future[Line | None]] = deque()
        self._reaching: set[asyncio.Timeout] = set()
        self._closed = False
        self._empty = asyncio.Event()

    async def ask(self, question: bytes) -> Answer:
        """Raises Unanswered."""
        until = self._loop.time() + self._patience.whole
        line = self._kept() or await self._reach()
        try:
            coming: Coming = self._loop.create_future()
            line.ask(question, coming, until)
            answer = await coming
        finally:
            self._leave(line)
        if isinstance(answer, Unanswered):
            raise answer
        return answer

    def is_needed(self, now: float) -> bool:
        """End the lines that last too long by now; whether there is anything left to look after."""
        for line in [line for line in self._lines if line.until <= now]:
            line.end("there was no answer in time")
        self._idle = [line for line in self._idle if line.is_free]
        return bool(self._asking or self._lines or self._door.looks)

    async def close(self) -> None:
        """Whoever still asks is not answered."""
        self._closed = True
        for reaching in self._reaching:
            reaching.reschedule(self._loop.time())
        for line in [*self._lines]:
            line.end("we are closing")
        if self._lines:
            self._empty.clear()
            await self._empty.wait()

    def _kept(self) -> Line | None:
        """A free line, and a place."""
        while self._idle:
            line = self._idle.pop()
            if line.is_free:
                self._asking += 1
                return line
        return None

    async def _reach(self) -> Line:
        """A line and a place, when there is one.  Raises Unanswered; then there is no place either."""
        try:
            async with asyncio.timeout(self._patience.line) as reaching:
                self._reaching.add(reaching)
                try:
                    return await self._in_turn()
                finally:
                    self._reaching.discard(reaching)
        except TimeoutError:
            reason = "we are closing" if self._closed else "it was not reached in time"
            raise Unanswered(reason, written=False) from None

    async def _in_turn(self) -> Line:
        if self._asking < self._most:
            self._asking += 1
            line = None
        else:
            line = await self._turn()
        if line is None or not line.is_free:
            line = None
            try:
                line = await self._open()
            finally:
                if line is None:
                    self._pass_on(None)
        return line

    async def _open(self) -> Line:
        line = await self._door.open(self._gone)
        if self._closed or not line.is_free:
            line.end("")
            raise Unanswered("it cannot be reached", written=False)
        self._lines.add(line)
        return line

    async def _turn(self) -> Line | None:
        """A place, with a line if one is free."""
        turn: asyncio.Future[Line | None] = self._loop.create_future()
        self._queue.append(turn)
        try:
            return await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():  # it came at the same moment
                self._pass_on(turn.result())
            raise

    def _leave(self, line: Line) -> None:
        if line.is_free and not self._closed:
            line.until = self._loop.time() + self._patience.kept
            self._pass_on(line)
        else:
            line.end("")
            self._pass_on(None)

    def _pass_on(self, line: Line | None) -> None:
        """The place goes to whoever has waited longest."""
        while self._queue:
            turn = self._queue.popleft()
            if not turn.done():
                turn.set_result(line)
                return
        self._asking -= 1
        if line is not None:
            self._idle.append(line)

    def _gone(self, line: Line) -> None:
        self._lines.discard(line)
        if not self._lines:
            self._empty.set()
