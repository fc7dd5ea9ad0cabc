"""One person's messages in their lane, in order."""

from collections import deque
from enum import Enum, auto

from engine.store.deliveries import Parcel

MOST_A_CONVERSATION = 100
"""Parcels in memory; what comes behind is read when these are gone."""


class Stand(Enum):
    """Where in its lane a conversation stands."""

    NOWHERE = auto()
    """Nothing to send, or it is being sent."""
    WAITS = auto()
    BULK = auto()
    ANSWERS = auto()


class Conversation:
    """`due` of each parcel is the moment, of the monotonic clock, from which on it may go."""

    __slots__ = ("answers", "bot_user_id", "cut", "flying", "parcels", "stand", "until")

    def __init__(self, bot_user_id: int) -> None:
        self.bot_user_id = bot_user_id
        self.parcels: deque[tuple[Parcel, float]] = deque()
        self.answers = 0
        """How many of them answer somebody: what stands before an answer goes as if it were one."""
        self.flying = False
        self.stand = Stand.NOWHERE
        self.until = 0.0
        """Until when it waits, if it does."""
        self.cut: int | None = None
        """The first id that did not fit."""

    def put(self, parcel: Parcel, due: float) -> bool:
        """In its place; False if there is none."""
        if self.cut is not None or len(self.parcels) >= MOST_A_CONVERSATION:
            self.cut = parcel.id if self.cut is None else min(self.cut, parcel.id)
            return False
        late = bool(self.parcels) and self.parcels[-1][0].id > parcel.id
        self.parcels.append((parcel, due))
        if late:
            self.parcels = deque(sorted(self.parcels, key=lambda one: one[0].id))
        self.answers += not parcel.bulk
        return True

    def pop(self) -> Parcel:
        """The next one, to be sent."""
        parcel, _ = self.parcels.popleft()
        self.answers -= not parcel.bulk
        return parcel

    def put_back(self, parcel: Parcel, due: float) -> None:
        """What could not be sent is the next one again."""
        self.parcels.appendleft((parcel, due))
        self.answers += not parcel.bulk
