"""A table brought into a real catalogue: all of it or nothing, in one transaction."""

import asyncio
import json
from typing import Any

import pytest
from sqlalchemy import event

from engine.catalogue.incoming import MOST_TOLD, Report, Terms, import_catalogue
from engine.catalogue.outgoing import export_catalogue
from engine.sheets import Format
from engine.store.accounts import Account, Accounts
from engine.store.shops import Shop, Shops
from engine.store.unit import Database

TABLE = b"""sku,section1,section2,category sort priority,name,option name,price,stock,photo
T,Drinks,Hot,3,Tea,Small,3,5,http://a.b/1|http://a.b/2
T,,,,,Large,4,,
,Drinks,,1,Water,,1,,
,,,,Bread,,2.50,7,
"""


@pytest.fixture
async def shop(database: Database) -> Shop:
    async with database.unit() as unit:
        owner = await Accounts(unit).add(Account(email="ann@shop.example", password_hash="x"))
        return await Shops(unit).open(owner.id, Shop(name="Ours"))


async def bring(database: Database, shop: Shop, content: bytes, **terms: bool) -> Report:
    async with database.unit() as unit:
        return await import_catalogue(unit, shop, content, Terms(**terms))


async def taken(database: Database, shop: Shop, format: Format = "csv") -> bytes:
    async with database.unit() as unit:
        with await export_catalogue(unit, shop, format) as file:
            return file.read()


async def catalogue(database: Database) -> list[list[Any]]:
    rows = await database.pool.fetch(
        "SELECT json_build_array(p.sku, p.title, p.pictures, c.title, u.title, v.title, v.price, v.stock)"
        " AS row"
        " FROM product p JOIN variant v ON v.shop_id = p.shop_id AND v.product_id = p.id"
        " LEFT JOIN category c ON c.shop_id = p.shop_id AND c.id = p.category_id"
        " LEFT JOIN category u ON u.shop_id = c.shop_id AND u.id = c.parent_id"
        " ORDER BY p.position, v.position"
    )
    return [json.loads(row["row"]) for row in rows]


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.new, report.changed, report.unchanged, report.bad_count


async def test_a_table_becomes_a_catalogue(database: Database, shop: Shop) -> None:
    report = await bring(database, shop, TABLE)
    assert (counts(report), report.applied) == ((3, 0, 0, 0), True)
    assert await catalogue(database) == [
        ["T", "Tea", ["http://a.b/1", "http://a.b/2"], "Hot", "Drinks", "Small", 300, 5],
        ["T", "Tea", ["http://a.b/1", "http://a.b/2"], "Hot", "Drinks", "Large", 400, None],
        ["", "Water", [], "Drinks", None, "", 100, None],
        ["", "Bread", [], None, None, "", 250, 7],
    ]
    rows = await database.pool.fetch("SELECT key, position FROM category ORDER BY key")
    assert [tuple(row) for row in rows] == [("drinks", 1), ("hot", 3)]


@pytest.mark.parametrize("format", ["csv", "xlsx"])
async def test_what_is_taken_out_and_brought_in_changes_no_row(
    database: Database, shop: Shop, format: Format
) -> None:
    await bring(database, shop, TABLE)
    before = await database.pool.fetch("SELECT xmin::text, * FROM product ORDER BY id")
    report = await bring(database, shop, await taken(database, shop, format))
    assert (counts(report), report.applied) == ((0, 0, 3, 0), True)
    assert await database.pool.fetch("SELECT xmin::text, * FROM product ORDER BY id") == before


async def test_a_dry_run_tells_and_does_nothing(database: Database, shop: Shop) -> None:
    report = await bring(database, shop, TABLE, dry_run=True, skip_bad=True)
    assert (counts(report), report.applied) == ((3, 0, 0, 0), False)
    assert await catalogue(database) == []
    assert await database.pool.fetchval("SELECT count(*) FROM category") == 0


async def test_with_a_bad_row_nothing_is_done_unless_it_may_be_skipped(
    database: Database, shop: Shop
) -> None:
    table = b"name,price\nTea,x\nWater,1\n"
    report = await bring(database, shop, table)
    assert (counts(report), report.applied) == ((1, 0, 0, 1), False)
    assert await catalogue(database) == []
    assert (await bring(database, shop, table, skip_bad=True)).applied
    assert [row[1] for row in await catalogue(database)] == ["Water"]


async def test_products_may_exchange_their_skus(database: Database, shop: Shop) -> None:
    await bring(database, shop, b"sku,name,price\nA,Tea,1\nB,Water,1\n")
    ids = [row["id"] for row in await database.pool.fetch("SELECT id FROM product ORDER BY id")]
    assert (await bring(database, shop, f"id,sku\n{ids[0]},B\n{ids[1]},A\n".encode())).changed == 2
    assert [row[:2] for row in await catalogue(database)] == [["B", "Tea"], ["A", "Water"]]


async def test_of_bad_rows_the_first_are_told_and_all_are_counted(database: Database, shop: Shop) -> None:
    report = await bring(database, shop, b"name,price\n" + b"Tea,x\n" * (MOST_TOLD + 5))
    assert (len(report.bad), report.bad_count) == (MOST_TOLD, MOST_TOLD + 5)


async def test_two_who_bring_the_same_at_once_make_it_once(database: Database, shop: Shop) -> None:
    async with asyncio.timeout(60):
        reports = await asyncio.gather(*(bring(database, shop, TABLE) for _ in range(3)))
    assert sorted(counts(report)[0] for report in reports) == [0, 0, 3]
    assert len(await catalogue(database)) == 4


async def test_what_another_shop_has_is_neither_found_nor_changed(database: Database, shop: Shop) -> None:
    await bring(database, shop, TABLE)
    async with database.unit() as unit:
        other = await Shops(unit).open(1, Shop(name="Theirs"))
    report = await bring(database, other, TABLE)
    assert counts(report) == (3, 0, 0, 0)
    id = await database.pool.fetchval("SELECT id FROM product WHERE shop_id = $1 LIMIT 1", shop.id)
    report = await bring(database, other, f"id,name\n{id},Mine\n".encode())
    assert [(bad.line, bad.column) for bad in report.bad] == [(2, "id")]


async def test_many_rows_are_written_in_few_statements(database: Database, shop: Shop) -> None:
    written: list[str] = []
    event.listen(
        database.engine.sync_engine, "before_cursor_execute", lambda *given: written.append(given[2])
    )
    await bring(database, shop, b"sku,name,price\n" + b"".join(b"S%d,Tea,1\n" % n for n in range(200)))
    for table in ("product", "variant"):
        assert sum(one.startswith(f"INSERT INTO {table} ") for one in written) == 1


async def test_ten_thousand_rows_are_brought_in_and_taken_out(database: Database, shop: Shop) -> None:
    rows = b"".join(b"S%d,Goods %d,Product %d,%d\n" % (n, n % 50, n, n) for n in range(10_000))
    report = await bring(database, shop, b"sku,section1,name,price\n" + rows)
    assert counts(report) == (10_000, 0, 0, 0)
    assert counts(await bring(database, shop, await taken(database, shop))) == (0, 0, 10_000, 0)
