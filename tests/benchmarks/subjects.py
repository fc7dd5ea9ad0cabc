"""What is measured: ourselves, the naive way, and the floors."""

from contextlib import ExitStack

from msgspec.structs import replace

from tests.benchmarks.driver import Load
from tests.benchmarks.floors import Floors
from tests.benchmarks.measuring import Costs, Measured, Subject, measure
from tests.benchmarks.telling import SMALL
from tests.benchmarks.world import World, free_port, program, until_it_answers

FLOOR_PEOPLE = 1_000_000
FLOOR_SECONDS = 3.0
CONNECTIONS = 256
FEW = 64
"""Calls at once for a subject that more would only keep waiting."""


class Called:
    """Servers under a load, run after run from where the run before ended: no update has a number twice."""

    def __init__(self, world: World, load: Load, *servers: int) -> None:
        self._world = world
        self._servers = servers
        self.load = load

    def __call__(self, seconds: float) -> Measured:
        """As many calls as are answered."""
        return self._run(replace(self.load, seconds=seconds))

    def at(self, rate: float) -> Subject:
        """So many calls a second."""
        return lambda seconds: self._run(replace(self.load, seconds=seconds, rate=rate))

    def _run(self, load: Load) -> Measured:
        measured = measure(self._world, load, *self._servers)
        self.load = replace(self.load, begin=measured.end)
        return measured


def ours(world: World, stack: ExitStack, people: int) -> Called:
    """`botique serve`, one process."""
    dsn = world.database("ours")
    paths = world.shop(dsn, people)
    pid, port = stack.enter_context(world.serve(dsn))
    return Called(world, Load([port], paths, world.secret, people, 0, CONNECTIONS), pid)


def naive(world: World, stack: ExitStack) -> Called:
    """The same, as most people would write it first."""
    dsn = world.database("naive").replace("postgresql:", "postgresql+asyncpg:")
    port = free_port()
    command = ("-m", "uvicorn", "tests.benchmarks.naive:app", "--port", str(port), "--log-level", "error")
    env = {"NAIVE_DATABASE": dsn, "NAIVE_API": world.stub.url, "PYTHONWARNINGS": "ignore"}
    pid = stack.enter_context(program(*command, env=env))
    until_it_answers(port, "/docs")
    return Called(world, Load([port], ["/hooks/1"], world.secret, SMALL, 0, FEW), pid)


def floors_of(world: World, *, small: bool) -> Floors:
    """The floors, warm."""
    people = SMALL if small else FLOOR_PEOPLE
    floors = Floors(world.database(f"floors_{people}", fresh=False), people, world)
    floors.choose(1.0)
    return floors


def floor_of(world: World, floors: Floors, name: str) -> Subject:
    def run(seconds: float) -> Measured:
        costs = Costs(world)
        turns = floors.measure(name, min(seconds, FLOOR_SECONDS))
        each = costs.each(floors.done)
        return Measured(turns, postgres=each["postgres"], wal=each["wal"], foreign=costs.foreign())

    return run
