"""The engine without HTTP in, against batches in pgbench: `python -m tests.benchmarks.bench_core`.

Bar: at least 0.35 of what PostgreSQL does with 64 turns in one statement.  Once without delivering, which is
compared, and once with it: then a turn counts when its message is at the messenger.
"""

import argparse
import os
import subprocess
import sys
from contextlib import ExitStack
from time import perf_counter

import msgspec

from tests.benchmarks.core import Done, Work
from tests.benchmarks.measuring import Costs, Measured
from tests.benchmarks.subjects import floor_of, floors_of
from tests.benchmarks.telling import Bar, Findings, found, middles_of, options, rounds, tell
from tests.benchmarks.world import World, open_world

TITLE = "The engine without HTTP in"
BAR = 0.35


class Core:
    """A process of `core.py` for every run: whatever it lacks of warmth it lacks in the first tenth."""

    def __init__(self, world: World, people: int, *, deliver: bool) -> None:
        self._world = world
        self._people = people
        self._deliver = deliver
        self._dsn = world.database("core_delivering" if deliver else "core")
        _, _, shop, bot, _ = world.shop(self._dsn, people)[0].split("/")
        self._place = int(shop), int(bot)
        self._end = 0

    def __call__(self, seconds: float) -> Measured:
        world, before = self._world, self._world.stub.messages()
        work = Work(*self._place, self._people, seconds, begin=self._end, deliver=self._deliver)
        command = [sys.executable, "-m", "tests.benchmarks.core", msgspec.json.encode(work).decode()]
        env = {**os.environ, **world.settings(self._dsn)}
        pipe = subprocess.PIPE
        with subprocess.Popen(command, env=env, stdin=pipe, stdout=pipe) as process:
            assert process.stdout is not None
            costs = Costs(world)
            done = msgspec.json.decode(process.stdout.readline(), type=Done)
            ended = perf_counter()
            if self._deliver:
                world.stub.wait(before + done.turns)
            late = perf_counter() - ended
            each = costs.each(done.turns)
            foreign = costs.foreign()
            process.communicate()
        self._end += done.turns
        turns = world.stub.messages() - before if self._deliver else done.turns
        own = done.cpu / max(1, done.turns) * 1e6
        return Measured(
            min(turns, done.turns) / (done.seconds + late),
            own,
            each["postgres"],
            each["stub"],
            each["wal"],
            foreign=foreign,
        )


def run(asked: argparse.Namespace) -> Findings:
    with ExitStack() as stack:
        world = stack.enter_context(open_world(asked.folder))
        floors = floors_of(world, small=asked.small)
        cores = {
            name: Core(world, asked.people, deliver=name == "delivering") for name in ("core", "delivering")
        }
        for core in cores.values():
            core(1.0)
        runs = rounds({"batch64": floor_of(world, floors, "batch64"), **cores}, asked)
    middles = middles_of(runs)
    ratio = middles["core"].turns / middles["batch64"].turns
    return found(TITLE, runs, [Bar("core against batch64", ratio, BAR)])


def main() -> int:
    asked = options(__doc__)
    return tell(run(asked), asked.out)


if __name__ == "__main__":
    sys.exit(main())
