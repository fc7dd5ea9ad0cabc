"""A lane in memory: in order a person whatever happens, nothing twice, nothing forgotten, never too much.

A made-up table, messenger and clock take the place of the real ones, and hypothesis is fate.
"""

from collections import deque
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.base import Pace
from engine.lane import MOST_A_LANE, Lane
from engine.lane_line import MOST_A_CONVERSATION, Conversation
from engine.lane_reading import LAG_SECONDS
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


people = st.integers(1, 4)
turn = st.tuples(st.just("turn"), people, st.integers(0, 3), st.booleans(), st.booleans())
steps = st.lists(
    st.one_of(
        turn,
        turn,
        st.tuples(st.just("commit"), st.booleans()),
        st.tuples(st.just("begin")),
        st.tuples(st.just("land"), st.integers(0, 9), st.sampled_from([None, None, 0.1, 3.0, 60.0])),
        st.tuples(st.just("read")),
        st.tuples(st.just("read")),
        st.tuples(st.just("settle")),
        st.tuples(st.just("pause"), st.sampled_from([0.2, 5.0, 60.0])),
        st.tuples(st.just("leave"), st.booleans()),
        st.tuples(st.just("remove"), people),
        st.tuples(st.just("pass"), st.sampled_from([0.01, 0.3, 1.5])),
    ),
    max_size=150,
)


@given(steps)
@settings(max_examples=300, deadline=None)
def test_whatever_happens_everything_is_sent_once_and_in_order_a_person(
    fate: list[tuple[Any, ...]],
) -> None:
    world = World()
    for step in fate:
        _do(world, *step)
        world.check()
    world.finish()
    world.check()
    assert len(world.sent) + world.removed == world.ids


def _do(world: World, what: str, *how: Any) -> None:
    match what, how:
        case "turn", (int(who), int(messages), bool(here), bool(late)):
            world.turn(who, messages, here=here, late=late)
        case "commit", (bool(here),) if world.uncommitted:
            world.commit(world.uncommitted.popleft(), here=here)
        case "begin", ():
            world.begin()
        case "land", (int(which), wait):
            world.land(which, wait if isinstance(wait, float) else None)
        case "read", () if world.page is None:
            world.begin_read()
        case "read", ():
            world.end_read()
        case "settle", () if world.page is None:
            world.settle()
        case "pass", (float(seconds),) if not world.uncommitted:
            world.now += seconds
        case _:
            _befall(world, what, *how)


def _befall(world: World, what: str, *how: Any) -> None:
    match what, how:
        case "pause", (float(seconds),):
            world.lane.pause(world.now + seconds)
        case "leave", (bool(leaving),):
            world.lane.leaving = leaving
        case "remove", (int(who),) if world.page is None:
            world.remove(who)


def test_a_row_that_is_committed_after_a_higher_one_was_read_is_found() -> None:
    world = World()
    world.turn(1, 1, here=False, late=True)
    world.turn(2, 1, here=False, late=False)
    for _ in range(3):
        world.begin_read()
        world.end_read()
        world.now += 1.0
    world.commit(world.uncommitted.popleft(), here=False)
    world.begin_read()
    world.end_read()
    world.begin()
    assert {row.bot_user_id for _, row in world.flying} == {1, 2}


def test_what_lies_behind_is_not_read_again() -> None:
    world = World()
    world.begin_read()
    world.end_read()
    for _ in range(20):
        world.turn(1, 1, here=True, late=False)
        world.begin()
        world.land(0, None)
        world.settle()
        world.now += 1.0
        world.begin_read()
        world.end_read()
    assert world.lane.reading.cursor >= 20 - LAG_SECONDS - 2


def test_what_another_process_wrote_to_somebody_goes_before_what_is_offered() -> None:
    world = World()
    world.begin_read()
    world.end_read()
    world.turn(1, 1, here=True, late=False)
    world.turn(1, 1, here=False, late=False)
    world.turn(1, 1, here=True, late=False)
    assert world.lane.reading.wanted
    world.finish()
    assert [row.id for row in world.sent] == [1, 2, 3]


def test_answers_go_before_what_goes_to_many_and_pull_along_what_is_before_them() -> None:
    world = World(Pace(bulk_per_second=1))
    world.begin_read()
    world.end_read()
    for who in range(1, 6):
        world.turn(who, 1, here=True, late=False, bulk=True)
    world.turn(5, 1, here=True, late=False)
    world.turn(9, 1, here=True, late=False)
    world.begin()
    assert [row.bot_user_id for _, row in world.flying] == [5, 9, 1]
    while world.flying:
        world.land(0, None)
    assert [(row.bot_user_id, row.bulk) for row in world.sent if row.bot_user_id == 5] == [
        (5, True),
        (5, False),
    ]
    assert len(world.sent) == 4


def test_nobody_is_let_into_memory_beyond_its_bounds_and_nobody_is_lost() -> None:
    world = World()
    for who in range(3):
        for _ in range(30):
            world.turn(who, 40, here=True, late=False)
    for _ in range(100):
        world.begin_read(500)
        world.end_read()
        world.check()
    assert len(world.lane.held) <= 3 * MOST_A_CONVERSATION
    world.finish()
    world.check()
    assert len(world.sent) == 3600


def test_who_must_wait_long_takes_no_room() -> None:
    world = World()
    for who in range(3_000):
        world.turn(who, 2, here=False, late=False)
        world.due[world.ids - 1] = world.now + 3600
    world.turn(9_999, 1, here=False, late=False)
    for _ in range(20):
        world.begin_read(500)
        world.end_read()
    world.begin()
    assert [row.bot_user_id for _, row in world.flying] == [9_999]
    assert len(world.lane.held) == 1


@pytest.mark.parametrize("pause", [True, False], ids=["paused", "given back"])
def test_a_lane_that_rests_begins_nothing(pause: bool) -> None:
    world = World()
    world.turn(1, 2, here=False, late=False)
    world.begin_read()
    world.end_read()
    if pause:
        world.lane.pause(world.now + 10)
    else:
        world.lane.leaving = True
    world.begin()
    assert not world.flying
    assert not pause or world.lane.next_at(world.now) == world.now + 10
