"""A turn tells by which steps it went: for the trace of a terminal, and of the canvas."""

from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from engine.state import State
from engine.turn import Occasion, Turn, hear
from flows.card import Card
from flows.document import Flow
from flows.events import Event, Left, Pressed, Said, Started
from flows.library import Library, Program

FLOWS: list[dict[str, Any]] = [
    {
        "key": "main",
        "name": "Main",
        "start": "hello",
        "triggers": [{"on": "default"}],
        "steps": [
            {"id": "hello", "kind": "message", "text": "Hello", "next": {"go": "forward", "to": "menu"}},
            {
                "id": "menu",
                "kind": "message",
                "text": "Menu",
                "menu": [
                    {"id": "1", "label": "Buy", "link": {"go": "enter", "flow": "lead"}},
                    {"id": "2", "label": "Lost", "link": {"go": "forward", "to": "nowhere"}},
                ],
            },
        ],
    },
    {
        "key": "lead",
        "name": "Lead",
        "start": "phone",
        "steps": [
            {
                "id": "phone",
                "kind": "ask_text",
                "question": "Your phone?",
                "variable": "phone_number",
                "next": {"go": "forward", "to": "thanks"},
            },
            {"id": "thanks", "kind": "message", "text": "Thanks"},
        ],
    },
]
LIBRARY = Library(Program(number, Flow.model_validate(flow)) for number, flow in enumerate(FLOWS, 1))

WALKS: list[tuple[Event, list[tuple[str, str]]]] = [
    (Started(), [("main", "hello"), ("main", "menu")]),
    (Said("what?"), [("main", "menu")]),
    (Said("Buy"), [("main", "menu"), ("lead", "phone")]),
    (Pressed(1, "menu", "1"), [("main", "menu"), ("lead", "phone")]),
    (Said("123"), [("lead", "phone"), ("lead", "thanks"), ("main", "menu")]),
    (Said("Lost"), [("main", "menu")]),
    (Left(), []),
]


def turns(*events: Event) -> list[Turn]:
    played = [Turn(State(), Card(), ())]
    for event in events:
        occasion = Occasion(datetime(2026, 5, 4, tzinfo=UTC), ZoneInfo("UTC"), 0)
        played.append(hear(LIBRARY, played[-1].state, played[-1].card, event, occasion))
    return played[1:]


def test_a_turn_tells_who_heard_it_and_every_step_that_was_entered_or_spoke_again() -> None:
    played = turns(*(event for event, _ in WALKS))
    for turn, (event, walk) in zip(played, WALKS, strict=True):
        assert list(turn.walked) == walk, event
