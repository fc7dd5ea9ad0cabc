"""What became of messages is written whole, in its order, and at the latest when the database is back."""

from datetime import UTC, datetime
from typing import Any

import pytest

from channels.base import Pace
from engine.lane import Lane
from engine.lane_settling import Settling
from engine.refusals import Unavailable
from engine.store import deliveries
from engine.store.deliveries import Outcome, Parcel

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def outcome(id: int, status: str = "sent") -> Outcome:
    return Outcome(Parcel(1, 1, id, id, 1, "{}", 0, 0, NOW, str(id)), status)


class Table:
    def __init__(self) -> None:
        self.written: list[list[tuple[int, str]]] = []
        self.away = False

    async def settle(self, _pool: Any, _owner: str, outcomes: list[tuple[int, Outcome]]) -> None:
        if self.away:
            raise Unavailable
        self.written.append([(one.parcel.id, one.status) for _, one in outcomes])


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    it = Table()
    monkeypatch.setattr(deliveries, "settle", it.settle)
    monkeypatch.setattr("engine.lane_settling.MOST_SETTLED", 2)
    return it


@pytest.fixture
def settling(table: Table) -> Settling:
    pool: Any = None
    return Settling("me", pool, lambda: None)


async def test_all_that_is_known_is_written_before_anything_is_read(table: Table, settling: Settling) -> None:
    lane = Lane(1, 1, 1, Pace())
    for id in range(5):
        lane.held.add(id)
        settling.note(lane, outcome(id))
    await settling.settle()
    assert [id for batch in table.written for id, _ in batch] == [0, 1, 2, 3, 4]
    assert not lane.busy
    assert not lane.held


async def test_of_one_message_the_later_is_written_after_the_earlier(
    table: Table, settling: Settling
) -> None:
    lane = Lane(1, 1, 1, Pace())
    lane.held.add(7)
    for status in ("queued", "queued", "sent"):
        settling.note(lane, outcome(7, status))
    await settling.settle()
    assert table.written == [[(7, "queued")], [(7, "queued")], [(7, "sent")]]
    assert not lane.held


async def test_an_outage_loses_nothing_of_it(table: Table, settling: Settling) -> None:
    lane = Lane(1, 1, 1, Pace())
    settling.note(lane, outcome(7))
    table.away = True
    with pytest.raises(Unavailable):
        await settling.settle()
    assert lane.busy
    table.away = False
    await settling.settle()
    assert table.written == [[(7, "sent")]]
