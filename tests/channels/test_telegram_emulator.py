"""A bot on the emulator of Telegram: polled, by webhook, and what it says."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

import pytest_asyncio
from aiohttp import web

from channels.base import Channel, Hook, Inbound, Sent, Undelivered
from channels.fit import fit
from channels.kinds import channel_class
from channels.sender import Sender
from flows.effects import Button, Media, Send
from flows.events import Pressed, Said, Started
from tests.channels.emulator import Emulator

ANN = 5
MENU = Send(
    "Welcome! What would you like?",
    (Button("1", "Order"), Button("2", "About us"), Button("3", "Site", "url", "https://shop.example")),
    revision=7,
    step="welcome",
)


class Bot:
    """Our side: a Telegram channel and its credentials, with short ways to say and to hear."""

    def __init__(self, emulator: Emulator, sender: Sender) -> None:
        self.channel: Channel[Any] = channel_class("telegram")(emulator.url)
        self.credentials = self.channel.Credentials.model_validate({"token": emulator.token})
        self.sender = sender

    async def says(self, message: Send) -> Sent | Undelivered:
        fitted = fit(message, self.channel.limits).messages
        requests = [r for part in fitted for r in self.channel.render(self.credentials, str(ANN), part)]
        return await self.sender.send(self.channel, requests)

    async def answers(self, inbound: Inbound, notice: str) -> Sent | Undelivered:
        requests = self.channel.acknowledge(self.credentials, inbound.ack, notice)
        return await self.sender.send(self.channel, requests)

    async def hears(self, polled: AsyncIterator[bytes]) -> Inbound:
        async with asyncio.timeout(60):
            [inbound] = self.channel.parse(await anext(polled))
        return inbound


@pytest_asyncio.fixture
async def bot(emulator: Emulator) -> AsyncIterator[Bot]:
    async with Sender() as sender:
        yield Bot(emulator, sender)


async def test_a_polled_bot_holds_a_conversation(emulator: Emulator, bot: Bot) -> None:
    profile = await bot.channel.connect(bot.credentials, None)
    assert (profile.nickname, profile.link) == ("TestNameBot", "https://t.me/TestNameBot?start=")
    async with aclosing(bot.channel.poll(bot.credentials)) as polled:
        await emulator.say(ANN, "/start promo")
        started = await bot.hears(polled)
        assert (started.user, started.event, started.name) == (str(ANN), Started("promo"), f"User {ANN}")

        sent = await bot.says(MENU)
        [shown] = await emulator.bot_messages(ANN, at_least=1)
        assert sent == Sent(str(shown.id))
        assert (shown.text, shown.labels) == (MENU.text, ["Order", "About us", "Site"])

        await emulator.press(ANN, "About us")
        pressed = await bot.hears(polled)
        assert pressed.event == Pressed(7, "welcome", "2")
        assert pressed.order > started.order

        assert await bot.answers(pressed, "Here we are") == Sent("")
        [answered] = await emulator.calls("answerCallbackQuery", at_least=1)
        assert answered == {"callback_query_id": pressed.ack, "text": "Here we are"}


async def test_a_phone_number_is_shared_by_button(emulator: Emulator, bot: Bot) -> None:
    await bot.channel.connect(bot.credentials, None)
    await bot.says(Send("Your number?", (Button("1", "Share", "phone"), Button("2", "Later"))))
    async with aclosing(bot.channel.poll(bot.credentials)) as polled:
        await emulator.press(ANN, "Share")
        shared = await bot.hears(polled)
        assert shared.phone == "+12125550005"
        await emulator.press(ANN, "Later")
        assert (await bot.hears(polled)).event == Said("Later")


async def test_a_picture_carries_its_text_and_the_menu(emulator: Emulator, bot: Bot) -> None:
    picture = Media("image", "https://shop.example/cup.jpg")
    assert isinstance(await bot.says(Send("A cup", (Button("1", "Buy"),), (picture,))), Sent)
    [shown] = await emulator.bot_messages(ANN, at_least=1)
    assert (shown.content["photo"], shown.content["caption"]) == (picture.url, "A cup")
    assert shown.labels == ["Buy"]


async def test_a_webhook_brings_updates_with_the_secret(emulator: Emulator, bot: Bot) -> None:
    heard: asyncio.Queue[Inbound] = asyncio.Queue()

    async def hook(request: web.Request) -> web.Response:
        body = await request.read()
        headers = {name.lower(): value for name, value in request.headers.items()}
        if not bot.channel.verify(bot.credentials, "hook-secret", headers, body):
            return web.Response(status=401)
        for inbound in bot.channel.parse(body):
            heard.put_nowait(inbound)
        return web.Response()

    app = web.Application()
    app.router.add_post("/hook", hook)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        url = f"http://127.0.0.1:{runner.addresses[0][1]}/hook"
        await bot.channel.connect(bot.credentials, Hook(url, "hook-secret"))
        await emulator.say(ANN, "/start promo")
        async with asyncio.timeout(60):
            assert (await heard.get()).event == Started("promo")
    finally:
        await bot.channel.disconnect(bot.credentials)
        await runner.cleanup()
    await emulator.say(ANN, "Anybody there?")
    async with aclosing(bot.channel.poll(bot.credentials)) as polled:
        assert (await bot.hears(polled)).event == Said("Anybody there?")
    assert heard.empty()


async def test_a_user_who_blocked_the_bot_is_gone(emulator: Emulator, bot: Bot) -> None:
    blocked = {"ok": False, "error_code": 403, "description": "Forbidden: bot was blocked by the user"}
    await emulator.spoil("sendMessage", 403, blocked)
    answer = await bot.says(MENU)
    assert isinstance(answer, Undelivered)
    assert answer.kind == "gone"
    assert isinstance(await bot.says(MENU), Sent)
