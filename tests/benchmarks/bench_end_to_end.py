"""End to end: `python -m tests.benchmarks.bench_end_to_end [--rounds 3] [--seconds 8] [--small]`.

From the webhook to the messenger: a turn counts if its message came there.  Beside it, round by round in the
same run, what PostgreSQL can do at most (`floors.py`), and the naive way (`naive.py`).
`--only ours multi` measures these alone.
"""

import argparse
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack

from tests.benchmarks.floors import FLOORS
from tests.benchmarks.measuring import Measured, Subject
from tests.benchmarks.subjects import floor_of, floors_of, naive, ours
from tests.benchmarks.telling import Bar, Findings, found, middles_of, options, rounds, tell
from tests.benchmarks.world import World, open_world

TITLE = "End to end: from the webhook to the messenger"
AGAINST = {"multi": 2.0, "fn": 1.0, "naive": 40.0}
"""How many times as many turns a second, at the least."""
POSTGRES = 0.2
"""How much of the CPU of the transaction of six round trips, at the most."""
WARM_UP = 2.0


def subjects(world: World, stack: ExitStack, asked: argparse.Namespace) -> dict[str, Subject]:
    """Everything that is measured, ready and warm."""
    wanted = asked.only or [*FLOORS, "ours", "naive"]
    there: dict[str, Subject] = {}
    if any(name in FLOORS for name in wanted):
        floors = floors_of(world, small=asked.small)
        there = {name: floor_of(world, floors, name) for name in FLOORS if name in wanted}
    if "ours" in wanted:
        there["ours"] = ours(world, stack, asked.people)
        there["ours"](min(WARM_UP, asked.seconds))
    if "naive" in wanted:
        there["naive"] = naive(world, stack)
        there["naive"](min(WARM_UP, asked.seconds))
    return there


def bars(middles: Mapping[str, Measured]) -> Iterator[Bar]:
    if "ours" not in middles:
        return
    mine = middles["ours"]
    for name, bar in AGAINST.items():
        if name in middles:
            yield Bar(f"turns/s against {name}", mine.turns / middles[name].turns, bar)
    if "multi" in middles:
        ratio = mine.postgres / middles["multi"].postgres
        yield Bar("PostgreSQL's CPU a turn against multi", ratio, POSTGRES, least=False)


def run(asked: argparse.Namespace) -> Findings:
    with ExitStack() as stack:
        world = stack.enter_context(open_world(asked.folder))
        runs = rounds(subjects(world, stack, asked), asked)
    return found(TITLE, runs, list(bars(middles_of(runs))))


def main() -> int:
    asked = options(__doc__)
    return tell(run(asked), asked.out)


if __name__ == "__main__":
    sys.exit(main())
