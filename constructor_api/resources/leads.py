"""Leads: filled forms, and what became of them."""

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from constructor_api.grammar.dates import moment, written
from constructor_api.grammar.envelope import Listed, Ok, Paging, Shape, given
from constructor_api.grammar.errors import PROTECTED
from constructor_api.grammar.numbers import Id, MaybeShopId, Moment, PathId, ShopId
from constructor_api.grammar.visit import Caller, Inside
from constructor_api.resources.bots import BotMention, bot_mention
from engine.access import Action
from engine.store.bot_users import BotUser, BotUsers
from engine.store.bots import Bots
from engine.store.leads import Lead, Leads, Status, Wanted

router = APIRouter(prefix="/api/store/leads", tags=["leads"], responses=PROTECTED)

Form = Annotated[str | None, Query(max_length=200, description="Only leads of this form")]
State = Annotated[Status | None, Query(alias="status", description="Only leads of this status")]
Person = Annotated[Id | None, Query(description="Only leads of this person")]
Text = Annotated[str, Query(max_length=200, description="Part of the title or of a value, or the id")]
Since = Annotated[Moment | None, Query(alias="created_at__gte", description="Unix seconds")]
Until = Annotated[Moment | None, Query(alias="created_at__lt", description="Unix seconds")]


class LeadChange(Shape):
    status: Status | None = None
    comment: Annotated[str | None, Field(max_length=10_000)] = None


class PersonMention(BaseModel):
    id: int
    name: str


class LeadView(BaseModel):
    """`values`: a snapshot by variable.  `source`: the start parameter that brought the person.

    `bot` and `bot_user` are null once they are deleted.
    """

    id: int
    shop_id: int
    form: str
    title: str
    status: Status
    values: dict[str, Any]
    source: str
    comment: str
    bot: BotMention | None
    bot_user: PersonMention | None
    assignee_id: int | None
    created_at: str
    updated_at: str


def _wanted(
    form: Form = None,
    status: State = None,
    bot_user: Person = None,
    search: Text = "",
    since: Since = None,
    until: Until = None,
) -> Wanted:
    return Wanted(
        form=form,
        status=status,
        bot_user_id=bot_user,
        text=search,
        created_from=moment(since),
        created_before=moment(until),
    )


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


_PLAIN = {"id", "shop_id", "form", "title", "status", "values", "source", "comment", "assignee_id"}


def _mention(person: BotUser) -> PersonMention:
    return PersonMention(id=person.id, name=str(person.variables.get("name") or ""))


@router.get("/", summary="The leads of a shop, the latest first")
async def list_leads(
    visit: Caller, shop_id: ShopId, paging: Paging, wanted: Annotated[Wanted, Depends(_wanted)]
) -> Ok[Listed[LeadView]]:
    inside = await visit.enter(shop_id, Action.LOOK)
    page = await Leads(visit.unit, shop_id).wanted(wanted, paging.limit, paging.offset)
    return paging.listed(await _views(inside, page.rows), page.count, lambda view: view)


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
    changes = given(change)
    before = {name: getattr(lead, name) for name in changes}
    for name, value in changes.items():
        setattr(lead, name, value)
    await visit.unit.flush()
    await inside.record("change", "lead", id, before=before, after=changes)
    return Ok(result=(await _views(inside, [lead]))[0])
