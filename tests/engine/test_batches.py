"""Batches clock themselves, keep order within a key, and lose nothing."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.batches import Batches, Full

Item = tuple[str, int]


class Gate:
    """A `take` that waits to be let through, and notes what it was handed."""

    def __init__(self) -> None:
        self.taken: list[list[Item]] = []
        self.open = asyncio.Event()
        self.again: Callable[[list[Item]], list[Item]] = lambda items: []

    async def take(self, items: list[Item]) -> list[Item]:
        self.taken.append(items)
        await self.open.wait()
        return self.again(items)


async def test_what_queued_up_meanwhile_is_the_next_batch() -> None:
    gate = Gate()
    batches = Batches(gate.take, at_once=1)
    waiting = [batches.put(f"user{n}", (f"user{n}", n)) for n in range(10)]
    await asyncio.sleep(0)
    late = [batches.put(f"late{n}", (f"late{n}", n)) for n in range(5)]
    gate.open.set()
    await asyncio.gather(*waiting, *late)
    assert [len(batch) for batch in gate.taken] == [10, 5]


async def test_a_key_is_in_one_batch_at_a_time_and_keeps_its_order() -> None:
    gate = Gate()
    gate.open.set()
    batches = Batches(gate.take, most=4, at_once=3)
    await asyncio.gather(*(batches.put(key, (key, n)) for n in range(20) for key in ("a", "b")))
    for batch in gate.taken:
        assert len({key for key, _ in batch}) == len(batch)
    for key in ("a", "b"):
        assert [n for batch in gate.taken for who, n in batch if who == key] == list(range(20))


async def test_a_full_queue_refuses_and_keeps_what_it_has() -> None:
    gate = Gate()
    batches = Batches(gate.take, most=1, at_once=1, room=2)
    kept = [batches.put("first", ("first", 0))]
    await asyncio.sleep(0)
    kept += [batches.put("second", ("second", 0)), batches.put("third", ("third", 0))]
    with pytest.raises(Full):
        batches.put("fourth", ("fourth", 0))
    gate.open.set()
    await asyncio.gather(*kept)
    assert sum(map(len, gate.taken)) == 3


async def test_a_loser_is_taken_again_before_what_came_later() -> None:
    gate = Gate()
    gate.open.set()
    lost: list[Item] = []

    def lose_once(items: list[Item]) -> list[Item]:
        again = [item for item in items if item[1] == 0 and item not in lost]
        lost.extend(again)
        return again

    gate.again = lose_once
    batches = Batches(gate.take, at_once=1)
    await asyncio.gather(*(batches.put("a", ("a", n)) for n in range(3)))
    assert [n for batch in gate.taken for _, n in batch] == [0, 0, 1, 2]


async def test_who_loses_for_ever_is_told() -> None:
    gate = Gate()
    gate.open.set()
    gate.again = lambda items: items
    with pytest.raises(Full):
        await Batches(gate.take).put("a", ("a", 0))


async def _broken(items: list[Item]) -> list[Item]:
    raise ConnectionResetError


async def _slow(items: list[Item]) -> list[Item]:
    await asyncio.Event().wait()
    return []


async def test_a_batch_that_fails_tells_everyone_in_it_and_the_next_goes_on() -> None:
    calls = 0

    async def once_broken(items: list[Item]) -> list[Item]:
        nonlocal calls
        calls += 1
        return await _broken(items) if calls == 1 else []

    batches = Batches(once_broken, at_once=1)
    results = await asyncio.gather(*(batches.put(n, ("x", n)) for n in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionResetError] * 3
    await batches.put("x", ("x", 9))


@pytest.mark.parametrize("take", [_slow])
async def test_nobody_waits_for_ever_on_a_batch_that_was_cancelled(
    take: Callable[[list[Item]], Awaitable[list[Item]]],
) -> None:
    batches = Batches(take)
    waiting = batches.put("a", ("a", 0))
    await asyncio.sleep(0)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting


async def test_nothing_overtakes_what_failed_before_it() -> None:
    taken: list[int] = []

    async def fails_first(items: list[Item]) -> list[Item]:
        if items == [("a", 0)] and not taken:
            taken.append(-1)
            return await _broken(items)
        taken.extend(n for _, n in items)
        return []

    batches = Batches(fails_first)
    results = await asyncio.gather(*(batches.put("a", ("a", n)) for n in range(3)), return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionResetError] * 3
    await asyncio.gather(*(batches.put("a", ("a", n)) for n in range(3)))
    assert taken == [-1, 0, 1, 2]


async def test_who_waits_behind_a_cancelled_batch_waits_no_longer() -> None:
    batches = Batches(_slow)
    waiting = [batches.put("a", ("a", n)) for n in range(3)]
    await asyncio.sleep(0)
    for task in asyncio.all_tasks() - {asyncio.current_task()}:
        task.cancel()
    async with asyncio.timeout(60):
        results = await asyncio.gather(*waiting, return_exceptions=True)
    assert [type(result) for result in results] == [asyncio.CancelledError] * 3


async def test_the_many_of_one_key_leave_the_others_their_turn() -> None:
    gate = Gate()
    gate.open.set()
    batches = Batches(gate.take, most=2, at_once=1)
    await asyncio.gather(
        *(batches.put("loud", ("loud", n)) for n in range(100)),
        *(batches.put(f"quiet{n}", ("quiet", n)) for n in range(4)),
    )
    turns = [n for n, batch in enumerate(gate.taken) if any(who == "quiet" for who, _ in batch)]
    assert turns[-1] <= 4


@given(
    script=st.lists(
        st.one_of(
            st.tuples(st.just("put"), st.sampled_from("abc")),
            st.tuples(st.sampled_from(["fail", "lose", "pass"]), st.just("")),
        ),
        max_size=60,
    )
)
async def test_in_any_order_of_events_each_item_ends_once_and_each_key_keeps_its_order(
    script: list[tuple[str, str]],
) -> None:
    fates = [what for what, _ in script if what != "put"]
    done: list[Item] = []

    async def take(items: list[Item]) -> list[Item]:
        await asyncio.sleep(0)
        fate = fates.pop() if fates else "pass"
        if fate == "fail":
            raise ConnectionResetError
        lost = items[::2] if fate == "lose" else []
        done.extend(item for item in items if item not in lost)
        return lost

    batches = Batches(take, most=2, at_once=2)
    keys = [key for what, key in script if what == "put"]
    results = await asyncio.gather(
        *(batches.put(key, (key, n)) for n, key in enumerate(keys)), return_exceptions=True
    )
    await batches.finish()
    taken = [(key, n) for (n, key), result in zip(enumerate(keys), results, strict=True) if result is None]
    assert sorted(done) == sorted(taken)
    for key in "abc":
        assert [n for who, n in done if who == key] == sorted(n for who, n in taken if who == key)
