"""The migrations make exactly the tables that the code means, and can be taken back."""

import asyncio
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Connection, text

from engine.store.schema import MIGRATIONS, LaterVersion, alembic, migrate, revisions, tables
from engine.store.unit import Database

ROOT = Path(__file__).parents[3]
STARTING = """
import asyncio, sys
from pathlib import Path
from engine.runtime import Engine
from engine.settings import Settings
from engine.store.bots import Bot, Bots
from engine.store.schema import migrate
from engine.store.unit import Database

async def start():
    async with Database(sys.argv[1]) as database:
        await migrate(database)
        async with Engine(Settings(folder=Path(sys.argv[2])), database), database.unit() as unit:
            await Bots(unit, int(sys.argv[3])).add(Bot(kind="echo", name="Echo"))

asyncio.run(start())
print("alembic" in sys.modules)
"""


def differences(connection: Connection) -> list[object]:
    context = MigrationContext.configure(connection, opts={"compare_server_default": True})
    return list(compare_metadata(context, tables()))


async def present(database: Database) -> set[str]:
    query = text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    async with database.engine.connect() as connection:
        return set((await connection.execute(query)).scalars())


async def test_a_migrated_database_has_the_tables_that_the_code_means(database: Database) -> None:
    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_a_table_that_no_migration_makes_is_noticed(database: Database) -> None:
    async with database.engine.begin() as connection:
        await connection.execute(text("ALTER TABLE shop DROP COLUMN currency"))
        assert await connection.run_sync(differences) != []


async def test_the_checks_of_the_code_are_in_the_database(database: Database) -> None:
    """Alembic does not compare these."""
    query = text(
        "SELECT conname FROM pg_constraint WHERE contype = 'c' AND connamespace = 'public'::regnamespace"
    )
    async with database.engine.connect() as connection:
        there = set((await connection.execute(query)).scalars())
    columns = [c for table in tables().tables.values() for c in table.constraints]
    assert there == {c.name for c in columns if isinstance(c, CheckConstraint)} != set()


async def test_going_up_down_and_up_again_ends_where_it_began(empty_dsn: str) -> None:
    async with Database(empty_dsn) as database:
        await migrate(database)
        assert "bot_user" in await present(database)
        async with database.engine.begin() as connection:
            await connection.run_sync(lambda plain: command.downgrade(alembic(plain), "base"))
        assert await present(database) == {"alembic_version"}
        await migrate(database)
        async with database.engine.connect() as connection:
            assert await connection.run_sync(differences) == []


async def test_processes_that_start_at_once_migrate_once(empty_dsn: str) -> None:
    async with Database(empty_dsn) as one, Database(empty_dsn) as other:
        await asyncio.gather(migrate(one), migrate(other), migrate(one))
        assert "bot_user" in await present(other)


def test_the_number_of_a_migrations_file_is_its_revision_and_the_last_is_the_newest() -> None:
    script = ScriptDirectory(str(MIGRATIONS))
    assert [found.revision for found in script.walk_revisions()] == revisions()[::-1]
    assert script.get_heads() == revisions()[-1:]


async def test_a_start_on_tables_that_are_up_to_date_knows_them_all_and_does_not_load_alembic(
    database: Database, dsn: str, tmp_path: Path
) -> None:
    shop = await database.pool.fetchval("INSERT INTO shop (name) VALUES ('Test') RETURNING id")
    line = [sys.executable, "-c", STARTING, dsn, str(tmp_path), str(shop)]
    said = await asyncio.to_thread(subprocess.run, line, cwd=ROOT, capture_output=True, text=True)
    assert (said.stdout, said.stderr) == ("False\n", "")


async def test_tables_of_a_later_version_are_left_alone(database: Database) -> None:
    await database.pool.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(LaterVersion):
        await migrate(database)


async def test_migrating_what_is_migrated_changes_nothing(database: Database) -> None:
    before = await present(database)
    await migrate(database)
    assert await present(database) == before


async def test_the_busy_tables_keep_room_and_are_swept_early(database: Database) -> None:
    query = text(
        "SELECT relname, reloptions FROM pg_class WHERE relname IN ('bot_user', 'outbox') ORDER BY 1"
    )
    async with database.engine.connect() as connection:
        options = {name: set(found) for name, found in await connection.execute(query)}
    assert options == {
        "bot_user": {"fillfactor=80"},
        "outbox": {"autovacuum_vacuum_scale_factor=0.05", "autovacuum_vacuum_cost_delay=0"},
    }


async def test_a_turn_changes_its_bot_user_without_touching_an_index(database: Database) -> None:
    """Of the indexes of `bot_user` none holds a column that a turn writes, so updates stay in their page."""
    query = text(
        "SELECT DISTINCT a.attname FROM pg_index i JOIN pg_attribute a ON a.attrelid = i.indrelid "
        "AND a.attnum = ANY(i.indkey) WHERE i.indrelid = 'bot_user'::regclass"
    )
    async with database.engine.connect() as connection:
        indexed = set((await connection.execute(query)).scalars())
    assert indexed == {"shop_id", "id", "bot_id", "messenger_user_id"}
