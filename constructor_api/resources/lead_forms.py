"""Forms: what a lead asks, and what becomes of it."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from constructor_api.grammar.envelope import Done, Listed, Ok, Paging, Shape, given
from constructor_api.grammar.errors import CONTESTED, PROTECTED
from constructor_api.grammar.numbers import Id, MaybeShopId, PathId, ShopId
from constructor_api.grammar.visit import Caller, Inside
from constructor_api.resources.tags import Name as TagName
from engine.access import Action
from engine.refusals import Invalid
from engine.store.lead_forms import LeadForm, LeadForms
from engine.store.members import Members
from flows.links import FlowKey
from flows.variables import Variable

router = APIRouter(prefix="/api/store/lead_forms", tags=["leads"], responses=PROTECTED)


class FormField(Shape):
    """A variable that the form asks."""

    variable: Variable
    title: Annotated[str, Field(max_length=200)] = ""
    required: bool = False


Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
Fields = Annotated[list[FormField], Field(max_length=100)]
Notified = Annotated[list[TagName], Field(max_length=20)]
Given = Annotated[str, Field(max_length=100)]


class NewForm(Shape):
    """`key`: its name in flows.  `notify_tags`: new leads are told through the channels that fit them.

    `assign_tag`: given to the person.  `assignee_id`: the member who works on its leads.
    """

    shop_id: Id
    key: FlowKey
    name: Name
    fields: Fields = []
    notify_tags: Notified = []
    assign_tag: Given = ""
    assignee_id: Id | None = None


class FormChange(Shape):
    """The key stays: leads and flows name the form by it."""

    name: Name | None = None
    fields: Fields | None = None
    notify_tags: Notified | None = None
    assign_tag: Given | None = None
    assignee_id: Id | None = None


class FormView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    shop_id: int
    key: str
    name: str
    fields: list[FormField]
    notify_tags: list[str]
    assign_tag: str
    assignee_id: int | None


def _view(form: LeadForm) -> FormView:
    return FormView.model_validate(form)


@router.get("/", summary="The forms of a shop")
async def list_forms(visit: Caller, shop_id: ShopId, paging: Paging) -> Ok[Listed[FormView]]:
    await visit.enter(shop_id, Action.LOOK)
    page = await LeadForms(visit.unit, shop_id).page(paging.limit, paging.offset)
    return paging.listed(page.rows, page.count, _view)


@router.post("/", summary="Add a form", responses=CONTESTED)
async def create_form(visit: Caller, new: NewForm) -> Ok[FormView]:
    inside = await visit.enter(new.shop_id, Action.DRAW)
    await check_member(inside, new.assignee_id)
    wanted = new.model_dump(exclude={"shop_id"})
    form = await LeadForms(visit.unit, new.shop_id).add(LeadForm(**wanted))
    await inside.record("create", "lead_form", form.id, after=wanted)
    return Ok(result=_view(form))


@router.get("/{id}/", summary="One form")
async def get_form(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Ok[FormView]:
    inside = await visit.enter_with(LeadForm, id, Action.LOOK, shop_id)
    return Ok(result=_view(await LeadForms(visit.unit, inside.shop_id).get(id)))


@router.patch("/{id}/", summary="Change a form; leads that are there stay as they are")
async def change_form(
    visit: Caller, id: PathId, change: FormChange, shop_id: MaybeShopId = None
) -> Ok[FormView]:
    inside = await visit.enter_with(LeadForm, id, Action.DRAW, shop_id)
    form = await LeadForms(visit.unit, inside.shop_id).get(id)
    changes = given(change, "assignee_id")
    await check_member(inside, changes.get("assignee_id"))
    before = {name: getattr(form, name) for name in changes}
    for name, value in changes.items():
        setattr(form, name, value)
    await visit.unit.flush()
    await inside.record("change", "lead_form", id, before=before, after=changes)
    return Ok(result=_view(form))


@router.delete("/{id}/", summary="Delete a form; its leads stay")
async def delete_form(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Done:
    inside = await visit.enter_with(LeadForm, id, Action.DRAW, shop_id)
    forms = LeadForms(visit.unit, inside.shop_id)
    form = await forms.get(id)
    await forms.remove(id)
    await inside.record("delete", "lead_form", id, before={"key": form.key, "name": form.name})
    return Done()


async def check_member(inside: Inside, assignee_id: int | None) -> None:
    """Raises Invalid for an account that is no member of the shop."""
    members = Members(inside.unit, inside.shop_id)
    if assignee_id is not None and await members.role(assignee_id) is None:
        raise Invalid({"assignee_id": "There is no such member of the shop."})
