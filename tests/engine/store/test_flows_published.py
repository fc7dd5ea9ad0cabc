"""A draft is changed by one at a time; what is published never changes."""

import asyncio

import pytest

from engine.refusals import Conflict, Invalid, NotFound
from engine.store.flows import Flows
from engine.store.revisions import Revisions
from engine.store.shops import Shops
from engine.store.unit import Database
from flows.document import Flow as Document
from tests.engine.store.conftest import Place

HELLO = Document(key="hello", name="Hello")
RENAMED = Document(key="hello", name="Good day")


async def drawn(database: Database, place: Place) -> int:
    async with database.unit() as unit:
        return (await Flows(unit, place.shop).draw(HELLO)).id


async def publication(database: Database, place: Place) -> int:
    async with database.unit() as unit:
        return (await Shops(unit).enter(place.owner, place.shop)).shop.publication


async def test_a_draft_comes_back_as_it_was_saved(database: Database, ours: Place) -> None:
    id = await drawn(database, ours)
    async with database.unit() as unit:
        assert await Flows(unit, ours.shop).save_draft(id, RENAMED, 0) == 1
    async with database.unit() as unit:
        flow = await Flows(unit, ours.shop).by_key("hello")
        assert flow is not None
        assert (flow.id, flow.name, flow.draft_revision) == (id, "Good day", 1)
        assert Document.model_validate(flow.draft) == RENAMED


async def test_who_saves_on_a_stale_draft_is_told_where_it_stands(database: Database, ours: Place) -> None:
    id = await drawn(database, ours)
    async with database.unit() as unit:
        flows = Flows(unit, ours.shop)
        await flows.save_draft(id, RENAMED, 0)
        for stale in (0, 2):
            with pytest.raises(Conflict) as caught:
                await flows.save_draft(id, HELLO, stale)
            assert caught.value.current == 1
        assert (await flows.get(id)).name == "Good day"


async def test_of_many_who_save_at_once_one_wins(database: Database, ours: Place) -> None:
    id = await drawn(database, ours)

    async def save() -> int:
        async with database.unit() as unit:
            return await Flows(unit, ours.shop).save_draft(id, RENAMED, 0)

    outcomes = await asyncio.gather(*(save() for _ in range(8)), return_exceptions=True)
    assert [outcome for outcome in outcomes if not isinstance(outcome, Conflict)] == [1]


async def test_a_key_is_taken_once_in_a_shop_and_stays(
    database: Database, ours: Place, theirs: Place
) -> None:
    id = await drawn(database, ours)
    await drawn(database, theirs)
    with pytest.raises(Conflict) as caught:
        await drawn(database, ours)
    assert caught.value.field == "key"
    async with database.unit() as unit:
        with pytest.raises(Invalid):
            await Flows(unit, ours.shop).save_draft(id, Document(key="other", name="x"), 0)


async def test_a_strangers_draft_cannot_be_saved_or_published(
    database: Database, ours: Place, theirs: Place
) -> None:
    id = await drawn(database, theirs)
    async with database.unit() as unit:
        with pytest.raises(NotFound):
            await Flows(unit, ours.shop).save_draft(id, RENAMED, 0)
        with pytest.raises(NotFound):
            await Revisions(unit, ours.shop).publish(id, 0)


async def test_publishing_copies_the_draft_and_says_so_to_whoever_keeps_flows(
    database: Database, ours: Place, theirs: Place
) -> None:
    id = await drawn(database, ours)
    async with database.unit() as unit:
        first = await Revisions(unit, ours.shop).publish(id, 0, "first", ours.owner)
        await Flows(unit, ours.shop).save_draft(id, RENAMED, 0)
        second = await Revisions(unit, ours.shop).publish(id, 1)
    assert await publication(database, ours) == 2
    assert await publication(database, theirs) == 0
    async with database.unit() as unit:
        revisions = Revisions(unit, ours.shop)
        page = await revisions.of_flow(id, 20)
        assert [(row.id, row.number) for row in page.rows] == [(second.id, 2), (first.id, 1)]
        names = [(await revisions.get(row.id)).document["name"] for row in page.rows]
        assert names == ["Good day", "Hello"]
        assert (page.rows[1].comment, page.rows[1].created_by) == ("first", ours.owner)
        assert (await Flows(unit, ours.shop).get(id)).published_id == second.id


async def test_a_draft_changed_since_it_was_checked_is_not_published(database: Database, ours: Place) -> None:
    id = await drawn(database, ours)
    async with database.unit() as unit:
        await Flows(unit, ours.shop).save_draft(id, RENAMED, 0)
        with pytest.raises(Conflict) as caught:
            await Revisions(unit, ours.shop).publish(id, 0)
        assert caught.value.current == 1
    assert await publication(database, ours) == 0


async def test_those_who_publish_at_once_get_numbers_of_their_own(database: Database, ours: Place) -> None:
    id = await drawn(database, ours)

    async def publish() -> int:
        async with database.unit() as unit:
            return (await Revisions(unit, ours.shop).publish(id, 0)).number

    assert sorted(await asyncio.gather(*(publish() for _ in range(6)))) == [1, 2, 3, 4, 5, 6]
    assert await publication(database, ours) == 6


async def test_an_earlier_revision_can_be_shown_again(database: Database, ours: Place) -> None:
    id = await drawn(database, ours)
    async with database.unit() as unit:
        first = await Revisions(unit, ours.shop).publish(id, 0)
        await Revisions(unit, ours.shop).publish(id, 0)
        await Revisions(unit, ours.shop).show(id, 1)
        assert (await Flows(unit, ours.shop).get(id)).published_id == first.id
        with pytest.raises(NotFound):
            await Revisions(unit, ours.shop).show(id, 3)
    assert await publication(database, ours) == 3


async def test_a_removed_flow_takes_its_revisions_along_and_is_published_no_more(
    database: Database, ours: Place
) -> None:
    id = await drawn(database, ours)
    async with database.unit() as unit:
        revision = await Revisions(unit, ours.shop).publish(id, 0)
    async with database.unit() as unit:
        await Flows(unit, ours.shop).remove(id)
        assert await Revisions(unit, ours.shop).find(revision.id) is None
    assert await publication(database, ours) == 2
