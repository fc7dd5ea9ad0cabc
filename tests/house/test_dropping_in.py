"""Adding a kind is adding its file: proven by dropping one into a copy of the house."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.house.tree import PACKAGES, ROOT

DROPPED = Path(__file__).parent / "dropped"
STEP = "flows/steps/echo_twice.py"
CHANNEL = "channels/kinds/pigeon.py"
NOT_COPIED = shutil.ignore_patterns("__pycache__", "node_modules", "static")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the house with the dropped kinds in it."""
    copy = tmp_path_factory.mktemp("house")
    shutil.copy(ROOT / "pyproject.toml", copy)
    for package in (*PACKAGES, "tests/house"):
        shutil.copytree(ROOT / package, copy / package, ignore=NOT_COPIED)
    for cases in ("tests/flows/cases", "tests/channels/cases"):
        if (ROOT / cases).is_dir():
            shutil.copytree(ROOT / cases, copy / cases)
    shutil.copytree(DROPPED, copy, dirs_exist_ok=True)
    return copy


def run(house: Path, *command: str) -> subprocess.CompletedProcess[str]:
    """A command in the copy, which must not find the house it was copied from."""
    environment = {**os.environ, "PYTHONPATH": str(house), "NO_COLOR": "1"}
    tool = [sys.executable, *command]
    return subprocess.run(tool, cwd=house, env=environment, capture_output=True, text=True, check=False)


def seen(house: Path, probe: str) -> dict[str, Any]:
    answer = run(house, probe)
    assert answer.returncode == 0, answer.stderr
    told: dict[str, Any] = json.loads(answer.stdout)
    assert Path(told["house"]).is_relative_to(house)
    return told


def borders(house: Path) -> subprocess.CompletedProcess[str]:
    return run(house, "-c", "from importlinter.cli import lint_imports_command as c; c()", "--no-cache")


def test_a_dropped_step_kind_is_known_drawn_and_played(house: Path) -> None:
    told = seen(house, "probe_step.py")
    assert "echo_twice" in told["kinds"]
    assert told["schema"]["$defs"]["EchoTwice"]["properties"]["call"]["widget"] == "template"
    assert told["ports"] == ["next"]
    assert told["said"] == ["Hello, Ada", "Hello, Ada"]


def test_a_dropped_channel_is_known_connected_and_spoken(house: Path) -> None:
    told = seen(house, "probe_channel.py")
    assert "pigeon" in told["kinds"]
    assert "ring" in told["schema"]["properties"]
    assert told["heard"] == [["7", "ada", "Hello"]]
    assert told["sent"] == [["http://127.0.0.1:1/fly", {"to": "ada", "text": "Hello back"}]]


def test_the_borders_hold_with_the_dropped_kinds(house: Path) -> None:
    answer = borders(house)
    assert answer.returncode == 0, answer.stdout + answer.stderr


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (STEP, "from flows.steps import neighbour"),
        (CHANNEL, "from channels.kinds import neighbour"),
        (CHANNEL, "import asyncpg"),
    ],
)
def test_a_dropped_kind_that_crosses_a_border_is_found(
    house: Path, tmp_path: Path, path: str, line: str
) -> None:
    copy = shutil.copytree(house, tmp_path / "house")
    dropped = copy / path
    dropped.with_name("neighbour.py").touch()
    dropped.write_text(f"{dropped.read_text()}\n{line}\n")
    answer = borders(copy)
    assert answer.returncode == 1
    assert dropped.stem in answer.stdout


def test_the_dropped_kinds_are_typed(house: Path) -> None:
    answer = run(house, "-m", "mypy", STEP, CHANNEL)
    assert answer.returncode == 0, answer.stdout + answer.stderr


def test_the_house_asks_for_the_cases_of_a_dropped_kind(house: Path, tmp_path: Path) -> None:
    asking = ["-m", "pytest", "-q", "-p", "no:cacheprovider", "tests/house/test_kinds.py", "-k", "case_"]
    answer = run(house, *asking).stdout
    assert "echo_twice" not in answer
    assert "pigeon" not in answer
    copy = shutil.copytree(house, tmp_path / "house")
    (copy / "tests/flows/cases/echo_twice.yaml").unlink()
    shutil.rmtree(copy / "tests/channels/cases/pigeon")
    answer = run(copy, *asking).stdout
    assert "echo_twice" in answer
    assert "pigeon" in answer
