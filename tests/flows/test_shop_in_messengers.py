"""A shop with everything too long, as messengers show it: what they would refuse, and what gets lost."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from msgspec.structs import replace

from channels.fit import fit
from channels.kinds import channel_class
from flows.effects import Button, Effect, Send
from flows.events import Pressed, Said, Started
from tests.flows.makers import Conversation, flow

LONGEST_STEP = "s" * 40
LARGEST_REVISION = 0xFFFFFFFF
"""Four thousand million publications."""
TELEGRAM = channel_class("telegram")
TELEGRAMS_CODE = 64
FAMILY = "👨‍👩‍👧‍👦"
SHOP = {
    "key": "shop",
    "name": "Shop",
    "start": LONGEST_STEP,
    "triggers": [{"on": "default"}],
    "steps": [
        {
            "id": LONGEST_STEP,
            "kind": "catalogue",
            "cart": {"go": "forward", "to": "c" * 40},
            "back_text": "Bye",
        },
        {"id": "c" * 40, "kind": "cart", "checkout": {"go": "forward", "to": "o" * 40}},
        {"id": "o" * 40, "kind": "place_order", "comment": True},
    ],
}
PICTURES = [f"https://shop.example/{number}.png" for number in range(10)]
WARES: dict[str, Any] = {
    "categories": [{"key": f"c{n}", "title": "Very long section " * 9 + str(n)} for n in range(60)],
    "products": [
        {"title": "X" * 200, "description": "d" * 4000, "variants": [{"price": 0}], "pictures": PICTURES},
        {
            "title": "<b>Tea</b> &amp;",
            "variants": [{"title": "V" * 200, "price": 0}, {"title": "B", "price": 1}],
        },
        {"title": FAMILY * 20, "variants": [{"price": "999999999.99"}]},
        {"title": "שוקולד חם", "variants": [{"price": 1}]},
    ],
    "deliveries": [{"title": "D" * 200, "price": 0}, {"title": "E" * 200, "price": 1}],
    "payments": [{"title": "P" * 200}, {"title": "Q" * 200}],
}


class Customer(Conversation):
    def __init__(self) -> None:
        super().__init__([flow(SHOP)], {"wares": WARES})
        self.effects: list[Effect] = self.hear(Started())

    def presses(self, *items: str) -> list[Effect]:
        for item in items:
            assert self.state.current is not None
            self.effects += (said := self.hear(Pressed(1, self.state.current.step, item)))
        return said

    def says(self, *texts: str) -> None:
        for text in texts:
            self.effects += self.hear(Said(text))

    @property
    def sends(self) -> Iterator[Send]:
        return (replace(one, revision=LARGEST_REVISION) for one in self.effects if isinstance(one, Send))


@pytest.fixture(scope="module")
def shopped() -> Customer:
    """Somebody who has looked at everything and ordered it."""
    customer = Customer()
    customer.presses("-c60", "-c0", "-p1", "-p1-9", "-a1", "-p2", "-a2", "-p3", "-a4", "-p4", "-a5")
    customer.says("<b>Tea</b> &amp;")
    customer.presses("-cart", "-l1", "-n1", "-g0", "-promo", "-g0", "-order")
    customer.says("Ann", "+12024561414")
    customer.presses("-by-1", "-pay-1")
    customer.says("1")
    return customer


def test_telegram_takes_every_button(shopped: Customer) -> None:
    codes = [one.code(button) for one in shopped.sends for button in one.buttons if button.kind == "go"]
    assert len(codes) > 100
    assert [code for code in codes if len(code.encode()) > TELEGRAMS_CODE] == []
    assert all(Pressed.from_code(code) for code in codes)


@pytest.mark.parametrize("kind", ["telegram", "web"])
def test_no_button_of_the_shop_becomes_a_line_of_text(kind: str, shopped: Customer) -> None:
    limits = channel_class(kind).limits
    lost = [loss for one in shopped.sends for loss in fit(one, limits).losses]
    assert {loss.what for loss in lost} <= {"label_numbered", "caption_moved", "text_split"}


def test_what_is_added_changes_one_message_though_its_description_is_long() -> None:
    customer = Customer()
    customer.presses("-p1")
    *_, added = customer.presses("-a1")
    assert isinstance(added, Send)
    assert added.instead
    assert len(fit(added, TELEGRAM.limits).messages) == 1


def test_a_title_is_no_markup(shopped: Customer) -> None:
    telegram = TELEGRAM()
    credentials = TELEGRAM.Credentials.model_validate({"token": "1:a"})
    titled = [one for one in shopped.sends if one.text.startswith("<b>Tea</b> &amp;")]
    for one in titled:
        (call,) = telegram.render(credentials, "7", one)
        assert "parse_mode" not in json.loads(call.body)
        assert json.loads(call.body)["text"] == one.text
    assert titled


def test_a_word_that_stands_for_no_number_is_the_comment(shopped: Customer) -> None:
    *_, summary = shopped.sends
    assert summary.text.endswith("Comment: 1")
    comment = [one.buttons for one in shopped.sends if "comment" in one.text and len(one.buttons) == 1]
    assert comment == [(Button("-mute", "No comment", numbered=False),)]
