"""The people who talk, and the messenger between them and a bot: `python -m tests.benchmarks.peers.people`.

A person says the next thing once he was told the right answer to the last one, so a bot is never given more
than there are people, whether it answers the webhook before or after its work.  With a `rate`, whoever is
free says the next thing when it is due, and times count from then.

A process of its own: one line of JSON in, a `Talk`, two out: when the measured time begins, and a `Heard`
when it is over.
"""

import asyncio
import sys
from collections import deque
from time import perf_counter

import uvloop
from msgspec import Struct, json

from tests.benchmarks.peers.ear import Ear, Told
from tests.benchmarks.peers.mouths import Mouths
from tests.benchmarks.peers.words import ANSWERS, SAID

LOST = 20.0
"""Seconds after which an answer is waited for no longer."""
_COMMAND = ',"entities":[{"type":"bot_command","offset":0,"length":6}]'
_UPDATE = (
    '{"update_id":%d,"message":{"message_id":%d,"from":{"id":%d,"is_bot":false,"first_name":"Ivan",'
    '"last_name":"Petrov","username":"ivan_p","language_code":"en"},"chat":{"id":%d,"first_name":"Ivan",'
    '"last_name":"Petrov","username":"ivan_p","type":"private"},"date":1795132800,"text":"%s"%s}}'
)


class Talk(Struct, frozen=True):
    hook: str
    seconds: float
    warm: float = 1.5
    """Seconds of talking before the measured ones."""
    people: int = 64
    """So many at once."""
    rate: float = 0.0
    first: int = 1
    """The first chat's number; each conversation is somebody's first unless there are no more than..."""
    chats: int = 100_000
    """...so many chats; then they come again."""


class Heard(Struct, frozen=True):
    turns: int
    """Answered rightly in the measured time."""
    seconds: float
    wrong: int
    lost: int
    refused: int
    late: int
    """Turns that were due while nobody was free."""
    p50: float
    p99: float
    """Milliseconds from what is said, or was due, to the answer."""
    next: int
    """The first chat that nobody has used."""


class Person:
    __slots__ = ("chat", "since", "turn")

    def __init__(self, chat: int) -> None:
        self.chat = chat
        self.turn = 0
        self.since = 0.0


class People:
    """One talk.  `hear` is what the messenger calls for every message of the bot."""

    updates = 0
    """Numbered on from talk to talk, for a bot remembers what it was told."""

    def __init__(self, talk: Talk, mouths: Mouths) -> None:
        self._talk = talk
        self._mouths = mouths
        self._waiting: dict[int, Person] = {}
        self._free: deque[Person] = deque()
        self._begun = 0
        self._took: list[float] = []
        self._wrong = self._lost = self._late = 0
        self._over = False

    async def talk(self) -> Heard:
        """Tells when the measured time begins."""
        talk = self._talk
        speaking = asyncio.create_task(self._speak())
        await asyncio.sleep(talk.warm)
        self._took.clear()
        self._late, began, refused = 0, perf_counter(), self._mouths.refused
        _tell({"began": True})
        await asyncio.sleep(talk.seconds)
        took, seconds = sorted(self._took), perf_counter() - began
        self._over = True
        _tell({"ended": True})
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
            next=talk.first + self._begun,
        )

    def hear(self, told: Told) -> None:
        person = self._waiting.get(told.chat)
        if person is None:
            self._wrong += 1
            return
        del self._waiting[told.chat]
        if told.text == ANSWERS[person.turn]:
            self._took.append(perf_counter() - person.since)
            person.turn += 1
        else:
            self._wrong += 1
            person.turn = len(ANSWERS)
        if person.turn == len(ANSWERS):
            person = self._somebody()
        if self._talk.rate:
            self._free.append(person)
        else:
            self._say(person, perf_counter())

    async def _speak(self) -> None:
        people = [self._somebody() for _ in range(self._talk.people)]
        if not self._talk.rate:
            for person in people:
                self._say(person, perf_counter())
            while not self._over:
                await asyncio.sleep(1)
                self._give_up()
            return
        self._free.extend(people)
        due, checked = perf_counter(), perf_counter()
        while not self._over:
            now = perf_counter()
            while due <= now:
                self._say_due(due)
                due += 1 / self._talk.rate
            if now - checked > 1:
                checked = now
                self._give_up()
            await asyncio.sleep(max(0.0005, due - perf_counter()))

    def _say_due(self, due: float) -> None:
        if self._free:
            self._say(self._free.popleft(), due)
        else:
            self._late += 1

    def _say(self, person: Person, since: float) -> None:
        if self._over:
            return
        person.since = since
        self._waiting[person.chat] = person
        People.updates += 1
        chat, turn, update = person.chat, person.turn, People.updates
        entities = "" if turn else _COMMAND
        self._mouths.say((_UPDATE % (update, update, chat, chat, SAID[turn], entities)).encode())

    def _somebody(self) -> Person:
        talk, self._begun = self._talk, self._begun + 1
        return Person(1 + (talk.first + self._begun - 2) % talk.chats)

    def _give_up(self) -> None:
        now = perf_counter()
        for person in [one for one in self._waiting.values() if now - one.since > LOST]:
            del self._waiting[person.chat]
            self._lost += 1
            self._free.append(self._somebody())
            if not self._talk.rate:
                self._say(self._free.pop(), now)


def _part(took: list[float], part: float) -> float:
    return took[min(len(took) - 1, int(len(took) * part))] * 1e3 if took else 0.0


def _tell(line: object) -> None:
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
    _tell({"port": server.sockets[0].getsockname()[1]})
    while line := await loop.run_in_executor(None, sys.stdin.buffer.readline):
        talk = json.decode(line, type=Talk)
        async with Mouths(talk.hook, min(talk.people, 512)) as mouths:
            messenger.people = People(talk, mouths)
            heard = await messenger.people.talk()
            messenger.people = None
        _tell(heard)
    server.close()


if __name__ == "__main__":
    uvloop.run(live())
