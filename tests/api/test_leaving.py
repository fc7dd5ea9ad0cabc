"""A process is told to end while people write to it: all that it took is kept, and others go on at once."""

import asyncio
import signal
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientError

from engine.runtime import Engine
from engine.store.unit import Database
from tests.api.floor import COFFEE, launch, publish, update
from tests.api.partner import Partner
from tests.command_line.program import Program, Started, free_port
from tests.messenger import Messenger

PEOPLE = 12
"""Who write at the same time; each message is the first of somebody new."""
ENOUGH = 150
SECRET = "x-telegram-bot-api-secret-token"


class Crowd:
    """People who write until nobody listens any more."""

    def __init__(self, partner: Partner, bot: dict[str, Any], secret: str) -> None:
        self.taken: set[str] = set()
        """Whose message was answered with 200."""
        self.enough = asyncio.Event()
        self._partner = partner
        self._path = f"/hooks/{bot['shop_id']}/{bot['id']}/"
        self._secret = {SECRET: secret}

    async def write(self) -> None:
        await asyncio.gather(*(self._write(number) for number in range(PEOPLE)))

    async def say(self, user: int) -> int:
        given = {"json": update(user, "/start"), "headers": self._secret}
        return (await self._partner.ask("POST", self._path, **given)).status

    async def _write(self, number: int) -> None:
        user = 1_000 * (number + 1)
        try:
            while await self.say(user) == 200:
                self.taken.add(str(user))
                user += 1
                if len(self.taken) >= ENOUGH:
                    self.enough.set()
        except ClientError:
            pass  # nobody there: the messenger would come again


@pytest.fixture
async def program(dsn: str, tmp_path: Path, messenger: Messenger) -> Program:
    """`botique` on the database and with the key of these tests."""
    urls = f'{{"telegram": "{messenger.url}"}}'
    port = str(free_port())
    return Program(tmp_path, DATABASE_URL=dsn, PORT=port, BOTIQUE_CHANNEL_URLS=urls)


@pytest.fixture
async def bot(ann: Partner, shop_id: int) -> dict[str, Any]:
    await publish(ann, shop_id, COFFEE)
    return await launch(ann, shop_id)


async def _crowd(program: Program, ann: Partner, bot: dict[str, Any], engine: Engine) -> Crowd:
    at_the_process = Partner(ann.session, f"http://127.0.0.1:{program.environment['PORT']}")
    return Crowd(at_the_process, bot, (await engine.connections.of(bot["shop_id"], bot["id"])).secret)


async def _told(process: Started) -> int:
    return (await asyncio.to_thread(process.told, signal.SIGTERM)).code


async def test_what_was_answered_with_200_is_kept_and_the_rest_is_sent_once_by_whoever_comes_next(
    ann: Partner,
    bot: dict[str, Any],
    engine: Engine,
    database: Database,
    messenger: Messenger,
    program: Program,
) -> None:
    crowd = await _crowd(program, ann, bot, engine)
    async with asyncio.timeout(180):
        with program.started("serve") as serving:
            await asyncio.to_thread(serving.until, "answers on")
            writing = asyncio.create_task(crowd.write())
            await crowd.enough.wait()
            assert await _told(serving) == 0
            await writing
        rows = await database.pool.fetch("SELECT messenger_user_id, version FROM bot_user")
        assert {row["messenger_user_id"] for row in rows} >= crowd.taken
        assert await database.pool.fetchval("SELECT count(*) FROM lane_owner") == 0
        async with engine.working():
            everybody = {row["messenger_user_id"]: 1 for row in rows}
            await messenger.until(lambda: {call.to for call in messenger.taken} >= everybody.keys())
    assert Counter(call.to for call in messenger.taken if call.text == "Welcome!") == everybody


async def test_while_it_drains_a_process_is_not_ready_and_takes_what_still_comes(
    ann: Partner, bot: dict[str, Any], engine: Engine, program: Program
) -> None:
    program.environment["BOTIQUE_DRAIN_SECONDS"] = "300"
    crowd = await _crowd(program, ann, bot, engine)
    watcher = Partner(ann.session, f"http://127.0.0.1:{program.environment['PORT']}")
    async with asyncio.timeout(180):
        with program.started("serve") as serving:
            await asyncio.to_thread(serving.until, "answers on")
            assert (await watcher.get("/ready")).status == 200
            ending = asyncio.create_task(_told(serving))
            while (await watcher.get("/ready")).status == 200:
                pass
            assert (await watcher.get("/health")).status == 200
            assert await crowd.say(7) == 200
            serving.tell(signal.SIGTERM)
            assert await ending != 0


async def test_a_worker_with_a_port_can_be_watched_and_ends_in_good_order(
    anyone: Partner, program: Program
) -> None:
    port = free_port()
    watcher = Partner(anyone.session, f"http://127.0.0.1:{port}")
    async with asyncio.timeout(180):
        with program.started("worker", "--port", str(port)) as worker:
            await asyncio.to_thread(worker.until, "works")
            assert (await watcher.get("/ready")).status == 200
            assert "botique_rounds_total" in (await watcher.get("/metrics")).body
            assert (await watcher.get("/api/shop/shops/")).status == 404
            assert await _told(worker) == 0
