"""What became of messages, from when it is known until it is written down."""

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic

from asyncpg import Pool

from engine.failpoints import failpoint
from engine.lane import Lane
from engine.store import deliveries
from engine.store.deliveries import Outcome, Parcel

MOST_SETTLED = 500
SETTLE_SECONDS = 0.04
"""Under load what became of messages is gathered for so long."""


class Settling:
    """`wake`: called when it is time to settle."""

    def __init__(self, owner: str, pool: Pool, wake: Callable[[], None]) -> None:
        self._owner = owner
        self._pool = pool
        self._wake = wake
        self._outcomes: list[tuple[Lane, Outcome]] = []
        self._put_off: set[int] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._settled = 0.0

    def note(self, lane: Lane, outcome: Outcome) -> None:
        """It is to be written down, soon."""
        self._outcomes.append((lane, outcome))
        lane.unsettled += 1
        if outcome.status == "queued":
            self._put_off.add(outcome.parcel.id)
        self._soon()

    def must_write(self, parcel: Parcel) -> bool:
        """Whether it is not yet written down that it was put off: till then it cannot be tried again."""
        return parcel.id in self._put_off

    async def settle(self) -> None:
        """Write down all that is noted by now; an outage loses nothing of it."""
        left = len(self._outcomes)
        while left > 0:
            left -= await self._settle()
        if self._outcomes:
            self._soon()

    async def _settle(self) -> int:
        batch = _different(self._outcomes[:MOST_SETTLED])
        failpoint("before_settle")
        outcomes = [(lane.epoch, outcome) for lane, outcome in batch]
        await deliveries.settle(self._pool, self._owner, outcomes)
        failpoint("after_settle")
        del self._outcomes[: len(batch)]  # only now: an outage must not lose what became of them
        self._settled = monotonic()
        for lane, outcome in batch:
            lane.unsettled -= 1
            if outcome.status == "queued":
                self._put_off.discard(outcome.parcel.id)
            else:
                lane.held.discard(outcome.parcel.id)
        return len(batch)

    def _soon(self) -> None:
        pause = self._settled + SETTLE_SECONDS - monotonic()
        if pause <= 0 or len(self._outcomes) >= MOST_SETTLED:
            self._wake()
        elif self._timer is None:
            self._timer = asyncio.get_running_loop().call_later(pause, self._now)

    def _now(self) -> None:
        self._timer = None
        self._wake()


def _different(outcomes: Sequence[tuple[Lane, Outcome]]) -> Sequence[tuple[Lane, Outcome]]:
    """As many as one statement can write: two outcomes of one parcel must come one after the other."""
    seen: set[int] = set()
    for place, (_, outcome) in enumerate(outcomes):
        if outcome.parcel.id in seen:
            return outcomes[:place]
        seen.add(outcome.parcel.id)
    return outcomes
