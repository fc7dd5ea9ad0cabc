"""One who talks with a bot, and what the messenger brings the bot from him."""

from collections.abc import Callable
from time import perf_counter
from typing import NamedTuple

_COMMAND = ',"entities":[{"type":"bot_command","offset":0,"length":6}]'
_UPDATE = (
    '{"update_id":%d,"message":{"message_id":%d,"from":{"id":%d,"is_bot":false,"first_name":"Ivan",'
    '"last_name":"Petrov","username":"ivan_p","language_code":"en"},"chat":{"id":%d,"first_name":"Ivan",'
    '"last_name":"Petrov","username":"ivan_p","type":"private"},"date":1795132800,"text":"%s"%s}}'
)


class Saying(NamedTuple):
    """A call of a webhook.  `taken` is called once it was answered with 200."""

    body: bytes
    taken: Callable[[], None]


class Person:
    """`turn`: which of his sayings he is at; `since`: when he said it or should have; `taken`: when the bot
    had it, 0 for not yet."""

    __slots__ = ("chat", "since", "taken", "turn")

    def __init__(self, chat: int) -> None:
        self.chat = chat
        self.turn = 0
        self.since = self.taken = 0.0

    def says(self, text: str, update: int, since: float) -> Saying:
        self.since, self.taken = since, 0.0
        entities = _COMMAND if text.startswith("/") else ""
        body = _UPDATE % (update, update, self.chat, self.chat, text, entities)

        def taken() -> None:
            if self.since == since:  # else he was answered before that, and has gone on
                self.taken = perf_counter()

        return Saying(body.encode(), taken)
