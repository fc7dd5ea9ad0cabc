"""Whatever a messenger makes of the buttons of a question, what it shows is what is understood."""

import re
from typing import Any

import pytest

from channels.base import Limits
from channels.fit import fit
from flows.effects import Send
from flows.events import Pressed, Said
from tests.flows.makers import Conversation, flow

LISTED = Limits(buttons=0)
"""A messenger without buttons: menus are lines of text."""

OPTIONS = [{"label": "Red"}, {"label": "Blue"}, {"label": "Green or 2"}]
QUESTIONS: list[dict[str, Any]] = [
    {"kind": "ask_text"},
    {"kind": "ask_number"},
    {"kind": "ask_number", "it": 7},
    {"kind": "ask_email", "it": "ada@example.com"},
    {"kind": "ask_phone", "it": "+12024561414"},
    {"kind": "ask_date", "it": "2026-12-21"},
    {"kind": "ask_date", "what": "time", "it": "14:30"},
    {"kind": "ask_location", "it": {"latitude": 1, "longitude": 2}},
    {"kind": "ask_rating", "it": 3, "least": 0},
    {"kind": "ask_rating", "sign": "⭐", "most": 10},
    {"kind": "ask_choice", "options": OPTIONS, "it": "Red"},
    {"kind": "ask_choice", "options": OPTIONS, "several": True, "it": ["Red", "Blue"]},
    {"kind": "ask_choice", "options": [{"label": "2"}, {"label": "3"}, {"label": "more"}]},
    {"kind": "ask_file", "it": {"kind": "image", "url": "", "ref": "a", "name": "a.jpg", "size": 1}},
]


def begin(told: dict[str, Any]) -> tuple[Conversation, Send]:
    """A conversation that has just been asked, all of whose buttons are shown."""
    told = {**told}
    variables = {"it": told.pop("it")} if "it" in told else {}
    step = {"id": "here", "question": "?", "variable": "it", "saved": "offer", "optional": True, **told}
    main = {"key": "main", "name": "Main", "start": "here", "steps": [step], "triggers": [{"on": "default"}]}
    talk = Conversation([flow(main)], {"variables": variables})
    (asked,) = talk.hear(talk.event({"starts": ""}))
    assert isinstance(asked, Send)
    return talk, asked


def after(told: dict[str, Any], event: Said | Pressed) -> tuple[Any, Any]:
    talk, _ = begin(told)
    effects = talk.hear(event)
    return talk.card.variables, effects


def lines(told: dict[str, Any]) -> list[str]:
    _, asked = begin(told)
    (shown,) = fit(asked, LISTED).messages
    return shown.text.split("\n\n")[1].split("\n")


@pytest.mark.parametrize("told", QUESTIONS, ids=str)
def test_a_number_that_is_listed_is_that_button_and_so_is_its_text(told: dict[str, Any]) -> None:
    _, asked = begin(told)
    assert len(lines(told)) == len(asked.buttons)
    for button, line in zip(asked.buttons, lines(told), strict=True):
        if button.kind == "go":
            pressed = after(told, Pressed(asked.revision, asked.step, button.item))
            number = re.match(r"(\d+)\. ", line)
            if number and line.endswith(f". {button.label}"):
                assert after(told, Said(number[1])) == pressed
            else:
                assert line == button.label
                assert after(told, Said(line)) == pressed


@pytest.mark.parametrize(
    "told", [one for one in QUESTIONS if one["kind"] in ("ask_number", "ask_rating")], ids=str
)
def test_where_a_number_is_an_answer_none_is_listed_before_a_button(told: dict[str, Any]) -> None:
    assert not [line for line in lines(told) if re.match(r"\d+\.", line)]
    assert after(told, Said("2"))[0] == {"it": 2}


def test_the_number_of_the_skip_button_skips() -> None:
    assert lines({"kind": "ask_text"}) == ["1. Skip"]
    assert after({"kind": "ask_text"}, Said("1")) == ({"it": None}, [])
