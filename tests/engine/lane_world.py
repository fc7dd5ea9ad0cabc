"""A made-up table, messenger and clock round one lane."""

from collections import deque
from datetime import UTC, datetime

from channels.base import Pace
from engine.lane import MOST_A_LANE, Lane
from engine.lane_line import Conversation
from engine.perform import MOST_MESSAGES
from engine.store.deliveries import Parcel

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def parcel(id: int, who: int, turn: int, place: int = 0, *, bulk: bool = False) -> Parcel:
    seq = turn * MOST_MESSAGES + place
    return Parcel(1, 1, id, who, seq, "{}", 0, 0, LONG_AGO, str(who), bulk)


class World:
    """A table that several processes write, one of which owns the lane."""

    def __init__(self, pace: Pace | None = None) -> None:
        self.lane = Lane(1, 1, 1, pace or Pace())
        self.now = 1000.0
        self.table: dict[int, Parcel] = {}
        self.due: dict[int, float] = {}
        self.uncommitted: deque[list[Parcel]] = deque()
        self.turns: dict[int, int] = {}
        self.busy: set[int] = set()
        self.ids = 0
        self.flying: list[tuple[Conversation, Parcel]] = []
        self.unsettled: list[Parcel] = []
        self.page: list[tuple[Parcel, float]] | None = None
        self.sent: list[Parcel] = []
        self.removed = 0

    def turn(self, who: int, messages: int, *, here: bool, late: bool, bulk: bool = False) -> None:
        if who in self.busy:
            return  # a person's next turn begins when the one before is committed
        turn = self.turns[who] = self.turns.get(who, -1) + 1
        rows = []
        for place in range(messages):
            self.ids += 1
            rows.append(parcel(self.ids, who, turn, place, bulk=bulk))
        if late:
            self.busy.add(who)
            self.uncommitted.append(rows)
        else:
            self.commit(rows, here=here)

    def commit(self, rows: list[Parcel], *, here: bool) -> None:
        self.table |= {row.id: row for row in rows}
        self.busy -= {row.bot_user_id for row in rows}
        if here:
            self.lane.offer(rows, self.now)

    def begin_read(self, limit: int = 4) -> None:
        reading = self.lane.reading
        reading.begins(self.now)
        without = {*self.lane.resting}
        rows = [
            (row, self.due.get(id, 0.0) - self.now)
            for id, row in sorted(self.table.items())
            if id > reading.at and id not in self.lane.held and row.bot_user_id not in without
        ]
        self.page = rows[:limit]
        self.whole = len(rows[:limit]) < limit

    def end_read(self) -> None:
        if self.page is not None:
            self.lane.take_in(self.page, self.now, whole=self.whole)
            self.page = None

    def settle(self) -> None:
        assert self.page is None
        self.lane.settled(row.id for row in self.unsettled)
        for row in self.unsettled:
            del self.table[row.id]
        self.unsettled.clear()

    def begin(self) -> None:
        while found := self.lane.next(self.now):
            self.flying.append(found)
        done = {row.id for row in self.unsettled}
        if not self.flying and self.lane.held - done and not self.lane.leaving:
            assert self.lane.next_at(self.now) is not None  # or nobody would begin with it

    def remove(self, who: int) -> None:
        """Somebody, with all that is for him and not under way."""
        busy = {row.id for _, row in self.flying} | {row.id for row in self.unsettled}
        gone = {id for id, row in self.table.items() if row.bot_user_id == who} - busy
        for id in gone:
            del self.table[id]
        self.removed += len(gone)
        self.lane.gone(gone)

    def land(self, which: int, wait: float | None) -> None:
        if not self.flying:
            return
        conversation, row = self.flying.pop(which % len(self.flying))
        if wait is None:
            self.sent.append(row)
            self.unsettled.append(row)
            if following := self.lane.another(conversation, self.now):
                self.flying.append((conversation, following))
                return
        else:
            self.due[row.id] = self.now + wait
            conversation.put_back(row, self.now + wait)
        self.lane.landed(conversation, self.now)

    def finish(self) -> None:
        """All goes well from now on."""
        self.lane.leaving = False
        self.end_read()
        while self.uncommitted:
            self.commit(self.uncommitted.popleft(), here=False)
        for _ in range(2_000):
            if not self.table:
                break
            self.now += 1.0
            self.begin()
            while self.flying:
                self.land(0, None)
            self.settle()
            if not self.lane.sleeps(self.now):
                self.begin_read(50)
                self.end_read()
        assert not self.table

    def check(self) -> None:
        assert len(self.lane.held) <= MOST_A_LANE
        under_way = [row.bot_user_id for _, row in self.flying]
        assert len(under_way) == len(set(under_way))
        said: dict[int, list[int]] = {}
        for row in self.sent:
            said.setdefault(row.bot_user_id, []).append(row.seq)
        for who, seqs in said.items():
            assert seqs == sorted(set(seqs)), who
