"""The conversation in the libraries that bots are written with: `python -m tests.benchmarks.bench_peers`.

Bars (issue 4), in turns a second whose right answer was with the person: at least 8 times aiogram with its
state in memory, 12 times with its state in Redis, 12 times aiogram-dialog, 18 times python-telegram-bot.
Ours commits every turn with its history, message and lead to PostgreSQL; theirs keep no more than the state.

Everybody talks with as many people at once, `--at-once`; each says the next thing when he is answered.
Subjects take turns, round by round, each started anew and alone.  `make benchmarks` installs the peers; one
needs `redis-server` as well.  `--only ours aiogram-dialog` measures those whose names begin so.
On a machine that others use too, turns a second mean little: the table says how much of it they took.
"""

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import median
from typing import NamedTuple

import msgspec

from tests.benchmarks.machine import described
from tests.benchmarks.peers.ours import PEOPLE, botique
from tests.benchmarks.peers.subjects import PEERS, NotHere, Subject, redis_server
from tests.benchmarks.peers.talk import Talk
from tests.benchmarks.peers.talking import Measured, Town, end_tidily, town
from tests.benchmarks.world import World, open_world

OURS = "ours, PostgreSQL, durable"
BARS = dict(zip(PEERS, (8.0, 12.0, 12.0, 18.0), strict=True))

Runs = dict[str, list[Measured]]


class Row(NamedTuple):
    """Medians of a subject's rounds, and how many times as fast we are: in turns, and in CPU a turn."""

    name: str
    rate: float
    best: float
    cpu: float
    store_cpu: float
    p50: float
    p99: float
    foreign: float
    times: float
    cpu_times: float


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--rounds", type=int, default=3)
    read.add_argument("--seconds", type=float, default=6.0)
    read.add_argument("--at-once", type=int, default=64)
    read.add_argument("--only", nargs="*", default=[""])
    read.add_argument("--out", type=Path)
    return read.parse_args(arguments)


def measure(world: World, people: Town, asked: argparse.Namespace) -> Runs:
    subjects: dict[str, Subject] = {OURS: botique(world), **PEERS}
    first, runs = dict.fromkeys(subjects, 1), Runs()
    for number in range(1, asked.rounds + 1):
        for name, subject in subjects.items():
            if not name.startswith(tuple(asked.only)):
                continue
            try:
                with subject(people.messenger) as standing:
                    talk = Talk(standing.hook, asked.seconds, 1.5, asked.at_once, 0.0, first[name], PEOPLE)
                    measured = people.talk(standing, talk, world.postgres)
            except NotHere as error:
                sys.stdout.write(f"LEFT OUT {name}: {error}\n")
                continue
            first[name] = measured.heard.next
            runs.setdefault(name, []).append(measured)
            _tell(number, name, measured)
    return runs


def _tell(number: int, name: str, measured: Measured) -> None:
    heard = measured.heard
    faults = {"wrong": heard.wrong, "lost": heard.lost, "refused": heard.refused}
    told = "".join(f", {count} {what}" for what, count in faults.items() if count)
    sys.stdout.write(
        f"round {number}  {measured.rate:8.0f} turns/s  others {measured.foreign:4.0%}  {name}{told}\n"
    )
    sys.stdout.flush()


def table(runs: Runs) -> list[Row]:
    rows = []
    ours = runs.get(OURS, [])
    for name, measured in runs.items():
        rate, cpu = median(m.rate for m in measured), median(m.cpu for m in measured)
        rows.append(
            Row(
                name,
                rate,
                max(m.rate for m in measured),
                cpu,
                median(m.store_cpu for m in measured),
                median(m.heard.p50 for m in measured),
                median(m.heard.p99 for m in measured),
                median(m.foreign for m in measured),
                median(m.rate for m in ours) / rate if ours else 0.0,
                cpu / median(m.cpu for m in ours) if ours else 0.0,
            )
        )
    return rows


def write(rows: list[Row]) -> bool:
    """Whether every bar was reached by somebody who was measured."""
    out, reached = sys.stdout, True
    out.write(f"\n{described()}\n\n")
    out.write("| | turns/s | best | CPU µs/turn | p50 / p99 ms | others took | we are | in CPU | bar |\n")
    out.write("|---|---|---|---|---|---|---|---|---|\n")
    for row in rows:
        bar = BARS.get(row.name, 0.0)
        kept = row.times >= bar
        reached &= kept
        verdict = f"≥ {bar:.0f}: {'reached' if kept else 'MISSED'}" if bar else ""
        stores = f" + {row.store_cpu:.0f}" if row.store_cpu else ""
        out.write(
            f"| {row.name} | {row.rate:.0f} | {row.best:.0f} | {row.cpu:.0f}{stores} |"
            f" {row.p50:.0f} / {row.p99:.0f} | {row.foreign:.0%} | {row.times:.1f} | {row.cpu_times:.1f} |"
            f" {verdict} |\n"
        )
    return reached


def main() -> int:
    asked = options()
    end_tidily()
    try:
        redis_server()
    except NotHere as error:
        sys.stdout.write(f"One row will be missing. {error}.\n")
    with ExitStack() as stack:
        world = stack.enter_context(open_world())
        runs = measure(world, stack.enter_context(town()), asked)
    rows = table(runs)
    reached = write(rows)
    if asked.out:
        asked.out.write_bytes(msgspec.json.encode(rows))
    astray = [name for name, all_of in runs.items() if any(m.heard.wrong or m.heard.lost for m in all_of)]
    if astray:
        sys.stdout.write(f"\nNo measure, for answers were wrong or lost: {', '.join(astray)}\n")
    return int(not reached or bool(astray) or len(rows) <= len(PEERS))


if __name__ == "__main__":
    sys.exit(main())
