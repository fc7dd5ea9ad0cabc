"""Tables are brought up to date while others work on them: nobody waits long, and nothing is half done."""

import asyncio
from collections.abc import AsyncIterator

import asyncpg
import pytest
from sqlalchemy import Connection, text

from engine.store import schema
from engine.store.schema import TablesInUse, migrate
from engine.store.unit import Database

CHANGED = "SELECT count(*) FROM pg_attribute WHERE attrelid = 'bot_user'::regclass AND attname = 'added'"


def _changing(connection: Connection) -> None:
    """As a migration that needs a busy table for itself."""
    connection.execute(text("ALTER TABLE bot_user ADD COLUMN added bigint"))
    connection.execute(text(f"UPDATE alembic_version SET version_num = '{schema.revisions()[-1]}'"))


@pytest.fixture
async def reader(
    database: Database, dsn: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[asyncpg.Connection]:
    """Somebody in the middle of a long transaction, while a change of the table he reads is due."""
    monkeypatch.setattr(schema, "_to_newest", _changing)
    monkeypatch.setattr(schema, "LOCK_SECONDS", 0.05)
    monkeypatch.setattr(schema, "PAUSE_SECONDS", 0.01)
    await database.pool.execute("UPDATE alembic_version SET version_num = '0001'")
    connection = await asyncpg.connect(dsn)
    await connection.execute("BEGIN; SELECT count(*) FROM bot_user")
    yield connection
    await connection.close()


async def test_turns_go_on_while_a_migration_waits_for_a_long_transaction(
    database: Database, reader: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "ATTEMPTS", 10_000)
    migrating = asyncio.create_task(migrate(database))
    async with asyncio.timeout(60):
        for _ in range(20):
            await database.pool.execute("UPDATE bot_user SET version = version")
        assert not migrating.done()
        await reader.execute("ROLLBACK")
        await migrating
    assert await database.pool.fetchval(CHANGED) == 1


async def test_a_migration_that_never_gets_its_table_says_so_and_changes_nothing(
    database: Database, reader: asyncpg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(schema, "ATTEMPTS", 2)
    with pytest.raises(TablesInUse):
        await migrate(database)
    assert await database.pool.fetchval(CHANGED) == 0
    assert await database.pool.fetchval("SELECT version_num FROM alembic_version") == "0001"
