"""What a message costs on its way out: `python -m tests.benchmarks.bench_sender`.

Bars (P12): our sender at most 0.35 of the CPU of aiohttp's `session.post`, and at most 0.1 of aiogram's
`Bot.send_message`; all of them 32 at a time to one stub, interleaved, on the loop that the server uses.
Beside them a bare protocol, which is the floor, and what preparing a message costs before it is sent (bar:
fit and render together at most 15 us).
"""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from statistics import median
from time import process_time

import httptools
import uvloop
from aiogram import Bot
from aiogram.client.session.aiohttp import AiohttpSession
from aiogram.client.telegram import TelegramAPIServer
from aiogram.types import InlineKeyboardButton, InlineKeyboardMarkup
from aiohttp import ClientSession
from msgspec import json

from channels.fit import fit
from channels.kinds import channel_class
from channels.sender import Sender
from flows.effects import Button, Send
from tests.benchmarks.machine import Moment, described
from tests.benchmarks.world import free_port, program, until_it_answers

AT_ONCE = 32
TOKEN = "123456:AAE-bench"
MENU = (Button("catalogue", "Catalogue"), Button("lead", "Leave a request"))
MESSAGE = Send("Hello, Ann! What can we do for you today?", buttons=MENU, revision=12, step="menu")
CHAT = "5"
BARS = {"aiohttp": 0.35, "aiogram": 0.1}
PREPARED = 15.0
MESSAGES = {"ours": 8_000, "bare": 8_000, "aiohttp": 4_000, "aiogram": 1_000}
"""So many a round, for about as long."""

Way = Callable[[], Awaitable[object]]


class Bare(asyncio.Protocol):
    """No pool, no timeout, no error: as little as a request over HTTP can cost."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport: asyncio.Transport = transport  # type: ignore[assignment]  # uvloop's is one in all but name
        self._parser = httptools.HttpResponseParser(self)

    def post(self, request: bytes) -> asyncio.Future[object]:
        self._answer = asyncio.get_running_loop().create_future()
        self._transport.write(request)
        return self._answer

    def _take(self, data: bytes) -> None:
        self._parser.feed_data(data)

    data_received = _take

    def on_body(self, body: bytes) -> None:
        self._body = body

    def on_message_complete(self) -> None:
        self._answer.set_result(json.decode(self._body))


async def _ways(stack: AsyncExitStack, port: int) -> dict[str, Way]:
    url = f"http://127.0.0.1:{port}"
    channel = channel_class("telegram")(url)
    requests = channel.render(channel.Credentials.model_validate({"token": TOKEN}), CHAT, MESSAGE)
    asked = requests[0]
    sender = await stack.enter_async_context(Sender())
    session = await stack.enter_async_context(ClientSession())
    bot = await stack.enter_async_context(
        Bot(TOKEN, session=AiohttpSession(api=TelegramAPIServer.from_base(url)))
    )
    bare = await _bare(port, asked.url.removeprefix(url), asked.body)

    async def aiohttp() -> object:
        headers = {"Content-Type": "application/json"}
        async with session.post(asked.url, data=asked.body, headers=headers) as response:
            return json.decode(await response.read())

    def aiogram() -> Awaitable[object]:
        row = [InlineKeyboardButton(text=one.label, callback_data=MESSAGE.code(one)) for one in MENU]
        return bot.send_message(
            int(CHAT), MESSAGE.text, reply_markup=InlineKeyboardMarkup(inline_keyboard=[row])
        )

    return {
        "ours": lambda: sender.send(channel, requests),
        "bare": bare,
        "aiohttp": aiohttp,
        "aiogram": aiogram,
    }


async def _bare(port: int, path: str, body: bytes) -> Way:
    loop = asyncio.get_running_loop()
    free = [(await loop.create_connection(Bare, "127.0.0.1", port))[1] for _ in range(AT_ONCE)]
    request = b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n\r\n%b" % (
        path.encode(),
        len(body),
        body,
    )

    async def post() -> object:
        line = free.pop()
        answer = await line.post(request)
        free.append(line)
        return answer

    return post


async def _cost(way: Way, messages: int) -> float:
    """Microseconds of our CPU a message."""

    async def some() -> None:
        for _ in range(messages // AT_ONCE):
            await way()

    began = process_time()
    await asyncio.gather(*(some() for _ in range(AT_ONCE)))
    return (process_time() - began) / (messages // AT_ONCE * AT_ONCE) * 1e6


async def _sending(port: int, rounds: int) -> dict[str, float]:
    """Medians by way."""
    found: dict[str, list[float]] = {name: [] for name in MESSAGES}
    async with AsyncExitStack() as stack:
        ways = await _ways(stack, port)
        for way in ways.values():
            await _cost(way, AT_ONCE * 4)
        for _ in range(rounds):
            before = Moment.now()
            for name, way in ways.items():
                found[name].append(await _cost(way, MESSAGES[name]))
            line = ", ".join(f"{name} {costs[-1]:.0f}" for name, costs in found.items())
            foreign = Moment.now().foreign(before)
            _say(f"us a message: {line} (others took {foreign:.0%} of the machine)")
    return {name: median(costs) for name, costs in found.items()}


def _preparing(rounds: int) -> float:
    channel = channel_class("telegram")("http://127.0.0.1")
    credentials = channel.Credentials.model_validate({"token": TOKEN})

    def cost() -> float:
        began = process_time()
        for _ in range(10_000):
            for message in fit(MESSAGE, channel.limits).messages:
                channel.render(credentials, CHAT, message)
        return (process_time() - began) / 10_000 * 1e6

    return median(cost() for _ in range(rounds))


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main(arguments: list[str] | None = None) -> bool:
    """Whether all bars are met."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args(arguments)
    port = free_port()
    _say(f"{described()}; load {os.getloadavg()[0]:.1f}")
    with program("-m", "tests.benchmarks.stub", str(port)):
        until_it_answers(port, "/count")
        found = uvloop.run(_sending(port, asked.rounds))
    prepared = _preparing(asked.rounds)
    met = prepared <= PREPARED
    for name, bar in BARS.items():
        ratio = found["ours"] / found[name]
        met = met and ratio <= bar
        _say(f"ours / {name}: {ratio:.2f} (at most {bar}), {'met' if ratio <= bar else 'NOT met'}")
    _say(f"ours / bare: {found['ours'] / found['bare']:.2f}")
    _say(f"fit and render: {prepared:.1f} us (at most {PREPARED:.0f})")
    return met


if __name__ == "__main__":
    sys.exit(0 if main() else 1)
