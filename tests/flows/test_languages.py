"""Who reads what; and whatever the language, the conversation goes the same way."""

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine.rehearsal import rehearse
from flows.document import Flow
from flows.effects import Call, Effect, Send
from flows.events import Event, Said, Started
from flows.exchange import read
from flows.part import Part, ui
from flows.rules import Room, problems
from flows.step import Step
from flows.texts import reworded, texts
from flows.yaml_text import load
from tests.flows.any_flow import any_flow
from tests.flows.makers import STARTERS, Conversation, flow, starter
from tests.flows.random_shops import EVENTS, shops
from tests.flows.test_turns_end import Pending

TOLD: Any = load((Path(__file__).parent / "languages.yaml").read_bytes())
PAGE = Path(__file__).parents[2] / "docs" / "languages.md"
ROOMS = (Room("Telegram", 4096, 100, 64, "utf16"), Room("SMS", 70, 0, 0))


@pytest.mark.parametrize("case", TOLD["reads"], ids=lambda case: case["lang_code"])
def test_everybody_reads_his_own_language_or_the_nearest(case: dict[str, Any]) -> None:
    talk = Conversation([flow(TOLD["flow"])], {"lang_code": case["lang_code"]})
    hello, question = talk.happens({"starts": ""})
    assert [hello["send"], question["send"]] == case["says"]
    assert question["buttons"] == case["labels"]
    (picture,) = question["media"]
    assert picture == {
        "kind": "image",
        "url": f"https://shop.example/{case['picture']}",
        "name": case["name"],
    }
    assert talk.happens({"says": "by plane"})[0] == {"send": case["hint"]}
    assert talk.happens({"says": case["labels"][1]})[0] == {"send": case["says"][0]}


class Frame(Part):
    caption: str = ui("Caption", "", widget="template")
    width: int = ui("Width", 1)


class Board(Part):
    best: Frame = ui("Best", Frame())
    rows: tuple[Frame, ...] = ui("Rows", ())
    alone: Frame | None = ui("Alone", None)


def test_texts_are_found_and_replaced_however_deep_they_are() -> None:
    board = Board(best=Frame(caption="one"), rows=(Frame(), Frame(caption="two", width=3)))
    assert [(text.address, text.source) for text in texts(board)] == [
        ("best.caption", "one"),
        ("rows.0.caption", ""),
        ("rows.1.caption", "two"),
    ]
    told = reworded(board, {"best.caption": "eins", "rows.0.caption": "nie", "rows.1.caption": "zwei"})
    assert told == Board(best=Frame(caption="eins"), rows=(Frame(), Frame(caption="zwei", width=3)))
    assert reworded(board, {"rows.2.caption": "drei"}) is board


def test_a_step_is_put_into_a_language_once() -> None:
    voices = flow(TOLD["flow"]).voices
    assert voices.of("pt-BR").step("ask") is voices.of("pt_br").step("ask")
    assert voices.of("de") is voices.of("")
    assert voices.of("no").step("ask") is voices.of("de").step("ask"), "what is not translated is not copied"
    assert voices.of("pt").step("nowhere") is None


@pytest.mark.parametrize("file", sorted(STARTERS.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_starters_speak_english_russian_and_spanish(file: Path) -> None:
    found = starter(file.stem)
    assert (found.language, {*found.translations}) == ("en", {"ru", "es"})
    flows = {one.key: one for one in (starter(other.stem) for other in STARTERS.glob("*.yaml"))}
    assert [problem.message for problem in problems(found, flows)] == []


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.filter_too_much])
@given(any_flow())
def test_a_translation_changes_nothing_but_what_is_read(found: Flow) -> None:
    for problem in problems(found, {}, ROOMS):
        assert problem.message
    for language in ("", *found.translations):
        for step in found.steps:
            told = found.voices.of(language).step(step.id)
            assert told is not None
            assert silent(told) == silent(step)


def silent(step: Step) -> tuple[Any, ...]:
    """A step but for what is read in it; a choice is kept as what the flow itself calls it."""
    return type(step), *_silent(step)


def _silent(part: Part) -> Any:
    read_by_people = {text.address for text in texts(part)}
    for name, value in part:
        if isinstance(value, tuple):
            yield name, [[*_silent(one)] if isinstance(one, Part) else one for one in value]
        elif isinstance(value, Part):
            yield name, [*_silent(value)]
        elif name in read_by_people:
            yield name, bool(value)
        elif name != "value":
            yield name, value


TYPED = st.sampled_from((Said("x"), Said("y"), Said("Y ")))
"""Labels of buttons in random shops."""


def translated(one: Flow) -> Flow:
    """Each of its texts in words of a language in which we have no phrases; two that were alike still are."""
    addresses = [(f"{step.id}.{text.address}", text.source) for step in one.steps for text in texts(step)]
    said = {address: f"«{source}»" for address, source in addresses if source}
    return one.model_copy(update={"language": "en", "translations": {"ka": said}})


@settings(max_examples=200, deadline=None)
@given(shops(), st.lists(TYPED | EVENTS | st.integers(0, 5), max_size=12), st.integers(0, 3))
def test_in_every_language_a_conversation_goes_the_same_way(
    flows: dict[str, Flow], events: list[Event | int], seed: int
) -> None:
    """Also when its buttons are typed, which events do in the flow's own words."""
    if any(problem.severity == "error" for one in flows.values() for problem in problems(one, flows)):
        return
    both = [translated(one) for one in flows.values()]
    talks = [Conversation(both, {"seed": seed, "lang_code": code}) for code in ("en", "ka")]
    pending = [Pending(), Pending()]
    for event in [Started(), *events]:
        came = [one.choose(event) if isinstance(event, int) else event for one in pending]
        effects = [talk.hear(one) if one else [] for talk, one in zip(talks, came, strict=True)]
        for one, what in zip(pending, effects, strict=True):
            one.note(what)
        assert shape(effects[0]) == shape(effects[1])
        assert where(talks[0]) == where(talks[1])
        assert talks[0].card.variables == talks[1].card.variables


def where(talk: Conversation) -> dict[str, Any]:
    """Where everybody is, without the words that a step may have noted."""
    state: dict[str, Any] = msgspec.to_builtins(talk.state)
    for frame in state.get("frames", ()):
        frame["memo"] = sorted(frame.get("memo", {}))
    return state


def shape(effects: list[Effect]) -> list[Any]:
    """What was done, without the words."""
    return [_shape(effect) for effect in effects]


def _shape(effect: Effect) -> Any:
    match effect:
        case Send():
            return [(button.item, button.kind) for button in effect.buttons]
        case Call():
            return type(effect.request), effect.flow, effect.step, effect.token
    return effect


def test_the_page_on_languages_tells_what_happens() -> None:
    text = PAGE.read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", text, re.DOTALL)
    found = read(example)
    assert found.checks
    assert [*rehearse(found, {})] == []
    told = [str(problem.message) for problem in problems(found)]
    assert told
    for message in told:
        assert message in text.replace("\n", " ")
