"""The people of a benchmark: their process, and what a subject took while they talked with it."""

import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from select import select
from typing import Any, NamedTuple

from msgspec import convert, json

from tests.benchmarks.machine import Moment
from tests.benchmarks.peers.subjects import ROOT, Standing
from tests.benchmarks.peers.talk import Heard, Talk


class Measured(NamedTuple):
    """`rate`: turns a second, each counted when its answer was with the person."""

    heard: Heard
    rate: float
    cpu: float
    """Microseconds a turn, without its store."""
    store_cpu: float
    foreign: float
    """The share of the machine that went to none of us."""


class Town:
    """The people's process.  `messenger` is where bots reach them."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process
        self.messenger = f"http://127.0.0.1:{self._line()['port']}"

    def talk(
        self, standing: Standing, talk: Talk, *others: int, meanwhile: Callable[[], object] | None = None
    ) -> Measured:
        """`others`: processes of ours, beside this one's children, that may be busy too.  `meanwhile` is
        called once a second of the measured time."""
        assert self._process.stdin is not None
        self._process.stdin.write(json.encode(talk) + b"\n")
        self._process.stdin.flush()
        assert self._line() == {"began": True}
        began, cpu = Moment.now(*others), standing.cpu()
        while meanwhile is not None and not self._says_something(1.0):
            meanwhile()
        assert self._line() == {"ended": True}
        ended, (server, store) = Moment.now(*others), standing.cpu()
        heard = convert(self._line(), Heard)
        turns = max(1, heard.turns)
        return Measured(
            heard,
            rate=heard.turns / heard.seconds,
            cpu=(server - cpu[0]) / turns * 1e6,
            store_cpu=(store - cpu[1]) / turns * 1e6,
            foreign=ended.foreign(began),
        )

    def _says_something(self, within: float) -> bool:
        assert self._process.stdout is not None
        return bool(select([self._process.stdout], [], [], within)[0])

    def _line(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise RuntimeError("the people are gone")
        found: dict[str, Any] = json.decode(line)
        return found


def end_tidily() -> None:
    """Told to end, a benchmark leaves no process and no folder behind: the blocks it is in are left."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))


@contextmanager
def town() -> Iterator[Town]:
    command = [sys.executable, "-m", "tests.benchmarks.peers.people"]
    with subprocess.Popen(
        command, cwd=ROOT, bufsize=0, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield Town(process)
        finally:
            process.kill()
