"""What changes while a customer orders: prices, stock, the ways to get it, and what he wants himself."""

from typing import Any

import pytest

from flows.card import Card, Cart, CartLine
from flows.events import Said, Started
from flows.trade.stall import Stall
from flows.trade.wares import Wares
from tests.flows.makers import Conversation
from tests.flows.shorthand import shop

WARES: dict[str, Any] = {
    "products": [{"title": "Tea", "variants": [{"price": 3}]}, {"title": "Cake", "variants": [{"price": 2}]}],
    "deliveries": [{"title": "Courier", "price": 1}, {"title": "Pickup"}],
    "payments": [{"title": "Cash"}, {"title": "Card", "online": True}],
    "promos": [{"code": "SPRING", "percent": 50}],
}
TWO_TEAS = {"lines": [{"variant": 1, "quantity": 2}], "promo": "SPRING"}
SHOP = {
    "main": {
        "flow": {"triggers": [{"on": "default"}]},
        "order": {"kind": "place_order", "contacts": [], "empty": {"go": "forward", "to": "full"}},
        "full": {"menu": ["back", "=> order"]},
    },
    "more": {"flow": {"triggers": [{"on": "keyword", "words": ["more"]}]}, "add": {"menu": ["=> add"]}},
}


class Customer(Conversation):
    """One who has chosen how to get it and how to pay, and sees his order."""

    def __init__(self) -> None:
        super().__init__(shop(SHOP).values(), {"wares": WARES, "cart": TWO_TEAS})
        self.hear(Started())
        self.hears("Courier · $1")
        self.seen = self.hears("Cash")
        (self.confirm, *_), *_ = self.state.frames[-1].memo["offered"]

    def hears(self, text: str) -> list[dict[str, Any]]:
        return self.happens({"says": text})

    def sell(self, **others: Any) -> None:
        """From now on the shop sells something else."""
        self.stall = Stall(Wares.model_validate({**WARES, **others}))

    def presses(self, item: str) -> list[dict[str, Any]]:
        return self.happens({"presses": {"flow": "main", "step": "order", "item": item}})


def orders(effects: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [effect for effect in effects if "order" in effect]


def products(**tea: Any) -> dict[str, Any]:
    return {"products": [{"title": "Tea", "variants": [tea]}, WARES["products"][1]]}


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        (products(price=4), "Tea \u00d7 2 · $8"),
        (products(price=3, stock=1), "Tea \u00d7 1 · $3"),
        ({"deliveries": [{"title": "Courier", "price": 2}, {"title": "Pickup"}]}, "Courier: $2"),
        ({"deliveries": [{"title": "Post", "price": 1}]}, "Post: $1"),
        ({"deliveries": []}, "Total: $3"),
        ({"payments": [{"title": "Voucher"}]}, "Payment: Voucher"),
        ({"promos": []}, "The promo code SPRING does not count"),
        ({"currency": "EUR"}, "€"),
    ],
    ids=["price", "stock", "delivery price", "delivery", "no delivery", "payment", "promo", "currency"],
)
def test_what_changed_since_it_was_seen_is_shown_before_it_is_ordered(
    changed: dict[str, Any], says: str
) -> None:
    ann = Customer()
    ann.sell(**changed)
    effects = ann.hears("Confirm")
    assert not orders(effects)
    assert says in effects[-1]["send"]
    assert "Something has changed" in effects[-1]["send"]
    assert ann.presses(ann.confirm) == [{"notice": "This menu is out of date."}]
    (order,) = orders(ann.hears("Confirm"))
    goods = sum(line["price"] * line["quantity"] for line in order["lines"])
    assert order["total"] == goods - order.get("discount", 0) + order.get("delivery_price", 0)
    assert ann.card.cart == Cart()


def test_a_stock_that_still_does_changes_nothing() -> None:
    ann = Customer()
    ann.sell(**products(price=3, stock=2))
    assert len(orders(ann.hears("Confirm"))) == 1


@pytest.mark.parametrize("left", [{"price": 3, "stock": 0}, None], ids=["sold out", "gone"])
def test_what_is_gone_at_the_last_moment_is_not_ordered(left: dict[str, Any] | None) -> None:
    ann = Customer()
    ann.sell(products=[{"title": "Tea", "variants": [left]}] if left else [])
    effects = ann.hears("Confirm")
    assert not orders(effects)
    assert ann.card.cart.lines == ()
    assert ann.current == "main.full"


def test_a_way_to_pay_that_is_gone_is_chosen_anew() -> None:
    ann = Customer()
    ann.hears("Change")
    ann.hears("Pickup \u00b7 free")
    ann.hears("Card")
    ann.sell(payments=WARES["payments"][:1])
    assert "Payment: Cash" in ann.hears("Confirm")[-1]["send"]
    ann.sell(payments=[])
    assert "Payment" not in ann.hears("Confirm")[-1]["send"]


