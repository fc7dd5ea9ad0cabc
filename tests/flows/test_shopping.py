"""The shop changes while people look at it; and what carts can never become."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import convert, json

from engine.rehearsal import rehearse
from flows.card import Cart, CartLine
from flows.effects import Button, Notice, Send
from flows.events import Pressed
from flows.exchange import read
from flows.json_value import JSON
from flows.requests import Reckon
from flows.rules import problems
from flows.trade.baskets import MOST_LINES, MOST_OF_ONE, quantity_of, settled, with_quantity
from flows.trade.goods import Reckoning
from flows.trade.offered import offer, offered
from flows.trade.stall import Stall
from flows.triggers import fold
from tests.flows.makers import STARTERS, Conversation, flow, wares

STEPS = [
    {"id": "goods", "kind": "catalogue", "size": 1, "cart": {"go": "forward", "to": "basket"}},
    {
        "id": "basket",
        "kind": "cart",
        "checkout": {"go": "forward", "to": "bought"},
        "back": {"go": "jump", "to": "goods"},
    },
    {"id": "bought", "kind": "message", "text": "Thank you."},
]
SHOP = {
    "key": "shop",
    "name": "Shop",
    "triggers": [{"on": "default"}, {"on": "keyword", "words": ["help"]}],
    "steps": STEPS,
}
TEA = {"title": "Tea", "variants": [{"price": 2}]}
MUG = {"title": "Mug", "variants": [{"price": 9, "stock": 2}]}


def visit(start: str, cart: dict[int, int], promo: str = "", **sold: Any) -> Conversation:
    """Somebody at a step of the shop, who has chosen these variants before."""
    lines = [{"variant": variant, "quantity": quantity} for variant, quantity in cart.items()]
    given = {"wares": {"products": [TEA, MUG], **sold}, "cart": {"lines": lines, "promo": promo}}
    talk = Conversation([flow({**SHOP, "start": start})], given)
    talk.happens({"starts": ""})
    return talk


def stock(talk: Conversation, *products: Any, **sold: Any) -> None:
    """From now on the shop sells only this."""
    talk.stall = Stall(wares({"products": products, **sold}))


def press(talk: Conversation, item: str, step: str | None = None) -> list[Any]:
    frame = talk.state.current
    assert frame is not None
    return talk.hear(Pressed(1, step or frame.step, item))


def told(effects: list[Any]) -> str:
    return "\n".join(effect.text for effect in effects if isinstance(effect, Send))


@pytest.mark.parametrize(
    ("left", "says", "cart"),
    [
        ({"title": "Mug", "variants": [{"price": 9, "stock": 1}]}, "Mug: only 1 in stock.", {1: 1, 2: 1}),
        ({"title": "Mug", "variants": [{"price": 9, "stock": 0}]}, "Mug · sold out", {1: 1}),
        (None, "no longer sold, and was taken out", {1: 1}),
    ],
)
def test_who_orders_what_ran_out_meanwhile_is_told_and_does_not_order_yet(
    left: Any, says: str, cart: dict[int, int]
) -> None:
    talk = visit("basket", {1: 1, 2: 2})
    stock(talk, TEA, *([left] if left else []))
    assert says in told(press(talk, "-order"))
    assert {line.variant: line.quantity for line in talk.card.cart.lines} == cart
    assert talk.current == "shop.basket"
    assert told(press(talk, "-order")) == "Thank you."


def test_who_orders_when_all_is_gone_has_an_empty_cart() -> None:
    talk = visit("basket", {2: 2})
    stock(talk, TEA)
    said = told(press(talk, "-order"))
    assert "was taken out" in said
    assert "Your cart is empty." in said
    assert talk.card.cart == Cart()


def test_a_price_is_what_it_is_now() -> None:
    talk = visit("basket", {1: 1})
    stock(talk, {"title": "Tea", "variants": [{"price": 3}]})
    assert "$3 = $3" in told(press(talk, "-l1"))


def test_a_line_that_is_looked_at_and_gone_gives_way_to_the_cart() -> None:
    talk = visit("basket", {1: 1, 2: 1})
    press(talk, "-l2")
    stock(talk, TEA)
    said = told(press(talk, "-n2"))
    assert "was taken out" in said
    assert "Total: $2" in said


def test_a_code_that_runs_out_meanwhile_does_not_count() -> None:
    talk = visit("basket", {1: 1}, "TEN", promos=[{"code": "TEN", "percent": 10}])
    stock(talk, TEA, promos=[{"code": "TEN", "fault": "used_up"}])
    assert "used up" in told(press(talk, "-g0"))
    assert talk.card.cart.promo == ""


def test_a_code_is_tried_though_the_cart_changed_meanwhile() -> None:
    talk = visit("basket", {1: 1, 2: 1}, promos=[{"code": "TEN", "percent": 10}])
    press(talk, "-promo")
    stock(talk, TEA, promos=[{"code": "TEN", "percent": 10}])
    said = told(talk.hear(talk.event({"says": "ten"})))
    assert "The code TEN has been applied." in said
    assert "was taken out" in said
    assert talk.card.cart == Cart((CartLine(1, 1),), "TEN")


def test_a_number_means_what_was_seen_whatever_the_shelf_holds_now() -> None:
    talk = visit("goods", {})
    stock(talk, TEA)
    assert told(talk.hear(talk.event({"says": "2"}))).startswith("What would you like?")


def test_a_full_cart_takes_nothing_new_and_more_of_what_it_holds() -> None:
    talk = visit("goods", dict.fromkeys(range(2, MOST_LINES + 2), 1))
    assert Notice("Your cart is full: it holds 50 different things.") in press(talk, "-a1")
    assert (quantity_of(talk.card.cart, 1), len(talk.card.cart.lines)) == (0, MOST_LINES)
    assert Notice("Added: Mug \u00d7 2") in press(talk, "-a2")
    assert quantity_of(talk.card.cart, 2) == 2


def test_a_keyword_goes_before_a_search() -> None:
    talk = visit("goods", {1: 1})
    assert told(talk.hear(talk.event({"says": "mug"}))).startswith("Found for «mug»")
    press(talk, "-c0")
    assert told(talk.hear(talk.event({"says": "HELP"}))).startswith("What would you like?")


def test_who_has_ordered_comes_back_past_the_cart() -> None:
    to_shop = {"label": "Cart", "link": {"go": "enter", "flow": "shop"}}
    menu = {"id": "menu", "kind": "message", "text": "Menu", "menu": [to_shop]}
    emptied = {"id": "emptied", "kind": "operation", "operations": [{"do": "empty_cart"}]}
    basket = {"id": "basket", "kind": "cart", "checkout": {"go": "enter", "flow": "buys"}}
    default = [{"on": "default"}]
    flows = [
        flow({"key": "main", "name": "Main", "start": "menu", "steps": [menu], "triggers": default}),
        flow({"key": "shop", "name": "Shop", "start": "basket", "steps": [basket]}),
        flow({"key": "buys", "name": "Buys", "start": "emptied", "steps": [emptied]}),
    ]
    talk = Conversation(flows, {"wares": "teas", "cart": {"lines": [{"variant": 1, "quantity": 1}]}})
    talk.happens({"starts": ""})
    talk.happens({"says": "cart"})
    assert talk.active == ["main.menu", "shop.basket"]
    assert told(talk.hear(talk.event({"presses": "-order"}))) == "Menu"
    assert talk.active == ["main.menu"]


def test_who_goes_back_to_a_shop_that_was_emptied_meanwhile_stays_there() -> None:
    to_goods = {"label": "Shop", "link": {"go": "forward", "to": "goods"}}
    menu = {"id": "menu", "kind": "message", "text": "Menu", "menu": [to_goods]}
    goods = {**STEPS[0], "cart": {"go": "restart"}, "empty": {"go": "forward", "to": "sorry"}}
    sorry = {"id": "sorry", "kind": "message", "text": "Sorry.", "next": {"go": "back"}}
    shop = flow({**SHOP, "start": "menu", "steps": [menu, goods, sorry]})
    assert not [one for one in problems(shop) if one.severity == "error"]
    talk = Conversation([shop], {"wares": "teas"})
    talk.happens({"starts": ""})
    talk.happens({"says": "shop"})
    stock(talk)
    # A person acted, so the turn goes on by the exit, and back: there it must end.
    said = told(press(talk, "-c0"))
    assert said == "Sorry.\nThere is nothing on sale at the moment. Please look in later."
    assert talk.current == "shop.goods"


def test_the_shop_of_the_guide_works_as_it_stands_there() -> None:
    page = (STARTERS.parents[1] / "docs" / "shop.md").read_text(encoding="utf-8")
    shop = read(page.split("```yaml\n")[1].split("```")[0])
    assert [problem.message for problem in (*problems(shop), *rehearse(shop, {}))] == []
    assert shop.checks


QUANTITIES = st.dictionaries(st.integers(1, 5), st.integers(1, MOST_OF_ONE), max_size=5)
LEFT = st.dictionaries(st.integers(1, 5), st.none() | st.integers(0, 120), max_size=5)


@given(QUANTITIES, LEFT)
def test_a_settled_cart_can_be_sold_as_it_stands(chosen: dict[int, int], left: dict[int, int | None]) -> None:
    cart = Cart(tuple(CartLine(variant, quantity) for variant, quantity in chosen.items()), "TEN")
    products = [
        {"title": f"No. {n}", "variants": [{"price": n, "stock": left.get(n)}]}
        for n in range(1, max(left, default=0) + 1)
    ]
    stall = Stall(wares({"products": products}))
    now = settled(cart, convert(stall.answer(Reckon(cart.lines))[1], Reckoning))
    again = convert(stall.answer(Reckon(now.cart.lines))[1], Reckoning)
    assert not again.is_sold_out
    assert not settled(now.cart, again).is_changed
    assert now.is_changed == (now.cart != cart)
    assert now.cart.promo == "TEN"
    assert all(line.quantity <= quantity_of(cart, line.variant) for line in now.cart.lines)


def test_a_cart_that_holds_a_variant_twice_is_settled_at_once() -> None:
    stall = Stall(wares({"products": [{"title": "Tea", "variants": [{"price": 3, "stock": 1}]}]}))
    cart = Cart((CartLine(1, 1), CartLine(1, 1)))
    now = settled(cart, convert(stall.answer(Reckon(cart.lines))[1], Reckoning))
    assert now.cart == Cart((CartLine(1, 1),))


@given(st.lists(st.tuples(st.integers(1, 5), st.integers(-2, 200)), max_size=20))
def test_a_cart_holds_each_thing_once_and_never_too_many(changes: list[tuple[int, int]]) -> None:
    cart = Cart()
    for variant, quantity in changes:
        before = [line.variant for line in cart.lines]
        cart = with_quantity(cart, variant, quantity)
        assert quantity_of(cart, variant) == max(0, min(quantity, MOST_OF_ONE))
        others = [one for one in before if one != variant]
        assert [line.variant for line in cart.lines if line.variant != variant] == others
    assert len({line.variant for line in cart.lines}) == len(cart.lines) <= MOST_LINES


LABELS = st.lists(
    st.text(st.sampled_from("aB ·7-+$"), max_size=8).filter(lambda label: label.strip()), max_size=5
)


@given(LABELS)
def test_a_label_or_number_that_is_shown_is_a_button_that_is_shown(labels: list[str]) -> None:
    memo: dict[str, JSON] = {}
    buttons = [Button(f"-{n}", label) for n, label in enumerate(labels)]
    offer(memo, buttons)
    kept = json.decode(json.encode(memo))
    for number, button in enumerate(buttons, 1):
        assert offered(kept, f" {number} ") == button.item
        is_number = any(button.label.strip() == str(n) for n in range(1, len(labels) + 1))
        twins = [other for other in buttons if fold(other.label) == fold(button.label)]
        if not is_number and len(twins) == 1:
            assert offered(kept, button.label.upper()) == button.item
    assert offered(kept, str(len(labels) + 1)) in (None, *(one.item for one in buttons))
    assert offered({}, "1") is None


@pytest.mark.parametrize(
    ("label", "said"),
    [
        ("C++ · $30", "c++"),
        ("Espresso (double) · $2.90", "Espresso (double)"),
        ("DHL · express · $3", "dhl · express"),
        ("☕ Latte 🔥 · $3", "latte"),
        ("🛒 Cart · 3", "cart"),
        ("चाय की · ₹3", "चाय की"),
        ("🔥 · $3", "🔥"),
        ("שוקולד חם · ‏12 ‏₪", "שוקולד חם"),
        ("<b>Tea</b> &amp; · $1", "<b>tea</b> &amp;"),
    ],
)
def test_what_a_thing_is_called_is_understood_with_and_without_its_signs(label: str, said: str) -> None:
    kept: dict[str, JSON] = {}
    offer(kept, (Button("-p1", label), Button("-p2", "Another · $1")))
    assert offered(kept, said) == "-p1"


def test_the_beginning_that_two_share_is_neither() -> None:
    kept: dict[str, JSON] = {}
    offer(kept, (Button("-p1", "Tea · green · $3"), Button("-p2", "Tea · black · $2")))
    assert (offered(kept, "tea"), offered(kept, "tea · black")) == (None, "-p2")


def test_a_long_description_is_told_once_and_not_with_each_thing_that_is_added() -> None:
    poem = {
        "title": "Book",
        "description": "A line of it. " * 200,
        "pictures": ["https://shop.example/1.png"],
    }
    talk = visit("goods", {})
    stock(talk, {**poem, "variants": [{"price": 5}]})
    first, added = press(talk, "-p1"), press(talk, "-a1")
    talk.happens({"says": "help"})
    talk.happens({"starts": ""})
    assert "A line of it. " * 190 in told(first)
    assert told(added).startswith("Book\n\nA line of it.")
    assert len(told(added)) < 400
    assert "A line of it. " * 190 in told(press(talk, "-p1"))
