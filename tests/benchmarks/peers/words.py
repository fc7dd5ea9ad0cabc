"""The one conversation that every subject holds, and what a subject is told when it starts.

Imports nothing but the standard library: others' bots read it in an environment of their own.
"""

import sys
from typing import NamedTuple

from tests.benchmarks.conversation import SAID

TOKEN = "42:TEST"
SECRET = "a-secret-of-the-hook"
HOOK = "/hook"

MENU = "Hello {}! What can we do for you?"
CHOICES = ("Leave a request", "Once more")
ASKED = "What is your name, please?"
THANKS = "Thank you, {}! We will call you back."
CALLED = "Ivan Petrov"
"""The person's name in the messenger."""
ANSWERS = (MENU.format(CALLED), ASKED, THANKS.format(SAID[-1]))
"""What he must be told, turn by turn, for what he says."""


class Place(NamedTuple):
    """Where a subject listens, whom it talks to, and where it may keep what it must remember."""

    port: int
    messenger: str
    memory: str


def place() -> Place:
    port, messenger, *memory = sys.argv[1:]
    return Place(int(port), messenger, "".join(memory))
