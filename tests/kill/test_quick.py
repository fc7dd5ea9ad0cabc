"""Thirty kills while people speak: nothing is lost, nothing doubled, everybody hears everything in order.

`make soak` does the same for longer, and says what it costs.
"""

import asyncio
import os
from pathlib import Path

from engine.failpoints import POINTS
from tests.kill.blows import CRASH, FROZEN
from tests.kill.siege import Plan, besiege

SEED = os.environ.get("BOTIQUE_SIEGE_SEED", "botique")
PLAN = Plan(SEED, kills=30, updates=500, serving=2, working=1, hurried=True)


async def test_nothing_is_lost_or_doubled_in_thirty_kills(folder: Path) -> None:
    async with asyncio.timeout(600):
        report = await besiege(PLAN, folder, lambda killed, taken: None)
    assert not report.verdict.wrong, f"seed {SEED}\n" + "\n".join(report.verdict.wrong[:20])
    befallen = {blow.what for blow in report.blows}
    assert {CRASH, FROZEN} <= befallen, f"seed {SEED}: only {befallen}"
    assert len(befallen & set(POINTS)) >= len(POINTS) // 2, f"seed {SEED}: only {befallen}"
    assert report.updates >= PLAN.updates
