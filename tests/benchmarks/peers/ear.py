"""A messenger on the wire, as cheap as can be: takes what bots send, and tells who was told what."""

import asyncio
import re
from collections.abc import Callable
from itertools import count
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qs

import httptools
from msgspec import json

_PART = re.compile(rb'name="(chat_id|text)"\r\n(?:[^\r]+\r\n)*\r\n(.*?)\r\n--', re.S)
_ME = {"id": 42, "is_bot": True, "first_name": "Test", "username": "test_bot"}
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s"


class Told(NamedTuple):
    chat: int
    text: str


def told(kind: bytes, body: bytes) -> Told:
    """What a message says, in whichever of the three forms that the messenger takes it is sent."""
    if kind.startswith(b"application/json"):
        sent: dict[str, Any] = json.decode(body)
    elif kind.startswith(b"multipart/"):
        sent = {name.decode(): value.decode() for name, value in _PART.findall(body)}
    else:
        sent = {name: values[0] for name, values in parse_qs(body.decode()).items()}
    return Told(int(sent["chat_id"]), sent["text"])


class Ear(asyncio.Protocol):
    """One connection of a bot.  `hear` is called before the bot is answered."""

    _numbers = count(1)
    _transport: asyncio.Transport

    def __init__(self, hear: Callable[[Told], None]) -> None:
        self._hear = hear
        self._parser = httptools.HttpRequestParser(self)
        self._kind = self._url = self._body = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name

    def _take(self, data: bytes) -> None:
        self._parser.feed_data(data)

    data_received = _take

    def on_message_begin(self) -> None:
        self._kind = self._url = self._body = b""

    def on_url(self, url: bytes) -> None:
        self._url += url

    def on_header(self, name: bytes, value: bytes) -> None:
        if name.lower() == b"content-type":
            self._kind = value

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        method = self._url.rpartition(b"/")[2]
        result: Any = _ME if method == b"getMe" else True
        if method == b"sendMessage":
            one = told(self._kind, self._body)
            chat = {"id": one.chat, "type": "private"}
            result = {"message_id": next(self._numbers), "date": 1, "chat": chat, "text": one.text}
            self._hear(one)
        answer = json.encode({"ok": True, "result": result})
        self._transport.write(_HEAD % (len(answer), answer))
