"""The tables in cases_of_text, as the tests read them."""

from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, settings

# A loaded machine is no fault of a template: neither a run nor a draw is timed.
at_any_speed = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])

_FOLDER = Path(__file__).parent / "cases_of_text"


def cases(name: str) -> Any:
    """One table. PyYAML reads it: our own reading is what the tests are about."""
    return yaml.safe_load((_FOLDER / f"{name}.yaml").read_text("utf-8"))


def grown(piece: Any) -> Any:
    """A piece of a bomb at its full size: {repeat, times} stands for so many copies."""
    if isinstance(piece, dict) and "repeat" in piece:
        return piece["repeat"] * piece["times"]
    if isinstance(piece, dict):
        return {key: grown(value) for key, value in piece.items()}
    if isinstance(piece, list) and any(isinstance(part, dict) for part in piece):
        return "".join(grown(part) for part in piece)
    return piece
