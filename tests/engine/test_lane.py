"""A lane in memory: in order a person whatever happens, nothing twice, nothing forgotten, never too much.

A made-up table, messenger and clock take the place of the real ones, and hypothesis is fate.
"""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from channels.base import Pace
from engine.lane_line import MOST_A_CONVERSATION
from engine.lane_reading import KNOWN_SECONDS, LAG_SECONDS
from tests.engine.lane_world import World

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


def test_whose_turn_came_is_known_for_minutes_and_not_for_ever() -> None:
    world = World()
    known = []
    world.turn(1, 1, here=False, late=False)
    for _ in range(8):
        world.begin_read()
        world.end_read()
        known.append(world.lane.reading.follows(1, 1))
        world.now += KNOWN_SECONDS / 2
        world.lane.held.clear()
        world.table.clear()
    assert known[:2] == [True, True]
    assert not known[-1]


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
