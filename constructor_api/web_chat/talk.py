"""One open chat: what a visitor says goes to the engine, what the conversation holds comes back."""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from fastapi import WebSocket
from msgspec.structs import replace
from starlette.websockets import WebSocketDisconnect

from channels.base import Inbound
from channels.clean import clean
from constructor_api.web_chat import frames
from constructor_api.web_chat.door import Allowance, Chat, Door, language
from constructor_api.web_chat.frames import Hello
from constructor_api.web_chat.lines import Line
from constructor_api.web_chat.transcript import Transcript
from engine.doorbell import Bell
from engine.refusals import NotFound, Refusal, TooMany, Unavailable
from engine.store.bot_users import BotUsers
from engine.store.lead_writing import UTM
from flows.events import Said, Started

HELLO_SECONDS = 10.0
POLL_SECONDS = 1.0
"""The bell rings in the process that wrote; what others write is found by looking."""
LONGEST_FRAME = 16_384
LONGEST_TEXT = 4_000
LONGEST_SOURCE = 200


class Farewell(Exception):
    """The talk is over; `reason` is for the page: `gone`, `session`, `crowded`, `too_big`, `unavailable`."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Visitor(NamedTuple):
    id: str
    lang_code: str


async def talk(door: Door, chat: Chat, socket: WebSocket) -> None:
    """Until the visitor leaves.  Raises Farewell when it is we who end it."""
    hello = await _hello(socket)
    id = door.visitors.visitor(chat.bot_id, hello.token, datetime.now(UTC))
    if id is None:
        raise Farewell("session")
    try:
        with door.seat(id) as allowance:
            await Talk(door, chat, socket, Visitor(id, language(socket))).run(hello, allowance)
    except TooMany:
        raise Farewell("crowded") from None


class Talk:
    """A visitor's socket, once it is known whose it is."""

    def __init__(self, door: Door, chat: Chat, socket: WebSocket, visitor: Visitor) -> None:
        self._door = door
        self._engine = door.engine
        self._chat = chat
        self._socket = socket
        self._visitor = visitor

    async def run(self, hello: Hello, allowance: Allowance) -> None:
        """Raises Farewell."""
        try:
            bot_user_id = await self._begin(hello)
        except (Unavailable, TooMany):
            raise Farewell("unavailable") from None
        transcript = Transcript(self._engine.database, self._chat, bot_user_id, hello.seq)
        with self._engine.doorbell.listen(self._chat.shop_id, bot_user_id) as bell:
            try:
                past = await transcript.past()
            except Unavailable:
                raise Farewell("unavailable") from None
            await self._send(frames.welcome(past[-1].place if past else hello.seq))
            await _first(self._listen(allowance), self._show(transcript, past, bell))

    async def _begin(self, hello: Hello) -> int:
        """The conversation's number; a newcomer starts it, and so does a link with a parameter."""
        known = await self._bot_user_id()
        if known is None or hello.parameter:
            started = Started(clean(hello.parameter or ""))
            key = hello.load if hello.parameter else "start"
            await self._tell(Inbound(key=key, user="", event=started, source=_source(hello)))
            known = await self._bot_user_id()
        if known is None:
            raise Farewell("gone")
        return known

    async def _listen(self, allowance: Allowance) -> None:
        while True:
            frame = await _receive(self._socket)
            inbounds = self._chat.channel.parse(frame)
            for inbound in inbounds:
                await self._send(await self._take(inbound, allowance))
            if not inbounds:
                await self._send(_answer_aside(frame, allowance))

    async def _take(self, inbound: Inbound, allowance: Allowance) -> bytes:
        try:
            allowance.take()
            if _too_long(inbound.event):
                return frames.error(inbound.key, "too_long")
            await self._tell(inbound)
        except Refusal as refusal:
            return frames.error(inbound.key, refusal.code)
        return frames.ack(inbound.key)

    async def _tell(self, inbound: Inbound) -> None:
        """Ids are the page's own: two visitors may use the same one."""
        own = replace(
            inbound,
            key=f"{self._visitor.id}:{inbound.key}",
            user=self._visitor.id,
            lang_code=self._visitor.lang_code,
        )
        await self._engine.receive(self._chat.shop_id, self._chat.bot_id, [own])

    async def _bot_user_id(self) -> int | None:
        async with self._engine.database.unit() as unit:
            users = BotUsers(unit, self._chat.shop_id)
            found = await users.by_messenger_id(self._chat.bot_id, self._visitor.id)
            return found.id if found else None

    async def _show(self, transcript: Transcript, lines: Sequence[Line], bell: Bell) -> None:
        """What is there, then what comes."""
        while True:
            for line in lines:
                seconds = line.wait(datetime.now(UTC))
                if seconds > 0:
                    await self._send(frames.TYPING)
                    await asyncio.sleep(seconds)
                await self._send(line.frame)
            await bell.wait(POLL_SECONDS)
            try:
                await self._door.chat(self._chat.shop_id, self._chat.bot_id)
                lines = await transcript.later()
            except NotFound:
                raise Farewell("gone") from None
            except Unavailable:
                lines = ()

    async def _send(self, frame: bytes) -> None:
        await self._socket.send_text(frame.decode())


async def _hello(socket: WebSocket) -> Hello:
    try:
        async with asyncio.timeout(HELLO_SECONDS):
            hello = frames.read_hello(await _receive(socket))
    except TimeoutError:
        raise Farewell("session") from None
    if hello is None:
        raise Farewell("session")
    return hello


async def _receive(socket: WebSocket) -> bytes:
    """The next frame.  Raises Farewell for one that is too big, WebSocketDisconnect at the end."""
    message = await socket.receive()
    if message["type"] == "websocket.disconnect":
        raise WebSocketDisconnect(message.get("code", 1006))
    text: str | None = message.get("text")
    frame = text.encode() if text is not None else bytes(message.get("bytes") or b"")
    if len(frame) > LONGEST_FRAME:
        raise Farewell("too_big")
    return frame


def _answer_aside(frame: bytes, allowance: Allowance) -> bytes:
    """To what says nothing to the bot: that we are here, or that it was not understood."""
    aside = frames.read_aside(frame)
    try:
        allowance.take()
    except TooMany as refusal:
        return frames.error(aside.id, refusal.code)
    return frames.PONG if aside.t == "ping" else frames.error(aside.id, "malformed")


def _source(hello: Hello) -> dict[str, str]:
    return {name: clean(hello.source[name])[:LONGEST_SOURCE] for name in UTM if name in hello.source}


def _too_long(event: object) -> bool:
    return isinstance(event, Said) and len(event.text) > LONGEST_TEXT


async def _first(*jobs: Coroutine[object, object, None]) -> None:
    """Run the jobs until one ends; the others end with it.  Raises what ended it."""
    tasks = [asyncio.create_task(job) for job in jobs]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()
