"""What is due: delays that have passed, questions to the outside, news of orders.  Leases, never a sleep."""

import asyncio
from collections import Counter

import structlog
from asyncpg import Pool
from msgspec import DecodeError

from engine.arrivals import Arrival
from engine.asking import Asker
from engine.counting import CALLS, TIMER_LATENESS, TIMERS
from engine.failpoints import failpoint
from engine.perform import read_request
from engine.receive import Reception
from engine.refusals import Refusal
from engine.rounds import Rounds
from engine.store import due
from engine.store.due import DueCall, DueTimer
from engine.store.order_news import MOST_CLAIMED, DueNews, claim_news
from engine.store.outages import reaching
from engine.under_way import UnderWay
from flows.events import Answered, OrderMoved, Woke
from flows.requests import HttpRequest, RemoteRequest

log = structlog.get_logger()

POLL_SECONDS = 0.5
CALLS_AT_ONCE = 64
CALLS_AT_ONCE_A_SHOP = 16
"""A shop with so many under way begins no more, and a round begins no more than so many: whoever is slow to
answer one shop leaves half of them to the others."""
FIRST_RETRY_SECONDS = 1.0
PATIENCE = (0.5, 1.0, 2.0, 4.0, 8.0)
"""Seconds between the attempts to keep an answer while the database is away: less than the lease has left."""

_NOTHING = HttpRequest("GET", "")
"""What stands in for a question that cannot be read: nobody will answer it."""


class Clock:
    """Makes turns of what is due, for all the bots of the database, together with other processes."""

    def __init__(self, pool: Pool, reception: Reception, asker: Asker) -> None:
        self._pool = pool
        self._reception = reception
        self._asker = asker
        self._rounds = Rounds(self._round, POLL_SECONDS)
        self._due_timers, self._due_calls = due.timers(), due.calls()
        self._calls = UnderWay(self._rounds.wake)
        self._asking: Counter[int] = Counter()

    def wake(self) -> None:
        """A call was committed."""
        self._rounds.wake()

    async def run(self) -> None:
        """Until cancelled; what was claimed and not finished is claimed again after its lease."""
        try:
            await self._rounds.run()
        finally:
            await self._calls.stop()

    async def _round(self) -> None:
        with reaching():
            timers = await self._due_timers.claim(self._pool)
            news = await claim_news(self._pool)
            await self._begin_calls()
        if timers:
            failpoint("timer_claimed")
            _count(timers)
        await self._reception.take([*map(_passed, timers), *map(_told, news)])
        if self._due_timers.more() or len(news) >= MOST_CLAIMED or self._more_calls():
            self._rounds.wake()

    async def _begin_calls(self) -> None:
        room = min(self._calls.room(CALLS_AT_ONCE), CALLS_AT_ONCE_A_SHOP)
        if not room:
            return
        calls = await self._due_calls.claim(self._pool, room, self._busy())
        if calls:
            failpoint("call_claimed")
        for call in calls:
            self._asking[call.shop_id] += 1
            self._calls.begin(self._call(call))

    def _more_calls(self) -> bool:
        return self._calls.room(CALLS_AT_ONCE) > 0 and self._due_calls.more(self._busy())

    def _busy(self) -> list[int]:
        """The shops that wait for as many answers as they may."""
        self._asking = +self._asking
        return [shop for shop, under_way in self._asking.items() if under_way >= CALLS_AT_ONCE_A_SHOP]

    async def _call(self, call: DueCall) -> None:
        try:
            await self._ask(call)
        finally:
            self._asking[call.shop_id] -= 1

    async def _ask(self, call: DueCall) -> None:
        request = _request(call)
        try:
            status, body = await self._asker.ask(call, request)
        except Exception:  # outermost: asked again it would fail again, for ever
            log.exception("asking failed", shop=call.shop_id, flow=call.flow, step=call.step)
            status, body = 0, None
        failpoint("call_answered")
        log.info("asked outside", shop=call.shop_id, flow=call.flow, step=call.step, status=status)
        answer = Answered(call.flow, call.step, call.token, status, body)
        for pause in PATIENCE:
            try:
                return await self._answered(call, request, answer)
            except Refusal:
                await asyncio.sleep(pause)
        CALLS.labels("lost").inc()
        log.warning("answer lost", shop=call.shop_id, flow=call.flow, step=call.step)

    async def _answered(self, call: DueCall, request: RemoteRequest, answer: Answered) -> None:
        with reaching():
            if (answer.status == 0 or answer.status >= 500) and call.attempts < request.retries:
                await due.call_again(self._pool, call, FIRST_RETRY_SECONDS * 2**call.attempts)
                CALLS.labels("retried").inc()
                return
            await self._reception.take(
                [Arrival(call.shop_id, answer, bot_user_id=call.bot_user_id, due=call.due)]
            )
        CALLS.labels("answered" if 0 < answer.status < 400 else "failed").inc()


def _count(timers: list[DueTimer]) -> None:
    TIMERS.inc(len(timers))
    for timer in timers:
        TIMER_LATENESS.observe(timer.late)


def _passed(timer: DueTimer) -> Arrival:
    woke = Woke(timer.flow, timer.step, timer.token)
    return Arrival(timer.shop_id, woke, bot_user_id=timer.bot_user_id, due=timer.due)


def _told(news: DueNews) -> Arrival:
    moved = OrderMoved(news.number, news.status, news.paid)
    return Arrival(news.shop_id, moved, bot_user_id=news.bot_user_id, due=news.due)


def _request(call: DueCall) -> RemoteRequest:
    try:
        return read_request(call.request)
    except (DecodeError, RecursionError):
        log.error("question unreadable", shop=call.shop_id, flow=call.flow, step=call.step)
        return _NOTHING
