"""A subject under a load: what it delivered, and what that cost whom."""

import asyncio
import subprocess
import sys
from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

import asyncpg
import msgspec

from tests.benchmarks.driver import Load, Seen
from tests.benchmarks.machine import Moment, cpu_of, resident
from tests.benchmarks.world import World


class Measured(NamedTuple):
    """Of one run.  Costs are microseconds of CPU a turn."""

    turns: float
    """A second: of those whose message came to the messenger."""
    server: float = 0.0
    postgres: float = 0.0
    stub: float = 0.0
    wal: float = 0.0
    """Bytes of write-ahead log a turn."""
    memory: int = 0
    """Bytes that the server held at the end."""
    foreign: float = 0.0
    """The share of the machine that strangers took."""
    refused: int = 0
    lost: int = 0
    p50: float = 0.0
    p99: float = 0.0
    end: int = 0


Subject = Callable[[float], Measured]
"""Runs for so many seconds."""


async def wal_position(dsn: str) -> int:
    connection = await asyncpg.connect(dsn)
    try:
        return int(await connection.fetchval("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn"))
    finally:
        await connection.close()


class Costs:
    """CPU and WAL since it was made."""

    def __init__(self, world: World, *servers: int) -> None:
        self._world = world
        self._servers = servers
        self._began = self._now()
        self._moment = Moment.now(world.postgres)

    def _now(self) -> tuple[float, ...]:
        servers = sum(cpu_of(pid, family=True) for pid in self._servers)
        world = self._world
        wal = asyncio.run(wal_position(world.dsn))
        return servers, cpu_of(world.postgres, family=True), cpu_of(world.stub.pid), float(wal)

    def each(self, turns: int) -> dict[str, float]:
        """Per turn: microseconds, and bytes of WAL."""
        spent = [now - began for now, began in zip(self._now(), self._began, strict=True)]
        server, postgres, stub = (seconds / max(1, turns) * 1e6 for seconds in spent[:3])
        return {"server": server, "postgres": postgres, "stub": stub, "wal": spent[3] / max(1, turns)}

    def foreign(self) -> float:
        return Moment.now(self._world.postgres).foreign(self._moment)


def drive(load: Load) -> Seen:
    """A run of the driver, in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.driver", msgspec.json.encode(load).decode()]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True)
    return msgspec.json.decode(done.stdout, type=Seen)


def measure(world: World, load: Load, *servers: int) -> Measured:
    """From the first call until every answered turn's message is at the messenger."""
    before = world.stub.messages()
    costs = Costs(world, *servers)
    seen = drive(load)
    ended = perf_counter()
    world.stub.wait(before + seen.answered)
    late = perf_counter() - ended
    came = min(world.stub.messages() - before, seen.answered)
    return Measured(
        came / (seen.seconds + late),
        **costs.each(came),
        memory=max((resident(pid) for pid in servers), default=0),
        foreign=costs.foreign(),
        refused=seen.refused,
        lost=seen.answered - came,
        p50=seen.p50,
        p99=seen.p99,
        end=seen.end,
    )
