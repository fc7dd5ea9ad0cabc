"""The people who talk, and the messenger between them and a bot: `python -m tests.benchmarks.peers.people`.

A person says the next thing once he was told the right answer to the last one, so a bot is never given more
than there are people, whether it answers the webhook before or after its work.  With a `rate`, whoever is
free says the next thing when it is due, and times count from then.

A process of its own: one line of JSON in, a `Talk`; out when the measured time begins, when it ends, and at
last a `Heard`.
"""

import asyncio
import sys
from collections import deque
from contextlib import suppress
from time import perf_counter

import uvloop
from msgspec import json

from tests.benchmarks.conversation import SAID
from tests.benchmarks.peers.ear import Ear, Told
from tests.benchmarks.peers.mouths import Mouths
from tests.benchmarks.peers.person import Person
from tests.benchmarks.peers.talk import Heard, Talk
from tests.benchmarks.peers.words import ANSWERS

LOST = 20.0
"""Seconds after which an answer is waited for no longer."""
MOST_CONNECTIONS = 512
"""Of the messenger to a bot."""


class People:
    """One talk.  `hear` is what the messenger calls for every message of the bot."""

    updates = 0
    """Numbered on from talk to talk, for a bot remembers what it was told."""

    def __init__(self, talk: Talk, mouths: Mouths) -> None:
        self._talk = talk
        self._mouths = mouths
        self._waiting: dict[int, Person] = {}
        self._free: deque[Person] = deque()
        self._begun = self._held = 0
        self._took: list[float] = []
        self._lags: list[float] = []
        self._wrong = self._lost = self._late = 0
        self._over = asyncio.Event()

    async def talk(self) -> Heard:
        """Tells when the measured time begins and when it ends."""
        speaking = asyncio.create_task(self._speak())
        await asyncio.sleep(self._talk.warm)
        self._took.clear()
        self._lags.clear()
        self._late, refused, began = 0, self._mouths.refused, perf_counter()
        tell({"began": True})
        with suppress(TimeoutError):
            await asyncio.wait_for(self._over.wait(), self._talk.seconds)
        took, lags, seconds = sorted(self._took), sorted(self._lags), perf_counter() - began
        self._over.set()
        tell({"ended": True})
        await speaking
        while self._waiting:
            await asyncio.sleep(0.05)
            self._give_up()
        return Heard(
            turns=len(took),
            seconds=seconds,
            wrong=self._wrong,
            lost=self._lost,
            refused=self._mouths.refused - refused,
            late=self._late,
            p50=_part(took, 0.50),
            p99=_part(took, 0.99),
            lag99=_part(lags, 0.99),
            next=self._talk.first + self._begun,
        )

    def hear(self, told: Told) -> None:
        person, now = self._waiting.pop(told.chat, None), perf_counter()
        if person is None:
            self._wrong += 1
            return
        if told.text == ANSWERS[person.turn]:
            self._took.append(now - person.since)
            self._lags.append(now - person.taken if person.taken else 0.0)
            person.turn += 1
        else:
            self._wrong += 1
            person.turn = self._talk.turns
        if person.turn == self._talk.turns:
            person = self._after(person)
        if self._talk.rate:
            self._free.append(person)
        else:
            self._say(person, now)

    def _after(self, person: Person) -> Person:
        """Somebody else, who begins where this one ended."""
        self._held += 1
        if self._held == self._talk.conversations:
            self._over.set()
        return self._somebody()

    async def _speak(self) -> None:
        people = [self._somebody() for _ in range(self._talk.people)]
        if self._talk.rate:
            self._free.extend(people)
            await self._by_the_clock()
            return
        for person in people:
            self._say(person, perf_counter())
        while not self._over.is_set():
            await asyncio.sleep(0.2)
            self._give_up()

    async def _by_the_clock(self) -> None:
        due = checked = perf_counter()
        while not self._over.is_set():
            now = perf_counter()
            while due <= now:
                if self._free:
                    self._say(self._free.popleft(), due)
                else:
                    self._late += 1
                due += 1 / self._talk.rate
            if now - checked > 1:
                checked = now
                self._give_up()
            await asyncio.sleep(max(0.0005, due - perf_counter()))

    def _say(self, person: Person, since: float) -> None:
        if self._over.is_set():
            return
        People.updates += 1
        self._waiting[person.chat] = person
        self._mouths.say(person.says(SAID[person.turn], People.updates, since))

    def _somebody(self) -> Person:
        talk, self._begun = self._talk, self._begun + 1
        return Person(1 + (talk.first + self._begun - 2) % talk.chats)

    def _give_up(self) -> None:
        now = perf_counter()
        for person in [one for one in self._waiting.values() if now - one.since > LOST]:
            del self._waiting[person.chat]
            self._lost += 1
            if self._talk.rate:
                self._free.append(self._somebody())
            else:
                self._say(self._somebody(), now)


def _part(took: list[float], part: float) -> float:
    return took[min(len(took) - 1, int(len(took) * part))] * 1e3 if took else 0.0


def tell(line: object) -> None:
    sys.stdout.buffer.write(json.encode(line) + b"\n")
    sys.stdout.buffer.flush()


class Messenger:
    """Stands for as long as the process does; whoever talks now hears what bots say."""

    def __init__(self) -> None:
        self.people: People | None = None

    def hear(self, told: Told) -> None:
        if self.people is not None:
            self.people.hear(told)


async def live() -> None:
    """Stand as a messenger, say at which port, and talk as often as told to."""
    loop, messenger = asyncio.get_running_loop(), Messenger()
    server = await loop.create_server(lambda: Ear(messenger.hear), "127.0.0.1", 0)
    tell({"port": server.sockets[0].getsockname()[1]})
    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        talk = json.decode(line, type=Talk)
        async with Mouths(talk.hook, min(talk.people, MOST_CONNECTIONS)) as mouths:
            messenger.people = People(talk, mouths)
            heard = await messenger.people.talk()
            messenger.people = None
        tell(heard)
    server.close()


if __name__ == "__main__":
    uvloop.run(live())
