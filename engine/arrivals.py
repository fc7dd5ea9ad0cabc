"""What waits to become a turn: one thing that happened in one conversation."""

from collections.abc import Hashable
from dataclasses import dataclass
from hashlib import blake2b
from typing import NamedTuple

from channels.base import Inbound
from flows.events import Event, OrderMoved


class Due(NamedTuple):
    """The row that made it happen, and that the turn's commit takes away."""

    table: str
    id: int
    token: int


@dataclass(frozen=True, slots=True, eq=False)
class Arrival:
    """From a messenger (`inbound`, with the bot it came to) or from ourselves (`bot_user_id`)."""

    shop_id: int
    event: Event
    bot_id: int = 0
    bot_user_id: int = 0
    inbound: Inbound | None = None
    due: Due | None = None

    @property
    def key(self) -> Hashable:
        """What may be in one batch at a time."""
        if self.inbound is not None:
            return self.shop_id, self.bot_id, self.inbound.user
        return self.shop_id, self.bot_user_id

    @property
    def mark(self) -> int | None:
        """What tells that it was taken already: 64 bits of the messenger's own id of it, or of ours."""
        if self.inbound is not None:
            name = self.inbound.key
        elif self.due is not None and isinstance(self.event, OrderMoved):
            # No token makes news void that two processes have claimed, one after the other's lease.
            name = f"{self.due.table} {self.due.id}"
        else:
            return None
        digest = blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest()
        return int.from_bytes(digest, signed=True)
