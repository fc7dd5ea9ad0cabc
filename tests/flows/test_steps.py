"""Every step kind does what its cases say; every setting and every exit of it has a case."""

import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from msgspec import convert
from pydantic import ValidationError

from flows.card import Cart
from flows.document import Flow
from flows.part import Part
from flows.step import Step
from flows.steps import KINDS, STEP
from flows.yaml_text import load as load_yaml
from tests.flows.makers import Conversation, Told, flow

CASES = Path(__file__).parent / "cases"
OTHERS = [
    {
        "key": "other",
        "name": "Other",
        "start": "hi",
        "steps": [{"id": "hi", "kind": "message", "text": "@other"}],
    },
    {
        "key": "asks",
        "name": "Asks",
        "start": "who",
        "steps": [{"id": "who", "kind": "ask_text", "question": "Who?", "variable": "who"}],
    },
    {
        "key": "greets",
        "name": "Greets",
        "start": "greet",
        "steps": [{"id": "greet", "kind": "message", "text": "{{ greeting }}"}],
    },
]


class Case(NamedTuple):
    kind: str
    told: Told

    @property
    def step(self) -> dict[str, Any]:
        """The step, named `here`."""
        return {"id": "here", "kind": self.kind, **self.told["step"]}

    @property
    def name(self) -> str:
        return f"{self.kind}: {self.told['title']}"


@cache
def cases() -> tuple[Case, ...]:
    found: list[Case] = []
    for kind in KINDS:
        text = load_yaml((CASES / f"{kind}.yaml").read_bytes())
        assert isinstance(text, list)
        found.extend(Case(kind, told) for told in text if isinstance(told, dict))
    return tuple(found)


def those(field: str) -> pytest.MarkDecorator:
    chosen = [case for case in cases() if field in case.told]
    return pytest.mark.parametrize("case", chosen, ids=lambda case: case.name)


def wired(case: Case) -> Flow:
    """The step with every open exit leading to a message that says which exit it was, except `open` ones."""
    step = STEP.validate_python(case.step)
    raw = step.model_dump(mode="json")
    markers = []
    for number, port in enumerate(step.ports()):
        if port.link is None and port.field not in case.told.get("open", ()):
            _put(raw, port.field.split("."), {"go": "forward", "to": f"exit_{number}"})
            markers.append({"id": f"exit_{number}", "kind": "message", "text": f"@{port.field}"})
    told = {"key": "cases", "name": "Cases", "start": "here", "triggers": [{"on": "default"}]}
    return flow({**told, "steps": [raw, *markers], "unknown": case.told.get("unknown", {})})


def _put(raw: Any, path: list[str], link: Told) -> None:
    for key in path[:-1]:
        raw = raw[int(key)] if isinstance(raw, list) else raw[key]
    raw[path[-1]] = link


def where(conversation: Conversation, effects: list[dict[str, Any]]) -> str:
    """The exit that was taken, or who is waited for; `ends` if nobody is."""
    for effect in effects:
        if str(effect.get("send", "")).startswith("@"):
            return str(effect["send"])[1:]
    frame = conversation.state.current
    if frame is None:
        return "ends"
    return "outside" if frame.asked else frame.whom


@those("effects")
def test_a_kind_does_what_its_case_says(case: Case) -> None:
    given: dict[str, Any] = dict(case.told.get("given", {}))
    conversation = Conversation([wired(case), *map(flow, OTHERS)], given)
    effects = conversation.happens({"starts": given.get("start_parameter", "")})
    for event in case.told.get("hear", ()):
        effects = conversation.happens(event)
    did = [effect for effect in effects if not str(effect.get("send", "")).startswith("@")]
    assert did == case.told["effects"]
    card = conversation.card
    variables = case.told.get("variables", {})
    assert {name: card.variables.get(name) for name in variables} == variables
    assert list(card.tags) == case.told.get("tags", given.get("tags", []))
    if "cart" in case.told:
        assert card.cart == convert(case.told["cart"], Cart)
    assert card.lang_code == case.told.get("language", given.get("lang_code", ""))
    assert card.subscribed == case.told.get("subscribed", True)
    assert where(conversation, effects) == case.told.get("moves", "user")


@those("complains")
def test_a_kind_complains_of_what_is_unsound(case: Case) -> None:
    step = STEP.validate_python(case.step)
    found = [[one.severity, one.field, one.code] for one in step.faults()]
    assert found == case.told["complains"]
    assert all(one.message.endswith(".") for one in step.faults())


@those("refused")
def test_a_kind_refuses_what_can_never_be_right(case: Case) -> None:
    with pytest.raises(ValidationError) as refusal:
        STEP.validate_python(case.step)
    assert case.told["refused"] in str(refusal.value)


@pytest.mark.parametrize("kind", KINDS)
def test_a_case_plays_complains_or_is_refused(kind: str) -> None:
    for case in cases():
        if case.kind == kind:
            assert case.told.keys() & {"effects", "complains", "refused"}, case.name
    assert any("effects" in case.told for case in cases() if case.kind == kind)


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_of_a_kind_has_a_case(kind: str) -> None:
    used: set[str] = set()
    for case in cases():
        if case.kind == kind and "refused" not in case.told:
            used.update(_set_fields(STEP.validate_python(case.step)))
    assert sorted(set(_settings(KINDS[kind])) - used) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_exit_of_a_kind_has_a_case(kind: str) -> None:
    mine = [case for case in cases() if case.kind == kind and "effects" in case.told]
    exits = {_any_place(port.field) for case in mine for port in STEP.validate_python(case.step).ports()}
    taken = {_any_place(str(case.told.get("moves", ""))) for case in mine}
    assert sorted(exits - taken) == []


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_of_a_kind_is_labelled_for_people(kind: str) -> None:
    for part in {*_parts(KINDS[kind])}:
        for name, field in part.model_fields.items():
            if name not in NOT_SETTINGS and not _is_constant(field.annotation):
                assert field.title, f"{part.__name__}.{name} has no label"


NOT_SETTINGS = {"id", "kind", "position"}


def _any_place(path: str) -> str:
    return re.sub(r"\.\d+\.", ".*.", path)


def _parts(part: type[Part]) -> Iterator[type[Part]]:
    yield part
    for field in part.model_fields.values():
        for inner in _classes(field.annotation):
            yield from _parts(inner)


def _classes(annotation: Any) -> Iterator[type[Part]]:
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for inner in getattr(annotation, "__args__", ()):
        yield from _classes(inner)


def _is_constant(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) is not None and str(annotation).count("'") == 2


def _settings(kind: type[Step]) -> Iterator[str]:
    """Every field that an author may fill in, but for exits: those have a test of their own."""
    for part in _parts(kind):
        for name, field in part.model_fields.items():
            if name not in NOT_SETTINGS and "Forward" not in str(field.annotation):
                yield f"{part.__name__}.{name}"


def _set_fields(value: Any) -> Iterator[str]:
    if isinstance(value, Part):
        for name in type(value).model_fields:
            # The tag of a union is part of what was written, whether or not it is the default.
            if name in value.model_fields_set:
                yield f"{type(value).__name__}.{name}"
            yield from _set_fields(getattr(value, name))
    elif isinstance(value, tuple):
        for inner in value:
            yield from _set_fields(inner)
