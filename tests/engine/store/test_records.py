"""Leads, messages, variables, tags, audit: listed as people look for them, stored as they were given."""

from datetime import UTC, datetime, timedelta

import pytest
from pydantic import ValidationError

from engine.refusals import Invalid
from engine.store.audit import Audit, AuditTrail, Subject
from engine.store.leads import Lead, Leads, Wanted
from engine.store.messages import Message, Messages
from engine.store.tags import Tag, Tags
from engine.store.unit import Database
from engine.store.variables import Variable, Variables
from tests.engine.store.conftest import Place

START = datetime(2026, 1, 1, tzinfo=UTC)


async def say(database: Database, place: Place, count: int) -> None:
    async with database.unit() as unit:
        for seq in range(1, count + 1):
            at = START + timedelta(hours=seq)
            message = Message(bot_user_id=place.user, seq=seq, direction=1, status="received", created_at=at)
            message.shop_id = place.shop
            unit.session.add(message)


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(), [4, 3, 2, 1]),
        (Wanted(form="order"), [4, 2]),
        (Wanted(status="done"), [3]),
        (Wanted(form="order", status="done"), []),
        (Wanted(assignee_id=5), [4]),
        (Wanted(created_from=START + timedelta(days=2)), [4, 3, 2]),
        (Wanted(created_from=START + timedelta(days=2), created_before=START + timedelta(days=4)), [3, 2]),
    ],
)
async def test_leads_are_found_by_all_that_is_asked(
    database: Database, ours: Place, theirs: Place, wanted: Wanted, found: list[int]
) -> None:
    async with database.unit() as unit:
        for turn, form in ((1, "call"), (2, "order"), (3, "call"), (4, "order")):
            lead = Lead(form=form, bot_user_id=ours.user, bot_id=ours.bot, turn=turn)
            lead.created_at = START + timedelta(days=turn)
            lead.status = "done" if turn == 3 else "new"
            lead.assignee_id = 5 if turn == 4 else None
            await Leads(unit, ours.shop).add(lead)
        await Leads(unit, theirs.shop).add(Lead(form="order", bot_user_id=1, bot_id=1, turn=1))
        page = await Leads(unit, ours.shop).wanted(wanted, 100)
        assert [lead.turn for lead in page.rows] == found
        assert page.count == len(found)


@pytest.mark.parametrize(
    ("limit", "offset", "found"),
    [(2, 0, [5, 4]), (2, 4, [1]), (2, 5, []), (5, 0, [5, 4, 3, 2, 1]), (100, 0, [5, 4, 3, 2, 1])],
)
async def test_a_page_is_a_slice_and_knows_the_whole(
    database: Database, ours: Place, limit: int, offset: int, found: list[int]
) -> None:
    await say(database, ours, 5)
    async with database.unit() as unit:
        page = await Messages(unit, ours.shop).page(ours.user, limit, offset)
        assert [message.seq for message in page.rows] == found
        assert page.count == 5


async def test_a_conversation_is_read_on_from_any_place(
    database: Database, ours: Place, theirs: Place
) -> None:
    await say(database, ours, 5)
    async with database.unit() as unit:
        messages = Messages(unit, ours.shop)
        assert [m.seq for m in await messages.after(ours.user, 2, 2)] == [3, 4]
        assert [m.seq for m in await messages.before(ours.user, 4, 2)] == [2, 3]
        assert [m.seq for m in await messages.before(ours.user, None, 2)] == [4, 5]
        assert [m.seq for m in await messages.latest(ours.user, 2, 2)] == [4, 5]
        since = await messages.page(ours.user, 100, created_from=START + timedelta(hours=4))
        assert [m.seq for m in since.rows] == [5, 4]
        assert since.count == 2
        assert await Messages(unit, theirs.shop).after(ours.user, 0, 100) == []


async def test_a_list_by_name_finds_parts_of_names_literally(database: Database, ours: Place) -> None:
    async with database.unit() as unit:
        variables = Variables(unit, ours.shop)
        for name in ("city", "capital", "first_name", "firstname"):
            await variables.add(Variable(name=name, dtype="text"))
        page = await variables.search("t_n", 100)
        assert [variable.name for variable in page.rows] == ["first_name"]
        page = await variables.search("", 2, 1)
        assert [variable.name for variable in page.rows] == ["city", "first_name"]
        assert page.count == 4


async def test_tags_are_made_when_first_named_and_strangers_are_refused(
    database: Database, ours: Place, theirs: Place
) -> None:
    async with database.unit() as unit:
        tags, strange = Tags(unit, ours.shop), await Tags(unit, theirs.shop).add(Tag(name="vip"))
        first = await tags.named(["vip", "new", "vip"])
        assert [tag.name for tag in first] == ["new", "vip"]
        assert [tag.id for tag in await tags.named(["vip"])] == [first[1].id]
        assert await tags.named([]) == []
        assert [tag.name for tag in await tags.of_ids([first[1].id])] == ["vip"]
        for wrong in (strange.id, 0, 10**30):
            with pytest.raises(Invalid):
                await tags.of_ids([first[0].id, wrong])


async def test_a_change_is_noted_together_with_it_or_not_at_all(database: Database, ours: Place) -> None:
    async def change(fails: bool) -> None:
        async with database.unit() as unit:
            trail = AuditTrail(unit, ours.shop)
            await trail.record(ours.owner, "change", Subject("bot", ours.bot), after={"name": "x"})
            if fails:
                raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await change(True)
    await change(False)
    async with database.unit() as unit:
        [entry] = (await AuditTrail(unit, ours.shop).page(100)).rows
        assert (entry.account_id, entry.subject, entry.subject_id) == (ours.owner, "bot", ours.bot)
        assert (entry.before, entry.after) == (None, {"name": "x"})
        assert entry.at.tzinfo is not None


@pytest.mark.parametrize("wrong", [{"dtype": "colour"}, {"name": 5}, {"name": None}])
def test_what_comes_from_outside_is_checked_by_model_validate(wrong: dict[str, object]) -> None:
    Variable.model_validate({"name": "city", "dtype": "text"})
    with pytest.raises(ValidationError):
        Variable.model_validate({"name": "city", "dtype": "text", **wrong})


def test_an_audit_entry_needs_no_subject_of_its_own() -> None:
    assert Audit(action="export", subject="lead").subject_id is None
