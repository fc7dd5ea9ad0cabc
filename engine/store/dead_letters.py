"""Messages that were given up: to be looked at, sent again or thrown away by people of the shop."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from sqlalchemy import ColumnElement, text, tuple_
from sqlmodel import col, delete, func, select
from sqlmodel.sql.expression import SelectOfScalar

from channels.invoices import Invoice
from engine.perform import Acknowledge
from engine.refusals import NotFound
from engine.store.messages import Message, Status
from engine.store.outbox import Outbox
from engine.store.table import LARGEST_ID, Page, Repository
from flows.effects import Typing

_BILL = Invoice.__struct_config__.tag
_NO_LETTERS = [kind.__struct_config__.tag for kind in (Acknowledge, Typing)]
"""Nobody misses them, and their moment is over."""

_HOLD = "SELECT id FROM bot_user WHERE shop_id = :shop AND id = ANY(:people) ORDER BY id FOR UPDATE"
_ADVANCE = "UPDATE bot_user SET version = version + 1 WHERE shop_id = :shop AND id = ANY(:people)"
# A new id, for a lane never looks back to where it has been; in the order of the old ones.  A row that
# somebody else has in hand is left to him.  What may have arrived stays ambiguous until it is known to have.
_AGAIN = """
WITH taken AS (
    DELETE FROM outbox o WHERE o.shop_id = :shop AND o.id IN (
        SELECT d.id FROM outbox d WHERE d.shop_id = :shop AND d.id = ANY(:ids) AND d.dead
        FOR UPDATE SKIP LOCKED
    )
    RETURNING o.shop_id, o.id, o.bot_id, o.bot_user_id, o.seq, o.body, o.parts, o.bulk
), anew AS (
    INSERT INTO outbox (shop_id, bot_id, bot_user_id, seq, body, parts, bulk)
    SELECT t.shop_id, t.bot_id, t.bot_user_id, t.seq, t.body, t.parts, t.bulk FROM taken t ORDER BY t.id
    RETURNING bot_user_id
), told AS (
    UPDATE message m SET status = 'queued', problem = NULL FROM taken t
    WHERE m.shop_id = t.shop_id AND m.bot_user_id = t.bot_user_id AND m.seq = t.seq
    AND m.direction = 2 AND m.status = 'failed'
)
SELECT bot_user_id FROM anew
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """Which of them: all that fit everything given.  `last`: none with a higher id."""

    bot_id: int | None = None
    bot_user_id: int | None = None
    last: int | None = None


class Given(NamedTuple):
    """How many fit, `bills` among them: those are never sent again."""

    letters: int
    bills: int


class DeadLetters(Repository[Outbox]):
    """Of the outbox only what was given up, and of that only what somebody was to read."""

    table = Outbox
    what = "dead letter"

    async def wanted(self, wanted: Wanted, limit: int, offset: int = 0) -> Page[Outbox]:
        """The latest first."""
        return await self._page(self._that_fit(wanted), limit, offset, "-id")

    async def problems(self, wanted: Wanted) -> Sequence[tuple[str, int]]:
        """How many there are of each problem, the most frequent first."""
        fitting = self._that_fit(wanted).subquery()
        count, problem = func.count(), func.coalesce(fitting.c.problem, "")
        query = select(problem, count).group_by(problem).order_by(count.desc(), problem)
        return [(str(why), int(many)) for why, many in (await self._session.exec(query)).all()]

    async def given(self, wanted: Wanted) -> Given:
        fitting = self._that_fit(wanted).subquery()
        bills = func.count().filter(fitting.c.body["do"].astext == _BILL)
        letters, of_them = (await self._session.exec(select(func.count(), bills).select_from(fitting))).one()
        return Given(letters, of_them)

    async def last(self) -> int:
        """The highest id; what is sent again and given up once more has a higher one."""
        query = self._mine().order_by(col(Outbox.id).desc()).limit(1)
        found = await self._one(query)
        return found.id if found else 0

    async def statuses(self, rows: Sequence[Outbox]) -> dict[tuple[int, int], Status]:
        """What their messages say of themselves, by bot user and `seq`: failed, or ambiguous."""
        names = [(row.bot_user_id, row.seq) for row in rows]
        query = select(Message).where(
            Message.shop_id == self.shop_id,
            tuple_(col(Message.bot_user_id), col(Message.seq)).in_(names),
        )
        found = (await self._session.exec(query)).all() if names else ()
        return {(message.bot_user_id, message.seq): message.status for message in found}

    async def oldest(self, wanted: Wanted, limit: int) -> Sequence[Outbox]:
        """The first that may be sent again, as they were said: no bills."""
        query = self._that_fit(wanted).where(_tag() != _BILL).order_by(col(Outbox.id)).limit(limit)
        return (await self._session.exec(query)).all()

    async def send_again(self, letters: Sequence[Outbox]) -> Collection[int]:
        """Put them behind all that waits, in the order of their ids; whose they were, once for each.

        What the messenger took of one is not sent again.  Nothing happens to those that are gone by now.
        What a turn under way says to these people comes behind: their rows are held, as `BotUsers.hold` does.
        """
        people = sorted({letter.bot_user_id for letter in letters})
        connection = await self._session.connection()
        whose = {"shop": self.shop_id, "people": people}
        for statement in (_HOLD, _ADVANCE):
            await connection.execute(text(statement), whose)
        these = {"shop": self.shop_id, "ids": [letter.id for letter in letters]}
        return [row[0] for row in await connection.execute(text(_AGAIN), these)]

    async def remove(self, id: int) -> None:
        mine = delete(Outbox).where(col(Outbox.shop_id) == self.shop_id, col(Outbox.id) == id, *_dead())
        if not 0 < id <= LARGEST_ID or not (await self._session.exec(mine)).rowcount:
            raise NotFound(self.what)

    def _mine(self) -> SelectOfScalar[Outbox]:
        return super()._mine().where(*_dead())

    def _that_fit(self, wanted: Wanted) -> SelectOfScalar[Outbox]:
        query = self._mine()
        if wanted.bot_id is not None:
            query = query.where(Outbox.bot_id == wanted.bot_id)
        if wanted.bot_user_id is not None:
            query = query.where(Outbox.bot_user_id == wanted.bot_user_id)
        if wanted.last is not None:
            query = query.where(Outbox.id <= wanted.last)
        return query


def is_bill(letter: Outbox) -> bool:
    return isinstance(letter.body, dict) and letter.body.get("do") == _BILL


def words_of(letter: Outbox) -> str:
    """What somebody would have read; empty where that cannot be told."""
    return str(letter.body.get("text", "")) if isinstance(letter.body, dict) else ""


def _tag() -> ColumnElement[str]:
    # A row may have been given up because it could not be read at all: it has no tag.
    return func.coalesce(col(Outbox.body)["do"].astext, "")


def _dead() -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return col(Outbox.dead).is_(True), _tag().not_in(_NO_LETTERS)
