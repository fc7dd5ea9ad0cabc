"""What a cart costs, and how money is written."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import convert

from flows.card import CartLine
from flows.requests import Browse, HttpRequest, Look, Reckon
from flows.trade.goods import Reckoning, Shelf
from flows.trade.money import minor, money
from flows.trade.stall import Stall
from flows.trade.wares import Wares

WARES = Wares.model_validate(
    {
        "currency": "EUR",
        "categories": [
            {"key": "drinks", "title": "Drinks"},
            {"key": "hot", "title": "Hot", "parent": "drinks"},
            {"key": "cakes", "title": "Cakes"},
        ],
        "products": [
            {
                "title": "Latte",
                "category": "hot",
                "variants": [{"price": 3}, {"title": "Large", "price": "3.50"}],
            },
            {
                "title": "Mint tea",
                "category": "hot",
                "description": "Fresh",
                "variants": [{"price": 2, "stock": 1}],
            },
            {"title": "Brownie", "category": "cakes", "variants": [{"price": 4, "old_price": 5}]},
            {"title": "Mug", "variants": [{"price": "9.999"}]},
        ],
        "promos": [
            {"code": "TEN", "percent": 10},
            {"code": "Two", "amount": 2, "least": 5},
            {"code": "OLD", "fault": "expired"},
        ],
        "deliveries": [
            {"title": "Courier", "price": 3, "free_from": 20, "needs_address": True},
            {"title": "Pick up"},
        ],
        "payments": [{"title": "Cash"}, {"title": "Card", "online": True}],
    }
)


def reckoned(lines: dict[int, int], **asked: Any) -> Reckoning:
    cart = tuple(CartLine(variant, quantity) for variant, quantity in lines.items())
    status, body = Stall(WARES).answer(Reckon(cart, **asked))
    assert status == 200
    return convert(body, Reckoning)


def shelf(asked: Browse | Look) -> Shelf:
    status, body = Stall(WARES).answer(asked)
    assert status == 200
    return convert(body, Shelf)


@pytest.mark.parametrize(
    ("lines", "asked", "subtotal", "discount", "fault", "total"),
    [
        ({1: 2}, {}, 600, 0, "", 600),
        ({1: 1, 2: 1}, {"promo": "ten"}, 650, 65, "", 585),
        ({3: 1}, {"promo": " TEN "}, 200, 20, "", 180),
        ({1: 1}, {"promo": "two"}, 300, 0, "too_small", 300),
        ({1: 2}, {"promo": "TWO"}, 600, 200, "", 400),
        ({1: 2}, {"promo": "old"}, 600, 0, "expired", 600),
        ({1: 2}, {"promo": "never"}, 600, 0, "unknown", 600),
        ({1: 2}, {"delivery": 1}, 600, 0, "", 900),
        ({1: 7}, {"delivery": 1}, 2100, 0, "", 2100),
        ({1: 7}, {"delivery": 1, "promo": "ten"}, 2100, 210, "", 2190),
        ({1: 2}, {"delivery": 2}, 600, 0, "", 600),
        ({1: 2}, {"delivery": 9}, 600, 0, "", 600),
        ({99: 5}, {}, 0, 0, "", 0),
    ],
)
def test_a_cart_is_reckoned_up(
    lines: dict[int, int], asked: dict[str, Any], subtotal: int, discount: int, fault: str, total: int
) -> None:
    found = reckoned(lines, **asked)
    sums = (found.subtotal, found.discount, found.promo_fault, found.total)
    assert sums == (subtotal, discount, fault, total)


def test_what_is_gone_or_short_is_told_and_not_numbered() -> None:
    gone = reckoned({99: 1, 1: 1}, numbered=True)
    assert gone.is_sold_out
    assert (gone.gone, gone.number) == ((CartLine(99, 1),), 0)
    short = reckoned({3: 2}, numbered=True)
    assert short.is_sold_out
    assert (short.lines[0].is_short, short.number) == (True, 0)
    assert not reckoned({3: 1}).is_sold_out


def test_each_variant_is_reckoned_once_and_nothing_is_reckoned_of_none() -> None:
    """Two lines of one variant could each be there, and both together not."""
    twice = Reckon((CartLine(3, 1), CartLine(1, 0), CartLine(3, 1), CartLine(99, 0)), numbered=True)
    found = convert(Stall(WARES).answer(twice)[1], Reckoning)
    assert [(line.variant, line.quantity) for line in found.lines] == [(3, 2)]
    assert (found.is_sold_out, found.gone, found.number) == (True, (), 0)


def test_orders_are_numbered_one_after_the_other() -> None:
    stall = Stall(WARES)
    asked = Reckon((CartLine(1, 1),), numbered=True)
    numbers = [convert(stall.answer(asked)[1], Reckoning).number for _ in range(3)]
    assert numbers == [1, 2, 3]


def test_a_line_names_its_variant_where_there_is_a_choice() -> None:
    assert [line.title for line in reckoned({1: 1, 2: 1}).lines] == ["Latte", "Latte, Large"]


@given(
    st.dictionaries(st.integers(1, 6), st.integers(1, 99), max_size=6), st.sampled_from(["", "ten", "two"])
)
def test_no_cart_ever_costs_less_than_nothing(lines: dict[int, int], promo: str) -> None:
    found = reckoned(lines, promo=promo, delivery=1)
    assert 0 <= found.discount <= found.subtotal
    assert found.total == found.subtotal - found.discount + (found.delivery.price if found.delivery else 0)


@pytest.mark.parametrize(
    ("asked", "categories", "products"),
    [
        (Browse(), ["Drinks", "Cakes"], ["Mug"]),
        (Browse("drinks"), ["Hot"], []),
        (Browse("drinks", category=2), [], ["Latte", "Mint tea"]),
        (Browse(category=2, page=1, size=1), [], ["Mint tea"]),
        (Browse(category=2, page=5), [], []),
        (Browse(search="MINT fresh"), [], ["Mint tea"]),
        (Browse("cakes", search="mint"), [], []),
        (Browse("drinks", search="tea"), [], ["Mint tea"]),
        (Look(3), [], ["Brownie"]),
        (Look(4), [], ["Mug"]),
    ],
)
def test_a_shelf_holds_what_stands_there(
    asked: Browse | Look, categories: list[str], products: list[str]
) -> None:
    found = shelf(asked)
    assert [one.title for one in found.categories] == categories
    assert [one.title for one in found.products] == products


@pytest.mark.parametrize("asked", [Browse("nowhere"), Browse(category=9), Look(99)])
def test_what_is_not_there_is_not_found(asked: Browse | Look) -> None:
    assert Stall(WARES).answer(asked) == (404, None)


def test_categories_that_stand_in_each_other_are_searched_once() -> None:
    round_about = [{"key": "a", "title": "A", "parent": "b"}, {"key": "b", "title": "B", "parent": "a"}]
    product = {"title": "Tea", "category": "b", "variants": [{"price": 1}]}
    stall = Stall(Wares.model_validate({"categories": round_about, "products": [product]}))
    assert convert(stall.answer(Browse("a", search="tea"))[1], Shelf).count == 1


def test_an_amount_finer_than_the_currency_is_cut_off() -> None:
    assert [Wares(currency=code).minor("9.999") for code in ("USD", "JPY", "BHD")] == [999, 9, 9999]


def test_a_made_up_shop_answers_for_nobody_else() -> None:
    assert Stall().answer(HttpRequest("GET", "https://crm.example/")) == (0, None)


def test_an_empty_shop_is_empty() -> None:
    status, body = Stall().answer(Browse())
    assert status == 200
    assert convert(body, Shelf) == Shelf("USD")


@pytest.mark.parametrize(
    ("amount", "currency", "lang_code", "written"),
    [
        (350, "USD", "en", "$3.50"),
        (25000, "RUB", "ru", "250\N{NO-BREAK SPACE}₽"),
        (123450, "EUR", "es", "1.234,50\N{NO-BREAK SPACE}€"),
        (123456700, "EUR", "de-AT", "€\N{NO-BREAK SPACE}1.234.567"),
        (500, "JPY", "en", "¥500"),
        (1234, "BHD", "en", "BHD1.234"),
        (-350, "USD", "en", "-$3.50"),
        (0, "USD", "xx", "$0"),
        (350, "USD", "", "$3.50"),
    ],
)
def test_money_is_written_as_people_write_it(
    amount: int, currency: str, lang_code: str, written: str
) -> None:
    assert money(amount, currency, lang_code) == written


@pytest.mark.parametrize(
    ("written", "currency", "amount"),
    [
        ("3.5", "USD", 350),
        (" 12 ", "EUR", 1200),
        ("500", "JPY", 500),
        ("1.234", "BHD", 1234),
        ("3.555", "USD", None),
        ("-1", "USD", None),
        ("NaN", "USD", None),
        ("Infinity", "USD", None),
        ("", "USD", None),
        ("ten", "USD", None),
        ("99999999999999999", "USD", None),
    ],
)
def test_an_amount_becomes_minor_units(written: str, currency: str, amount: int | None) -> None:
    assert minor(written, currency) == amount
