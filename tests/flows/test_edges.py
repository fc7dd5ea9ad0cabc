"""What hardly ever happens, and then must not go wrong: events that nobody waits for, and unusual texts."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.scene import TurnScene
from engine.turn import EndlessTurn, Occasion
from flows.answers import number
from flows.card import Card
from flows.effects import Button, Send
from flows.events import HandedBack, Left, Pressed, Woke
from flows.links import Forward, Link
from flows.part import Part, marked, ports, ui
from flows.requests import Bill
from flows.step import Ask, Step, Wait
from flows.steps import STEP
from flows.templates.addresses import UrlFault, filled_url
from flows.trade.checkout import Notes
from tests.flows.makers import Conversation, flow
from tests.flows.shorthand import shop

ON = {"go": "forward", "to": "on"}
DEFAULT = {"triggers": [{"on": "default"}]}


class Aside(Part):
    """A part with a way out of its own, which a step may do without."""

    link: Link | None = ui("Then", None)


class Main(Part):
    aside: Aside | None = ui("Aside", None)


def step(kind: str, **settings: Any) -> Step:
    return STEP.validate_python({"id": "here", "kind": kind, **settings})


def scene() -> TurnScene:
    return TurnScene(Card(), Occasion(datetime(2026, 5, 4, tzinfo=UTC), ZoneInfo("UTC")))


@pytest.mark.parametrize("kind", ["message", "catalogue", "cart"])
def test_a_menu_goes_on_waiting_whatever_else_happens(kind: str) -> None:
    shown = {"text": "Hi", "menu": [{"label": "On"}]} if kind == "message" else {}
    assert step(kind, **shown).hear(scene(), HandedBack()) == Wait()


def test_whoever_talks_with_a_model_is_waited_for_whatever_else_happens() -> None:
    talks, here = step("ai_answer"), scene()
    assert talks.hear(here, HandedBack()) == Wait()
    assert talks.expects(here)
    assert (talks.stops, talks.pauses) == (False, True)


def test_a_request_that_is_not_answered_has_failed() -> None:
    asking = step("http_request", url="https://crm.example/", error=ON)
    assert asking.hear(scene(), HandedBack()) == Forward(to="on")


def test_a_request_whose_body_is_no_json_has_no_templates_in_it() -> None:
    assert list(step("http_request", url="https://crm.example/", body="{").templates()) == [
        ("url", "https://crm.example/")
    ]


def test_a_question_without_buttons_knows_no_button() -> None:
    assert step("ask_text", question="Name?").hear(scene(), Pressed(1, "here", "x")) is not None


def test_a_question_that_may_pass_by_does_not_stop() -> None:
    assert step("ask_text", question="Name?", variable="name", saved="skip").stops is False
    assert step("ask_text", question="Name?").pauses is True


def test_a_kind_that_does_not_hear_neither_stops_nor_is_expected() -> None:
    passing = step("set_variable")
    assert (passing.stops, passing.pauses, passing.listens) == (False, False, False)
    assert passing.resume(scene()) is None
    assert passing.repeat(scene()) is None
    assert passing.press(scene(), "x") == "go"


def test_every_text_of_a_list_has_its_path() -> None:
    telling = step("notify", text="New", tags=["kitchen", "bar"])
    assert list(marked(telling, "tags")) == [("tags.0", "kitchen"), ("tags.1", "bar")]


def test_a_part_that_is_not_there_has_no_way_out() -> None:
    assert list(ports(Main())) == []
    assert [port.field for port in ports(Main(aside=Aside()))] == ["aside.link"]


def test_where_the_bill_is_not_there_yet_it_is_asked_for_anew() -> None:
    here = scene()
    Notes(at="bill", number=7).keep(here)
    assert step("place_order").repeat(here) == Ask(Bill(7))


def test_what_is_asked_before_an_order_is_kept_under_its_name_or_the_authors() -> None:
    fields = [{"ask_for": "name"}, {"ask_for": "phone", "variable": "mobile"}, {"ask_for": "text"}]
    assert sorted(step("place_order", contacts=fields).sets()) == [
        ("contacts.0.variable", "name"),
        ("contacts.1.variable", "mobile"),
        ("number", "order_number"),
        ("total", "order_total"),
    ]


@pytest.mark.parametrize(
    ("code", "event"),
    [
        ("1a.menu.x", Pressed(26, "menu", "x")),
        ("1.menu.-p12", Pressed(1, "menu", "-p12")),
        ("menu.x", None),
        ("1..x", None),
        ("g.menu.x", None),
        ("1.menü.x", None),
        ("1.menu." + "x" * 60, None),
        ("", None),
    ],
)
def test_what_a_messenger_hands_back_is_the_press_it_was_given_for(code: str, event: Pressed | None) -> None:
    assert Pressed.from_code(code) == event


def test_a_button_is_pressed_by_its_code() -> None:
    shown = Send("Hi", revision=26, step="menu")
    assert shown.code(Button("x", "On")) == "1a.menu.x"
    assert Pressed.from_code("1a.menu.x") == Pressed(26, "menu", "x")


def test_a_group_never_begins_with_a_zero() -> None:
    assert number("0,123.5") is None
    assert number("0,123,456") is None


def test_an_address_that_became_too_long_is_refused() -> None:
    with pytest.raises(UrlFault, match="too long"):
        filled_url("https://crm.example/{{ a }}", lambda _: "x" * 10_000)


def test_a_flow_tells_every_way_out_of_it_its_fallback_too() -> None:
    drawn = flow(
        {
            "key": "main",
            "name": "Main",
            "start": "a",
            "unknown": {"fallback": {"go": "restart"}},
            "steps": [{"id": "a", "kind": "message", "text": "A", "next": {"go": "restart"}}],
        }
    )
    assert [(one.id if one else None, port.field) for one, port in drawn.links()] == [
        ("a", "next"),
        (None, "unknown.fallback"),
    ]


def test_an_empty_shop_that_leads_to_itself_is_broken_off() -> None:
    round_ = {"kind": "catalogue", "empty": "=> goods"}
    talk = Conversation(shop({"main": {"flow": DEFAULT, "goods": round_}}).values())
    with pytest.raises(EndlessTurn):
        talk.happens({"starts": ""})
    assert talk.active == []


def test_a_wake_up_that_is_void_ends_nothing_for_whoever_left() -> None:
    talk = Conversation(shop({"main": {"flow": DEFAULT, "wait": {"delay": 60, "next": "restart"}}}).values())
    talk.happens({"starts": ""})
    talk.hear(Left())
    assert talk.hear(Woke("main", "wait", 99)) == []
    assert talk.active == ["main.wait"]
    assert talk.happens({"wakes": "main.wait"}) == []
    assert talk.active == []


def test_a_delay_of_a_flow_that_was_removed_comes_to_nothing() -> None:
    told: dict[str, Any] = {
        "main": {"flow": DEFAULT, "menu": {"menu": [">> promo", ">> hours"]}},
        "promo": {"wait": {"delay": 60, "next": "-> offer"}, "offer": {"say": None}},
        "hours": {"told": {"say": None}},
    }
    talk = Conversation(shop(told).values())
    talk.happens({"starts": ""})
    talk.happens({"says": "No. 1"})
    talk.published = [one for one in talk.published if one.flow.key != "promo"]
    assert talk.happens({"wakes": "promo.wait"}) == []
    said = talk.happens({"says": "No. 2"})
    assert [one.get("send") for one in said] == ["Hello", "Choose"]
    assert talk.active == ["main.menu"]
