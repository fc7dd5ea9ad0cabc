"""What was taken out of a catalogue and is brought in again changes nothing in it."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.catalogue.columns import COLUMNS, heading
from engine.catalogue.goods import Goods
from engine.catalogue.outgoing import catalogue_rows
from engine.catalogue.plan import Plan, plan
from engine.sheet_reading import read_lines, tidied
from engine.sheets import Format, sheet_of
from engine.store.categories import Category
from engine.store.products import Product, Variant
from engine.store.shelves import Stocked
from flows.trade.money import LARGEST

WORDS = st.text(max_size=30) | st.sampled_from(
    ["=1", "'=1", "+49", "_x0041_", "a\r\nb", 'say "x"', "a;b,c\td", "a;=1\n'-2"]
)
NAMES = WORDS.filter(tidied)
AMOUNTS = st.integers(0, LARGEST) | st.integers(0, 9999)
PICTURES = st.lists(st.from_regex(r"https?://[a-z]{1,9}/[a-z0-9.?=&-]{0,9}", fullmatch=True), max_size=3)


@st.composite
def goods(draw: st.DrawFn) -> Goods:
    categories: list[Category] = []
    for id in range(1, draw(st.integers(0, 6)) + 1):
        parent = draw(st.none() | st.integers(1, id - 1)) if id > 1 else None
        position = draw(st.integers(0, 9))
        category = Category(id=id, key=f"c{id}", title=draw(NAMES), parent_id=parent, position=position)
        categories.append(category)
    products: list[Product] = []
    variants: list[Variant] = []
    for id in range(1, draw(st.integers(1, 6)) + 1):
        product = Product(id=id, title=draw(NAMES), description=draw(WORDS), pictures=draw(PICTURES))
        product.category_id = draw(st.sampled_from([None, *(one.id for one in categories)]))
        product.sku = draw(st.sampled_from(["", f"A-{id}", f"={id}"]))
        product.hidden = draw(st.booleans())
        products.append(product)
        for _ in range(draw(st.integers(1, 3))):
            variant = Variant(id=len(variants) + 1, product_id=id, title=draw(WORDS), price=draw(AMOUNTS))
            variant.old_price = draw(st.none() | AMOUNTS)
            variant.stock = draw(st.none() | st.integers(0, 10**17))
            variant.sku = draw(st.sampled_from(["", "V", "+V"]))
            variants.append(variant)
    in_order = sorted(categories, key=lambda one: (one.position, one.id))
    return Goods(Stocked(in_order, products, variants))


def again(there: Goods, currency: str, format: Format) -> Plan:
    with sheet_of(COLUMNS, catalogue_rows(there, currency), format) as file:
        lines, _ = read_lines(file.read())
    return plan(lines[1:], heading(lines[0].cells), there, currency)


@pytest.mark.parametrize(("format", "examples"), [("csv", 150), ("xlsx", 40)])
def test_a_catalogue_taken_out_and_brought_in_is_as_it_was(format: Format, examples: int) -> None:
    @settings(max_examples=examples, deadline=None)
    @given(goods(), st.sampled_from(["USD", "JPY", "KWD"]))
    def holds(there: Goods, currency: str) -> None:
        made = again(there, currency, format)
        assert made.bad == []
        assert made.notes == []
        assert (made.new, made.changed, made.unchanged) == (0, 0, len(there.products))
        assert made.priorities == {}

    holds()
