"""Notices to the staff leave here, after the commit: by mail, or by one of the shop's own bots."""

import asyncio

import structlog
from asyncpg import Pool

from channels.base import Sent, Undelivered
from channels.kinds import KINDS, channel_class
from channels.sender import Sender
from engine.connections import Connections
from engine.counting import NOTICES
from engine.failpoints import failpoint
from engine.letters import letters, post, said
from engine.mail import Mail, PostOffice
from engine.refusals import NotFound, Refusal
from engine.rounds import Rounds
from engine.store.notifications import (
    DueNotice,
    Outcome,
    bots_that_tell,
    claim_notices,
    settle_notice,
)
from engine.store.outages import reaching
from engine.under_way import UnderWay
from flows.effects import Send

log = structlog.get_logger()

POLL_SECONDS = 1.0
AT_ONCE = 16
PAUSES = tuple(60.0 * minutes for minutes in (1, 5, 25, 125, 625, 659))
"""Seconds between the attempts: a day in all, then a notice is given up."""
SEND_SECONDS = 40.0
"""How long one attempt may take: with the pauses below it is over before its lease."""
SETTLE_PAUSES = (0.5, 1.0, 2.0, 4.0, 0.0)
"""Seconds between the attempts to keep an outcome while the database is away."""

_OFF = Undelivered("refused", "the channel was switched off before this could be sent")
_NO_BOT = Undelivered("refused", "the shop has no launched bot that could write to this person")
_TOO_SLOW = Undelivered("retry", "it took too long", ambiguous=True)
_OURS = Undelivered("retry", "something went wrong on our side")


class Notifying:
    """Sends the notices of all shops of the database, together with other processes.

    At least once: what may have arrived is sent again, rather than perhaps never.
    """

    def __init__(self, pool: Pool, connections: Connections, sender: Sender, post_office: PostOffice) -> None:
        self._pool = pool
        self._connections = connections
        self._sender = sender
        self._post_office = post_office
        self._rounds = Rounds(self._round, POLL_SECONDS)
        self._under_way = UnderWay(self._rounds.wake)

    def wake(self) -> None:
        """A notice was committed."""
        self._rounds.wake()

    async def run(self) -> None:
        """Until cancelled; what was claimed and not finished is claimed again after its lease."""
        try:
            await self._rounds.run()
        finally:
            await self._under_way.stop()

    async def _round(self) -> None:
        room = self._under_way.room(AT_ONCE)
        if not room:
            return
        with reaching():
            notices = await claim_notices(self._pool, room)
        if notices:
            failpoint("notice_claimed")
        for notice in notices:
            self._under_way.begin(self._deliver(notice))

    async def _deliver(self, notice: DueNotice) -> None:
        try:
            async with asyncio.timeout(SEND_SECONDS):
                answer = await self._send(notice)
        except TimeoutError:
            answer = _TOO_SLOW
        except Refusal:
            return  # the database is away: the notice is claimed again after its lease
        except Exception:  # outermost: one notice that cannot be sent must not hold up the others
            log.exception("telling the staff failed", shop=notice.shop_id, notice=notice.id)
            answer = _OURS
        failpoint("notice_sent")
        outcome = _outcome(notice, answer)
        NOTICES.labels({"queued": "retried"}.get(outcome.status, outcome.status)).inc()
        log.info("told the staff", shop=notice.shop_id, notice=notice.id, status=outcome.status)
        await self._settle(notice, outcome)

    async def _settle(self, notice: DueNotice, outcome: Outcome) -> None:
        for pause in SETTLE_PAUSES:
            try:
                with reaching():
                    return await settle_notice(self._pool, notice, outcome)
            except Refusal:
                await asyncio.sleep(pause)
        log.warning("outcome of a notice lost", shop=notice.shop_id, notice=notice.id)

    async def _send(self, notice: DueNotice) -> Sent | Undelivered:
        if not notice.is_active:
            return _OFF
        if notice.email is None:
            return await self._say(notice, str(notice.tg_user_id))
        # The number alone would come again in another database, with another notice.
        key = f"notice-{notice.shop_id}-{notice.id}-{notice.created_at.timestamp():.0f}"
        mail = Mail(notice.email, key, notice.title, notice.text, notice.created_at)
        return await self._post_office.send(mail)

    async def _say(self, notice: DueNotice, to: str) -> Sent | Undelivered:
        """By the first bot that is let: people only hear from bots that they have started."""
        telling = [kind for kind in KINDS if channel_class(kind).tells_staff]
        with reaching():
            bots = await bots_that_tell(self._pool, notice.shop_id, telling)
        answers: list[Undelivered] = []
        for bot_id in bots:
            answer = await self._say_by(bot_id, notice, to)
            if isinstance(answer, Sent):
                return answer
            answers.append(answer)
        later = (answer for answer in answers if answer.kind not in ("gone", "refused"))
        return next(later, answers[0] if answers else _NO_BOT)

    async def _say_by(self, bot_id: int, notice: DueNotice, to: str) -> Sent | Undelivered:
        try:
            with reaching():
                connection = await self._connections.of(notice.shop_id, bot_id)
        except NotFound as lost:
            return Undelivered("auth", lost.message)
        text = "\n\n".join(filter(None, (notice.title, notice.text)))
        answer: Sent | Undelivered = Sent("")
        for letter in letters(connection, to, Send(text)):
            answer = (await post(self._sender, connection.channel, letter)).answer
            if isinstance(answer, Undelivered):
                return answer
        return answer


def _outcome(notice: DueNotice, answer: Sent | Undelivered) -> Outcome:
    if isinstance(answer, Sent):
        return Outcome("sent")
    problem = said(answer)
    if answer.kind in ("gone", "refused") or notice.attempts >= len(PAUSES):
        return Outcome("failed", problem)
    return Outcome("queued", problem, max(PAUSES[notice.attempts], answer.retry_after or 0.0))
