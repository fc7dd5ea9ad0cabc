"""How far a lane has been read, and whose turns are known without a gap."""

from collections import deque

LAG_SECONDS = 5.0
"""A row may be committed after one with a higher id was read: the cursor stays so far behind."""
BELT_SECONDS = 60.0
"""How often all is read from the start, in case that a row was later still."""
MARK_SECONDS = 0.25
MOST_KNOWN = 25_000
KNOWN_SECONDS = 600.0
"""How long at least it is known of somebody; over millions of people the numbers of their turns add up."""


class Reading:
    """`cursor`: every row up to this id is known, settled, resting or given up."""

    def __init__(self) -> None:
        self.cursor = 0
        self.at = 0
        """Where the next page begins."""
        self.behind = True
        """There are rows that were not read: what is offered is read in its turn."""
        self.wanted = True
        """There may be something that was not offered."""
        self._highest = 0
        self._marks: deque[tuple[float, int]] = deque()
        self._page = (0.0, 0)
        self._scan = 0.0
        self._belt: float | None = None
        self._aged = 0.0
        self._turned_back: set[int] = set()
        self._young: dict[int, int] = {}
        self._old: dict[int, int] = {}

    def begins(self, now: float) -> None:
        """A page is about to be read."""
        self.wanted = False
        self._turned_back.clear()
        if self._belt is None:
            self._belt = now
        if not self.behind and now - self._belt > BELT_SECONDS:
            self._belt = now
            self.cursor = self.at = 0
        if self.at == self.cursor:
            self._scan = now
        if now - self._aged > KNOWN_SECONDS:
            self._age(now)
        self._page = now, self._highest

    def broken_off(self) -> None:
        """The page was not read."""
        self.wanted = True
        self.behind = True

    def stopped(self) -> None:
        """There is more behind the page, or there was no room."""
        self._highest = max(self._highest, self.at)
        self.behind = True
        if self._turned_back:
            self.at = self.cursor

    def done(self) -> None:
        """The page was the last one."""
        self._highest = max(self._highest, self.at)
        if self._turned_back:
            self.at = self.cursor
            return
        self.behind = False
        if not self._marks or self._marks[-1][0] + MARK_SECONDS <= self._page[0]:
            self._marks.append(self._page)
        # Only what the whole scan began late enough to see.
        while self._marks and self._marks[0][0] <= self._scan - LAG_SECONDS:
            self.cursor = max(self.cursor, self._marks.popleft()[1])
        self.at = self.cursor

    def back_to(self, id: int, who: int) -> None:
        """Somebody's rows must be read once more, from this one on."""
        self.forgets(who)
        self._turned_back.add(who)
        self.cursor = min(self.cursor, id - 1)
        self.at = self.cursor
        self.wanted = True

    def may_bring(self, who: int) -> bool:
        """Whether nothing of somebody was let go of since the page began, which would have to come first."""
        return who not in self._turned_back

    def knows(self, who: int, turn: int, id: int) -> None:
        """Whatever the bot said to somebody up to this turn is known."""
        self._highest = max(self._highest, id)
        if self._young.get(who, -1) >= turn:
            return
        if len(self._young) >= MOST_KNOWN:
            self._age(self._aged)
        self._young[who] = turn

    def _age(self, now: float) -> None:
        self._old, self._young, self._aged = self._young, {}, now

    def forgets(self, who: int) -> None:
        """Not any more: something of it was let go of."""
        self._young.pop(who, None)
        self._old.pop(who, None)

    def follows(self, who: int, turn: int) -> bool:
        """Whether nothing can lie between what is known and this turn: no other process wrote meanwhile."""
        known = self._young.get(who)
        if known is None:
            known = self._old.get(who, -1)
        return known == turn - 1
