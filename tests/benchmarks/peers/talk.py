"""What the people of a benchmark are asked to do, and what they saw."""

from msgspec import Struct

from tests.benchmarks.conversation import SAID


class Talk(Struct, frozen=True):
    """Ends after `seconds`, or once so many `conversations` were held if that is sooner."""

    hook: str
    seconds: float
    warm: float = 1.5
    """Seconds of talking before the measured ones."""
    people: int = 64
    """So many at once."""
    rate: float = 0.0
    """Turns a second that are due, answered or not; 0: whoever is answered goes on at once."""
    first: int = 1
    """The first chat's number; every conversation is held in the next one..."""
    chats: int = 100_000
    """...and after so many they come again."""
    conversations: int = 0
    turns: int = len(SAID)
    """Of a conversation, so many are held."""


class Heard(Struct, frozen=True):
    turns: int
    """Answered rightly in the measured time."""
    seconds: float
    wrong: int
    """Answers that were not right, or not asked for."""
    lost: int
    """Answers that never came."""
    refused: int
    """Calls of the webhook that were not taken with 200; each was made again."""
    late: int
    """Turns that were due while nobody was free."""
    p50: float
    p99: float
    """Milliseconds from what is said, or was due, to the answer."""
    lag99: float
    """Milliseconds from the webhook's 200 to the answer; 0 where the answer was there before."""
    next: int
    """The first chat that nobody has used."""
