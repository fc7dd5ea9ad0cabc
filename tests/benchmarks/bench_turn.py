"""What a pure turn costs: `python -m tests.benchmarks.bench_turn`.

Bar (issue 3): a message with a menu and two variables, state from and to JSON, at most 100 µs of CPU.
Beside it, in the same run: what only reading and writing state and card costs.
"""

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from time import process_time
from typing import Any
from zoneinfo import ZoneInfo

from msgspec import json

from engine.state import State, dump, load
from engine.turn import Occasion, hear
from flows.card import Card
from flows.document import Flow
from flows.events import Event, Pressed, Said, Started
from flows.library import Library, Program

BAR = 100e-6
TURNS = 20_000
ROUNDS = 5

MENU: dict[str, Any] = {
    "key": "main",
    "name": "Main",
    "start": "menu",
    "triggers": [{"on": "default"}],
    "steps": [
        {
            "id": "menu",
            "kind": "message",
            "text": "Hello {{ name }}, you have {{ points }} points.",
            "menu": [
                {"id": "more", "label": "More", "link": {"go": "forward", "to": "more"}},
                {"id": "again", "label": "Again", "link": {"go": "restart"}},
                {"id": "bye", "label": "Bye {{ name }}"},
            ],
        },
        {
            "id": "more",
            "kind": "message",
            "text": "More for {{ name }}, from {{ points }} points on.",
            "menu": [{"id": "back", "label": "Back", "link": {"go": "back"}}],
        },
    ],
}


class Talk:
    """One person, whose state and card go through JSON at every turn, as the database would have it."""

    def __init__(self) -> None:
        self._library = Library([Program(1, Flow.model_validate(MENU))])
        self._occasion = Occasion(datetime.now(UTC), ZoneInfo("Europe/Berlin"))
        self.state = dump(State())
        self.card = json.encode(Card(variables={"name": "Ann", "points": 12}))

    def turn(self, event: Event) -> None:
        card = json.decode(self.card, type=Card)
        turn = hear(self._library, load(self.state), card, event, self._occasion)
        assert turn.effects
        self.state, self.card = dump(turn.state), json.encode(turn.card)
        for effect in turn.effects:
            json.encode(effect)


def cpu(act: Callable[[int], object]) -> float:
    """Seconds of CPU that one call takes, the best of some rounds: noise only ever adds."""
    best = float("inf")
    for _ in range(ROUNDS):
        began = process_time()
        for n in range(TURNS):
            act(n)
        best = min(best, (process_time() - began) / TURNS)
    return best


def main() -> int:
    talk = Talk()
    talk.turn(Started())
    pressed = Pressed(1, "menu", "more"), Pressed(1, "more", "back")
    said = Said("more"), Said("1")
    rows = {
        "a menu item is pressed": cpu(lambda n: talk.turn(pressed[n % 2])),
        "its label or number is typed": cpu(lambda n: talk.turn(said[n % 2])),
        "of it: state and card through JSON": cpu(
            lambda n: (dump(load(talk.state)), json.encode(json.decode(talk.card, type=Card)))
        ),
    }
    for what, seconds in rows.items():
        sys.stdout.write(f"{seconds * 1e6:8.1f} µs  {what}\n")
    slow = max(rows.values()) > BAR
    sys.stdout.write(f"bar {BAR * 1e6:.0f} µs: {'missed' if slow else 'kept'}\n")
    return int(slow)


if __name__ == "__main__":
    sys.exit(main())
