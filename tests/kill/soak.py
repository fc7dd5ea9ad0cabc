"""`python -m tests.kill.soak --kills 200 --updates 10000`: Botique killed over and over, and all counted.

Ends with 0 where nothing was lost, doubled or out of order, with 1 where something was.
"""

import argparse
import asyncio
import os
import sys
from collections import defaultdict
from pathlib import Path
from tempfile import TemporaryDirectory
from time import time

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.kill.siege import Plan, Report, besiege

SLOWEST_RECOVERY = 6.0
"""Seconds: a lane's lease, and the round that finds it over."""
SHOWN = 20


def main() -> int:
    asked = _asked()
    plan = Plan(
        seed=asked.seed,
        kills=asked.kills,
        updates=asked.updates,
        crashes=max(asked.kills // 40, 1),
        freezes=max(asked.kills // 40, 1),
    )
    console = Console()
    console.print(f"seed {plan.seed}; load {' '.join(f'{one:.1f}' for one in os.getloadavg())}")
    made = TemporaryDirectory(prefix="botique-siege-", ignore_cleanup_errors=True)
    with made as name, Progress(console=console) as progress:
        kills = progress.add_task("kills", total=plan.kills)
        updates = progress.add_task("updates", total=plan.updates)

        def told(killed: int, taken: int) -> None:
            progress.update(kills, completed=killed)
            progress.update(updates, completed=taken)

        report = asyncio.run(besiege(plan, Path(name), told))
    _show(console, report)
    return 1 if report.verdict.wrong else 0


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--updates", type=int, default=10_000)
    parser.add_argument("--seed", default=str(int(time())), help="the dice fall the same for the same seed")
    return parser.parse_args()


def _show(console: Console, report: Report) -> None:
    console = Console(width=max(console.width, 110))
    table = Table(
        "where", "times", "came twice", "most at once", "sent before", "slowest recovery", title="Blows"
    )
    grouped: defaultdict[str, list[int]] = defaultdict(list)
    for number, blow in enumerate(report.blows):
        grouped[blow.what].append(number)
    for what, numbers in sorted(grouped.items()):
        again = [report.verdict.again[number] for number in numbers]
        slowest = max(report.recoveries[number] for number in numbers)
        oldest = max(report.verdict.oldest.get(number, 0.0) for number in numbers)
        times = (f"{seconds:.1f} s" for seconds in (oldest, slowest))
        table.add_row(what, str(len(numbers)), str(sum(again)), str(max(again)), *times)
    console.print(table)
    verdict = report.verdict
    console.print(
        f"{report.updates} updates, {report.messages} messages in {report.seconds:.0f} s, the last"
        f" {report.drain:.0f} s of them to drain; asked {report.answers}; ended by themselves {report.exits}"
    )
    console.print(
        f"came twice: {sum(verdict.again.values())} after blows, {verdict.lost_answers} after lost answers;"
        f" asked outside again: {verdict.asked_again}, staff told again: {verdict.told_again}"
    )
    for one in verdict.wrong[:SHOWN]:
        console.print(f"WRONG {one}", markup=False)
    console.print(
        f"{len(verdict.wrong)} wrong" if verdict.wrong else "Nothing lost, doubled or out of order."
    )


if __name__ == "__main__":
    sys.exit(main())
