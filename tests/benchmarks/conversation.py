"""The conversation that every subject holds: /start, the menu's first item typed, a name that becomes a lead.

Three turns, each answered by one message.  As a flow of ours, and as the calls that Telegram makes.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any, NamedTuple

SAID = ("/start", "1", "John Smith")
"""What a person says, turn by turn."""

FLOW: dict[str, Any] = {
    "key": "main",
    "name": "Main",
    "start": "menu",
    "triggers": [{"on": "default"}],
    "steps": [
        {
            "id": "menu",
            "kind": "message",
            "text": "Hello {{ name }}! What can we do for you?",
            "menu": [
                {"id": "order", "label": "Leave a request", "link": {"go": "forward", "to": "ask"}},
                {"id": "again", "label": "Once more", "link": {"go": "restart"}},
            ],
        },
        {
            "id": "ask",
            "kind": "ask_text",
            "question": "What is your name, please?",
            "variable": "full_name",
            "next": {"go": "forward", "to": "lead"},
        },
        {
            "id": "lead",
            "kind": "capture_lead",
            "form": "request",
            "fields": [{"variable": "full_name", "title": "Name"}],
            "next": {"go": "forward", "to": "thanks"},
        },
        {"id": "thanks", "kind": "message", "text": "Thank you, {{ full_name }}! We will call you back."},
    ],
}

_COMMAND = ',"entities":[{"type":"bot_command","offset":0,"length":6}]'
_UPDATE = (
    '{"update_id":%d,"message":{"message_id":%d,"from":{"id":%d,"is_bot":false,"first_name":"Ivan",'
    '"last_name":"Petrov","username":"ivan_p","language_code":"en"},"chat":{"id":%d,"first_name":"Ivan",'
    '"last_name":"Petrov","username":"ivan_p","type":"private"},"date":1795132800,"text":"%s"%s}}'
)
_HEAD = (
    "POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
    "X-Telegram-Bot-Api-Secret-Token: {secret}\r\nContent-Length: "
)


class Crowd(NamedTuple):
    """`people`, who have the chats `first_chat` and on, and call at `path`."""

    path: str
    secret: str
    people: int
    first_chat: int = 1
    gap: int = 256
    """How many others begin before one goes on: more than there are calls at once, so that no turn of a
    person is called while the one before it is still under way."""

    def calls(self, begin: int) -> Iterator[bytes]:
        """The whole HTTP requests from number `begin` on; each update of another number."""
        head = _HEAD.format(path=self.path, secret=self.secret).encode()
        for number in count(begin):
            person, turn = self.place(number)
            chat = self.first_chat + person
            body = _UPDATE % (number + 1, number + 1, chat, chat, SAID[turn], "" if turn else _COMMAND)
            yield b"%s%d\r\n\r\n%s" % (head, len(body), body.encode())

    def place(self, number: int) -> tuple[int, int]:
        """Who calls, and which of his turns it is: in every three calls one of each."""
        beginner, turn = divmod(number, 3)
        person = beginner - turn * self.gap
        if person < 0:  # nobody has come so far yet: somebody else begins
            return self.people - 1 - number % self.people, 0
        return person % self.people, turn
