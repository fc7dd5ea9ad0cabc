"""Messages leave here, after the commit: in order a conversation, kept through outages, given up visibly."""

import asyncio
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import uniform
from time import monotonic
from typing import assert_never

import structlog
from asyncpg import InternalClientError, Pool

from channels.base import Sent, Undelivered
from channels.clean import clean
from channels.invoices import Invoice
from channels.kinds import KINDS, channel_class
from channels.sender import Sender
from engine.arrivals import Arrival
from engine.connections import Connection, Connections
from engine.letters import letters, post, said
from engine.perform import read_outbox
from engine.refusals import NotFound, Refusal, Unavailable
from engine.rounds import Rounds
from engine.store import deliveries
from engine.store.bots import LAUNCHED
from engine.store.deliveries import Held, Outcome, Parcel
from engine.store.outages import reaching
from flows.effects import Typing
from flows.events import Left

log = structlog.get_logger()

LONGEST_KEPT = timedelta(hours=24)
"""How long an outage is waited out; Telegram keeps updates for us as long."""
LONGEST_PAUSE = 300.0
POLL_SECONDS = 0.5
AT_ONCE = 160
AT_ONCE_A_BOT = 32
"""Conversations: a messenger that hangs holds up its own bot, and not the others."""
STOP_SECONDS = 3.0
"""How long an answer is waited for at the end: less than what a lease has left when it is not renewed."""
TYPING_SECONDS = 4.5
"""How often «typing» is shown anew: of the messengers Telegram forgets it soonest, after five seconds."""

_LOST = "The messenger's answer was lost, so this may arrive twice: {reason}"
_PERHAPS = "The messenger's answer was lost, so this bill may have arrived; a bill is not sent twice."
_NO_BILLS = "This bot cannot have bills paid; give it its token for payments."

Who = tuple[int, int]
"""A conversation, as shop and bot user; a bot, as shop and bot."""


