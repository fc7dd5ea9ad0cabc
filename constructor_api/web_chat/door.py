"""What the sockets of the web chat share: which bots may be talked with here, and how much by whom."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from time import monotonic
from typing import NamedTuple, Protocol, runtime_checkable
from urllib.parse import urlsplit

from fastapi.requests import HTTPConnection
from pydantic import BaseModel

from channels.base import Channel
from constructor_api.web_chat.visitors import Visitors
from engine.refusals import NotFound, TooMany
from engine.runtime import Engine
from engine.store.bots import LAUNCHED
from engine.store.outages import reaching

BURST = 20
PER_SECOND = 2.0
SOCKETS = 5


@runtime_checkable
class Face(Protocol):
    """What a bot's credentials tell of a chat on our own page: only a channel for the web has them."""

    origins: tuple[str, ...]
    title: str
    colour: str
    greeting: str


class Chat(NamedTuple):
    """A bot that can be talked with on the web."""

    shop_id: int
    bot_id: int
    channel: Channel[BaseModel]
    face: Face


class Allowance:
    """A bucket of BURST things to say, filled at PER_SECOND."""

    def __init__(self) -> None:
        self._left = float(BURST)
        self._at = monotonic()

    @property
    def full(self) -> bool:
        return self._refilled() >= BURST

    def take(self) -> None:
        """Raises TooMany."""
        self._left, self._at = self._refilled(), monotonic()
        if self._left < 1:
            raise TooMany("Slower, please.", retry_after=(1 - self._left) / PER_SECOND)
        self._left -= 1

    def _refilled(self) -> float:
        return min(BURST, self._left + (monotonic() - self._at) * PER_SECOND)


class Door:
    """One a process.  The limits hold for this process's sockets."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self.visitors = Visitors(engine.settings.keys())
        self._sockets: Counter[str] = Counter()
        self._allowances: dict[str, Allowance] = {}

    async def chat(self, shop_id: int, bot_id: int) -> Chat:
        """Raises NotFound for a bot that is unknown, stopped or not for the web; Unavailable."""
        with reaching():
            found = await self.engine.connections.of(shop_id, bot_id)
        if found.status != LAUNCHED or not isinstance(found.credentials, Face):
            raise NotFound("chat")
        return Chat(shop_id, bot_id, found.channel, found.credentials)

    async def framing(self, shop_id: int, bot_id: int) -> Sequence[str]:
        """The sites that may show a chat in a frame; none for a chat that is not there."""
        try:
            return (await self.chat(shop_id, bot_id)).face.origins
        except NotFound:
            return ()

    def admits(self, connection: HTTPConnection, chat: Chat) -> bool:
        """Whether the page that asks is ours or one of the bot's sites.

        A program that is no browser names no origin; it could as well name any.
        """
        origin = connection.headers.get("origin")
        if origin is None or origin.lower() in chat.face.origins:
            return True
        public = self.engine.settings.public_url
        ours = {connection.headers.get("host", ""), urlsplit(str(public or "")).netloc}
        return urlsplit(origin).netloc.lower() in {host.lower() for host in ours if host}

    @contextmanager
    def seat(self, visitor: str) -> Iterator[Allowance]:
        """A place for one more socket of a visitor.  Raises TooMany."""
        if self._sockets[visitor] >= SOCKETS:
            raise TooMany("The chat is open in too many places.", retry_after=1)
        self._sockets[visitor] += 1
        try:
            yield self._allowances.setdefault(visitor, Allowance())
        finally:
            self._sockets[visitor] -= 1
            # An allowance outlives its sockets until it is full: coming back does not fill it.
            for who in [who for who, one in self._allowances.items() if one.full and not self._sockets[who]]:
                del self._allowances[who], self._sockets[who]


def door_of(connection: HTTPConnection) -> Door:
    """The door of the app that was asked, made when first needed."""
    state = connection.app.state
    if not hasattr(state, "widget_door"):
        state.widget_door = Door(state.engine)
    door: Door = state.widget_door
    return door


def language(connection: HTTPConnection) -> str:
    """The language that the browser puts first, as two or three letters; empty if it names none."""
    first = connection.headers.get("accept-language", "").split(",")[0]
    base = first.split(";")[0].split("-")[0].strip().lower()
    return base if base.isalpha() and base.isascii() and len(base) in (2, 3) else ""
