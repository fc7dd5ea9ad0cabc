"""A process says whether it is well, whether it wants more, and what it counts."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from aiohttp import ClientSession

from constructor_api import health
from constructor_api.app import create_app
from constructor_api.health import create_watched
from engine.runtime import Engine
from engine.store.unit import Database
from tests.api.floor import COFFEE, hook, launch, publish, update
from tests.api.partner import Partner, served
from tests.messenger import Messenger

LABELS = {"outcome", "why", "channel", "loop", "job", "le", "method", "route", "status"}


@pytest.fixture(params=[create_app, create_watched], ids=["door", "worker"])
async def process(request: pytest.FixtureRequest, engine: Engine) -> AsyncIterator[tuple[Any, Partner]]:
    """An application, and somebody who watches it."""
    app = request.param(engine)
    async with served(app) as address, ClientSession() as session:
        yield app, Partner(session, address)


async def test_a_process_that_is_being_stopped_is_well_and_wants_no_more(
    process: tuple[Any, Partner],
) -> None:
    app, watcher = process
    assert (await watcher.get("/ready")).status == 200
    app.state.watch.leave()
    left = await watcher.get("/ready")
    assert (left.status, left.body["code"], left.headers["retry-after"]) == (503, "unavailable", "1")
    assert (await watcher.get("/health")).body == {"status": "ok"}


async def test_a_process_with_too_much_waiting_is_well_and_wants_no_more(
    process: tuple[Any, Partner], monkeypatch: pytest.MonkeyPatch
) -> None:
    _, watcher = process
    monkeypatch.setattr(Engine, "full", True)
    assert (await watcher.get("/ready")).status == 503
    assert (await watcher.get("/health")).body == {"status": "ok"}
    monkeypatch.setattr(Engine, "full", False)
    assert (await watcher.get("/ready")).status == 200


async def test_a_database_that_hangs_counts_as_away_until_it_answers_again(
    process: tuple[Any, Partner], database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, watcher = process
    monkeypatch.setattr(health, "DATABASE_SECONDS", 0.2)
    monkeypatch.setattr(health, "QUESTION", "SELECT pg_sleep(600)")
    for path in ("/health", "/ready"):
        answers = await asyncio.gather(*(watcher.get(path) for _ in range(20)))
        assert {(answer.status, answer.body["code"]) for answer in answers} == {(503, "unavailable")}
    monkeypatch.setattr(health, "QUESTION", "SELECT 1")
    async with asyncio.timeout(60):
        while (await watcher.get("/ready")).status != 200:
            pass
    # However many asked, nobody's connection was kept.
    assert database.pool.get_size() == database.pool.get_idle_size()


async def test_a_loop_that_ended_is_told_by_its_name(
    process: tuple[Any, Partner], engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    _, watcher = process
    monkeypatch.setattr("engine.clock.Clock.run", _broken)
    async with engine.working(), asyncio.timeout(60):
        while (answer := await watcher.get("/health")).status == 200:
            pass
    assert answer.status == 503
    assert "Clock" in answer.errors["common"]


async def _broken(_: object) -> None:
    raise RuntimeError("a mistake of ours")


async def test_a_worker_answers_nothing_else(engine: Engine) -> None:
    async with served(create_watched(engine)) as address, ClientSession() as session:
        watcher = Partner(session, address)
        for path in ("/", "/openapi.json", "/api/shop/shops/", "/hooks/1/1/", "/docs"):
            assert (await watcher.get(path)).status == 404, path


async def test_what_the_engine_did_is_counted_and_no_label_names_anybody(
    anyone: Partner, ann: Partner, shop_id: int, engine: Engine, messenger: Messenger
) -> None:
    await publish(ann, shop_id, COFFEE)
    bot = await launch(ann, shop_id)
    async with engine.working():
        assert (await hook(ann, engine, bot, update(7, "/start"))).status == 200
        await messenger.until(lambda: messenger.texts("7") == ["Welcome!"])
        async with asyncio.timeout(60):
            while "botique_lanes 1.0" not in (counted := (await anyone.get("/metrics")).body):
                pass
    assert re.search(r'botique_rounds_total\{loop="Clock",outcome="done"\} [1-9]', counted)
    assert re.search(r'botique_turns_total\{outcome="written"\} [1-9]', counted)
    assert re.search(r"botique_batch_turns_count [1-9]", counted)
    assert re.search(r'botique_sent_total\{channel="telegram"\} [1-9]', counted)
    assert re.search(r"botique_lanes 1.0", counted)
    assert re.search(r"process_resident_memory_bytes [1-9]", counted)
    assert set(re.findall(r'[{,](\w+)="', counted)) <= LABELS
