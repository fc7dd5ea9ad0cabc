"""What benchmarks are asked, and how they tell what they found: rounds, medians, a table, and bars."""

import argparse
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import NamedTuple

from msgspec import Struct, json

from tests.benchmarks.machine import described
from tests.benchmarks.measuring import Measured, Subject

PEOPLE = 100_000
SMALL = 10_000

COLUMNS: Mapping[str, tuple[str, str]] = {
    "turns": ("turns/s", "{:.0f}"),
    "server": ("server us", "{:.0f}"),
    "postgres": ("PG us", "{:.0f}"),
    "stub": ("stub us", "{:.0f}"),
    "wal": ("WAL B", "{:.0f}"),
    "memory": ("MB", "{:.0f}"),
    "p50": ("p50 ms", "{:.1f}"),
    "p99": ("p99 ms", "{:.1f}"),
    "foreign": ("foreign", "{:.0%}"),
}
"""What a table shows of a `Measured`; the third and on are a turn's."""


class Bar(Struct, frozen=True):
    """A ratio that was promised."""

    what: str
    ratio: float
    bar: float
    least: bool = True
    """Whether it is the least, or else the most."""

    @property
    def met(self) -> bool:
        return self.ratio >= self.bar if self.least else self.ratio <= self.bar

    def __str__(self) -> str:
        sign, met = "at least" if self.least else "at most", "met" if self.met else "NOT met"
        return f"{self.what}: {self.ratio:.2f} ({sign} {self.bar:g}), {met}"


class Findings(Struct, frozen=True):
    """Of one benchmark: medians by subject."""

    title: str
    middles: dict[str, Measured]
    bars: list[Bar]
    runs: dict[str, list[Measured]]
    machine: str = ""


def options(description: str | None, arguments: Sequence[str] | None = None) -> argparse.Namespace:
    read = argparse.ArgumentParser(description=description)
    read.add_argument("--rounds", type=int, default=3)
    read.add_argument("--seconds", type=float, default=8.0, help="of a run")
    read.add_argument("--people", type=int, default=PEOPLE, help="who have written before")
    read.add_argument("--only", nargs="*", help="these subjects")
    read.add_argument("--small", action="store_true", help="small tables")
    read.add_argument("--folder", type=Path, help="keeps the cluster and the floors' table for the next run")
    read.add_argument("--out", type=Path, help="writes what was found as JSON")
    asked = read.parse_args(arguments)
    if asked.small:
        asked.people = SMALL
    return asked


def rounds(subjects: Mapping[str, Subject], asked: argparse.Namespace) -> dict[str, list[Measured]]:
    """Every subject once a round, so that a machine that changes its mind changes it for all."""
    runs: dict[str, list[Measured]] = {name: [] for name in subjects}
    for number in range(1, asked.rounds + 1):
        for name, subject in subjects.items():
            measured = subject(asked.seconds)
            runs[name].append(measured)
            sys.stdout.write(f"round {number}  {name:16} {measured.turns:8.0f} turns/s\n")
            sys.stdout.flush()
    return runs


def found(title: str, runs: dict[str, list[Measured]], bars: Sequence[Bar] = ()) -> Findings:
    return Findings(title, middles_of(runs), list(bars), runs, described())


def middles_of(runs: Mapping[str, Sequence[Measured]]) -> dict[str, Measured]:
    """The median of every figure."""
    return {
        name: Measured(*(median(column) for column in zip(*each, strict=True)))
        for name, each in runs.items()
        if each
    }


class Line(NamedTuple):
    name: str
    cells: tuple[str, ...]


def lines(middles: Mapping[str, Measured]) -> list[Line]:
    """A table with its heading first."""
    shown = [Line("", tuple(title for title, _ in COLUMNS.values()))]
    for name, one in middles.items():
        figures = {**one._asdict(), "memory": one.memory / 2**20}
        cells = (
            form.format(figures[field]) if figures[field] else "" for field, (_, form) in COLUMNS.items()
        )
        shown.append(Line(name, tuple(cells)))
    return shown


def tell(findings: Findings, out: Path | None = None) -> int:
    """Print it and keep it; how a program ends that found it."""
    say = sys.stdout.write
    say(f"\n{findings.title}\n{findings.machine}\n")
    for name, cells in lines(findings.middles):
        say(f"{name:16}" + "".join(f"{cell:>10}" for cell in cells) + "\n")
    for name, one in findings.middles.items():
        if one.refused or one.lost:
            say(f"{name}: refused {one.refused:.0f}, never delivered {one.lost:.0f}\n")
    for bar in findings.bars:
        say(f"{bar}\n")
    if out is not None:
        out.write_bytes(json.encode(findings))
    return int(not all(bar.met for bar in findings.bars))
