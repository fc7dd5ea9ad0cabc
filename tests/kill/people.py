"""Telegram's side: people speak; each update is brought until it is answered, and some once more later."""

import asyncio
import json
from collections import Counter
from dataclasses import dataclass, field
from itertools import count
from random import Random
from time import monotonic

import aiohttp
import asyncpg

from tests.kill.script import Line, lines
from tests.kill.town import SECRET, Town

PATIENCE = aiohttp.ClientTimeout(total=4.0)
PAUSE = 0.0, 0.4
"""Seconds between two lines: answers to one person leave no faster than his messenger takes them."""
FORGETTING = 24
"""So many updates later nobody brings one again: the bot user's ring knows the last thirty-two."""


@dataclass
class Person:
    chat: str
    bot: int
    part: list[Line]
    spoken: list[Line] = field(default_factory=list)
    """What was answered with 200."""


class People:
    """Any number speak at once, each through one of the `doors`; everything random comes from `seed`."""

    def __init__(self, town: Town, doors: list[str], seed: str) -> None:
        self._town = town
        self._doors = doors
        self._dice = Random(f"people {seed}")
        self._updates = count(1)
        self._again: set[asyncio.Task[None]] = set()
        self.all: list[Person] = []
        self.answers: Counter[str] = Counter()
        """How requests ended: by status, or by the error."""
        self.last_answer = monotonic()
        self.taken = 0
        """Updates that were answered with 200 at least once."""

    async def live(self, at_once: int, enough: asyncio.Event) -> None:
        """Until it is `enough`: whoever has begun speaks to his end, and all that was brought is answered."""
        connector = aiohttp.TCPConnector(limit=0)
        async with aiohttp.ClientSession(connector=connector, timeout=PATIENCE) as self._session:
            async with asyncio.TaskGroup() as group:
                for _ in range(at_once):
                    group.create_task(self._one_after_another(enough))
            while self._again:
                await asyncio.wait(self._again)

    async def _one_after_another(self, enough: asyncio.Event) -> None:
        while not enough.is_set():
            number = len(self.all) + 1000
            bot = self._town.bots[number % len(self._town.bots)]
            person = Person(str(number), bot, lines(f"p{number}", Random(self._dice.random())))
            self.all.append(person)
            await self._move_in(person)
            for line in person.part:
                await self._speak(person, line)
                await asyncio.sleep(self._dice.uniform(*PAUSE))

    async def _move_in(self, person: Person) -> None:
        while True:
            try:
                return await self._town.settle(person.bot, person.chat)
            except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):  # down just now
                await asyncio.sleep(0.2)

    async def _speak(self, person: Person, line: Line) -> None:
        update = self._update(person, line)
        await self._bring(person, update)
        self.taken += 1
        person.spoken.append(line)
        for _ in range(self._dice.choice((0, 0, 0, 1, 1, 2))):
            task = asyncio.create_task(self._bring_again(person, update, len(person.spoken)))
            self._again.add(task)
            task.add_done_callback(self._again.discard)

    async def _bring_again(self, person: Person, update: bytes, spoken: int) -> None:
        await asyncio.sleep(self._dice.uniform(0, 0.5))
        while len(person.spoken) < spoken + FORGETTING:
            if await self._knock(person, update):
                break
            await asyncio.sleep(self._dice.uniform(0.05, 0.3))

    async def _bring(self, person: Person, update: bytes) -> None:
        while True:
            if await self._knock(person, update):
                break
            await asyncio.sleep(self._dice.uniform(0.05, 0.3))

    async def _knock(self, person: Person, update: bytes) -> bool:
        """At a random door; whether the update was taken."""
        url = f"{self._dice.choice(self._doors)}/hooks/{self._town.shop}/{person.bot}/"
        headers = {"X-Telegram-Bot-Api-Secret-Token": SECRET, "Content-Type": "application/json"}
        try:
            async with self._session.post(url, data=update, headers=headers) as response:
                await response.read()
        except (aiohttp.ClientError, TimeoutError) as error:
            self.answers[type(error).__name__] += 1
            return False
        self.answers[str(response.status)] += 1
        if response.status == 200:
            self.last_answer = monotonic()
        return response.status == 200

    def _update(self, person: Person, line: Line) -> bytes:
        number, chat = next(self._updates), int(person.chat)
        message = {
            "message_id": number,
            "from": {"id": chat, "is_bot": False, "first_name": f"p{chat}", "language_code": "en"},
            "chat": {"id": chat, "type": "private"},
            "date": 1,
            "text": line.says,
        }
        return json.dumps({"update_id": number, "message": message}).encode()
