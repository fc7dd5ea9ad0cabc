"""The wires to database and messenger misbehave: nothing is lost, nobody waits for ever, everything drains.

Through each fault people go on speaking, and whatever was not taken is brought again, as a messenger does.
"""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, suppress
from functools import partial
from pathlib import Path

import asyncpg
import pytest

from channels.base import Inbound
from channels.sender import Sender
from engine import runtime
from engine.refusals import TooMany, Unavailable
from engine.runtime import Engine
from engine.settings import Settings
from engine.store import unit
from engine.store.unit import Database
from flows.events import Said
from tests.chaos import Chaos, Fault, dsn_through, place_of, place_of_database
from tests.engine.shop_floor import Shop, update
from tests.messenger import Messenger

Engines = Callable[[Database], AbstractAsyncContextManager[Engine]]

COUNTING = {
    "key": "main",
    "name": "Main",
    "start": "count",
    "triggers": [{"on": "default"}],
    "steps": [
        {
            "id": "count",
            "kind": "set_variable",
            "assignments": [{"variable": "n", "expression": "n|default(0) + 1"}],
            "next": {"go": "forward", "to": "tell"},
        },
        {"id": "tell", "kind": "message", "text": "heard {{ n }}"},
    ],
}
PEOPLE = [str(number) for number in range(1, 13)]
SPEAKING_SECONDS = 0.4
"""Between two things that a person says: answers leave no faster than his messenger takes them."""
FAULT_SECONDS = 3.0
"""Longer than a statement and its end are waited for here."""
FAULTS = [
    Fault("latency", seconds=0.3),
    Fault("reset"),
    Fault("black_hole"),
    Fault("drip"),
    Fault("half_close"),
    Fault("truncate", after=300),
]


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """What takes ten seconds in earnest takes one."""
    monkeypatch.setattr(runtime, "Sender", partial(Sender, timeout=1.0))
    monkeypatch.setattr(unit, "STATEMENT_SECONDS", 0.5)
    monkeypatch.setattr(unit, "UNIT_SECONDS", 0.5)
    monkeypatch.setattr(unit, "PATIENCE", 1.0)


@pytest.fixture
async def to_database(dsn: str) -> AsyncIterator[Chaos]:
    async with Chaos(place_of_database(dsn)).open() as wire:
        yield wire


@pytest.fixture
async def to_messenger(messenger: Messenger) -> AsyncIterator[Chaos]:
    async with Chaos(place_of(messenger.url)).open() as wire:
        yield wire


@pytest.fixture
async def engine(dsn: str, to_database: Chaos, to_messenger: Chaos, tmp_path: Path) -> AsyncIterator[Engine]:
    """Reaches both only through the wires."""
    settings = Settings(
        folder=tmp_path,
        channel_urls={"telegram": f"http://127.0.0.1:{to_messenger.port}"},
        public_url="https://botique.example",
    )
    database = Database(dsn_through(to_database, dsn), connections=4)
    async with database, Engine(settings, database) as running:
        yield running
        to_database.mend()


@pytest.fixture
async def shop(engine: Engine) -> Shop:
    it = Shop(engine.database, engine)
    await it.open([COUNTING])
    return it


class Speaker:
    """Speaks until `enough`; what was not taken is brought again."""

    def __init__(self, shop: Shop, user: str) -> None:
        self._shop = shop
        self._user = user
        self.spoken = 0
        self.put_off = 0

    async def speak(self, enough: asyncio.Event) -> None:
        while not enough.is_set():
            await self._bring(update(self._user, Said("hello")))
            self.spoken += 1
            with suppress(TimeoutError):
                async with asyncio.timeout(SPEAKING_SECONDS):
                    await enough.wait()

    async def _bring(self, inbound: Inbound) -> None:
        while True:
            try:
                async with asyncio.timeout(30):  # nobody may hang
                    return await self._shop.engine.receive(self._shop.id, self._shop.bot_id, [inbound])
            except (Unavailable, TooMany):
                self.put_off += 1
                await asyncio.sleep(0.1)


