"""What a process holds: `python -m tests.benchmarks.bench_memory [--conversations 100000] [--minutes 10]`.

Bars (issue 4): at most 200 MB after 100,000 conversations had a turn; then, talked with for so many minutes
at 60 % of what it was measured to take, open loop, memory stays flat and nothing goes wrong.

Flat: memory at the end, the median of the last tenth of the samples, one a second, is at most 5 % above the
tenth that follows the first fifth.  Open files, but for the messenger's connections to us, and connections of
the database come and go with the load: at the end there are no more than at some time in the first half.
"""

import argparse
import asyncio
import os
import sys
from contextlib import ExitStack
from pathlib import Path
from statistics import linear_regression, median
from typing import NamedTuple
from urllib.parse import urlsplit

import asyncpg

from tests.benchmarks.machine import described, resident
from tests.benchmarks.peers.ours import PEOPLE, botique
from tests.benchmarks.peers.subjects import Standing
from tests.benchmarks.peers.talk import Talk
from tests.benchmarks.peers.talking import Measured, Town, end_tidily, town
from tests.benchmarks.world import at, open_world

MOST = 200e6
GROWTH = 1.05
SPARE = 2
_OPEN = ("01", "08")
"""Established, or closed by the other side alone."""
LOAD = 0.6
CALIBRATION = 20.0
FREE = 2_000
"""People of the open loop: more than wait for an answer at any time."""
AT_ONCE = 256


class Sample(NamedTuple):
    memory: int
    files: int
    connections: int
    unsent: int


class Samples:
    """What `standing` holds, a sample at every call."""

    def __init__(self, standing: Standing, dsn: str) -> None:
        self._server = standing.server
        self._port = urlsplit(standing.hook).port or 80
        self._dsn = dsn
        self.all: list[Sample] = []

    def __call__(self) -> None:
        files = len(os.listdir(f"/proc/{self._server}/fd")) - _callers(self._server, self._port)
        self.all.append(Sample(resident(self._server), files, *asyncio.run(_looked_up(self._dsn))))

    def growth(self, of: int) -> tuple[float, float]:
        """Medians of one column: once it had settled, and at the end."""
        column = [sample[of] for sample in self.all]
        fifth, tenth = len(column) // 5, max(1, len(column) // 10)
        return median(column[fifth : fifth + tenth]), median(column[-tenth:])

    def leaks(self, of: int) -> bool:
        column = [sample[of] for sample in self.all]
        return self.growth(of)[1] > max(column[: len(column) // 2 + 1]) + SPARE

    def slope(self) -> float:
        """Bytes a minute, after the first fifth."""
        settled = [sample.memory for sample in self.all[len(self.all) // 5 :]]
        return linear_regression(range(len(settled)), settled).slope * 60 if len(settled) > 1 else 0.0


def _callers(pid: int, port: int) -> int:
    """Connections that were made to a process's port and are open at its end."""
    rows = [line.split() for line in Path(f"/proc/{pid}/net/tcp").read_text().splitlines()[1:]]
    return sum(row[1].endswith(f":{port:04X}") and row[3] in _OPEN for row in rows)


async def _looked_up(dsn: str) -> tuple[int, int]:
    connection = await asyncpg.connect(dsn)
    try:
        others = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        return (
            await connection.fetchval(f"{others} AND pid <> pg_backend_pid()"),
            await connection.fetchval("SELECT count(*) FROM outbox"),
        )
    finally:
        await connection.close()


def options(arguments: list[str] | None = None) -> argparse.Namespace:
    read = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    read.add_argument("--conversations", type=int, default=PEOPLE)
    read.add_argument("--minutes", type=float, default=10.0)
    read.add_argument("--folder", type=Path)
    return read.parse_args(arguments)


def many(people: Town, standing: Standing, count: int) -> bool:
    """So many conversations have their first turn."""
    before = standing.resident()
    talk = Talk(standing.hook, 900, 0, AT_ONCE, chats=count, conversations=count, turns=1)
    measured = people.talk(standing, talk)
    after = standing.resident()
    each = (after - before) / max(1, measured.heard.turns)
    whole = measured.heard.turns >= count
    kept = after <= MOST and whole and not _faults(measured)
    sys.stdout.write(
        f"{measured.heard.turns} conversations with a turn{'' if whole else ', no more in 15 minutes'}:"
        f" {after / 1e6:.0f} MB ({before / 1e6:.0f} MB before, {each:.0f} bytes each),"
        f" bar {MOST / 1e6:.0f} MB: {'kept' if kept else 'MISSED'}{_faults(measured)}\n"
    )
    sys.stdout.flush()
    return kept


def soak(people: Town, standing: Standing, dsn: str, minutes: float) -> bool:
    """At a steady part of what it can take at most."""
    most = people.talk(standing, Talk(standing.hook, CALIBRATION, 2.0, AT_ONCE))
    samples, rate = Samples(standing, dsn), most.rate * LOAD
    sys.stdout.write(f"takes {most.rate:.0f} turns/s, is given {rate:.0f} for {minutes:g} minutes\n")
    sys.stdout.flush()
    talk = Talk(standing.hook, minutes * 60, 5.0, FREE, rate=rate, first=most.heard.next)
    measured = people.talk(standing, talk, meanwhile=samples)
    return told(measured, samples)


def told(measured: Measured, samples: Samples) -> bool:
    """Whether all was flat and well."""
    out, heard = sys.stdout, measured.heard
    memory, files, connections = samples.growth(0), samples.growth(1), samples.growth(2)
    flat = {
        "memory": memory[1] <= memory[0] * GROWTH,
        "open files": not samples.leaks(1),
        "connections of the database": not samples.leaks(2),
    }
    unsent = sorted(sample.unsent for sample in samples.all)
    out.write(
        f"memory  {memory[0] / 1e6:.1f} -> {memory[1] / 1e6:.1f} MB,"
        f" {samples.slope() / 1e3:+.0f} kB a minute\n"
        f"files   {files[0]:.0f} -> {files[1]:.0f} open; connections of the database"
        f" {connections[0]:.0f} -> {connections[1]:.0f}\n"
        f"turns   {heard.turns}, {measured.rate:.0f} a second;"
        f" p50 {heard.p50:.1f} ms, p99 {heard.p99:.1f} ms\n"
        f"outbox  p99 {heard.lag99:.1f} ms behind the webhook's answer; at most {unsent[-1]} rows\n"
        f"others took {measured.foreign:.0%} of the machine\n"
    )
    wrong = [what for what, is_flat in flat.items() if not is_flat]
    faults = _faults(measured)
    out.write(f"flat: {'MISSED by ' + ', '.join(wrong) if wrong else 'kept'}; errors: {faults or 'none'}\n")
    return not wrong and not faults


def _faults(measured: Measured) -> str:
    heard = measured.heard
    counted = {"wrong": heard.wrong, "lost": heard.lost, "refused": heard.refused, "late": heard.late}
    return "".join(f", {count} {what}" for what, count in counted.items() if count)


def main() -> int:
    asked = options()
    end_tidily()
    sys.stdout.write(f"{described()}\n")
    with ExitStack() as stack:
        world = stack.enter_context(open_world(asked.folder))
        people = stack.enter_context(town())
        standing = stack.enter_context(botique(world, asked.conversations)(people.messenger))
        kept = many(people, standing, asked.conversations)
        if asked.minutes:
            kept &= soak(people, standing, at(world.dsn, "peers"), asked.minutes)
    return int(not kept)


if __name__ == "__main__":
    sys.exit(main())
