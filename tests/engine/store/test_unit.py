"""A unit of work is stored as a whole or not at all, and tells the world only then."""

import asyncio
from pathlib import Path

import pytest

from engine.embedded import Cluster, embedded
from engine.refusals import Conflict, NotFound, Unavailable
from engine.store.bots import Bot, Bots
from engine.store.schema import migrate
from engine.store.shops import Shops
from engine.store.tags import Tag, Tags
from engine.store.unit import Database
from tests.engine.store.conftest import Place


async def names(database: Database, shop: int) -> list[str]:
    async with database.unit() as unit:
        return [tag.name for tag in (await Tags(unit, shop).page(100)).rows]


async def test_what_a_unit_did_is_there_afterwards(database: Database, ours: Place) -> None:
    async with database.unit() as unit:
        await Tags(unit, ours.shop).add(Tag(name="vip"))
        assert await names(database, ours.shop) == []
    assert await names(database, ours.shop) == ["vip"]


async def test_a_unit_that_fails_leaves_nothing_and_tells_nobody(database: Database, ours: Place) -> None:
    told: list[str] = []

    async def work() -> None:
        async with database.unit() as unit:
            await Tags(unit, ours.shop).add(Tag(name="vip"))
            unit.after_commit(lambda: told.append("vip"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await work()
    assert await names(database, ours.shop) == []
    assert told == []


async def test_the_world_is_told_after_the_commit_in_order(database: Database, ours: Place) -> None:
    told: list[int] = []
    async with database.unit() as unit:
        unit.after_commit(lambda: told.append(1))
        unit.after_commit(lambda: told.append(2))
        assert told == []
    assert told == [1, 2]


async def test_a_unit_cut_off_half_way_leaves_nothing(database: Database, ours: Place) -> None:
    begun = asyncio.Event()

    async def work() -> None:
        async with database.unit() as unit:
            await Tags(unit, ours.shop).add(Tag(name="vip"))
            begun.set()
            await asyncio.Event().wait()

    task = asyncio.create_task(work())
    await begun.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert await names(database, ours.shop) == []


async def test_a_connection_comes_back_from_whoever_is_broken_off_while_giving_it_back(dsn: str) -> None:
    async with Database(dsn, connections=1) as database:

        async def work() -> None:
            async with database.connection() as connection:
                await connection.execute("SELECT 1")
                task.cancel()  # heard at the next wait, in which the connection is made as it was

        task = asyncio.create_task(work())
        with pytest.raises(asyncio.CancelledError):
            await task
        async with database.connection() as connection:
            assert await connection.fetchval("SELECT 1") == 1


async def test_a_name_taken_is_a_conflict_that_names_the_field(database: Database, ours: Place) -> None:
    async def work() -> None:
        async with database.unit() as unit:
            for _ in range(2):
                await Tags(unit, ours.shop).add(Tag(name="vip"))

    with pytest.raises(Conflict) as caught:
        await work()
    assert caught.value.field == "name"
    assert await names(database, ours.shop) == []


async def test_two_shops_may_have_the_same_name(database: Database, ours: Place, theirs: Place) -> None:
    async with database.unit() as unit:
        await Tags(unit, ours.shop).add(Tag(name="vip"))
        await Tags(unit, theirs.shop).add(Tag(name="vip"))


async def test_a_refusal_of_ours_passes_as_it_is(database: Database, ours: Place) -> None:
    with pytest.raises(NotFound):
        async with database.unit() as unit:
            await Tags(unit, ours.shop).get(1)


async def test_an_error_of_a_file_or_a_socket_inside_a_unit_is_not_the_databases(database: Database) -> None:
    with pytest.raises(FileNotFoundError):
        async with database.unit():
            raise FileNotFoundError
    with pytest.raises(ConnectionResetError):
        async with database.connection():
            raise ConnectionResetError


@pytest.mark.parametrize("dsn", ["postgresql://u@127.0.0.1:1/x", "postgresql://u@/x?host=/nowhere"])
async def test_a_database_that_is_not_there_is_unavailable(dsn: str) -> None:
    with pytest.raises(Unavailable):
        async with Database(dsn):
            pass
    database = Database(dsn)
    with pytest.raises(Unavailable):
        async with database.unit():
            pass


async def test_a_database_that_dies_is_unavailable_and_comes_back(folder: Path) -> None:
    with embedded(folder, {"fsync": "off"}) as dsn:
        async with Database(dsn, connections=2) as database:
            await migrate(database)
            cluster = Cluster((folder / "postgres").resolve())

            async def add_while_it_dies() -> None:
                async with database.unit() as unit:
                    cluster.stop()
                    await Bots(unit, 1).add(Bot(kind="echo", name="late"))

            with pytest.raises(Unavailable):
                await add_while_it_dies()
            with pytest.raises(Unavailable):
                async with database.unit():
                    pass
            with pytest.raises(Unavailable):
                async with database.connection() as connection:
                    await connection.fetchval("SELECT 1")
            with embedded(folder, {"fsync": "off"}):
                async with database.unit() as unit:
                    await Shops(unit).of_account(1, 20)
                async with database.connection() as connection:
                    assert await connection.fetchval("SELECT 1") == 1
