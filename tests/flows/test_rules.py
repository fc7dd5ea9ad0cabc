"""What may be published, case by case: `soundness/*.yaml`."""

from pathlib import Path
from typing import Any

import pytest

from flows.document import Flow
from flows.problems import Problem
from flows.rules import Room, problems
from flows.yaml_text import load
from tests.flows.makers import STARTERS, starter
from tests.flows.shorthand import shop

CASES = [
    pytest.param(case, id=f"{file.stem}: {case['title']}")
    for file in sorted((Path(__file__).parent / "soundness").glob("*.yaml"))
    for case in load(file.read_bytes())
]


def _flows(case: dict[str, Any]) -> dict[str, Flow]:
    steps: dict[str, Any] = {}
    for n in range(case.get("many", 1) - 1):
        steps[f"s{n}"] = {"say": f"-> s{n + 1}"}
        steps[f"s{n + 1}"] = {"say": None}
    for n in range(case.get("course", 0)):
        steps[f"text{n}"] = {"say": f"-> night{n}"}
        steps[f"night{n}"] = {"delay": 86_400, "next": f"-> text{n + 1}"}
        steps[f"text{n + 1}"] = {"say": None}
    return shop({**({"main": steps} if steps else {}), **case.get("shop", {})})


def _told(problem: Problem, flow: str) -> dict[str, str]:
    step = problem.step and (problem.step if problem.flow == flow else f"{problem.flow}.{problem.step}")
    return {problem.severity: problem.code, "at": step or problem.flow}


@pytest.mark.parametrize("case", CASES)
def test_exactly_what_is_wrong_is_told_and_where(case: dict[str, Any]) -> None:
    flow, *others = _flows(case).values()
    rooms = [Room(**room) for room in case.get("rooms", ())]
    found = problems(flow, {other.key: other for other in others}, rooms, case.get("variables", ()))
    expected = case.get("problems", [])
    places = [{**one, "at": one["at"].partition(":")[0]} for one in expected]
    keys = ("error", "warning", "at")
    assert [_told(one, flow.key) for one in found] == [
        {k: one[k] for k in keys if k in one} for one in places
    ]
    for problem, told in zip(found, expected, strict=True):
        assert told.get("says", "") in problem.message
        assert told.get("facts", {}).items() <= problem.facts.items()
        assert told["at"].partition(":")[2] in ("", problem.field)


def test_a_flow_whose_key_is_taken_is_refused() -> None:
    flow = shop({"main": {"a": {"menu": ["back"]}}})["main"]
    twin = flow.model_copy(update={"name": "Its twin"})
    assert [(p.code, p.field) for p in problems(flow, {"another": twin})] == [("same_key", "key")]


def test_the_earlier_self_of_a_flow_is_no_rival() -> None:
    flow = shop({"main": {"flow": {"triggers": [{"on": "default"}]}, "a": {"menu": ["back"]}}})["main"]
    assert problems(flow, {"main": flow}) == []


def test_all_is_told_at_once_in_the_same_order_every_time() -> None:
    told = {"main": {"a": {"say": "=> a"}, "b": {"menu": ["-> gone"]}, "c": {"menu": ["-> c", None]}}}
    codes = [p.code for p in problems(shop(told)["main"])]
    assert codes == ["dangling", "circle", "unreachable", "unreachable", "unwired", "endless"]
    assert codes == [p.code for p in problems(shop(told)["main"])]


@pytest.mark.parametrize("name", sorted(file.stem for file in STARTERS.glob("*.yaml")))
def test_the_starters_may_be_published_as_they_are(name: str) -> None:
    flows = {flow.key: flow for flow in (starter(file.stem) for file in STARTERS.glob("*.yaml"))}
    assert problems(starter(name), flows) == []


def test_a_dense_flow_costs_no_more_than_its_links() -> None:
    """Twelve steps that all lead to each other have 1.4 million rounds; forty rungs 2^40 ways."""
    ids = [f"s{n}" for n in range(12)]
    dense = {one: {"if": [f"=> {other}" for other in ids], "otherwise": "=> s0"} for one in ids}
    ladder = {f"r{n}": {"if": [f"-> r{n + 1}"], "otherwise": f"-> r{n + 1}"} for n in range(38)}
    found = problems(shop({"main": {**dense, **ladder, "r38": {"say": None}}})["main"])
    assert [p.code for p in found if p.severity == "error"] == ["endless"]
