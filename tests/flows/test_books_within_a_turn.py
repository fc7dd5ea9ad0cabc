"""A turn that asks the shop's books goes on as if it had known, whatever came before and is to follow."""

from typing import Any

import pytest

from flows.events import Said
from tests.flows.makers import Conversation
from tests.flows.shorthand import shop

WARES: dict[str, Any] = {"products": [{"title": "Tea", "variants": [{"price": 3}]}]}
GOODS: dict[str, Any] = {"kind": "catalogue", "empty": {"go": "forward", "to": "closed"}}
CLOSED: dict[str, Any] = {"kind": "message", "text": "Closed"}
TEA = "What would you like? Choose below, or write what you are looking for."


def keyword(word: str) -> dict[str, Any]:
    return {"triggers": [{"on": "keyword", "words": [word]}]}


def conversation(flows: dict[str, Any], **given: Any) -> Conversation:
    return Conversation(shop(flows).values(), {"wares": WARES, **given})


def said(effects: list[dict[str, Any]]) -> list[str]:
    return [str(effect["send"]) for effect in effects if "send" in effect]


SHELVES = {
    "main": {"flow": keyword("main"), "goods": GOODS, "closed": CLOSED},
    "more": {"flow": keyword("more"), "goods": GOODS, "closed": CLOSED},
    "soon": {
        "flow": keyword("soon"),
        "pause": {"delay": 60, "next": "-> now"},
        "now": {"kind": "message", "text": "Now"},
    },
}


def test_what_came_due_beside_an_operator_is_told_after_what_the_books_say() -> None:
    ann = conversation(SHELVES)
    for text in ("soon", "main"):
        ann.happens({"says": text})
    ann.happens({"takes_over": None})
    ann.happens({"wakes": "soon.pause"})
    ann.happens({"runs": "more"})
    effects = ann.happens({"hands_back": None})
    assert said(effects) == [TEA, "Now", TEA, TEA]  # the second one: back where the delay came between
    assert [effect for effect in effects if "send" not in effect] == []
    assert (ann.state.held, ann.current) == ([], "more.goods")


def test_a_hundred_things_that_came_due_are_no_endless_turn() -> None:
    ann = conversation(SHELVES)
    ann.happens({"says": "main"})
    ann.happens({"takes_over": None})
    for _ in range(100):
        ann.happens({"runs": "more"})
    assert said(ann.happens({"hands_back": None})) == [TEA] * 101


def test_what_is_held_waits_on_where_a_person_takes_over_again() -> None:
    flows = {**SHELVES, "person": {"flow": keyword("person"), "call": {"kind": "hand_over"}}}
    ann = conversation(flows)
    ann.happens({"says": "main"})
    ann.happens({"takes_over": None})
    for key in ("person", "more"):
        ann.happens({"runs": key})
    assert said(ann.happens({"hands_back": None}))[0] == TEA
    assert (ann.state.taken, len(ann.state.held)) == (True, 1)
    assert said(ann.happens({"hands_back": None})) == [TEA, TEA]


@pytest.mark.parametrize("then", [{"go": "forward", "to": "goods"}, {"go": "enter", "flow": "main"}])
def test_whoever_unsubscribes_still_reads_the_rest_of_that_turn(then: dict[str, Any]) -> None:
    out = {"kind": "operation", "operations": [{"do": "unsubscribe"}], "next": then}
    flows = {**SHELVES, "out": {"flow": keyword("out"), "leave": out, "goods": GOODS, "closed": CLOSED}}
    ann = conversation(flows)
    assert said(ann.happens({"says": "out"})) == [TEA]
    assert not ann.card.subscribed


def test_a_flow_that_is_run_for_somebody_unsubscribed_asks_as_it_speaks() -> None:
    ann = conversation(SHELVES, subscribed=False)
    assert said(ann.happens({"runs": "main"})) == [TEA]


def test_two_shelves_in_one_turn_are_both_looked_at() -> None:
    run = {"kind": "operation", "operations": [{"do": "run_flow", "flow": key} for key in ("none", "main")]}
    flows = {
        **SHELVES,
        "none": {
            "goods": {**GOODS, "category": "gone", "empty": {"go": "forward", "to": "closed"}},
            "closed": CLOSED,
        },
        "both": {"flow": keyword("both"), "run": run},
    }
    ann = conversation(flows)
    assert said(ann.happens({"says": "both"})) == ["Closed", TEA]


def test_what_opened_a_flow_is_still_to_be_heard_after_an_empty_shelf() -> None:
    think = {"kind": "ai_answer", "instructions": "Be kind."}
    flows = {"main": {"flow": {"triggers": [{"on": "default"}]}, "goods": {**GOODS, "empty": None}}}
    flows["main"]["goods"] = {**GOODS, "category": "gone", "empty": {"go": "forward", "to": "think"}}
    flows["main"]["think"] = think
    ann = conversation(flows)
    asked = ann.hear(Said("Are you open?"))
    assert "Are you open?" in str(asked)