_NEVER = float("-inf")


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
        self._connections = connections
        self._sender = sender
        self._report = report
        self._owner = owner
        self._rounds = Rounds(self._round, POLL_SECONDS)
        self._busy: dict[Who, Who] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._lanes: dict[Who, Held] = {}
        self._outcomes: list[tuple[int, Outcome]] = []
        self._paused: dict[Who, float] = {}
        self._slots = asyncio.Semaphore(AT_ONCE)
        self._leased = _NEVER

    def wake(self) -> None:
        """There is something to deliver."""
        self._rounds.wake()

    def offer(self, parcels: Sequence[Parcel]) -> None:
        """These were committed just now, by this process: in the order of their ids."""
        if parcels:
            self.wake()

    async def run(self) -> None:
        """Until cancelled."""
        try:
            await self._rounds.run()
        finally:
            await self._stop()

    async def _stop(self) -> None:
        self._leased = _NEVER  # what was begun is finished, and nothing more is begun
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=STOP_SECONDS)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        with suppress(Refusal), reaching():
            await self._settle()
            await deliveries.release(self._pool, self._owner)

    async def _round(self) -> None:
        with reaching():
            began = monotonic()
            if began - self._leased > deliveries.LEASE_SECONDS / 3:
                pulling = [kind for kind in KINDS if channel_class(kind).pulls]
                self._lanes = await deliveries.lease(self._pool, self._owner, pulling)
                self._leased = began
            await self._settle()
            parcels = await deliveries.read(self._pool, self._owner, self._resting(), self._busy)
        # What came back while we were reading is not settled yet: nothing behind it may go first.
        unsettled = {_conversation(outcome.parcel) for _, outcome in self._outcomes}
        waiting: dict[Who, list[Parcel]] = {}
        for parcel in parcels:
            waiting.setdefault(_conversation(parcel), []).append(parcel)
        busy = Counter(self._busy.values())
        for who, own in waiting.items():
            bot = own[0].shop_id, own[0].bot_id
            if who not in self._busy and who not in unsettled and busy[bot] < AT_ONCE_A_BOT:
                busy[bot] += 1
                self._start(who, bot, own)

    def _resting(self) -> set[Who]:
        """Bots for which nothing more can be begun now."""
        now = monotonic()
        self._paused = {bot: until for bot, until in self._paused.items() if until > now}
        full = {bot for bot, busy in Counter(self._busy.values()).items() if busy >= AT_ONCE_A_BOT}
        return full | set(self._paused)

    def _start(self, who: Who, bot: Who, parcels: list[Parcel]) -> None:
        if (lane := self._lanes.get(bot)) is None:
            return
        self._busy[who] = bot
        task = asyncio.create_task(self._deliver_all(lane, parcels))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        task.add_done_callback(lambda _: self._busy.pop(who))
        task.add_done_callback(lambda _: self._rounds.wake())

    async def _settle(self) -> None:
        outcomes = self._outcomes[:]
        if outcomes:
            await deliveries.settle(self._pool, self._owner, outcomes)
            del self._outcomes[: len(outcomes)]  # only now: an outage must not lose what became of them

    async def _deliver_all(self, lane: Held, parcels: Iterable[Parcel]) -> None:
        """One conversation's parcels in order; the first that must wait holds up the rest."""
        async with self._slots:
            for parcel in parcels:
                if not self._may_go(parcel):
                    return
                try:
                    outcome = await self._deliver(lane, parcel)
                except (Unavailable, InternalClientError):  # the latter: a connection that broke at work
                    return
                except Exception as error:  # outermost: one that cannot be delivered must not stop the rest
                    log.exception("delivery failed", shop=parcel.shop_id, bot=parcel.bot_id)
                    outcome = Outcome(parcel, "failed", problem=type(error).__name__)
                if outcome is None:
                    return
                self._outcomes.append((lane.epoch, outcome))
                if outcome.status == "queued":
                    return

    def _may_go(self, parcel: Parcel) -> bool:
        now = monotonic()
        paused = self._paused.get((parcel.shop_id, parcel.bot_id), _NEVER)
        # Who slept through his lease cannot know who has the lane now.
        return paused <= now < self._leased + deliveries.LEASE_SECONDS

    async def _deliver(self, lane: Held, parcel: Parcel) -> Outcome | None:
        """What became of it; None if nothing was tried.  Raises Unavailable: then nothing was either."""
        try:
            with reaching():
                connection = await self._connections.of(parcel.shop_id, parcel.bot_id)
        except NotFound as error:
            return Outcome(parcel, "failed", problem=error.message)
        if connection.status != LAUNCHED:
            return None
        item = read_outbox(parcel.body)
        if isinstance(item, Typing):
            return await self._type(connection, parcel, item)
        if isinstance(item, Invoice):
            return await self._bill(connection, lane, parcel, item)
        sent, loss = Sent(""), None
        to_send = letters(connection, parcel.messenger_user_id, item)[parcel.parts :]
        for done, letter in enumerate(to_send, parcel.parts):
            answer, lost = await post(self._sender, connection.channel, letter)
            if isinstance(answer, Undelivered):
                return await self._undelivered(parcel, answer._replace(reason=said(answer)), done)
            loss = lost or loss
            if answer.external_id:
                sent = answer
        if lane.troubled:
            await self._tell_owner(parcel, None)
        return Outcome(parcel, "sent", external_id=clean(sent.external_id), problem=loss)

    async def _type(self, connection: Connection, parcel: Parcel, typing: Typing) -> Outcome:
        """Show it and hold back what follows, until it has been shown for long enough."""
        left = typing.seconds - parcel.parts * TYPING_SECONDS
        if left <= 0:
            return Outcome(parcel, "sent")
        channel, to = connection.channel, parcel.messenger_user_id
        # A messenger that does not take it tells the message after it why.
        await self._sender.send(channel, channel.typing(connection.credentials, to))
        later = datetime.now(UTC) + timedelta(seconds=min(left, TYPING_SECONDS))
        return Outcome(parcel, "queued", not_before=later, parts=parcel.parts + 1)

    async def _bill(self, connection: Connection, lane: Held, parcel: Parcel, invoice: Invoice) -> Outcome:
        """A bill never goes out twice: where it may have gone, it is given up."""
        with reaching():
            if not await deliveries.begin(self._pool, self._owner, parcel, lane.epoch):
                return Outcome(parcel, "failed", problem=_PERHAPS, ambiguous=True)
        requests = letters(connection, parcel.messenger_user_id, invoice)
        if not requests:
            return Outcome(parcel, "failed", problem=_NO_BILLS)
        answer, _ = await post(self._sender, connection.channel, requests[0])
        if isinstance(answer, Sent):
            return Outcome(parcel, "sent", external_id=clean(answer.external_id))
        outcome = await self._undelivered(parcel, answer._replace(reason=said(answer)), 0)
        return outcome._replace(status="failed", problem=_PERHAPS) if answer.ambiguous else outcome

    async def _tell_owner(self, parcel: Parcel, problem: str | None) -> None:
        with suppress(Unavailable), reaching():  # the next delivery tells it as well
            await deliveries.set_problem(self._pool, parcel.shop_id, parcel.bot_id, problem)

    async def _undelivered(self, parcel: Parcel, answer: Undelivered, parts: int) -> Outcome:
        log.info("not delivered", shop=parcel.shop_id, bot=parcel.bot_id, kind=answer.kind, why=answer.reason)
        bot = (parcel.shop_id, parcel.bot_id)
        match answer.kind:
            case "retry":
                pause = answer.retry_after or uniform(0.5, 1.0) * min(2.0**parcel.attempts, LONGEST_PAUSE)
            case "slow":
                pause = answer.retry_after or 1.0
                if answer.whole_bot:
                    self._paused[bot] = monotonic() + pause
            case "auth":
                pause = 60.0
                self._paused[bot] = monotonic() + pause
                await self._tell_owner(parcel, answer.reason)
            case "gone":
                self._report(Arrival(parcel.shop_id, Left(), bot_user_id=parcel.bot_user_id))
                return Outcome(parcel, "failed", problem=answer.reason)
            case "refused":
                return Outcome(parcel, "failed", problem=answer.reason)
            case _:
                assert_never(answer.kind)
        now = datetime.now(UTC)
        problem = _LOST.format(reason=answer.reason) if answer.ambiguous else answer.reason
        outcome = Outcome(parcel, "failed", problem=problem, ambiguous=answer.ambiguous)
        if now - parcel.created_at > LONGEST_KEPT:
            return outcome
        later = now + timedelta(seconds=pause)
        return outcome._replace(status="queued", not_before=later, parts=parts)


def _conversation(parcel: Parcel) -> Who:
    return parcel.shop_id, parcel.bot_user_id
