"""End to end: `python -m tests.benchmarks.bench_end_to_end [--rounds 3] [--seconds 8]`.

A turn counts if its message reached the messenger.  Beside it, round by round in the same run, what
PostgreSQL can do at most (`floors.py`).  `--folder` keeps the filled database of the floors for the next
run; `--small` takes small tables.
"""

import argparse
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from statistics import median

import msgspec

from tests.benchmarks.driver import Load
from tests.benchmarks.floors import FLOORS, Floors
from tests.benchmarks.machine import described
from tests.benchmarks.measuring import Costs, Measured, measure
from tests.benchmarks.world import World, open_world

PEOPLE = 100_000
FLOOR_PEOPLE = 1_000_000
SMALL = 10_000
FLOOR_SECONDS = 3.0
CONNECTIONS = 256
FEW = 64
"""Calls at once for a subject that more would only keep waiting."""

Runs = dict[str, list[Measured]]
Subject = Callable[[float], Measured]


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    read = argparse.ArgumentParser(description=__doc__)
    read.add_argument("--rounds", type=int, default=3)
    read.add_argument("--seconds", type=float, default=8.0)
    read.add_argument("--people", type=int, default=PEOPLE)
    read.add_argument("--only", nargs="*", help="subjects: multi fn batch64 ours naive")
    read.add_argument("--small", action="store_true")
    read.add_argument("--folder", type=Path)
    read.add_argument("--out", type=Path)
    return read.parse_args(arguments)


def ours(world: World, stack: ExitStack, people: int) -> Subject:
    """`botique serve`, one process."""
    dsn = world.database("ours")
    world.shop(dsn, people)
    pid, port = stack.enter_context(world.serve(dsn))
    begin = 0

    def run(seconds: float) -> Measured:
        nonlocal begin
        load = Load([port], world.path, world.secret, people, seconds, CONNECTIONS, begin=begin)
        measured = measure(world, load, pid)
        begin = measured.end
        return measured

    return run


def floor_of(world: World, floors: Floors, name: str) -> Subject:
    def run(seconds: float) -> Measured:
        costs = Costs(world)
        turns = floors.measure(name, min(seconds, FLOOR_SECONDS))
        each = costs.each(floors.done)
        return Measured(turns, postgres=each["postgres"], wal=each["wal"], foreign=costs.foreign())

    return run


def subjects(world: World, stack: ExitStack, asked: argparse.Namespace) -> dict[str, Subject]:
    """Everything that is measured, ready and warm."""
    wanted = asked.only or [*FLOORS, "ours"]
    found: dict[str, Subject] = {}
    if any(name in FLOORS for name in wanted):
        people = SMALL if asked.small else FLOOR_PEOPLE
        floors = Floors(world.database(f"floors_{people}", fresh=False), people, world.folder)
        floors.choose(1.0)
        found |= {name: floor_of(world, floors, name) for name in FLOORS if name in wanted}
    if "ours" in wanted:
        found["ours"] = ours(world, stack, SMALL if asked.small else asked.people)
        found["ours"](min(2.0, asked.seconds))
    return found


def run(asked: argparse.Namespace) -> Runs:
    runs: Runs = {}
    with ExitStack() as stack:
        world = stack.enter_context(open_world(asked.folder))
        there = subjects(world, stack, asked)
        for number in range(1, asked.rounds + 1):
            for name, subject in there.items():
                measured = subject(asked.seconds)
                runs.setdefault(name, []).append(measured)
                sys.stdout.write(f"round {number}  {name:8} {measured.turns:9.0f} turns/s\n")
                sys.stdout.flush()
    return runs


def middle(runs: list[Measured]) -> Measured:
    """The median of every figure."""
    return Measured(*(median(column) for column in zip(*runs, strict=True)))


def table(middles: dict[str, Measured]) -> str:
    head = ("", "turns/s", "server µs", "PG µs", "stub µs", "WAL B", "MB", "p50 ms", "p99 ms", "foreign")
    lines = ["{:10}{:>9}{:>11}{:>8}{:>9}{:>8}{:>6}{:>9}{:>9}{:>9}".format(*head)]
    for name, one in middles.items():
        lines.append(
            f"{name:10}{one.turns:9.0f}{one.server:11.0f}{one.postgres:8.0f}{one.stub:9.0f}{one.wal:8.0f}"
            f"{one.memory / 2**20:6.0f}{one.p50:9.1f}{one.p99:9.1f}{one.foreign:9.0%}"
        )
        if one.refused or one.lost:
            lines.append(f"{'':10}refused {one.refused:.0f}, never delivered {one.lost:.0f}")
    return "\n".join(lines)


def bars(middles: dict[str, Measured]) -> dict[str, tuple[float, float, bool]]:
    """What was promised: the ratio, the bar, and whether more is better."""
    found: dict[str, tuple[float, float, bool]] = {}
    if "ours" not in middles:
        return found
    mine = middles["ours"]
    for name, bar in (("multi", 2.0), ("fn", 1.0), ("naive", 40.0)):
        if name in middles:
            found[f"turns/s against {name}"] = (mine.turns / middles[name].turns, bar, True)
    if "multi" in middles:
        ratio = mine.postgres / max(1.0, middles["multi"].postgres)
        found["PostgreSQL's CPU a turn against multi"] = (ratio, 0.2, False)
    return found


def main(arguments: list[str] | None = None) -> int:
    asked = options(arguments)
    runs = run(asked)
    middles = {name: middle(each) for name, each in runs.items()}
    sys.stdout.write(f"\n{described()}\n{table(middles)}\n\n")
    missed = 0
    for what, (ratio, bar, more) in bars(middles).items():
        met = ratio >= bar if more else ratio <= bar
        missed += not met
        sign = "at least" if more else "at most"
        sys.stdout.write(f"{what}: {ratio:.2f} ({sign} {bar}) {'met' if met else 'NOT met'}\n")
    if asked.out:
        asked.out.write_bytes(
            msgspec.json.encode(
                {"machine": described(), "runs": {k: [m._asdict() for m in v] for k, v in runs.items()}}
            )
        )
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
