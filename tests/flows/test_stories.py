"""Whole conversations, as a user and a shop live them."""

from pathlib import Path
from typing import Any

import pytest

from flows.yaml_text import load as load_yaml
from tests.flows.makers import STARTERS, Conversation, flow, moment, starter

STORIES = sorted((Path(__file__).parent / "stories").glob("*.yaml"))
CHECKS = {"bot", "place", "active", "variables", "tags", "subscribed", "operator", "language", "at", "why"}


def begin(told: Any) -> Conversation:
    flows = [starter(name) for name in told.get("starters", ())]
    return Conversation([*flows, *(flow(one) for one in told.get("flows", ()))], told.get("given"))


@pytest.mark.parametrize("path", STORIES, ids=lambda path: path.stem)
def test_a_story_goes_as_it_is_told(path: Path) -> None:
    told: Any = load_yaml(path.read_bytes())
    conversation = begin(told)
    for number, turn in enumerate(told["turns"], 1):
        play(conversation, turn, f"turn {number}: {turn}")


def play(conversation: Conversation, turn: Any, place: str) -> None:
    if "at" in turn:
        conversation.now = moment(turn["at"])
    if "publishes" in turn:
        conversation.publish(flow(turn["publishes"]))
        return
    assert len(turn.keys() - CHECKS) == 1, place
    effects = conversation.happens(turn)
    if "bot" in turn:
        assert [as_told(did, said) for did, said in pairs(effects, turn["bot"])] == turn["bot"], place
    found = seen(conversation)
    for check in CHECKS & turn.keys() & found.keys():
        assert found[check] == turn[check], f"{place}: {check}"
    for name, value in turn.get("variables", {}).items():
        assert conversation.card.variables.get(name) == value, f"{place}: {name}"


def pairs(effects: list[dict[str, Any]], expected: list[Any]) -> list[tuple[dict[str, Any], Any]]:
    """What was done beside what a story expects there; more than it expects beside nothing."""
    return list(zip(effects, [*expected, *[None] * len(effects)], strict=False))


def as_told(did: dict[str, Any], expected: Any) -> Any:
    """A story may give a message by its text alone, and then leaves its buttons to other stories."""
    return did["send"] if isinstance(expected, str) and "send" in did else did


def seen(conversation: Conversation) -> dict[str, Any]:
    return {
        "place": conversation.current,
        "active": conversation.active,
        "tags": list(conversation.card.tags),
        "subscribed": conversation.card.subscribed,
        "operator": conversation.state.taken,
        "language": conversation.card.lang_code,
    }


def test_every_starter_has_a_story() -> None:
    told = {name for path in STORIES for name in load_starters(path)}
    assert {path.stem for path in STARTERS.glob("*.yaml")} <= told


def load_starters(path: Path) -> list[str]:
    told: Any = load_yaml(path.read_bytes())
    names: list[str] = told.get("starters", [])
    return names
