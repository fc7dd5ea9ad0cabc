"""Menu items as a resource: what a user may choose in a step.  Their number is `FLOW.STEP.ITEM`."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from constructor_api.grammar.envelope import Done, Listed, Ok, Paging, Shape
from constructor_api.grammar.errors import CONTESTED, PROTECTED
from constructor_api.grammar.numbers import BaseRevision, Count, Id, MaybeShopId, ShopId
from constructor_api.grammar.visit import Caller
from constructor_api.resources import pieces
from constructor_api.resources.pieces import Place, Raw
from constructor_api.resources.steps import FlowId, StepName, draft_of, drawing, split
from engine.store.flows import Flow
from flows.like import Like

router = APIRouter(prefix="/api/bot/menu_items", tags=["steps"], responses=PROTECTED)

ItemKey = Annotated[
    str,
    Like(
        r"^[0-9]{1,19}\.[a-z][a-z0-9_]{0,39}\.[a-z0-9_]{1,10}$",
        "a flow's number, a step's id and an item's, such as 7.hello.1",
    ),
    Path(description="`FLOW.STEP.ITEM`"),
]


class NewItem(Shape):
    """`step`: `FLOW.STEP`.  `position` counts from 0; without it the item comes last."""

    shop_id: Id
    step: StepName
    item: dict[str, Any]
    position: Count | None = None
    base_revision: BaseRevision | None = None


class ItemChange(Shape):
    """`item`: the fields to replace; the others stay."""

    item: Annotated[dict[str, Any], Field(min_length=1)]
    base_revision: BaseRevision | None = None


class ItemView(BaseModel):
    id: str
    step: str
    flow: int
    shop_id: int
    draft_revision: int
    item: dict[str, Any]


def _view(flow: Flow, revision: int, step: str, item: Raw) -> ItemView:
    return ItemView(
        id=f"{flow.id}.{step}.{item['id']}",
        step=f"{flow.id}.{step}",
        flow=flow.id,
        shop_id=flow.shop_id,
        draft_revision=revision,
        item=item,
    )


@router.get("/", summary="What users may choose in the steps of a flow's draft")
async def list_items(
    visit: Caller,
    shop_id: ShopId,
    flow: FlowId,
    paging: Paging,
    step: Annotated[str | None, Query(max_length=40, description="Only items of this step")] = None,
) -> Ok[Listed[ItemView]]:
    found = await draft_of(visit, flow, shop_id)
    draft: Raw = {**found.draft}
    rows = [
        (one["id"], item) for one in draft["steps"] for item in pieces.items(one) if step in (None, one["id"])
    ]
    shown = rows[paging.offset : paging.offset + paging.limit]
    return paging.listed(shown, len(rows), lambda row: _view(found, found.draft_revision, *row))


@router.post("/", summary="Add an item to a step", responses=CONTESTED)
async def create_item(visit: Caller, new: NewItem) -> Ok[ItemView]:
    flow_id, step_id = split(new.step)
    draft = await drawing(visit, flow_id, new.base_revision, new.shop_id)
    document, item = pieces.add_item(Place(draft.document, step_id), new.item, new.position)
    return Ok(result=_view(draft.flow, await draft.save(document), step_id, item))


@router.get("/{id}/", summary="One item")
async def get_item(visit: Caller, id: ItemKey, shop_id: MaybeShopId = None) -> Ok[ItemView]:
    flow_id, step_id, item_id = _split(id)
    flow = await draft_of(visit, flow_id, shop_id)
    draft: Raw = {**flow.draft}
    step = pieces.find(draft["steps"], step_id, "step")
    item = pieces.find(pieces.items(step), item_id, "menu item")
    return Ok(result=_view(flow, flow.draft_revision, step_id, item))


@router.patch("/{id}/", summary="Replace fields of an item", responses=CONTESTED)
async def change_item(
    visit: Caller, id: ItemKey, change: ItemChange, shop_id: MaybeShopId = None
) -> Ok[ItemView]:
    flow_id, step_id, item_id = _split(id)
    draft = await drawing(visit, flow_id, change.base_revision, shop_id)
    document, item = pieces.change_item(Place(draft.document, step_id, item_id), change.item)
    return Ok(result=_view(draft.flow, await draft.save(document), step_id, item))


@router.delete("/{id}/", summary="Delete an item", responses=CONTESTED)
async def delete_item(
    visit: Caller,
    id: ItemKey,
    shop_id: MaybeShopId = None,
    base_revision: Annotated[
        BaseRevision | None, Query(description="The revision that the caller saw")
    ] = None,
) -> Done:
    """Whoever presses it on an older message is told that it is outdated."""
    flow_id, step_id, item_id = _split(id)
    draft = await drawing(visit, flow_id, base_revision, shop_id)
    await draft.save(pieces.remove_item(Place(draft.document, step_id, item_id)))
    return Done()


def _split(key: str) -> tuple[int, str, str]:
    flow, step, item = key.split(".")
    return int(flow), step, item
