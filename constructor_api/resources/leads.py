"""Leads: filled forms, and what became of them."""

from collections.abc import Sequence
from dataclasses import asdict
from dataclasses import replace as other
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field
from starlette.responses import StreamingResponse

from constructor_api.grammar.dates import moment, written
from constructor_api.grammar.envelope import Done, Listed, Ok, Paging, Shape, given
from constructor_api.grammar.errors import PROTECTED
from constructor_api.grammar.numbers import Id, MaybeShopId, Moment, PathId, ShopId
from constructor_api.grammar.visit import Caller, Inside
from constructor_api.resources.bots import BotMention, bot_mention
from constructor_api.resources.lead_forms import check_member
from constructor_api.resources.sheet_answers import SHEET, Format, as_sheet
from constructor_api.resources.tags import Name as TagName
from engine.access import Action
from engine.lead_export import export_leads
from engine.store.bot_users import BotUser, BotUsers
from engine.store.bots import Bots
from engine.store.leads import Lead, Leads, Status, Wanted

router = APIRouter(prefix="/api/store/leads", tags=["leads"], responses=PROTECTED)

Form = Annotated[str | None, Query(max_length=200, description="Only leads of this form")]
Marked = Annotated[str | None, Query(max_length=100, description="Only leads with this tag")]
Assignee = Annotated[Id | None, Query(description="Only leads that this member works on")]
State = Annotated[Status | None, Query(alias="status", description="Only leads of this status")]
Person = Annotated[Id | None, Query(description="Only leads of this person")]
Text = Annotated[str, Query(max_length=200, description="Part of the title or of a value, or the id")]
Since = Annotated[Moment | None, Query(alias="created_at__gte", description="Unix seconds")]
Until = Annotated[Moment | None, Query(alias="created_at__lt", description="Unix seconds")]


class LeadChange(Shape):
    """`tags`: replaces them all.  `assignee_id`: the account of a member; null: nobody's."""

    status: Status | None = None
    comment: Annotated[str | None, Field(max_length=10_000)] = None
    tags: Annotated[list[TagName] | None, Field(max_length=200)] = None
    assignee_id: Id | None = None


class PersonMention(BaseModel):
    id: int
    name: str


class LeadView(BaseModel):
    """`values`: a snapshot by variable.  `source`: what is known of how the person came, `start_parameter`
    and `utm_source`, `utm_medium`, `utm_campaign`, `utm_term`, `utm_content`.

    `bot` and `bot_user` are null once they are deleted.
    """

    id: int
    shop_id: int
    form: str
    title: str
    status: Status
    values: dict[str, Any]
    source: dict[str, Any]
    tags: list[str]
    comment: str
    bot: BotMention | None
    bot_user: PersonMention | None
    assignee_id: int | None
    created_at: str
    updated_at: str


class _Range(NamedTuple):
    since: datetime | None
    until: datetime | None


def _range(since: Since = None, until: Until = None) -> _Range:
    return _Range(moment(since), moment(until))


def _of_whom(bot_user: Person = None, assignee: Assignee = None) -> Wanted:
    return Wanted(bot_user_id=bot_user, assignee_id=assignee)


def _wanted(
    whose: Annotated[Wanted, Depends(_of_whom)],
    made: Annotated[_Range, Depends(_range)],
    form: Form = None,
    tag: Marked = None,
    status: State = None,
    search: Text = "",
) -> Wanted:
    about = other(whose, form=form, tag=tag, status=status, text=search)
    return other(about, created_from=made.since, created_before=made.until)


Filter = Annotated[Wanted, Depends(_wanted)]


async def _views(inside: Inside, leads: Sequence[Lead]) -> list[LeadView]:
    shop = (inside.unit, inside.shop_id)
    bots = await Bots(*shop).among({lead.bot_id for lead in leads})
    people = await BotUsers(*shop).among({lead.bot_user_id for lead in leads})
    zone = inside.shop.timezone
    return [
        LeadView(
            **lead.model_dump(include=_PLAIN),
            bot=bot_mention(bots[lead.bot_id]) if lead.bot_id in bots else None,
            bot_user=_mention(people[lead.bot_user_id]) if lead.bot_user_id in people else None,
            created_at=written(lead.created_at, zone),
            updated_at=written(lead.updated_at, zone),
        )
        for lead in leads
    ]


_PLAIN = {"id", "shop_id", "form", "title", "status", "values", "source", "tags", "comment", "assignee_id"}


def _mention(person: BotUser) -> PersonMention:
    return PersonMention(id=person.id, name=str(person.variables.get("name") or ""))


@router.get("/", summary="The leads of a shop, the latest first")
async def list_leads(visit: Caller, shop_id: ShopId, paging: Paging, wanted: Filter) -> Ok[Listed[LeadView]]:
    inside = await visit.enter(shop_id, Action.LOOK)
    page = await Leads(visit.unit, shop_id).wanted(wanted, paging.limit, paging.offset)
    return paging.listed(await _views(inside, page.rows), page.count, lambda view: view)


@router.get(
    "/export/",
    summary="All leads that fit, as a table",
    responses=SHEET,
    response_class=StreamingResponse,
)
async def export(visit: Caller, shop_id: ShopId, wanted: Filter, format: Format = "csv") -> StreamingResponse:
    """A column for every variable that one of them has.  A text that a spreadsheet would reckon begins with
    an apostrophe in CSV."""
    inside = await visit.enter(shop_id, Action.EXPORT)
    file = await export_leads(visit.unit, inside.shop, wanted, format)
    asked = {name: str(value) for name, value in asdict(wanted).items() if value}
    await inside.record("export", "lead", None, after={"format": format, **asked})
    return as_sheet(file, f"leads-{shop_id}", format)


@router.get("/{id}/", summary="One lead")
async def get_lead(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Ok[LeadView]:
    inside = await visit.enter_with(Lead, id, Action.LOOK, shop_id)
    lead = await Leads(visit.unit, inside.shop_id).get(id)
    return Ok(result=(await _views(inside, [lead]))[0])


@router.patch("/{id}/", summary="Note what became of a lead")
async def change_lead(
    visit: Caller, id: PathId, change: LeadChange, shop_id: MaybeShopId = None
) -> Ok[LeadView]:
    inside = await visit.enter_with(Lead, id, Action.TALK, shop_id)
    lead = await Leads(visit.unit, inside.shop_id).get(id)
    changes = given(change, "assignee_id")
    await check_member(inside, changes.get("assignee_id"))
    before = {name: getattr(lead, name) for name in changes}
    for name, value in changes.items():
        setattr(lead, name, value)
    await visit.unit.flush()
    await inside.record("change", "lead", id, before=before, after=changes)
    return Ok(result=(await _views(inside, [lead]))[0])


@router.delete("/{id}/", summary="Delete a lead")
async def delete_lead(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Done:
    inside = await visit.enter_with(Lead, id, Action.DRAW, shop_id)
    leads = Leads(visit.unit, inside.shop_id)
    lead = await leads.get(id)
    await leads.remove(id)
    await inside.record("delete", "lead", id, before={"form": lead.form, "title": lead.title})
    return Done()