def test_pressing_twice_orders_once() -> None:
    ann = Customer()
    assert len(orders(ann.presses(ann.confirm))) == 1
    assert orders(ann.presses(ann.confirm)) == []


def test_what_he_puts_into_his_cart_meanwhile_is_shown_before_it_is_ordered() -> None:
    ann = Customer()
    ann.card = Card(cart=Cart((CartLine(2, 1),)))
    effects = ann.hears("Confirm")
    assert not orders(effects)
    assert "Cake \u00d7 1" in effects[-1]["send"]
    assert orders(ann.hears("Confirm"))[0]["lines"][0]["variant"] == 2


def test_a_cart_emptied_meanwhile_orders_nothing() -> None:
    ann = Customer()
    ann.card = Card()
    assert not orders(ann.hears("Confirm"))
    assert ann.current == "main.full"


def test_going_back_ends_the_turn_where_there_is_nothing_to_order() -> None:
    talk = Conversation(shop(SHOP).values(), {"wares": WARES, "cart": TWO_TEAS})
    talk.hear(Started())
    assert talk.current == "main.order"
    talk.card = Card()
    talk.hear(Said("by drone"))
    assert talk.current == "main.order"
    assert talk.happens({"says": "Go on"})[0]["buttons"] == ["No. 1", "No. 2"]
    assert talk.current == "main.full"
    back = talk.happens({"says": "No. 1"})
    assert [effect["buttons"] for effect in back] == [["Go on"]]
    assert talk.current == "main.order"
    talk.card = Card(cart=Cart((CartLine(1, 2),)))
    assert talk.happens({"says": "hm"})[-1]["buttons"] == ["Courier · $1", "Pickup · free"]


def test_another_flow_between_two_answers_loses_nothing() -> None:
    ann = Customer()
    ann.hears("more")
    assert ann.current == "more.add"
    assert orders(ann.presses(ann.confirm))[0]["payment_title"] == "Cash"


def test_a_summary_is_shown_again_in_the_language_that_he_speaks_now() -> None:
    ann = Customer()
    ann.card = Card(cart=ann.card.cart, lang_code="es")
    assert ann.hears("Hola")[-1]["buttons"] == ["Confirmar", "Cambiar", "Cancelar"]


def test_what_is_remembered_of_an_order_is_small() -> None:
    lines = tuple(CartLine(number, 1) for number in range(1, 51))
    sold = [{"title": "x" * 200, "variants": [{"price": 1}]} for _ in lines]
    talk = Conversation(shop(SHOP).values(), {"wares": {"products": sold}})
    talk.card = Card(cart=Cart(lines))
    talk.hear(Started())
    assert len(talk._state) < 500


def test_a_press_of_a_button_that_never_was_is_out_of_date() -> None:
    ann = Customer()
    for item in ("-by-9", "-pay-x", "-saved-0", "-later-1", "-end", "ok"):
        assert ann.presses(item) == [{"notice": "This menu is out of date."}]


@pytest.mark.parametrize("said", ["Courier", "courier · $1", "1", " COURIER "])
def test_a_way_to_get_it_is_known_by_its_title_alone(said: str) -> None:
    talk = Conversation(shop(SHOP).values(), {"wares": WARES, "cart": TWO_TEAS})
    talk.hear(Started())
    shown = talk.happens({"says": said})
    assert shown[-1]["buttons"] == ["Cash", "Card"]


def test_of_two_ways_with_one_title_none_is_taken_by_it() -> None:
    twice = {**WARES, "deliveries": [{"title": "Courier", "price": 1}, {"title": "Courier", "price": 5}]}
    talk = Conversation(shop(SHOP).values(), {"wares": twice, "cart": TWO_TEAS})
    talk.hear(Started())
    assert talk.happens({"says": "Courier"})[-1]["buttons"] == ["Courier · $1", "Courier · $5"]
    assert talk.happens({"says": "Courier · $5"})[-1]["buttons"] == ["Cash", "Card"]


def test_an_address_is_taken_by_its_word_though_a_saved_one_begins_so() -> None:
    bringing = {**WARES, "deliveries": [{"title": "Courier", "price": 1, "needs_address": True}]}
    known = {"wares": bringing, "cart": TWO_TEAS, "variables": {"address": "Oak Lane · 5"}}
    talk = Conversation(shop(SHOP).values(), known)
    talk.hear(Started())
    talk.happens({"says": "Oak Lane"})
    assert talk.happens({"says": "Cash"})[-1]["send"].endswith("Address: Oak Lane\nPayment: Cash")


def test_a_long_title_leaves_its_price_on_the_button() -> None:
    long = {**WARES, "deliveries": [{"title": "By a friendly courier " * 9, "price": 1}, {"title": "Pickup"}]}
    talk = Conversation(shop(SHOP).values(), {"wares": long, "cart": TWO_TEAS})
    shown = talk.happens({"starts": ""})[-1]["buttons"]
    assert shown == [
        "By a friendly courier By a friendly courier By … · $1",
        "Pickup · free",
    ]
