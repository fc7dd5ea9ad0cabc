"""A conversation as its page shows it, read on from where the page is."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import structlog
from msgspec import MsgspecError, convert

from channels.fit import fit
from constructor_api.web_chat import frames
from constructor_api.web_chat.door import Chat
from constructor_api.web_chat.frames import PLACES
from engine.perform import FROM_USER, TO_USER
from engine.store.messages import Message, Messages
from engine.store.unit import Database
from flows.effects import Send
from flows.events import Event

log = structlog.get_logger()

PAGE = 100
"""So many messages at most at a time, and of the past at all."""


class Line(NamedTuple):
    """A frame that shows a message, or a part of one, and its place as the page counts."""

    place: int
    frame: bytes
    at: datetime
    after: float = 0.0

    def wait(self, now: datetime) -> float:
        """Seconds until it shall be shown; however the clocks differ, no more than was meant."""
        return min((self.at - now).total_seconds() + self.after, self.after)


class Transcript:
    """Gives each line once.  `known`: the place of the last line that the page has.  Raises Unavailable."""

    def __init__(self, database: Database, chat: Chat, bot_user_id: int, known: int) -> None:
        self._database = database
        self._chat = chat
        self._bot_user_id = bot_user_id
        self._known = known
        # The page may have got only the first parts of its last message.
        self._read = known // PLACES - 1

    async def past(self) -> Sequence[Line]:
        """What the page missed; if that is much, the last of it."""
        async with self._database.unit() as unit:
            messages = Messages(unit, self._chat.shop_id)
            return self._lines(await messages.latest(self._bot_user_id, self._read, PAGE))

    async def later(self) -> Sequence[Line]:
        """What came since it was read last."""
        async with self._database.unit() as unit:
            messages = Messages(unit, self._chat.shop_id)
            return self._lines(await messages.after(self._bot_user_id, self._read, PAGE))

    def _lines(self, rows: Sequence[Message]) -> Sequence[Line]:
        if rows:
            self._read = rows[-1].seq
        return [line for row in rows for line in self._shown(row) if line.place > self._known]

    def _shown(self, row: Message) -> Sequence[Line]:
        """Nothing for what is between the shop's own people."""
        place, at = row.seq * PLACES, row.created_at
        try:
            if row.direction == FROM_USER:
                return [Line(place, frames.mine(place, convert(row.body, Event), at), at)]
            if row.direction == TO_USER:
                channel = self._chat.channel
                message = convert(row.body, Send)
                parts = enumerate(fit(message, channel.limits).messages[:PLACES], place)
                return [Line(n, channel.frame(n, part, at), at, message.after) for n, part in parts]
        except MsgspecError:
            log.exception("message unreadable", shop=row.shop_id, bot_user=row.bot_user_id, seq=row.seq)
        return []
