"""«As long as it takes to read» is told by the message just sent."""

from typing import Any

import pytest

from flows.effects import Typing
from flows.events import Started
from tests.flows.makers import Conversation, flow


def paused(*steps: dict[str, Any]) -> list[float]:
    """The pauses of a turn through these steps."""
    wired = [
        {"id": f"s{n}", "next": {"go": "forward", "to": f"s{n + 1}"}, **step} for n, step in enumerate(steps)
    ]
    wired[-1]["next"] = None
    told = {"key": "main", "name": "Main", "start": "s0", "triggers": [{"on": "default"}], "steps": wired}
    effects = Conversation([flow(told)]).hear(Started())
    return [effect.seconds for effect in effects if isinstance(effect, Typing)]


READING = {"kind": "typing", "reading": True}


@pytest.mark.parametrize(
    ("letters", "seconds"), [(1, 0.5), (12, 0.5), (60, 2.5), (100, 4.2), (240, 10), (4000, 10)]
)
def test_a_longer_message_takes_longer_to_read_but_never_beyond_the_bounds(
    letters: int, seconds: float
) -> None:
    assert paused({"kind": "message", "text": "x" * letters}, READING) == [seconds]


def test_the_latest_message_counts() -> None:
    short, long = {"kind": "message", "text": "Hi"}, {"kind": "message", "text": "x" * 120}
    assert paused(short, READING, long, READING, READING) == [0.5, 5, 5]


def test_a_picture_alone_takes_the_seconds_that_are_named() -> None:
    picture = {"kind": "message", "media": [{"url": "https://shop.example/1.jpg"}]}
    assert paused(picture, {**READING, "seconds": 4}) == [4]
