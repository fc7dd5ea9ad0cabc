"""What hardly ever happens, and then must not go wrong: events that nobody waits for, and unusual texts."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from engine.scene import TurnScene
from engine.turn import Occasion
from flows.answers import number
from flows.card import Card
from flows.effects import Button, Send
from flows.events import HandedBack, Pressed
from flows.links import Forward
from flows.step import Step, Wait
from flows.steps import STEP
from flows.url_template import UrlFault, filled_url
from tests.flows.makers import flow

ON = {"go": "forward", "to": "on"}


def step(kind: str, **settings: Any) -> Step:
    return STEP.validate_python({"id": "here", "kind": kind, **settings})


def scene() -> TurnScene:
    return TurnScene(Card(), Occasion(datetime(2026, 5, 4, tzinfo=UTC), ZoneInfo("UTC")))


def test_a_menu_goes_on_waiting_whatever_else_happens() -> None:
    assert step("message", text="Hi", menu=[{"label": "On"}]).hear(scene(), HandedBack()) == Wait()


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
