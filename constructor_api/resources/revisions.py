"""Publishing: a draft becomes a revision that talks to people and never changes."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, Field

from constructor_api.grammar.dates import written
from constructor_api.grammar.envelope import Listed, Ok, Paging, Shape
from constructor_api.grammar.errors import CONTESTED, PROTECTED
from constructor_api.grammar.numbers import MaybeShopId, PathId
from constructor_api.grammar.visit import Caller, Inside
from engine.access import Action
from engine.publishing import Publishing
from engine.store.flows import Flow, Flows
from engine.store.revisions import Revision, Revisions

router = APIRouter(prefix="/api/bot/flow/{id}", tags=["flows"], responses=PROTECTED)


class Publication(Shape):
    comment: Annotated[str, Field(max_length=1000)] = ""


class RevisionView(BaseModel):
    """`number` counts from 1 in its flow; `current`: it is the one that talks to people."""

    id: int
    flow: int
    number: int
    comment: str
    current: bool
    created_by: int | None
    created_at: str


def _view(inside: Inside, revision: Revision, published_id: int | None) -> RevisionView:
    return RevisionView(
        id=revision.id,
        flow=revision.flow_id,
        number=revision.number,
        comment=revision.comment,
        current=revision.id == published_id,
        created_by=revision.created_by,
        created_at=written(revision.created_at, inside.shop.timezone),
    )


@router.post("/publish/", summary="Let the draft talk to people", responses=CONTESTED)
async def publish(
    visit: Caller, id: PathId, publication: Publication | None = None, shop_id: MaybeShopId = None
) -> Ok[RevisionView]:
    """422 with `problems` where it is not sound.  Who is in a conversation stays on his revision."""
    inside = await visit.enter_with(Flow, id, Action.DRAW, shop_id)
    comment = publication.comment if publication else ""
    revision = await Publishing(visit.unit, inside.shop_id).publish(id, comment, visit.account.id)
    await inside.record("publish", "flow", id, after={"revision": revision.number, "comment": comment})
    return Ok(result=_view(inside, revision, revision.id))


@router.get("/revisions/", summary="What was published, the latest first")
async def list_revisions(
    visit: Caller, id: PathId, paging: Paging, shop_id: MaybeShopId = None
) -> Ok[Listed[RevisionView]]:
    inside = await visit.enter_with(Flow, id, Action.LOOK, shop_id)
    published_id = (await Flows(visit.unit, inside.shop_id).get(id)).published_id
    page = await Revisions(visit.unit, inside.shop_id).of_flow(id, paging.limit, paging.offset)
    return paging.listed(page.rows, page.count, lambda row: _view(inside, row, published_id))
