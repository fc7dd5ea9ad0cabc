"""One message on its way to the messenger, and what became of it."""

from asyncio import CancelledError
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from random import uniform
from time import monotonic
from typing import assert_never

import structlog
from asyncpg import Pool

from channels.base import Sent, Undelivered
from channels.clean import clean
from channels.invoices import Invoice
from channels.sender import Sender
from engine.arrivals import Arrival
from engine.connections import Connection, Connections
from engine.failpoints import failpoint
from engine.lane import Lane
from engine.letters import Letter, Posted, letters, post, said
from engine.perform import Acknowledge, read_outbox
from engine.refusals import NotFound, Unavailable
from engine.store import deliveries
from engine.store.bots import LAUNCHED
from engine.store.deliveries import Outcome, Parcel
from engine.store.outages import reaching
from flows.effects import Send, Typing
from flows.events import Left

log = structlog.get_logger()

LONGEST_KEPT = timedelta(hours=24)
"""How long an outage is waited out; Telegram keeps updates for us as long."""
LONGEST_PAUSE = 300.0
TYPING_SECONDS = 4.5
"""How often «typing» is shown anew: of the messengers Telegram forgets it soonest, after five seconds."""
STOPPED_PAUSE = 1.0
REFUSED_PAUSE = 60.0

_LOST = "The messenger's answer was lost, so this may arrive twice: {reason}"
_STOPPED = _LOST.format(reason="Botique was stopped before it came")
_PERHAPS = "The messenger's answer was lost, so this bill may have arrived; a bill is not sent twice."
_NO_BILLS = "This bot cannot have bills paid; give it its token for payments."


