"""The catalogue as a table, through the door."""

import csv
import io
from typing import Any

import pytest

from engine.sheets import MEDIA_TYPES, sheet_of
from engine.store.unit import Database
from tests.api.partner import Answer, Partner

IMPORT, EXPORT = "/api/shop/products/import/", "/api/shop/products/export/"
TABLE = b"sku,section1,name,price\nT,Drinks,=Tea,3.50\n"


async def bring(partner: Partner, shop_id: int, body: bytes, kind: str = "text/csv", **query: Any) -> Answer:
    given = {
        "data": io.BytesIO(body),
        "params": {"shop_id": shop_id, **query},
        "headers": {"content-type": kind},
    }
    return await partner.ask("POST", IMPORT, **given)


async def test_a_table_is_told_brought_in_and_taken_out(
    ann: Partner, shop_id: int, database: Database
) -> None:
    told = (await bring(ann, shop_id, TABLE, dry_run="true")).result
    assert (told["new"], told["applied"], told["bad"]) == (1, False, [])
    assert (await bring(ann, shop_id, TABLE)).result == told | {"applied": True}
    answer = await ann.get(EXPORT, shop_id=shop_id)
    (row,) = csv.DictReader(io.StringIO(answer.body.removeprefix("\ufeff")))
    assert (row["section1"], row["name"], row["price"], row["sku"]) == ("Drinks", "'=Tea", "3.50", "T")
    again = (await bring(ann, shop_id, answer.body.encode())).result
    assert (again["new"], again["changed"], again["unchanged"]) == (0, 0, 1)
    noted = await database.pool.fetch("SELECT action, after FROM audit WHERE subject = 'product'")
    assert noted[0]["action"] == "import"


async def test_xlsx_is_as_good(ann: Partner, shop_id: int) -> None:
    with sheet_of(["name", "price"], [["Tea", 3.5]], "xlsx") as file:
        body = file.read()
    assert (await bring(ann, shop_id, body, MEDIA_TYPES["xlsx"])).result["new"] == 1


async def test_bad_rows_are_named_and_nothing_is_done(ann: Partner, shop_id: int) -> None:
    table = b"name,price\nTea,x\nWater,1\n,2\n"
    refused = await bring(ann, shop_id, table)
    assert (refused.status, list(refused.errors)) == (422, ["line 2.price", "line 4.name"])
    told = (await bring(ann, shop_id, table, dry_run="true")).result
    assert (told["new"], told["bad_count"], told["bad"][0]["line"]) == (1, 2, 2)
    assert (await bring(ann, shop_id, table, skip_bad="true")).result["applied"]


REFUSED: dict[str, tuple[bytes, str, int]] = {
    "no table": (b"", "text/csv", 422),
    "no columns": (b"a,b\n1,2\n", "text/csv", 422),
    "no zip": (b"PK\x03\x04 and so on", MEDIA_TYPES["xlsx"], 422),
    "JSON": (b"{}", "application/json", 422),
    "YAML": (b"a: 1", "application/yaml", 422),
    "HTML": (b"<p>", "text/html", 415),
    "too much": (b"x" * 10_000_001, "text/csv", 413),
}


@pytest.mark.parametrize("name", REFUSED)
async def test_what_is_no_table_is_refused(ann: Partner, shop_id: int, name: str) -> None:
    body, kind, status = REFUSED[name]
    refused = await bring(ann, shop_id, body, kind)
    assert (refused.status, list(refused.errors)) == (status, ["common"])


async def test_a_table_goes_nowhere_else(ann: Partner, shop_id: int) -> None:
    given = {"data": TABLE, "params": {"shop_id": shop_id}, "headers": {"content-type": "text/csv"}}
    assert (await ann.ask("POST", "/api/store/tags/", **given)).status == 415
    assert (await ann.ask("POST", "/api/bot/flows/import/", **given)).status == 422
