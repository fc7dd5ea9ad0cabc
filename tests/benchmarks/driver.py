"""Makes calls as Telegram does: `python -m tests.benchmarks.driver LOAD`, a `Load` as JSON.

Closed loop without a `rate`: `connections` calls are under way at any moment.  Open loop with one: calls
begin when they are due, however late the answers are, and their times count from then.
Prints what it saw as JSON, a `Seen`.
"""

import asyncio
import sys
from collections.abc import Callable
from time import perf_counter

import uvloop
from msgspec import Struct, json

from tests.benchmarks.conversation import Crowd

PAUSE = 0.05
"""Before a call that was refused is made again."""
PATIENCE = 30.0


class Load(Struct, frozen=True):
    ports: list[int]
    paths: list[str]
    """Of bots.  A person always calls at the same port, and the same bot."""
    secret: str
    people: int
    seconds: float
    connections: int = 256
    rate: float = 0.0
    begin: int = 0
    """The number of the first call: where the run before ended."""

    @property
    def lines(self) -> int:
        """Into how many parts people are divided."""
        return max(len(self.ports), len(self.paths))


class Seen(Struct, frozen=True):
    answered: int
    """With 200."""
    refused: int
    """Without; each was made again."""
    seconds: float
    """To the last answer."""
    end: int
    """The number of the next call."""
    p50: float
    p90: float
    p99: float
    """Milliseconds."""


class Caller(asyncio.Protocol):
    """A connection that makes one call at a time."""

    def __init__(self, done: Callable[["Caller", bool], None]) -> None:
        self._done = done
        self._read = b""
        self.call = b""
        self.since = 0.0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # what TCP has
        self._transport = transport

    def begin(self, call: bytes, since: float) -> None:
        self.call, self.since = call, since
        self._transport.write(call)

    def again(self) -> None:
        self._transport.write(self.call)

    def _take(self, data: bytes) -> None:
        self._read = self._read + data if self._read else data
        end = self._read.find(b"\r\n\r\n") + 4
        if end < 4:
            return
        head = self._read[:end].lower()
        at = head.find(b"content-length:")
        length = int(head[at + 15 : head.index(b"\r\n", at)]) if at >= 0 else 0
        if len(self._read) >= end + length:
            self._read = b""
            self._done(self, head[9:12] == b"200")

    data_received = _take

    def connection_lost(self, exc: Exception | None) -> None:
        if self.call:
            sys.stderr.write("a connection was closed on the driver\n")


class Line:
    """A part of a load's people, who call one bot at one port."""

    def __init__(self, load: Load, at: int) -> None:
        self._load = load
        self._port = load.ports[at % len(load.ports)]
        self._lines = load.lines
        self._each = max(1, load.connections // self._lines)
        people = load.people // self._lines
        path = load.paths[at % len(load.paths)]
        crowd = Crowd(path, load.secret, people, 1 + at * people, self._each)
        self._calls = crowd.calls(load.begin)
        self._idle: asyncio.Queue[Caller] = asyncio.Queue()
        self._under_way = 0
        self._still = asyncio.Event()
        self._until = 0.0
        self.begun = 0
        self.refused = 0
        self.took: list[float] = []

    async def connect(self) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(self._each):
            _, caller = await loop.create_connection(lambda: Caller(self._done), "127.0.0.1", self._port)
            self._idle.put_nowait(caller)

    async def run(self) -> None:
        """Call until the time is over, and wait for the last answer."""
        began = perf_counter()
        self._until = began + self._load.seconds
        if self._load.rate:
            await self._by_the_clock(began, self._load.rate / self._lines)
        else:
            while not self._idle.empty():
                self._begin(self._idle.get_nowait(), perf_counter())
            await asyncio.sleep(self._load.seconds)
        async with asyncio.timeout(PATIENCE):
            await self._still.wait()

    async def _by_the_clock(self, began: float, rate: float) -> None:
        while (due := began + self.begun / rate) < self._until:
            early = due - perf_counter()
            if early > 0.0005:
                await asyncio.sleep(early)
            self._begin(await self._idle.get(), due)

    def _begin(self, caller: Caller, since: float) -> None:
        self.begun += 1
        self._under_way += 1
        self._still.clear()
        caller.begin(next(self._calls), since)

    def _done(self, caller: Caller, taken: bool) -> None:
        now = perf_counter()
        if not taken:
            self.refused += 1
            asyncio.get_running_loop().call_later(PAUSE, caller.again)
            return
        self.took.append(now - caller.since)
        self._under_way -= 1
        if not self._load.rate and now < self._until:
            self._begin(caller, now)
        else:
            self._idle.put_nowait(caller)
            if not self._under_way:
                self._still.set()


async def drive(load: Load) -> Seen:
    """One run of a load."""
    lines = [Line(load, at) for at in range(load.lines)]
    for line in lines:
        await line.connect()
    began = perf_counter()
    await asyncio.gather(*(line.run() for line in lines))
    seconds = perf_counter() - began
    took = sorted(one for line in lines for one in line.took)
    p50, p90, p99 = (took[int(len(took) * part)] * 1e3 if took else 0.0 for part in (0.5, 0.9, 0.99))
    refused, end = sum(line.refused for line in lines), load.begin + max(line.begun for line in lines)
    return Seen(len(took), refused, seconds, end, p50, p90, p99)


if __name__ == "__main__":
    asked = json.decode(sys.argv[1], type=Load)
    sys.stdout.buffer.write(json.encode(uvloop.run(drive(asked))))
