"""The databases that tests are lent: none finds there what another one left."""

from collections.abc import Iterator
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests.databases import WORN, Databases, run

SHOP = "INSERT INTO shop (name, timezone) VALUES ('Test', 'UTC') RETURNING id"
FRESH = (0, 1)
CHANGES = {
    "a column more": "ALTER TABLE shop ADD COLUMN more int",
    "a column less": "ALTER TABLE shop DROP COLUMN currency",
    "a default": "ALTER TABLE shop ALTER COLUMN name SET DEFAULT 'x'",
    "a table more": "CREATE TABLE more ()",
    "a table less": "DROP TABLE lead CASCADE",
    "no revision": "DROP TABLE alembic_version",
    "another revision": "UPDATE alembic_version SET version_num = '0001'",
    "a function": "CREATE FUNCTION f() RETURNS int LANGUAGE sql RETURN 1",
    "a schema": "CREATE SCHEMA more",
    "statistics": "ANALYZE shop",
    "a sequence": "ALTER SEQUENCE shop_id_seq INCREMENT 2",
    "a setting": "DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET jit = off', current_database()); END $$",
    "too much": f"INSERT INTO shop (name, timezone) SELECT repeat('x', 1000), 'UTC' FROM"
    f" generate_series(1, {WORN // 1000})",
}


@pytest.fixture
def lender(databases: Databases) -> Iterator[Databases]:
    """With none in stock but what the test itself gives back; afterwards the stock is as it was."""
    stock, databases.spare = databases.spare, []
    yield databases
    databases.spare = [*stock, *databases.spare]


async def number(dsn: str) -> int:
    """What a database keeps, whatever its name."""
    connection = await asyncpg.connect(dsn)
    try:
        found: int = await connection.fetchval(
            "SELECT oid FROM pg_database WHERE datname = current_database()"
        )
        return found
    finally:
        await connection.close()


async def seen(dsn: str) -> tuple[int, int]:
    """How many shops there are, and the number of the next."""
    connection = await asyncpg.connect(dsn)
    try:
        return await connection.fetchval("SELECT count(*) FROM shop"), await connection.fetchval(SHOP)
    finally:
        await connection.close()


async def test_what_was_written_is_gone_and_ids_begin_anew(lender: Databases) -> None:
    dsn = await lender.lend()
    its = await number(dsn)
    for _ in range(3):
        assert await seen(dsn) == FRESH
        await lender.take_back(dsn)
        dsn = await lender.lend()
        assert await number(dsn) == its
    await lender.take_back(dsn)


@pytest.mark.parametrize("change", CHANGES)
async def test_one_that_is_not_as_it_was_made_is_not_lent_again(change: str, lender: Databases) -> None:
    dsn = await lender.lend()
    its = await number(dsn)
    await run(dsn, CHANGES[change])
    await lender.take_back(dsn)
    another = await lender.lend()
    assert await number(another) != its
    assert await seen(another) == FRESH
    await lender.take_back(another)


async def test_a_session_that_is_left_is_ended_and_cannot_come_back(lender: Databases) -> None:
    dsn = await lender.lend()
    left = await asyncpg.connect(dsn)
    await left.execute("BEGIN")
    await left.execute(SHOP)
    await lender.take_back(dsn)
    with pytest.raises((asyncpg.PostgresError, asyncpg.InterfaceError, OSError)):
        await left.execute("COMMIT")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(dsn)
    again = await lender.lend()
    assert await seen(again) == FRESH
    await lender.take_back(again)


async def test_one_that_lets_nobody_in_is_not_lent_again(lender: Databases, postgres: str) -> None:
    dsn = await lender.lend()
    await run(postgres, f"ALTER DATABASE {urlsplit(dsn).path.lstrip('/')} WITH ALLOW_CONNECTIONS false")
    await lender.take_back(dsn)
    assert lender.spare == []


async def test_two_that_are_lent_at_once_are_two(lender: Databases) -> None:
    one, other = await lender.lend(), await lender.lend()
    assert await seen(one) == await seen(other) == FRESH
    for dsn in (one, other):
        await lender.take_back(dsn)
