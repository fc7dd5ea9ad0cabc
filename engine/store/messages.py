"""What was said, both ways."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal, get_args

from sqlmodel import col, func, select
from sqlmodel.sql.expression import SelectOfScalar

from engine.perform import FROM_USER as FROM_USER
from engine.perform import NOTE as NOTE
from engine.perform import TO_USER as TO_USER
from engine.store.columns import big, created, key, shop_key, small, tree, words
from engine.store.outbox import Outbox
from engine.store.table import Page, Table, one_of
from engine.store.unit import Unit
from flows.json_value import JSON

Status = Literal["queued", "sent", "failed", "ambiguous", "received"]


class Message(Table, table=True):
    """`seq` counts within a conversation.  `body` is ours, not the messenger's.

    `external_id`: the messenger's own name for it; `problem`: why it failed, or what was lost of it;
    `author_id`: the account that wrote it, None for the bot.
    """

    __table_args__ = (
        one_of("direction", FROM_USER, TO_USER, NOTE),
        one_of("status", *get_args(Status)),
    )

    shop_id: int = shop_key()
    bot_user_id: int = key()
    seq: int = key()
    direction: int = small()
    body: dict[str, JSON] = tree()
    status: Status = words()
    external_id: str | None = words(None)
    problem: str | None = words(None)
    author_id: int | None = big(None)
    created_at: datetime = created()


class Messages:
    """What was said in the conversations of one shop."""

    def __init__(self, unit: Unit, shop_id: int) -> None:
        self.shop_id = shop_id
        self._unit = unit
        self._session = unit.session

    async def after(self, bot_user_id: int, seq: int, limit: int) -> Sequence[Message]:
        """What came after `seq`, as it was said."""
        query = self._of(bot_user_id).where(Message.seq > seq).order_by(col(Message.seq)).limit(limit)
        return (await self._session.exec(query)).all()

    async def before(self, bot_user_id: int, seq: int | None, limit: int) -> Sequence[Message]:
        """The latest `limit`, or the latest before `seq`; as they were said."""
        query = self._of(bot_user_id).order_by(col(Message.seq).desc()).limit(limit)
        if seq is not None:
            query = query.where(Message.seq < seq)
        return (await self._session.exec(query)).all()[::-1]

    async def latest(self, bot_user_id: int, seq: int, limit: int) -> Sequence[Message]:
        """The end of what came after `seq`, as it was said."""
        query = self._of(bot_user_id).where(Message.seq > seq).order_by(col(Message.seq).desc()).limit(limit)
        return (await self._session.exec(query)).all()[::-1]

    async def status(self, bot_user_id: int, seq: int) -> Status | None:
        """What became of one message; None where it is kept no more."""
        found = (await self._session.exec(self._of(bot_user_id).where(Message.seq == seq))).first()
        return found.status if found else None

    async def page(
        self,
        bot_user_id: int,
        limit: int,
        offset: int = 0,
        *,
        created_from: datetime | None = None,
        created_before: datetime | None = None,
    ) -> Page[Message]:
        """The latest first."""
        query = self._of(bot_user_id)
        if created_from is not None:
            query = query.where(Message.created_at >= created_from)
        if created_before is not None:
            query = query.where(Message.created_at < created_before)
        latest = query.order_by(col(Message.seq).desc()).limit(limit).offset(offset)
        rows = (await self._session.exec(latest)).all()
        count = select(func.count()).select_from(query.subquery())
        return Page(rows, (await self._session.exec(count)).one())

    async def send(self, message: Message, bot_id: int | None, sent: dict[str, JSON] | None = None) -> None:
        """Puts a message into a conversation, and into the outbox of the bot that shall deliver it.

        `sent`: what goes out in place of its words.
        """
        message.shop_id = self.shop_id
        self._session.add(message)
        if bot_id is not None:
            parcel = Outbox(
                bot_id=bot_id, bot_user_id=message.bot_user_id, seq=message.seq, body=sent or message.body
            )
            parcel.shop_id = self.shop_id
            self._session.add(parcel)
        await self._unit.flush()

    def _of(self, bot_user_id: int) -> SelectOfScalar[Message]:
        return select(Message).where(Message.shop_id == self.shop_id, Message.bot_user_id == bot_user_id)