async def through(wire: Chaos, fault: Fault, shop: Shop) -> list[Speaker]:
    """People speak before the fault, while it lasts and after it."""
    enough = asyncio.Event()
    speakers = [Speaker(shop, user) for user in PEOPLE]
    async with asyncio.timeout(120), asyncio.TaskGroup() as group:
        for speaker in speakers:
            group.create_task(speaker.speak(enough))
        await asyncio.sleep(0.5)
        wire.befall(fault)
        await asyncio.sleep(FAULT_SECONDS)
        wire.mend()
        await asyncio.sleep(0.5)
        enough.set()
    return speakers


async def everything_said(dsn: str, speakers: list[Speaker]) -> dict[str, list[str]]:
    """What each was told, by the books, once nothing waits any more."""
    connection = await asyncpg.connect(dsn)
    try:
        async with asyncio.timeout(60):
            while True:
                if not await connection.fetchval("SELECT count(*) FROM outbox"):
                    break
                await asyncio.sleep(0.05)
        said = {}
        for user, speaker in zip(PEOPLE, speakers, strict=True):
            rows = await connection.fetch(
                "SELECT m.body->>'text' AS text FROM message m JOIN bot_user u ON u.shop_id = m.shop_id"
                " AND u.id = m.bot_user_id WHERE u.messenger_user_id = $1 AND direction = 2 ORDER BY seq",
                user,
            )
            said[user] = [row["text"] for row in rows]
            assert said[user] == [f"heard {n}" for n in range(1, speaker.spoken + 1)]
        return said
    finally:
        await connection.close()


async def told_of_as_perhaps_twice(dsn: str) -> set[tuple[str, str]]:
    """The messages of which the shop reads that they may have arrived twice, by user and text."""
    connection = await asyncpg.connect(dsn)
    rows = await connection.fetch(
        "SELECT u.messenger_user_id AS user, m.body->>'text' AS text FROM message m JOIN bot_user u"
        " ON u.shop_id = m.shop_id AND u.id = m.bot_user_id WHERE strpos(m.problem, 'may arrive twice') > 0"
    )
    await connection.close()
    return {(row["user"], row["text"]) for row in rows}


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.kind)
async def test_a_wire_to_the_database_that_misbehaves_loses_nothing(
    shop: Shop, engine: Engine, messenger: Messenger, to_database: Chaos, dsn: str, fault: Fault
) -> None:
    async with engine.working():
        speakers = await through(to_database, fault, shop)
        said = await everything_said(dsn, speakers)
    for user, texts in said.items():
        assert messenger.texts(user) == texts  # the lane's owner knows what it has sent
    if fault.kind in ("reset", "black_hole"):
        assert sum(speaker.put_off for speaker in speakers)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.kind)
async def test_a_wire_to_the_messenger_that_misbehaves_loses_nothing_and_keeps_the_order(
    shop: Shop, engine: Engine, messenger: Messenger, to_messenger: Chaos, dsn: str, fault: Fault
) -> None:
    async with engine.working():
        speakers = await through(to_messenger, fault, shop)
        assert not sum(speaker.put_off for speaker in speakers)
        said = await everything_said(dsn, speakers)
    perhaps = await told_of_as_perhaps_twice(dsn)
    for user, texts in said.items():
        assert list(dict.fromkeys(messenger.texts(user))) == texts
        twice = [text for text, times in Counter(messenger.texts(user)).items() if times > 1]
        assert {(user, text) for text in twice} <= perhaps


async def test_a_database_that_swallows_everything_puts_off_whoever_comes_and_holds_up_nobody(
    shop: Shop, engine: Engine, to_database: Chaos
) -> None:
    await shop.start("1")
    to_database.befall(Fault("black_hole"))
    async with asyncio.timeout(30):
        waiting = [shop.say(str(user), "hello") for user in range(300)]
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        with pytest.raises(Unavailable):
            async with engine.database.unit() as unit_of_work:
                await unit_of_work.flush()
    assert {type(outcome) for outcome in outcomes} == {Unavailable}
    to_database.mend()
    async with asyncio.timeout(30):
        while True:
            with suppress(Unavailable):
                await shop.say("1", "hello")
                break
