"""Every table can be spread over shards by its shop: the rules of Citus, held before it is needed."""

from collections.abc import Callable

import pytest
from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKeyConstraint,
    Identity,
    Index,
    Integer,
    MetaData,
    Table,
    UniqueConstraint,
)
from sqlalchemy.schema import SchemaItem

from engine.store.distribution import faults, is_above_shops
from engine.store.schema import tables

ABOVE_SHOPS = {"account", "lane_owner", "token"}
"""Small, and needed on every shard: reference tables."""


def test_every_table_of_a_shop_can_be_spread_by_its_shop() -> None:
    assert len(tables().tables) > 15
    assert not faults(tables())


def test_no_table_is_above_shops_but_those_that_must_be() -> None:
    assert {table.name for table in tables().sorted_tables if is_above_shops(table)} == ABOVE_SHOPS


@pytest.mark.parametrize("name", sorted(set(tables().tables) - ABOVE_SHOPS - {"shop"}))
def test_shops_are_counted_alike_everywhere(name: str) -> None:
    assert isinstance(tables().tables[name].c.shop_id.type, BigInteger)


def _table(*parts: SchemaItem, **key: bool) -> MetaData:
    metadata = MetaData()
    Table("shop", metadata, Column("id", BigInteger, primary_key=True))
    Table(
        "bot",
        metadata,
        Column("shop_id", BigInteger, primary_key=True),
        Column("id", BigInteger, primary_key=True),
    )
    Table("account", metadata, Column("id", BigInteger, primary_key=True))
    columns = (
        Column("shop_id", BigInteger, primary_key=key.get("keyed", True)),
        Column("id", BigInteger, primary_key=True),
    )
    Table("thing", metadata, *columns, Column("bot_id", BigInteger), *parts)
    return metadata


def _above(*parts: SchemaItem) -> MetaData:
    metadata = _table()
    columns = (Column("id", BigInteger, primary_key=True), Column("bot_shop", BigInteger))
    Table("rate", metadata, *columns, Column("bot_id", BigInteger), *parts)
    return metadata


@pytest.mark.parametrize(
    "broken",
    [
        lambda: _table(keyed=False),
        lambda: _table(UniqueConstraint("bot_id")),
        lambda: _table(UniqueConstraint("bot_id", "shop_id")),
        lambda: _table(ForeignKeyConstraint(["bot_id", "shop_id"], ["bot.id", "bot.shop_id"])),
        lambda: _table(
            ForeignKeyConstraint(["shop_id", "bot_id"], ["bot.shop_id", "bot.id"], ondelete="SET NULL")
        ),
        lambda: _table(ForeignKeyConstraint(["bot_id"], ["shop.id"])),
        lambda: _table(Index("a", "bot_id", unique=True)),
        lambda: _table(Column("number", Integer, Identity())),
        lambda: _above(ForeignKeyConstraint(["bot_shop", "bot_id"], ["bot.shop_id", "bot.id"])),
    ],
)
def test_a_table_that_cannot_be_spread_is_found(broken: Callable[[], MetaData]) -> None:
    assert len(faults(broken())) == 1


@pytest.mark.parametrize(
    "link",
    [
        lambda: ForeignKeyConstraint(["shop_id"], ["shop.id"]),
        lambda: ForeignKeyConstraint(["bot_id"], ["account.id"]),
        lambda: ForeignKeyConstraint(
            ["shop_id", "bot_id"], ["bot.shop_id", "bot.id"], ondelete="SET NULL (bot_id)"
        ),
    ],
)
def test_a_link_within_the_shop_or_above_shops_passes(link: Callable[[], SchemaItem]) -> None:
    assert not faults(_table(link()))
