"""Leads as a table: all that fit, of any number, in a file that no spreadsheet reckons with."""

import csv
import io
from typing import Any

import pytest
from openpyxl import load_workbook

from engine.runtime import Engine
from engine.store.unit import Database
from tests.api.partner import Answer, Partner
from tests.api.world import World, furnish

EXPORT = "/api/store/leads/export/"


@pytest.fixture
async def world(ann: Partner, shop_id: int, engine: Engine) -> World:
    return await furnish(ann, shop_id, engine)


def table(answer: Answer) -> list[dict[str, str]]:
    assert answer.status == 200, answer
    assert answer.body.startswith("\ufeff")
    return list(csv.DictReader(io.StringIO(answer.body[1:], newline="")))


async def more(database: Database, world: World, count: int, values: str, **columns: str) -> None:
    """Leads of the same person; `values` may speak of their number `n`."""
    named = {"form": "'order'", "values": values, **columns}
    await database.pool.execute(
        f"INSERT INTO lead (shop_id, bot_id, bot_user_id, turn, {', '.join(named)})"
        f" SELECT $1, $2, $3, 1000 + n, {', '.join(named.values())} FROM generate_series(1, {count}) n",
        world.shop,
        world.bot,
        world.user,
    )


async def test_a_lead_is_a_row_with_the_titles_of_its_form(
    ann: Partner, world: World, database: Database
) -> None:
    await database.pool.execute(
        "UPDATE lead SET created_at = '2026-07-01 22:30:00+00', source = '{\"utm_source\": \"mail\"}',"
        " tags = '{tea,hot}', assignee_id = (SELECT account_id FROM member LIMIT 1)"
    )
    answer = await ann.get(EXPORT, shop_id=world.shop)
    (row,) = table(answer)
    assert row == {
        "number": str(world.lead),
        "created": "2026-07-02 00:30:00",
        "status": "new",
        "form": "Orders",
        "title": "",
        "assignee": "ann@shop.example",
        "tags": "tea, hot",
        "comment": "",
        "bot": "Barista",
        "start_parameter": "",
        "utm_source": "mail",
        **dict.fromkeys(("utm_medium", "utm_campaign", "utm_term", "utm_content"), ""),
        "Who": "Ann",
    }
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert answer.headers["content-disposition"] == f'attachment; filename="leads-{world.shop}.csv"'


async def test_leads_are_all_there_the_latest_first_whatever_their_number(
    ann: Partner, world: World, database: Database
) -> None:
    await more(database, world, 1201, "jsonb_build_object('customer', 'No. ' || n)")
    rows = table(await ann.get(EXPORT, shop_id=world.shop))
    assert [row["Who"] for row in rows] == [*(f"No. {n}" for n in range(1201, 0, -1)), "Ann"]


async def test_only_what_fits_is_taken_out(ann: Partner, world: World, database: Database) -> None:
    await more(database, world, 3, "'{\"other\": 1}'", form="'call'", tags="ARRAY['n' || n]")
    for query, count in (
        ({"form": "call"}, 3),
        ({"tag": "n2"}, 1),
        ({"status": "done"}, 0),
        ({"created_at__lt": 1}, 0),
        ({"search": "Ann"}, 1),
    ):
        rows = table(await ann.get(EXPORT, **({"shop_id": world.shop} | query)))
        assert len(rows) == count, query
    (*_, last) = csv.reader(io.StringIO((await ann.get(EXPORT, shop_id=world.shop, tag="n2")).body))
    assert last[-1] == "1"


async def test_every_variable_has_a_column_and_no_two_columns_one_name(
    ann: Partner, world: World, database: Database
) -> None:
    values = '{"customer": "Eve", "Who": 1, "title": true, "b": [1, "x"], "a": {"deep": [null]}, "c": null}'
    await more(database, world, 1, f"'{values}'")
    answer = await ann.get(EXPORT, shop_id=world.shop)
    header = next(csv.reader(io.StringIO(answer.body[1:])))
    assert header[-6:] == ["Who", "Who (Who)", "a", "b", "c", "title (title)"]
    row = table(answer)[0]
    assert [row[name] for name in header[-6:]] == ["Eve", "1", '{"deep":[null]}', "1, x", "", "true"]


@pytest.mark.parametrize("text", ["=1+1", "+4930123", "-1", "@x", "\t=x", " \u200b=1", "\uff1d1"], ids=ascii)
async def test_what_a_person_typed_is_never_a_formula(
    ann: Partner, world: World, database: Database, text: str
) -> None:
    await database.pool.execute(
        "UPDATE lead SET title = $1, comment = $1, values = jsonb_build_object('customer', $1::text, $1, 1)",
        text,
    )
    answer = await ann.get(EXPORT, shop_id=world.shop)
    (row,) = table(answer)
    assert {row["title"], row["comment"], row["Who"]} == {f"'{text}"}
    assert row[f"'{text}"] == "1"
    async with ann.session.get(
        ann.address + EXPORT,
        params={"shop_id": world.shop, "format": "xlsx"},
        headers={"authorization": f"Bearer {ann.token}"},
    ) as sheet:
        body = await sheet.read()
    book = load_workbook(io.BytesIO(body))
    cells = [cell for row in book.active.iter_rows() for cell in row if cell.value is not None]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert [cell.value for cell in cells].count(text) == 4
    book.close()


async def test_taking_leads_out_is_noted(ann: Partner, world: World, database: Database) -> None:
    await ann.get(EXPORT, shop_id=world.shop, format="xlsx", form="order")
    note: Any = await database.pool.fetchrow("SELECT subject, after FROM audit WHERE action = 'export'")
    assert (note["subject"], note["after"]) == ("lead", '{"form": "order", "format": "xlsx"}')


async def test_there_are_two_kinds_of_files(ann: Partner, world: World) -> None:
    refused = await ann.get(EXPORT, shop_id=world.shop, format="pdf")
    assert (refused.status, list(refused.errors)) == (422, ["format"])
