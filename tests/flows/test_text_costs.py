"""However a template or a YAML file is built, its cost is bounded."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.text_cases import cases

BOMBS = cases("bombs")
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def ends() -> dict[str, str]:
    """How each bomb ended; a bomb that ended its process, and those after it, are missing."""
    cell = subprocess.run(
        [sys.executable, "-m", "tests.flows.bomb_cell"],
        input=json.dumps(BOMBS),
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=False,
    )
    return dict(json.loads(line) for line in cell.stdout.splitlines())


@pytest.mark.parametrize("bomb", BOMBS, ids=lambda bomb: bomb["name"])
def test_a_bomb_is_refused_or_small(bomb: dict[str, str], ends: dict[str, str]) -> None:
    assert ends.get(bomb["name"], "the process was ended") == bomb["ends"]


def test_every_bomb_has_a_name_of_its_own() -> None:
    assert len({bomb["name"] for bomb in BOMBS}) == len(BOMBS)
