"""The lanes of this process: taken, kept while it lives, given back to those who have fewer."""

from collections.abc import Callable, Iterable
from time import monotonic

from asyncpg import Pool

from channels.base import Pace
from channels.kinds import KINDS, channel_class
from engine.failpoints import failpoint
from engine.lane import Lane
from engine.store import lanes_held
from engine.store.lanes_held import LEASE_SECONDS, Held
from engine.store.outages import reaching

Who = tuple[int, int]
"""A bot, as shop and bot."""

LOOK_SECONDS = 0.9
"""How often it is looked for lanes to take and to give back."""
MARGIN = 0.25
"""A lease is taken as over so much early."""

NEVER = float("-inf")


class LaneKeeping:
    """`owner` is new with every start."""

    def __init__(self, owner: str, pool: Pool, taken: Callable[[], None]) -> None:
        self._owner = owner
        self._pool = pool
        self._taken = taken
        self.lanes: dict[Who, Lane] = {}
        self._leased = NEVER
        self._looked = NEVER
        self._spares_until = NEVER
        self._stopping = False

    def may_begin(self) -> bool:
        return not self._stopping and self.lives()

    def lives(self) -> bool:
        """Who slept through his lease cannot know who has his lanes now."""
        return monotonic() < self._leased + LEASE_SECONDS - MARGIN

    def has(self, lane: Lane) -> bool:
        """Whether it is ours: not if it was lost, though we live again and may even have it anew."""
        return self.lives() and self.lanes.get((lane.shop_id, lane.bot_id)) is lane

    async def round(self) -> None:
        """Renew what is ours, and share what is not with the others."""
        with reaching():
            began = monotonic()
            if NEVER < self._leased <= began - LEASE_SECONDS:
                # The database was away, for the others too perhaps: who comes back first must not bury them.
                self._spares_until = began + LEASE_SECONDS
            if began - self._leased >= LEASE_SECONDS / 3:
                await self._renew(began)
            freed = began >= self._spares_until and await lanes_held.bury(self._pool, self._owner)
            if freed or began - self._looked >= LOOK_SECONDS:
                pulling = [kind for kind in KINDS if channel_class(kind).pulls]
                share = await lanes_held.take(self._pool, self._owner, pulling)
                self._looked = began
                self._keep(await lanes_held.held(self._pool, self._owner), share)
            await self._give_back()

    def start(self) -> None:
        self._stopping = False

    def stop(self) -> None:
        """What was begun is finished, and nothing more is begun."""
        self._stopping = True

    async def leave(self) -> None:
        """Everything is for others to take."""
        self._leased = self._looked = NEVER
        self._drop(list(self.lanes))
        await lanes_held.leave(self._pool, self._owner)

    async def _renew(self, began: float) -> None:
        if not await lanes_held.renew(self._pool, self._owner):
            self._drop(list(self.lanes))
            await lanes_held.enter(self._pool, self._owner)
            self._looked = NEVER
        self._leased = began

    def _keep(self, held: list[Held], share: int) -> None:
        ours = {(lane.shop_id, lane.bot_id): lane for lane in held}
        changed = {
            bot for bot, lane in self.lanes.items() if bot not in ours or ours[bot].epoch != lane.epoch
        }
        self._drop(changed)
        new = [bot for bot in ours if bot not in self.lanes]
        for bot in new:
            self.lanes[bot] = Lane(*bot, ours[bot].epoch, _pace(ours[bot]))
        for bot, lane in self.lanes.items():
            lane.troubled = ours[bot].troubled
        self._choose({bot for bot, lane in ours.items() if lane.launched}, share)
        if new:
            failpoint("lane_taken")
            self._taken()

    def _choose(self, launched: set[Who], share: int) -> None:
        """Who has more than his share keeps what is busiest, and of the others what he kept before."""
        order = sorted(launched, key=lambda bot: (self.lanes[bot].leaving, -len(self.lanes[bot].held)))
        keeps = set(order[:share])
        for bot, lane in self.lanes.items():
            lane.leaving = bot not in keeps

    async def _give_back(self) -> None:
        done = [bot for bot, lane in self.lanes.items() if lane.leaving and not lane.busy]
        if done:
            self._drop(done)
            await lanes_held.give_back(self._pool, self._owner, done)

    def _drop(self, bots: Iterable[Who]) -> None:
        for bot in bots:
            self.lanes.pop(bot).leaving = True


def _pace(lane: Held) -> Pace:
    return channel_class(lane.kind).limits.pace if lane.kind in KINDS else Pace()
