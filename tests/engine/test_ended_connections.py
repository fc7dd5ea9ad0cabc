"""Connections that somebody ends while they lie idle are an outage, and nothing to look into."""

import asyncio
import threading
from contextlib import suppress
from urllib.parse import urlsplit

import asyncpg
import pytest
from structlog.testing import capture_logs

from engine.refusals import Unavailable
from engine.runtime import Engine
from engine.store.outages import refusal_for
from engine.store.shops import Shops
from engine.store.unit import Database
from flows.events import Started
from tests.conftest import run
from tests.engine.flows_for_tests import MENU
from tests.engine.shop_floor import Shop, update
from tests.messenger import Messenger

MOMENTS = 6
"""Turns of the loop in which the driver finds out, piece by piece, that a connection has ended."""


def _end_all(server: str, dsn: str) -> None:
    """Ends all connections to a database; until it is done nobody here finds out."""
    of_it = f"datname = '{urlsplit(dsn).path.lstrip('/')}'"
    ending = f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {of_it}"
    thread = threading.Thread(target=lambda: asyncio.run(run(server, ending)))
    thread.start()
    thread.join()


@pytest.mark.parametrize("moment", range(MOMENTS))
async def test_whoever_comes_when_connections_have_been_ended_is_asked_to_come_again(
    shop: Shop, engine: Engine, dsn: str, postgres: str, moment: int
) -> None:
    async def hear() -> None:
        await engine.receive(shop.id, shop.bot_id, [update("7", Started())])

    async def look() -> None:
        async with shop.database.unit() as unit:
            await Shops(unit).of_account(1, 20)

    await shop.open([MENU])
    for come in (hear, look):
        await come()
        _end_all(postgres, dsn)
        for _ in range(moment):
            await asyncio.sleep(0)
        try:
            await come()
        except Unavailable:
            await come()


@pytest.mark.parametrize("moment", range(MOMENTS))
async def test_deliveries_go_on_when_connections_have_been_ended_and_log_no_error(
    shop: Shop, engine: Engine, messenger: Messenger, dsn: str, postgres: str, moment: int
) -> None:
    await shop.open([MENU])
    with capture_logs() as told:
        async with engine.working():
            await shop.start("7")
            await messenger.until(lambda: len(messenger.taken) == 1)
            _end_all(postgres, dsn)
            for _ in range(moment):
                await asyncio.sleep(0)
            engine.tell(shop.id, 7)
            with suppress(Unavailable):
                await shop.start("8")
            await shop.start("9")
            await messenger.until(lambda: "9" in {call.to for call in messenger.taken})
    assert [one for one in told if one["log_level"] == "error"] == []


async def test_a_database_that_takes_no_connections_is_unavailable(dsn: str, postgres: str) -> None:
    name = urlsplit(dsn).path.lstrip("/")
    await run(postgres, f"ALTER DATABASE {name} WITH ALLOW_CONNECTIONS false")
    with pytest.raises(Unavailable):
        async with Database(dsn):
            pass


MISTAKES = [
    asyncpg.InternalClientError("got result for unknown protocol state 3"),
    asyncpg.ObjectNotInPrerequisiteStateError("lastval is not yet defined in this session"),
    asyncpg.InterfaceError("the server expects 1 argument for this query, 2 were passed"),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=str)
def test_a_mistake_in_the_use_of_the_database_is_no_outage(mistake: Exception) -> None:
    assert refusal_for(mistake) is None


async def test_a_connection_of_ones_own_that_breaks_is_an_outage_too(
    database: Database, dsn: str, postgres: str
) -> None:
    async def ask_while_it_breaks() -> None:
        async with database.connection() as connection:
            _end_all(postgres, dsn)
            await connection.execute("SELECT 1")

    with pytest.raises(Unavailable):
        await ask_while_it_breaks()
    async with database.connection() as connection:
        assert await connection.fetchval("SELECT 1") == 1
