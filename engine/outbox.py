"""Messages leave here, after the commit: in order a conversation, kept through outages, given up visibly."""

import asyncio
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic

import structlog
from asyncpg import InternalClientError, Pool

from channels.sender import Sender
from channels.wire import CONNECTIONS
from engine.arrivals import Arrival
from engine.connections import Connections
from engine.counting import UNDELIVERED
from engine.lane import MOST_A_LANE, Lane
from engine.lane_carrier import Carrier
from engine.lane_keeping import LaneKeeping
from engine.lane_line import Conversation
from engine.lane_settling import Settling
from engine.refusals import Refusal, Unavailable
from engine.rounds import Rounds
from engine.store import deliveries
from engine.store.deliveries import Outcome, Page, Parcel
from engine.store.outages import reaching

log = structlog.get_logger()

POLL_SECONDS = 0.25
"""How often it is looked for what other processes wrote."""
KEEP_SECONDS = 0.5
AT_ONCE = CONNECTIONS - 20
"""Somewhat less than there are connections to one messenger: what began must not queue up for one."""
AT_ONCE_A_BOT = 100
"""As many as Telegram itself opens to a bot's webhook.  And never more than are left for others: a messenger
that hangs holds up its own bot, and several that hang leave room for the next one."""
STOP_SECONDS = 2.0
"""How long an answer is waited for at the end: less than what a lease has left when it is not renewed."""
MOST_KNOWN = 20_000
LANES_A_PAGE = 250
GONE_SECONDS = 60.0


