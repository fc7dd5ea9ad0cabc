"""A messenger that takes everything at once, in place of the wire: what is left is our own part."""

import asyncio
from collections.abc import Sequence
from typing import Any

from channels.base import ApiRequest, Channel, Sent
from channels.sender import Sender
from engine.arrivals import Arrival


class AtOnce(Sender):
    """`all` is set once it has taken so many."""

    def __init__(self, expected: int) -> None:
        super().__init__()
        self.all = asyncio.Event()
        self.taken = 0
        self._expected = expected

    async def send(self, channel: Channel[Any], requests: Sequence[ApiRequest]) -> Sent:
        self.taken += len(requests)
        if self.taken >= self._expected:
            self.all.set()
        return Sent(str(self.taken))


def nobody_leaves(arrival: Arrival) -> None:
    raise AssertionError(f"this messenger takes everything: {arrival}")
