"""How far behind deliveries are, looked up now and then for whoever watches."""

from asyncpg import Pool

from engine.counting import LANES, OUTBOX_LAG
from engine.rounds import Rounds
from engine.store import backlog
from engine.store.outages import reaching

LOOK_SECONDS = 5.0


class Backlog:
    """Of the lanes that `owner` holds."""

    def __init__(self, owner: str, pool: Pool) -> None:
        self._owner = owner
        self._pool = pool

    async def run(self) -> None:
        """Until cancelled."""
        await Rounds(self._look, LOOK_SECONDS).run()

    async def _look(self) -> None:
        with reaching():
            lanes, lag = await backlog.look(self._pool, self._owner)
        LANES.set(lanes)
        OUTBOX_LAG.set(lag)
