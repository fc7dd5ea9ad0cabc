"""One, two and four processes on one database: `python -m tests.benchmarks.bench_workers`.

Four shops with a bot each; people call always at the same process.  On a machine with as few cores as
processes this shows what sharing costs, not what it brings.
"""

import argparse
import sys
from contextlib import ExitStack

from tests.benchmarks.driver import Load
from tests.benchmarks.measuring import Measured, Subject
from tests.benchmarks.subjects import CONNECTIONS, Called
from tests.benchmarks.telling import Findings, found, options, rounds, tell
from tests.benchmarks.world import World, open_world

TITLE = "More than one process on one database"
WORKERS = (1, 2, 4)
BOTS = 4


def workers(world: World, number: int, people: int) -> Subject:
    """So many processes, started for every run: those of another run would take lanes too."""
    dsn = world.database(f"workers_{number}")
    paths = world.shop(dsn, people, BOTS)
    begin = 0

    def run(seconds: float) -> Measured:
        nonlocal begin
        with ExitStack() as stack:
            there = [stack.enter_context(world.serve(dsn)) for _ in range(number)]
            ports = [port for _, port in there]
            load = Load(ports, paths, world.secret, people, 0, CONNECTIONS, begin=begin)
            called = Called(world, load, *(pid for pid, _ in there))
            called(min(2.0, seconds))
            measured = called(seconds)
        begin = measured.end
        return measured

    return run


def run(asked: argparse.Namespace) -> Findings:
    with ExitStack() as stack:
        world = stack.enter_context(open_world(asked.folder))
        there = {f"{number} processes": workers(world, number, asked.people) for number in WORKERS}
        return found(TITLE, rounds(there, asked))


def main() -> int:
    asked = options(__doc__)
    return tell(run(asked), asked.out)


if __name__ == "__main__":
    sys.exit(main())
