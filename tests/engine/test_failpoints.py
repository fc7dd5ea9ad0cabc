"""Failpoints: what is set happens at its passage, and nobody sets them by mistake."""

import subprocess
import sys
from collections.abc import Iterator
from signal import SIGKILL, SIGSTOP

import pytest

from engine import failpoints
from engine.failpoints import GRANTED, LEAVE, POINTS, VARIABLE, Broken, arm, failpoint


@pytest.fixture(autouse=True)
def happened(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """What befell the process, in place of what would have."""
    befell: list[object] = []
    monkeypatch.setattr(failpoints.os, "kill", lambda _, number: befell.append(number))
    monkeypatch.setattr(failpoints.time, "sleep", befell.append)
    yield befell
    arm({})


def set_to(text: str) -> None:
    arm({VARIABLE: text, LEAVE: GRANTED})


def pass_by(name: str, times: int) -> None:
    for _ in range(times):
        failpoint(name)


@pytest.mark.parametrize(
    ("told", "passages", "befell"),
    [
        ("stopping=kill@3", 2, []),
        ("stopping=kill@3", 3, [SIGKILL]),
        ("stopping=kill@3", 4, [SIGKILL]),
        ("stopping=stop", 2, [SIGSTOP, SIGSTOP]),
        ("stopping=pause:0.25@1", 2, [0.25]),
        (" before_send=kill, stopping=stop@1 ,", 1, [SIGSTOP]),
        ("before_send=kill", 9, []),
        ("", 9, []),
    ],
)
def test_what_is_set_happens_at_its_passage(
    happened: list[object], told: str, passages: int, befell: list[object]
) -> None:
    set_to(told)
    pass_by("stopping", passages)
    assert happened == befell


def test_a_point_that_raises_says_which_it_is() -> None:
    set_to("after_send=raise@2")
    failpoint("after_send")
    with pytest.raises(Broken, match="after_send"):
        failpoint("after_send")


@pytest.mark.parametrize(
    "told",
    [
        *(
            "nowhere=kill",
            "stopping",
            "stopping=burn",
            "stopping=kill@0",
            "stopping=pause",
            "stopping=pause:x",
        ),
        *("stopping=kill@", "stopping=kill stopping=kill", "=kill"),
    ],
)
def test_what_cannot_be_read_is_refused(told: str) -> None:
    with pytest.raises(SystemExit, match="is no failpoint"):
        set_to(told)


@pytest.mark.parametrize("leave", [{}, {LEAVE: "yes"}, {LEAVE: ""}], ids=str)
def test_without_leave_nothing_starts(leave: dict[str, str]) -> None:
    with pytest.raises(SystemExit, match="for its tests alone"):
        arm({VARIABLE: "stopping=kill", **leave})


def test_the_environment_is_read_at_the_start() -> None:
    program = "from engine.failpoints import failpoint; failpoint('stopping'); print('passed')"
    told = {"PYTHONPATH": ".", VARIABLE: "stopping=kill"}

    def run(environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
        line = [sys.executable, "-c", program]
        return subprocess.run(line, env=environment, capture_output=True, text=True, timeout=60)

    refused = run(told)
    assert refused.returncode == 1
    assert "for its tests alone" in refused.stderr
    assert run({**told, LEAVE: GRANTED}).returncode == -SIGKILL
    assert run({"PYTHONPATH": "."}).stdout == "passed\n"


def test_no_name_stands_twice() -> None:
    assert len(set(POINTS)) == len(POINTS)
