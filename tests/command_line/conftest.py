"""The program as a newcomer types it: a process of its own, with an environment of its own."""

from pathlib import Path

import pytest

from tests.command_line.program import Program


@pytest.fixture
def botique(folder: Path) -> Program:
    """`botique` with its files in a fresh folder."""
    return Program(folder)
