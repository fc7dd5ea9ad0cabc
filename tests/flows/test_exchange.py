"""Flows as YAML: there and back they are the same, and what is no flow is told in plain words."""

from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from flows.document import MOST_STEPS, Flow
from flows.exchange import Unreadable, read, write
from flows.yaml_text import load
from tests.flows.any_flow import any_flow
from tests.flows.makers import STARTERS

CASES: list[dict[str, Any]] = load((Path(__file__).parent / "misfits.yaml").read_bytes())


@settings(
    max_examples=300, deadline=None, print_blob=True, suppress_health_check=[HealthCheck.filter_too_much]
)
@given(any_flow())
def test_there_and_back_every_flow_is_the_same(flow: Flow) -> None:
    text = write(flow)
    assert read(text) == flow
    assert read(text.encode()) == flow
    assert write(read(text)) == text
    assert Flow.model_validate_json(flow.model_dump_json()) == flow


@pytest.mark.parametrize("file", sorted(STARTERS.glob("*.yaml")), ids=lambda file: file.stem)
def test_the_starters_come_back_as_they_are(file: Path) -> None:
    flow = read(file.read_bytes())
    assert read(write(flow)) == flow


def test_what_was_left_as_it_was_is_not_written() -> None:
    told = """\
key: main
name: Main
start: hello
steps:
  - id: hello
    kind: message
    text: |-
      Hello!
      How are you?
    menu:
      - id: "1"
        label: Again
        link:
          go: restart
"""
    assert write(read(told)) == told


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["title"])
def test_what_does_not_fit_is_told_in_plain_words(case: dict[str, Any]) -> None:
    with pytest.raises(Unreadable) as caught:
        read(case["file"])
    for misfit, told in zip(caught.value.misfits, case["told"], strict=True):
        whole = not told.endswith("…")
        assert str(misfit) == told if whole else str(misfit).startswith(told[:-1])


def test_a_file_that_is_wrong_everywhere_is_not_told_of_for_ever() -> None:
    with pytest.raises(Unreadable) as caught:
        read("key: main\nname: x\nsteps:\n" + "- {id: a}\n" * 5000)
    assert len(caught.value.misfits) == 100


def test_more_steps_than_a_flow_may_have_are_refused() -> None:
    steps = "".join(f"- {{id: s{n}, kind: delay}}\n" for n in range(MOST_STEPS + 1))
    with pytest.raises(Unreadable, match="at most"):
        read("key: main\nname: x\nsteps:\n" + steps)
