"""A conversation as its page shows it, read on from where the page is."""

from collections.abc import Sequence

from constructor_api.web_chat.door import Chat
from constructor_api.web_chat.frames import PLACES
from constructor_api.web_chat.lines import Line, lines
from engine.perform import MOST_MESSAGES
from engine.store.messages import Message, Messages
from engine.store.unit import Database

PAGE = 100
"""So many messages at most at a time, and of the past at all."""
DEEP = 5 * PAGE
"""So many are read of a past in which messages took the place of others: fewer are left to show."""


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
            rows = await messages.latest(self._bot_user_id, self._read, PAGE)
            if any("instead_of" in row.body for row in rows):
                rows = await messages.latest(self._bot_user_id, self._read, DEEP)
        return _latest(self._lines(rows))

    async def later(self) -> Sequence[Line]:
        """What came since it was read last."""
        async with self._database.unit() as unit:
            messages = Messages(unit, self._chat.shop_id)
            return self._lines(_whole_turns(await messages.after(self._bot_user_id, self._read, PAGE)))

    def _lines(self, rows: Sequence[Message]) -> list[Line]:
        if rows:
            self._read = rows[-1].seq
        return lines(self._chat.channel, rows, self._known)


def _latest(all_lines: Sequence[Line]) -> Sequence[Line]:
    shown = [n for n, line in enumerate(all_lines) if not line.quiet]
    return all_lines[shown[-PAGE] :] if len(shown) > PAGE else all_lines


def _whole_turns(rows: Sequence[Message]) -> Sequence[Message]:
    """The end of a turn tells whether its press is shown, so one that is cut off is read the next time."""
    if len(rows) < PAGE:
        return rows
    cut = rows[-1].seq // MOST_MESSAGES
    return [row for row in rows if row.seq // MOST_MESSAGES != cut] or rows
