"""A bot user as a turn found him, and the turn that was played with him: what the hot path hands about."""

from collections.abc import Sequence
from typing import NamedTuple

from engine.arrivals import Arrival
from engine.perform import Rows
from engine.state import State
from flows.card import Card


class Conversation(NamedTuple):
    """A bot user as one statement found him, with what his turn needs to know of his shop and bot."""

    shop_id: int
    publication: int
    timezone: str
    bot_id: int
    kind: str
    launched: bool
    id: int
    version: int
    card: Card
    state: str
    seen: Sequence[int]


class Played(NamedTuple):
    """A turn to be committed, if nobody else was faster."""

    arrival: Arrival
    before: Conversation
    state: State
    card: Card
    rows: Rows
