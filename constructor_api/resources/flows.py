"""Flows: the scripts of a shop, from the outside."""

import secrets
from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from constructor_api.grammar.dates import written
from constructor_api.grammar.envelope import Done, Listed, Ok, Paging, Shape
from constructor_api.grammar.errors import CONTESTED, PROTECTED
from constructor_api.grammar.numbers import Id, MaybeShopId, PathId, ShopId
from constructor_api.grammar.visit import Caller, Inside
from engine.access import Action
from engine.store.flows import Flow, Flows
from flows.document import Flow as Document
from flows.links import FlowKey

router = APIRouter(prefix="/api/bot/flows", tags=["flows"], responses=PROTECTED)

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]


class NewFlow(Shape):
    """`key` is how links name the flow; it never changes.  Without one, one is made."""

    shop_id: Id
    name: Name
    key: FlowKey | None = None


class FlowChange(Shape):
    name: Name


class FlowView(BaseModel):
    """`published`: whether a revision of it talks to people."""

    id: int
    shop_id: int
    key: str
    name: str
    draft_revision: int
    published: bool
    steps: int
    created_at: str
    updated_at: str


def flow_view(inside: Inside, flow: Flow) -> FlowView:
    steps = flow.draft["steps"]
    return _view(inside, flow, len(steps) if isinstance(steps, list) else 0)


def _view(inside: Inside, flow: Flow, steps: int) -> FlowView:
    return FlowView(
        id=flow.id,
        shop_id=inside.shop_id,
        key=flow.key,
        name=flow.name,
        draft_revision=flow.draft_revision,
        published=flow.published_id is not None,
        steps=steps,
        created_at=written(flow.created_at, inside.shop.timezone),
        updated_at=written(flow.updated_at, inside.shop.timezone),
    )


@router.get("/", summary="The flows of a shop")
async def list_flows(visit: Caller, shop_id: ShopId, paging: Paging) -> Ok[Listed[FlowView]]:
    inside = await visit.enter(shop_id, Action.LOOK)
    page = await Flows(visit.unit, shop_id).outlined(paging.limit, paging.offset)
    return paging.listed(page.rows, page.count, lambda row: _view(inside, *row))


@router.post("/", summary="Begin a flow, empty", responses=CONTESTED)
async def create_flow(visit: Caller, new: NewFlow) -> Ok[FlowView]:
    inside = await visit.enter(new.shop_id, Action.DRAW)
    document = Document(key=new.key or f"flow_{secrets.token_hex(4)}", name=new.name)
    flow = await Flows(visit.unit, new.shop_id).draw(document)
    await inside.record("create", "flow", flow.id, after={"key": flow.key, "name": flow.name})
    return Ok(result=flow_view(inside, flow))


@router.get("/{id}/", summary="One flow, without its steps")
async def get_flow(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Ok[FlowView]:
    inside = await visit.enter_with(Flow, id, Action.LOOK, shop_id)
    return Ok(result=flow_view(inside, await Flows(visit.unit, inside.shop_id).get(id)))


@router.patch("/{id}/", summary="Rename a flow")
async def change_flow(
    visit: Caller, id: PathId, change: FlowChange, shop_id: MaybeShopId = None
) -> Ok[FlowView]:
    """The name stands in the draft, so its revision rises."""
    inside = await visit.enter_with(Flow, id, Action.DRAW, shop_id)
    flows = Flows(visit.unit, inside.shop_id)
    flow = await flows.hold(id)
    before = flow.name
    document = Document.model_validate({**flow.draft, "name": change.name})
    await flows.save_draft(id, document, flow.draft_revision)
    await inside.record("rename", "flow", id, before={"name": before}, after={"name": change.name})
    return Ok(result=flow_view(inside, await flows.hold(id)))


@router.delete("/{id}/", summary="Delete a flow, its revisions too")
async def delete_flow(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Done:
    inside = await visit.enter_with(Flow, id, Action.DRAW, shop_id)
    flows = Flows(visit.unit, inside.shop_id)
    flow = await flows.get(id)
    await flows.remove(id)
    await inside.record("delete", "flow", id, before={"key": flow.key, "name": flow.name})
    return Done()
