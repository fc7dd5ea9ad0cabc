"""A Telegram bot of Coffee Point, from the deep link to the lead: polled, and by webhook."""

import socket
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from engine.settings import Settings
from engine.store.unit import Database
from tests.channels.emulator import BotMessage, Emulator
from tests.end_to_end.coffee_point import CoffeePoint, running

ANN = 5


class Person:
    """Somebody with a phone, who reads on from where she left off."""

    def __init__(self, emulator: Emulator) -> None:
        self.emulator = emulator
        self.read = 0

    async def says(self, text: str) -> None:
        await self.emulator.say(ANN, text)

    async def presses(self, label: str) -> None:
        await self.emulator.press(ANN, label)

    async def sees(self, text: str) -> BotMessage:
        """The next message with these words in it; the emulator gives up waiting after a while."""
        while True:
            message = (await self.emulator.bot_messages(ANN, at_least=self.read + 1))[self.read]
            self.read += 1
            if text in message.text:
                return message


@pytest.fixture(params=["polling", "webhook"])
async def coffee_point(
    request: pytest.FixtureRequest, emulator: Emulator, database: Database, tmp_path: Path
) -> AsyncIterator[CoffeePoint]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        settings = Settings(
            folder=tmp_path,
            channel_urls={"telegram": emulator.url},
            public_url=f"http://127.0.0.1:{listening.getsockname()[1]}",
            updates=request.param,
        )
        async with running(settings, database, listening) as shop:
            await shop.open(emulator.token)
            yield shop


@pytest.fixture
def ann(emulator: Emulator) -> Person:
    return Person(emulator)


async def test_a_deep_link_leads_to_an_offer_a_press_and_a_lead(
    coffee_point: CoffeePoint, emulator: Emulator, ann: Person
) -> None:
    await ann.says("/start promo")
    assert (await ann.sees("This week")).labels == ["Yes, please", "Not now"]
    await ann.presses("Not now")
    await ann.sees("The offer stands until Sunday")
    assert len(await emulator.calls("answerCallbackQuery", at_least=1)) == 1
    await ann.presses("Main menu")
    menu = await ann.sees("What can I do for you?")
    await ann.presses("Leave a request")
    await ann.sees("What is your name?")
    await ann.says("Ann")
    await ann.sees("Which number may we call?")
    await ann.says("twelve")
    await ann.sees("does not look like a phone number")
    assert await coffee_point.leads() == []
    await ann.says("+1 212 555 0123")
    await ann.sees("What is it about?")
    await ann.presses("Nothing special")
    await ann.sees("Phone: +12125550123")
    await ann.presses("Send")

    [lead] = await coffee_point.leads(at_least=1)
    assert lead["values"] == {"name": "Ann", "phone": "+12125550123", "comment": None}
    assert lead["source"] == {"start_parameter": "promo"}
    await ann.sees("Thank you, Ann!")
    assert (await ann.sees("What can I do for you?")).labels == menu.labels


async def test_an_old_button_still_works(coffee_point: CoffeePoint, emulator: Emulator, ann: Person) -> None:
    await ann.says("/start")
    await ann.sees("What can I do for you?")
    await ann.presses("Opening hours")
    await ann.sees("Monday to Friday")
    await ann.presses("Our menu")
    assert "Flat white" in (await ann.sees("Three things")).labels
    assert len(await emulator.calls("answerCallbackQuery", at_least=2)) == 2
