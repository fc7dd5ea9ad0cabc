"""How long an answer takes: `python -m tests.benchmarks.bench_latency`.

Open loop: calls begin when they are due, however late the answers are, and times count from then to the 200,
which comes after the commit.  At 5 % and at 50 % of what the server was measured to do just before.  Beside
it, at 5 %, the same server with one turn a batch: batching must never cost anybody time.
"""

import argparse
import sys
from contextlib import ExitStack

from tests.benchmarks.driver import Load
from tests.benchmarks.subjects import CONNECTIONS, Called
from tests.benchmarks.telling import Bar, Findings, found, middles_of, options, rounds, tell
from tests.benchmarks.world import BOTIQUE, World, open_world

TITLE = "How long an answer takes, at a fixed load"
UNBATCHED = ("-m", "tests.benchmarks.unbatched")
LITTLE, HALF = 0.05, 0.5
MEASURING = 4.0
"""Seconds for finding out how much the server can do."""


def station(world: World, stack: ExitStack, name: str, asked: argparse.Namespace) -> Called:
    """A server with a shop of its own, warm."""
    dsn = world.database(name)
    paths = world.shop(dsn, asked.people)
    pid, port = stack.enter_context(world.serve(dsn, UNBATCHED if name == "unbatched" else BOTIQUE))
    called = Called(world, Load([port], paths, world.secret, asked.people, 0, CONNECTIONS), pid)
    called(min(2.0, asked.seconds))
    return called


def run(asked: argparse.Namespace) -> Findings:
    with ExitStack() as stack:
        world = stack.enter_context(open_world(asked.folder))
        ours, unbatched = (station(world, stack, name, asked) for name in ("ours", "unbatched"))
        most = ours(min(MEASURING, asked.seconds)).turns
        there = {
            "ours, 5 %": ours.at(most * LITTLE),
            "unbatched, 5 %": unbatched.at(most * LITTLE),
            "ours, 50 %": ours.at(most * HALF),
        }
        runs = rounds(there, asked)
    middles = middles_of(runs)
    ratio = middles["ours, 5 %"].p50 / middles["unbatched, 5 %"].p50
    return found(TITLE, runs, [Bar("p50 at 5 % against one turn a batch", ratio, 1.0, least=False)])


def main() -> int:
    asked = options(__doc__)
    return tell(run(asked), asked.out)


if __name__ == "__main__":
    sys.exit(main())
