"""Messages as the lines of a page: one that took another's place stands there, and the other is gone."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import structlog
from msgspec import MsgspecError, convert
from msgspec.structs import replace
from pydantic import BaseModel

from channels.base import Channel
from channels.fit import fit
from constructor_api.web_chat import frames
from constructor_api.web_chat.frames import PLACES
from engine.perform import FROM_USER, MOST_MESSAGES, TO_USER
from engine.store.messages import Message
from flows.effects import Send
from flows.events import Event

log = structlog.get_logger()


class Line(NamedTuple):
    """A frame that shows a message, or a part of one, and its place as the page counts.

    `instead_of`: the place that it takes; `quiet`: it only counts, and shows nothing.
    """

    place: int
    frame: bytes
    at: datetime
    after: float = 0.0
    instead_of: str = ""
    quiet: bool = False

    def wait(self, now: datetime) -> float:
        """Seconds until it shall be shown; however the clocks differ, no more than was meant."""
        return min((self.at - now).total_seconds() + self.after, self.after)


def lines(channel: Channel[BaseModel], rows: Sequence[Message], known: int) -> list[Line]:
    """The lines after the place `known`, in the order of their places.  Rows of one conversation."""
    sheet = _Sheet(channel, known)
    for row in rows:
        sheet.write(row)
    return sheet.lines()


class _Sheet:
    def __init__(self, channel: Channel[BaseModel], known: int) -> None:
        self._channel = channel
        self._known = known
        self._lines: list[Line] = []
        self._shown_at: dict[int, int] = {}
        """Which of the lines shows what has, or had, this place."""
        self._heard: dict[int, tuple[int, Event]] = {}
        """What the visitor did in a turn, and which of the lines tells it."""
        self._last: tuple[int, datetime] | None = None

    def lines(self) -> list[Line]:
        if self._last and self._lines[-1].place < self._last[0]:
            return [*self._lines, Line(self._last[0], frames.counted(*self._last), self._last[1], quiet=True)]
        return self._lines

    def write(self, row: Message) -> None:
        """Nothing for what is between the shop's own people."""
        try:
            if row.direction == FROM_USER:
                self._hear(row, convert(row.body, Event))
            if row.direction == TO_USER:
                message = convert(row.body, Send)
                for place, part in enumerate(self._parts(message), row.seq * PLACES):
                    self._show(row, place, part)
        except MsgspecError:
            log.exception("message unreadable", shop=row.shop_id, bot_user=row.bot_user_id, seq=row.seq)

    def _parts(self, message: Send) -> Sequence[Send]:
        return fit(message, self._channel.limits).messages[:PLACES]

    def _hear(self, row: Message, event: Event) -> None:
        place, at = row.seq * PLACES, row.created_at
        if place > self._known:
            self._heard[row.seq // MOST_MESSAGES] = len(self._lines), event
            self._lines.append(Line(place, frames.mine(place, event, at), at))

    def _show(self, row: Message, place: int, message: Send) -> None:
        if place <= self._known:
            return
        self._last = place, row.created_at
        if message.instead_of:
            self._hush(row.seq // MOST_MESSAGES)
        there = self._shown_at.get(int(message.instead_of or 0))
        if there is None:
            there = len(self._lines)
            frame = self._channel.frame(place, message, row.created_at)
            self._lines.append(Line(place, frame, row.created_at, message.after, message.instead_of))
        else:
            self._exchange(there, message)
        self._shown_at[int(message.instead_of or 0) or place] = self._shown_at[place] = there

    def _exchange(self, there: int, message: Send) -> None:
        old = self._lines[there]
        placed = replace(message, instead_of=old.instead_of)
        self._lines[there] = old._replace(frame=self._channel.frame(old.place, placed, old.at))

    def _hush(self, turn: int) -> None:
        if turn in self._heard:
            there, event = self._heard[turn]
            old = self._lines[there]
            frame = frames.mine(old.place, event, old.at, quiet=True)
            self._lines[there] = old._replace(frame=frame, quiet=True)
