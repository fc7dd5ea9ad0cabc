"""What a table would change in a catalogue: a case a rule."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from engine.catalogue.columns import heading
from engine.catalogue.goods import Goods
from engine.catalogue.plan import Change, Plan, plan
from engine.sheet_reading import Line
from engine.store.categories import Category
from engine.store.products import Product, Variant
from engine.store.shelves import Stocked

CASES: list[dict[str, Any]] = yaml.safe_load((Path(__file__).parent / "rows.yaml").read_text("utf-8"))


def lines(table: list[list[Any]]) -> list[Line]:
    return [Line(number, [_cell(cell) for cell in row]) for number, row in enumerate(table, 1)]


def _cell(cell: Any) -> str:
    match cell:
        case {"long": int(length)}:
            return "x" * length
        case {"pictures": int(count)}:
            return "|".join(["http://a.b"] * count)
    return str(cell)


def planned(table: list[list[Any]], there: Goods) -> Plan:
    first, *rows = lines(table)
    return plan(rows, heading(first.cells), there, "USD")


def standing(table: list[list[Any]]) -> Goods:
    """Goods as a table says them, a row a variant."""
    categories: dict[tuple[str, ...], Category] = {}
    products: dict[str, Product] = {}
    variants = []
    for row in (dict(zip(table[0], row, strict=True)) for row in table[1:]):
        path = tuple(str(row[name]) for name in ("section1", "section2") if row.get(name))
        for depth in range(1, len(path) + 1):
            parent = categories[path[: depth - 1]].id if depth > 1 else None
            opened = Category(id=len(categories) + 1, key="", title=path[depth - 1], parent_id=parent)
            categories.setdefault(path[:depth], opened)
        product = Product(id=row["id"], title=row["name"], sku=row.get("sku", ""))
        product.description = row.get("description", "")
        product.category_id = categories[path].id if path else None
        products.setdefault(str(row["id"]), product)
        variant = Variant(id=len(variants) + 1, product_id=row["id"], title=row.get("option name", ""))
        variant.price = row["price"] * 100
        variant.old_price = row["old price"] * 100 if row.get("old price") else None
        variant.stock = row.get("stock") or None
        variants.append(variant)
    return Goods(Stocked([*categories.values()], [*products.values()], variants))


def holds(change: Change, told: dict[str, Any]) -> None:
    for name, value in told.items():
        if name == "path":
            assert change.path == tuple(value)
        elif name == "variants":
            found = [{key: variant.fields.get(key) for key in one} for variant, one in _pairs(change, value)]
            assert found == value
        else:
            assert change.fields[name] == value


def _pairs(change: Change, told: list[dict[str, Any]]) -> list[tuple[Any, dict[str, Any]]]:
    return list(zip(change.variants, told, strict=True))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_a_table_changes_what_it_says_and_what_is_bad_is_named(case: dict[str, Any]) -> None:
    made = planned(case["table"], standing(case.get("there", [[]])))
    assert [(bad.line, bad.column) for bad in made.bad] == [tuple(bad) for bad in case.get("bad", ())]
    assert all(bad.message.endswith(".") for bad in made.bad)
    for kind in ("new", "changed"):
        changes = [one for one in made.changes if one.is_one and (one.product is None) == (kind == "new")]
        told = case.get(kind, [])
        assert len(changes) == len(told) == getattr(made, kind)
        for change, expected in zip(changes, told, strict=True):
            holds(change, expected)
    assert made.unchanged == case.get("unchanged", 0)
    assert made.notes == case.get("notes", [])
    assert made.priorities == {(title,): at for title, at in case.get("priorities", {}).items()}
    if "prices" in case:
        assert [change.variants[0].fields["price"] for change in made.changes] == case["prices"]


@pytest.mark.parametrize("cells", [["price"], [""], ["photo", "section1"]], ids=str)
def test_a_table_must_tell_its_products_apart(cells: list[str]) -> None:
    assert heading(cells).missing


def test_a_product_that_is_there_twice_is_called_a_product_where_it_has_no_options() -> None:
    (bad,) = planned([["name", "price"], ["Tea", 1], ["Tea", 2]], standing([["id"]])).bad
    assert bad.message == "Line 2 is the same product. Leave one of them out, or name their options."