class Deliveries:
    """Delivers for every bot whose lane `owner` holds.  `owner` is new with every start."""

    def __init__(
        self,
        owner: str,
        pool: Pool,
        connections: Connections,
        sender: Sender,
        report: Callable[[Arrival], None],
    ) -> None:
        self._pool = pool
        self._keeping = LaneKeeping(owner, pool, self.wake)
        self._carrier = Carrier(owner, pool, connections, sender, report, self._keeping.has)
        self._rounds = Rounds(self._round, POLL_SECONDS)
        self._tasks: set[asyncio.Task[None]] = set()
        self._settling = Settling(owner, pool, self._rounds.wake)
        self._hungry: dict[Lane, None] = {}
        self._timers: dict[Lane, asyncio.TimerHandle] = {}
        self._in_flight = 0
        self._known = 0
        self._woken = True
        self._polled = self._checked = 0.0

    def wake(self) -> None:
        """There is something to deliver."""
        self._woken = True
        self._rounds.wake()

    def offer(self, parcels: Sequence[Parcel]) -> None:
        """Whole turns that this process committed just now.  Their lanes need not read them."""
        own: dict[Lane, list[Parcel]] = {}
        for parcel in parcels:
            lane = self._keeping.lanes.get((parcel.shop_id, parcel.bot_id))
            if lane is not None:
                own.setdefault(lane, []).append(parcel)
        now = monotonic()
        for lane, its in own.items():
            if self._known >= MOST_KNOWN:
                lane.reading.stopped()
            self._known += len(its)
            lane.offer(its, now)
            self._begin(lane)

    async def run(self) -> None:
        """Until cancelled."""
        self._keeping.start()
        try:
            await asyncio.gather(Rounds(self._keeping.round, KEEP_SECONDS).run(), self._rounds.run())
        finally:
            await self._stop()

    async def _stop(self) -> None:
        self._keeping.stop()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self._hungry.clear()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        with suppress(Refusal), reaching():
            await self._settling.settle()
            await self._keeping.leave()

    async def _round(self) -> None:
        # One after the other: what is settled while it is being read would be sent twice, and all of what is
        # known first, or somebody would be read anew as he was before it.
        with reaching():
            await self._settling.settle()
            await self._check()
            for lanes in self._to_read():
                await self._read(lanes)

    def _to_read(self) -> Iterable[list[Lane]]:
        now = monotonic()
        lanes = list(self._keeping.lanes.values())
        self._known = sum(len(lane.held) for lane in lanes)
        every = self._woken or now - self._polled >= POLL_SECONDS
        if every:
            self._woken, self._polled = False, now
            self._begin_again(lanes)
        if self._known >= MOST_KNOWN:
            return []
        due = [
            lane
            for lane in lanes
            if (every or lane.reading.wanted or lane.reading.behind)
            and not (lane.leaving or lane.sleeps(now))
            and 2 * lane.room >= MOST_A_LANE
        ]
        return [due[at : at + LANES_A_PAGE] for at in range(0, len(due), LANES_A_PAGE)]

    async def _read(self, lanes: list[Lane]) -> None:
        now = monotonic()
        limit = max(MOST_A_LANE // (2 * len(lanes)), 16)
        pages = []
        for lane in lanes:
            lane.reading.begins(now)
            pages.append(Page(lane.shop_id, lane.bot_id, lane.reading.at, lane.held, lane.resting))
        rows: list[tuple[Parcel, float]] | None = None
        try:
            rows = await deliveries.read(self._pool, pages, limit)
        finally:
            if rows is None:
                for lane in lanes:
                    lane.reading.broken_off()
        found: dict[tuple[int, int], list[tuple[Parcel, float]]] = {}
        for row in rows:
            found.setdefault((row[0].shop_id, row[0].bot_id), []).append(row)
        now = monotonic()
        for lane in lanes:
            own = found.get((lane.shop_id, lane.bot_id), [])
            lane.take_in(own, now, whole=len(own) < limit)
            if not lane.idle:
                self._begin(lane)
            if lane.reading.behind and own:
                self._rounds.wake()

    async def _check(self) -> None:
        """Who was removed is not written to, though what was for him was read before."""
        if monotonic() - self._checked < GONE_SECONDS:
            return
        self._checked = monotonic()
        lanes = [lane for lane in self._keeping.lanes.values() if lane.held]
        gone = await deliveries.gone(self._pool, [(lane.shop_id, id) for lane in lanes for id in lane.held])
        for lane in lanes if gone else ():
            lane.gone(gone)

    def _begin(self, lane: Lane) -> None:
        """Begin with whatever of it may go now."""
        now = monotonic()
        if not self._keeping.may_begin():
            return
        while lane.in_flight < min(AT_ONCE_A_BOT, AT_ONCE - self._in_flight):
            found = lane.next(now)
            if found is None:
                self._hungry.pop(lane, None)
                self._begin_later(lane, now)
                break
            self._in_flight += 1
            task = asyncio.create_task(self._deliver_all(lane, *found))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._hungry.pop(lane, None)  # in turns: who was served just now comes behind the others
            self._hungry[lane] = None
        if lane.reading.wanted:
            self._rounds.wake()

    def _begin_again(self, lanes: Iterable[Lane]) -> None:
        # Whatever ended while our leases were over, or a lane was to be given back, began nothing after it.
        for lane in lanes:
            if lane.held and not lane.in_flight:
                self._begin(lane)

    def _begin_later(self, lane: Lane, now: float) -> None:
        if timer := self._timers.pop(lane, None):
            timer.cancel()
        at = lane.next_at(now)
        if at is not None and not lane.leaving:
            loop = asyncio.get_running_loop()
            self._timers[lane] = loop.call_later(max(at - now, 0.001), self._begin, lane)

    def _landed(self, lane: Lane, conversation: Conversation) -> None:
        self._in_flight -= 1
        lane.landed(conversation, monotonic())
        self._hungry.setdefault(lane)
        for other in list(self._hungry):
            left = AT_ONCE - self._in_flight
            if left <= 0:
                break
            if other.in_flight < left:
                self._begin(other)

    async def _deliver_all(self, lane: Lane, conversation: Conversation, first: Parcel) -> None:
        """One conversation's parcels in order; the first that must wait holds up the rest."""
        parcel: Parcel | None = first
        wait = 0.0
        try:
            while parcel is not None:
                if not self._keeping.may_begin() or lane.leaving:
                    return
                if self._settling.must_write(parcel):
                    wait = POLL_SECONDS
                    return
                outcome = await self._deliver(lane, parcel)
                if outcome is None:
                    return
                self._settling.note(lane, outcome)
                parcel = self._follow_up(lane, conversation, outcome)
        finally:
            if parcel is not None:
                conversation.put_back(parcel, monotonic() + wait)
            self._landed(lane, conversation)

    async def _deliver(self, lane: Lane, parcel: Parcel) -> Outcome | None:
        try:
            return await self._carrier.carry(lane, parcel)
        except (Unavailable, InternalClientError):  # the latter: a connection that broke at work
            lane.pause(monotonic() + POLL_SECONDS)
            return None
        except Exception as error:  # outermost: one that cannot be delivered must not stop the rest
            log.exception("delivery failed", shop=parcel.shop_id, bot=parcel.bot_id)
            UNDELIVERED.labels("any", "mistake").inc()
            return Outcome(parcel, "failed", problem=type(error).__name__)

    def _follow_up(self, lane: Lane, conversation: Conversation, outcome: Outcome) -> Parcel | None:
        if outcome.status == "queued" and outcome.not_before is not None:
            parcel = outcome.parcel
            again = parcel._replace(attempts=parcel.attempts + 1, parts=outcome.parts)
            wait = (outcome.not_before - datetime.now(UTC)).total_seconds()
            conversation.put_back(again, monotonic() + wait)
            return None
        return lane.another(conversation, monotonic())
