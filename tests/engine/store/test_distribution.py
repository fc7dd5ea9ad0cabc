"""`botique migrate --distribute` on a server without Citus, and on one whose functions only look like it."""

import asyncio
from pathlib import Path

import pytest
from asyncpg import RaiseError

from engine.store.distribution import NoCitus, Placing, distribute, is_above_shops, place, plan
from engine.store.schema import tables
from engine.store.unit import Database
from tests.command_line.program import Program

# As Citus names and declares them, but for what we never give.
STAND_IN = """
CREATE TABLE pg_dist_partition (logicalrelid regclass PRIMARY KEY, kind text, key text, beside text);
CREATE FUNCTION create_reference_table(table_name regclass) RETURNS void LANGUAGE sql AS
$$ INSERT INTO pg_dist_partition VALUES (table_name, 'copied') $$;
CREATE FUNCTION create_distributed_table(
    table_name regclass, distribution_column text, distribution_type text DEFAULT 'hash',
    colocate_with text DEFAULT 'default'
) RETURNS void LANGUAGE plpgsql AS $$ BEGIN
    IF current_setting('stand_in.refuses', true) = table_name::text THEN
        RAISE EXCEPTION 'no room on node 2';
    END IF;
    IF colocate_with <> 'none' AND NOT EXISTS (
        SELECT FROM pg_dist_partition WHERE logicalrelid = colocate_with::regclass
    ) THEN RAISE EXCEPTION '% is not distributed yet', colocate_with; END IF;
    IF EXISTS (
        SELECT FROM pg_constraint c WHERE c.contype = 'f' AND c.conrelid = table_name
        AND c.confrelid <> table_name AND c.confrelid NOT IN (SELECT logicalrelid FROM pg_dist_partition)
    ) THEN RAISE EXCEPTION '% points at a local table', table_name; END IF;
    INSERT INTO pg_dist_partition VALUES (table_name, 'spread', distribution_column, colocate_with);
END $$;
"""
PLACED = "SELECT logicalrelid::regclass::text, kind, key, beside FROM pg_dist_partition"


@pytest.fixture
async def cluster(database: Database) -> Database:
    await database.pool.execute(STAND_IN)
    return database


async def _place(database: Database) -> list[str]:
    told: list[Placing] = []
    async with database.connection() as connection:
        assert await place(connection, plan(tables()), told.append) == len(told)
    return [placing.table for placing in told]


async def test_every_table_is_placed_once_and_after_all_that_it_points_at(cluster: Database) -> None:
    told = await _place(cluster)
    assert sorted(told) == sorted(tables().tables)
    found = {row[0]: tuple(row)[1:] for row in await cluster.pool.fetch(PLACED)}
    above = {table.name for table in tables().sorted_tables if is_above_shops(table)}
    assert {found.pop(name) for name in above} == {("copied", None, None)}
    assert found.pop("shop") == ("spread", "id", "none")
    assert set(found.values()) == {("spread", "shop_id", "shop")}


async def test_what_is_placed_is_not_placed_again(cluster: Database) -> None:
    await _place(cluster)
    assert await _place(cluster) == []


async def test_broken_off_it_goes_on_where_it_ended(cluster: Database) -> None:
    async with cluster.connection() as connection:
        await connection.execute("SET stand_in.refuses = 'flow'")
        with pytest.raises(RaiseError, match="no room on node 2"):
            await place(connection, plan(tables()), lambda placing: None)
        await connection.execute("RESET stand_in.refuses")
    before = {row[0] for row in await cluster.pool.fetch(PLACED)}
    assert "flow" not in before
    assert set(await _place(cluster)) == set(tables().tables) - before


async def test_two_at_once_place_each_table_once(cluster: Database) -> None:
    one, other = await asyncio.gather(_place(cluster), _place(cluster))
    assert sorted(one + other) == sorted(tables().tables)


async def test_without_citus_nothing_is_placed(database: Database) -> None:
    with pytest.raises(NoCitus):
        await distribute(database, lambda placing: None)


async def test_without_citus_the_command_says_what_is_needed(dsn: str, tmp_path: Path) -> None:
    botique = Program(tmp_path, DATABASE_URL=dsn)
    said = await asyncio.to_thread(botique, "migrate", "--distribute")
    assert said.code == 1
    assert "shared_preload_libraries" in said.err
    assert "Traceback" not in said.err
