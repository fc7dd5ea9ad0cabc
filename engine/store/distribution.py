"""How the tables are spread over the nodes of Citus: a shop's rows stand together on one of them.

A table without shops is copied to every node.  PgQueuer's tables and alembic's stay where they are: few ask
for them, and no statement of ours joins them with others.
"""

from collections.abc import Callable
from typing import NamedTuple

from sqlalchemy import BigInteger, ForeignKeyConstraint, MetaData, Table, UniqueConstraint

from engine.store.schema import tables
from engine.store.unit import Database, Plain

SHOP, KEY = "shop", "shop_id"
_LOCK = 0x6369747573
"""Any number that nobody else locks: "citus" in ASCII."""


class NoCitus(Exception):
    """The server has no such extension."""


class Placing(NamedTuple):
    """Where a table's rows go, as the statement that says so."""

    table: str
    statement: str


def plan(metadata: MetaData) -> list[Placing]:
    """Every table, in an order in which each may be placed: what others point at goes before them."""
    ordered = metadata.sorted_tables
    above = [table.name for table in ordered if is_above_shops(table)]
    below = [table.name for table in ordered if KEY in table.columns]
    return [
        *(Placing(name, f"SELECT create_reference_table('{name}')") for name in above),
        Placing(SHOP, f"SELECT create_distributed_table('{SHOP}', 'id', colocate_with => 'none')"),
        *(
            Placing(name, f"SELECT create_distributed_table('{name}', '{KEY}', colocate_with => '{SHOP}')")
            for name in below
        ),
    ]


def is_above_shops(table: Table) -> bool:
    """Whether its rows belong to no shop, and are needed beside those of every one."""
    return table.name != SHOP and KEY not in table.columns


def faults(metadata: MetaData) -> list[str]:
    """What Citus would refuse, a sentence each."""
    return [fault for table in metadata.sorted_tables for fault in _faults(table)]


def _faults(table: Table) -> list[str]:
    found = [f"{table.name}: {fault}" for fault in _of_numbers(table)]
    if is_above_shops(table):
        pointed = {key.referred_table.name for key in table.foreign_key_constraints}
        below = [name for name in sorted(pointed) if not is_above_shops(table.metadata.tables[name])]
        return [
            *found,
            *(f"{table.name}: on every node, it points at {name}, which is not" for name in below),
        ]
    first = "id" if table.name == SHOP else KEY
    keys = [list(table.primary_key.columns.keys())]
    keys += [list(one.columns.keys()) for one in table.constraints if isinstance(one, UniqueConstraint)]
    keys += [[column.name for column in index.columns] for index in table.indexes if index.unique]
    found += [
        f"{table.name}: the key {key} does not start with {first}" for key in keys if key[:1] != [first]
    ]
    return found + [fault for key in table.foreign_key_constraints for fault in _of_link(table, key)]


def _of_numbers(table: Table) -> list[str]:
    """Numbers are given out by every node for itself, which only the widest kind has room for."""
    return [
        f"{column.name} is numbered and no bigint"
        for column in table.columns
        if (column.identity is not None or column.name in ("id", KEY))
        and not isinstance(column.type, BigInteger)
    ]


def _of_link(table: Table, link: ForeignKeyConstraint) -> list[str]:
    if is_above_shops(link.referred_table):
        return []
    found = []
    there = [element.column.name for element in link.elements][:1]
    if link.column_keys[:1] != [KEY] or there != (["id"] if link.referred_table.name == SHOP else [KEY]):
        found.append(f"{table.name}: the link {link.column_keys} does not start with the shop")
    if (link.ondelete or "").upper() in ("SET NULL", "SET DEFAULT"):
        found.append(f"{table.name}: deleting what {link.column_keys} point at would unset the shop")
    return found


async def distribute(database: Database, told: Callable[[Placing], None]) -> int:
    """Place every table that is not placed yet; `told` before each.  How many.  Raises NoCitus, Unavailable.

    Broken off, the next call goes on: a table is placed whole, or not at all.
    """
    async with database.unhurried() as connection:
        await _install(connection)
        return await place(connection, plan(tables()), told)


async def place(connection: Plain, placings: list[Placing], told: Callable[[Placing], None]) -> int:
    """What `distribute` does where there is Citus."""
    await connection.execute("SELECT pg_advisory_lock($1)", _LOCK)
    try:
        rows = await connection.fetch("SELECT logicalrelid::regclass::text FROM pg_dist_partition")
        placed = {row[0] for row in rows}
        missing = [placing for placing in placings if placing.table not in placed]
        for placing in missing:
            told(placing)
            # Not in one transaction: Citus would have to hold the rows of all tables twice, and locked.
            await connection.execute(placing.statement)
        return len(missing)
    finally:
        await connection.execute("SELECT pg_advisory_unlock($1)", _LOCK)


async def _install(connection: Plain) -> None:
    there = "SELECT count(*) FROM pg_available_extensions WHERE name = 'citus'"
    if not await connection.fetchval(there):
        raise NoCitus
    await connection.execute("CREATE EXTENSION IF NOT EXISTS citus")
