"""Every table can be spread over shards by its shop: the rules of Citus, held before it is needed."""

import pytest
from sqlalchemy import BigInteger, Column, ForeignKeyConstraint, MetaData, Table, UniqueConstraint

from engine.store.schema import tables

ABOVE_SHOPS = {"account", "shop", "token"}
"""Small, and needed on every shard: reference tables."""


def faults(metadata: MetaData) -> list[str]:
    return [
        fault
        for table in metadata.sorted_tables
        if table.name not in ABOVE_SHOPS
        for fault in _unspread(table)
    ]


def _unspread(table: Table) -> list[str]:
    found = []
    if [column.name for column in table.primary_key][:1] != ["shop_id"]:
        found.append(f"{table.name}: the primary key does not start with the shop")
    for constraint in table.constraints:
        columns = [column.name for column in constraint.columns] if _is_key(constraint) else ["shop_id"]
        if columns[0] != "shop_id":
            found.append(f"{table.name}: {columns} does not start with the shop")
    for index in table.indexes:
        if index.unique and [column.name for column in index.columns][:1] != ["shop_id"]:
            found.append(f"{table.name}: the unique index {index.name} does not start with the shop")
    return found


def _is_key(constraint: object) -> bool:
    """A reference table may be pointed at from everywhere: there is a copy of it on every shard."""
    if isinstance(constraint, ForeignKeyConstraint):
        return constraint.referred_table.name not in ABOVE_SHOPS
    return isinstance(constraint, UniqueConstraint)


def test_every_table_of_a_shop_can_be_spread_by_its_shop() -> None:
    assert len(tables().tables) > 15
    assert not faults(tables())


def test_every_table_above_shops_is_there() -> None:
    assert set(tables().tables) >= ABOVE_SHOPS


@pytest.mark.parametrize("name", sorted(set(tables().tables) - ABOVE_SHOPS))
def test_shops_are_counted_alike_everywhere(name: str) -> None:
    assert isinstance(tables().tables[name].c.shop_id.type, BigInteger)


def _table(*parts: object, **key: bool) -> MetaData:
    metadata = MetaData()
    Table("shop", metadata, Column("id", BigInteger, primary_key=True))
    Table(
        "bot",
        metadata,
        Column("shop_id", BigInteger, primary_key=True),
        Column("id", BigInteger, primary_key=True),
    )
    columns = (
        Column("shop_id", BigInteger, primary_key=key.get("keyed", True)),
        Column("id", BigInteger, primary_key=True),
    )
    Table("thing", metadata, *columns, Column("bot_id", BigInteger), *parts)
    return metadata


@pytest.mark.parametrize(
    "broken",
    [
        lambda: _table(keyed=False),
        lambda: _table(UniqueConstraint("bot_id")),
        lambda: _table(UniqueConstraint("bot_id", "shop_id")),
        lambda: _table(ForeignKeyConstraint(["bot_id", "shop_id"], ["bot.id", "bot.shop_id"])),
    ],
)
def test_a_table_that_cannot_be_spread_is_found(broken: object) -> None:
    assert callable(broken)
    assert len(faults(broken())) == 1


def test_a_link_to_a_table_above_shops_passes() -> None:
    assert not faults(_table(ForeignKeyConstraint(["shop_id"], ["shop.id"])))
