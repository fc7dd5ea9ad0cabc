"""How fast a bot may write: to all together when it writes to many, and to each.  Pure: time is passed in."""

from channels.base import Pace

BULK_BURST = 2
"""One, and one more to make up for a moment that was missed: what is sent to many goes out evenly."""
_FORGET_AT = 64
"""Chats of a bot; of which there are thousands."""


class Bucket:
    """Within any `seconds` it lets through `rate * seconds + burst` at most."""

    __slots__ = ("_ahead", "_each", "_spent_until")

    def __init__(self, rate: float, burst: float) -> None:
        self._each = 1 / rate
        self._ahead = (burst - 1) * self._each
        self._spent_until = float("-inf")

    def wait(self, now: float) -> float:
        """Seconds until one more may go."""
        return max(self._spent_until - self._ahead - now, 0.0)

    def take(self, now: float, how_many: int = 1) -> None:
        """So many went."""
        self._spent_until = max(self._spent_until, now) + how_many * self._each

    def untake(self) -> None:
        """One of those that were taken did not count."""
        self._spent_until -= self._each

    def full(self, now: float) -> bool:
        """Whether it is as if nothing had ever gone."""
        return self._spent_until <= now


class Pacing:
    """One bot's.  Answers are held back for their own chat only, what goes to many for the bot's sake too."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._bulk = Bucket(pace.bulk_per_second, BULK_BURST)
        self._chats: dict[int, Bucket] = {}
        self._forget_at = _FORGET_AT

    def wait(self, chat: int, now: float) -> float:
        """Seconds until somebody may be written to."""
        bucket = self._chats.get(chat)
        return bucket.wait(now) if bucket else 0.0

    def bulk_wait(self, now: float) -> float:
        """Seconds until the next of what goes to many may go."""
        return self._bulk.wait(now)

    def untake(self, chat: int, *, bulk: bool) -> None:
        """What went to somebody was no message."""
        if bulk:
            self._bulk.untake()
        if chat in self._chats:
            self._chats[chat].untake()

    def take(self, chat: int, now: float, how_many: int = 1, *, bulk: bool) -> None:
        """So many messages go to somebody."""
        if bulk:
            self._bulk.take(now, how_many)
        if self._pace.per_chat_per_second == float("inf"):
            return
        bucket = self._chats.get(chat)
        if bucket is None:
            if len(self._chats) >= self._forget_at:
                self._forget(now)
            bucket = Bucket(self._pace.per_chat_per_second, self._pace.chat_burst)
            self._chats[chat] = bucket
        bucket.take(now, how_many)

    def _forget(self, now: float) -> None:
        self._chats = {chat: bucket for chat, bucket in self._chats.items() if not bucket.full(now)}
        self._forget_at = max(_FORGET_AT, 2 * len(self._chats))
