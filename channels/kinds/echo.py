"""A terminal: lines of text in, lines of text out."""

from collections.abc import Mapping
from datetime import datetime

from channels.base import ApiRequest, BotCredentials, Channel, Inbound, Limits, Sent, Undelivered
from channels.clean import clean
from flows.effects import Send
from flows.events import Said, Started

_USER = "terminal"


class Nothing(BotCredentials):
    """A terminal needs no credentials."""


class Echo(Channel[Nothing]):
    """Menus are numbered lines; a choice is its number or its label."""

    title = "Terminal"
    pulls = True
    limits = Limits(text=1_000_000, caption=0, media=frozenset())
    Credentials = Nothing

    def verify(self, credentials: Nothing, secret: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Nobody delivers to a terminal."""
        return False

    def parse(self, body: bytes) -> list[Inbound]:
        """What each line says.  Keys number the lines of this body only: a terminal repeats nothing."""
        typed = enumerate(body.decode("utf-8", "replace").splitlines())
        said = [(number, clean(line).strip()) for number, line in typed]
        return [
            Inbound(key=str(number), user=_USER, event=_event(line), order=number)
            for number, line in said
            if line
        ]

    def frame(self, seq: int, message: Send, at: datetime) -> bytes:
        """The text, and nothing else: menus and addresses are in it once it fits."""
        return message.text.encode()

    def render(self, credentials: Nothing, to: str, message: Send) -> list[ApiRequest]:
        return []

    def classify(self, status: int, headers: Mapping[str, str], body: bytes) -> Sent | Undelivered:
        return Sent("") if status == 200 else Undelivered("retry", "a terminal does not answer")


def _event(line: str) -> Said | Started:
    command, _, parameter = line.partition(" ")
    return Started(parameter.strip()) if command == "/start" else Said(line)