class Carrier:
    """`ours`: whether a lane still is; asked before every request."""

    def __init__(
        self,
        owner: str,
        pool: Pool,
        connections: Connections,
        sender: Sender,
        report: Callable[[Arrival], None],
        ours: Callable[[Lane], bool],
    ) -> None:
        self._owner = owner
        self._pool = pool
        self._connections = connections
        self._sender = sender
        self._report = report
        self._ours = ours

    async def carry(self, lane: Lane, parcel: Parcel) -> Outcome | None:
        """What became of it; None if nothing was tried.  Raises Unavailable: then nothing was either."""
        connection = self._connections.ready(parcel.shop_id, parcel.bot_id)
        if connection is None:
            try:
                with reaching():
                    connection = await self._connections.of(parcel.shop_id, parcel.bot_id)
            except NotFound as error:
                return Outcome(parcel, "failed", problem=error.message)
        if connection.status != LAUNCHED:
            lane.pause(monotonic() + STOPPED_PAUSE)
            return None
        item = read_outbox(parcel.body)
        if isinstance(item, Typing | Acknowledge):
            lane.pacing.untake(parcel.bot_user_id, bulk=parcel.bulk)
        if isinstance(item, Typing):
            return await self._type(connection, lane, parcel, item)
        if isinstance(item, Invoice):
            return await self._bill(connection, lane, parcel, item)
        return await self._send(connection, lane, parcel, item)

    async def _send(
        self, connection: Connection, lane: Lane, parcel: Parcel, item: Send | Acknowledge
    ) -> Outcome | None:
        sent, loss = Sent(""), None
        to_send = letters(connection, parcel.messenger_user_id, item)[parcel.parts :]
        if len(to_send) > 1:
            lane.pacing.take(parcel.bot_user_id, monotonic(), len(to_send) - 1, bulk=parcel.bulk)
        for done, letter in enumerate(to_send, parcel.parts):
            if not self._ours(lane):
                return _later(parcel, 0.0, done) if done > parcel.parts else None
            try:
                answer, lost = await self._post(connection, letter)
            except CancelledError:  # we stop, and know at least how far we came
                return _later(parcel, 0.0, done)._replace(
                    problem=_STOPPED, ambiguous=not letter.request.edits
                )
            if isinstance(answer, Undelivered):
                return await self._undelivered(lane, parcel, answer, done)
            loss = lost or loss
            if answer.external_id:
                sent = answer
        if lane.troubled:
            lane.troubled = False
            await self._tell_owner(parcel, None)
        return Outcome(parcel, "sent", external_id=clean(sent.external_id), problem=loss)

    async def _post(self, connection: Connection, letter: Letter) -> Posted:
        failpoint("before_send")
        posted = await post(self._sender, connection.channel, letter)
        failpoint("after_send")
        if isinstance(posted.answer, Sent):
            return posted
        return posted._replace(answer=posted.answer._replace(reason=said(posted.answer)))

    async def _type(
        self, connection: Connection, lane: Lane, parcel: Parcel, typing: Typing
    ) -> Outcome | None:
        """Show it and hold back what follows, until it has been shown for long enough."""
        left = typing.seconds - parcel.parts * TYPING_SECONDS
        if left <= 0:
            return Outcome(parcel, "sent")
        if not self._ours(lane):
            return None
        channel, to = connection.channel, parcel.messenger_user_id
        # A messenger that does not take it tells the message after it why.
        await self._sender.send(channel, channel.typing(connection.credentials, to))
        return _later(parcel, min(left, TYPING_SECONDS), parcel.parts + 1)

    async def _bill(
        self, connection: Connection, lane: Lane, parcel: Parcel, invoice: Invoice
    ) -> Outcome | None:
        """A bill never goes out twice: where it may have gone, it is given up."""
        if not self._ours(lane):
            return None
        with reaching():
            if not await deliveries.begin(self._pool, self._owner, parcel, lane.epoch):
                return Outcome(parcel, "failed", problem=_PERHAPS, ambiguous=True)
        requests = letters(connection, parcel.messenger_user_id, invoice)
        if not requests:
            return Outcome(parcel, "failed", problem=_NO_BILLS)
        answer, _ = await self._post(connection, requests[0])
        if isinstance(answer, Sent):
            return Outcome(parcel, "sent", external_id=clean(answer.external_id))
        outcome = await self._undelivered(lane, parcel, answer, 0)
        return outcome._replace(status="failed", problem=_PERHAPS) if answer.ambiguous else outcome

    async def _tell_owner(self, parcel: Parcel, problem: str | None) -> None:
        with suppress(Unavailable), reaching():  # the next delivery tells it as well
            await deliveries.set_problem(self._pool, parcel.shop_id, parcel.bot_id, problem)

    async def _undelivered(self, lane: Lane, parcel: Parcel, answer: Undelivered, parts: int) -> Outcome:
        log.info("not delivered", shop=parcel.shop_id, bot=parcel.bot_id, kind=answer.kind, why=answer.reason)
        pause = await self._pause(lane, parcel, answer)
        if answer.kind == "gone":
            self._report(Arrival(parcel.shop_id, Left(), bot_user_id=parcel.bot_user_id))
        problem = _LOST.format(reason=answer.reason) if answer.ambiguous else answer.reason
        if pause is None:
            return Outcome(parcel, "failed", problem=answer.reason, parts=parts)
        if datetime.now(UTC) - parcel.created_at > LONGEST_KEPT:
            return Outcome(parcel, "failed", problem=problem, parts=parts, ambiguous=answer.ambiguous)
        return _later(parcel, pause, parts)._replace(problem=problem, ambiguous=answer.ambiguous)

    async def _pause(self, lane: Lane, parcel: Parcel, answer: Undelivered) -> float | None:
        """Seconds until it is tried again; None: never."""
        match answer.kind:
            case "retry":
                return answer.retry_after or uniform(0.5, 1.0) * min(2.0**parcel.attempts, LONGEST_PAUSE)
            case "slow":
                pause = answer.retry_after or 1.0
                if answer.whole_bot:
                    lane.pause(monotonic() + pause)
                return pause
            case "auth":
                lane.pause(monotonic() + REFUSED_PAUSE)
                lane.troubled = True
                await self._tell_owner(parcel, answer.reason)
                return REFUSED_PAUSE
            case "gone" | "refused":
                return None
            case _:
                assert_never(answer.kind)


def _later(parcel: Parcel, seconds: float, parts: int) -> Outcome:
    later = datetime.now(UTC) + timedelta(seconds=seconds)
    return Outcome(parcel, "queued", not_before=later, parts=parts)
