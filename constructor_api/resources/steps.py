"""Steps as a resource: a view onto the draft of their flow.  The number of a step is `FLOW.STEP`."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, Field

from constructor_api.grammar.envelope import Done, Listed, Ok, Paging, Shape
from constructor_api.grammar.errors import CONTESTED, PROTECTED
from constructor_api.grammar.numbers import LARGEST_ID, BaseRevision, Id, MaybeShopId, ShopId
from constructor_api.grammar.visit import Caller, Inside
from constructor_api.resources import pieces
from constructor_api.resources.drafts import save_draft
from constructor_api.resources.pieces import Raw
from engine.access import Action
from engine.refusals import Conflict, NotFound
from engine.store.flows import Flow, Flows
from flows.document import Flow as Document
from flows.like import Like

router = APIRouter(prefix="/api/bot/steps", tags=["steps"], responses=PROTECTED)

StepName = Annotated[
    str,
    Like(r"^[0-9]{1,19}\.[a-z][a-z0-9_]{0,39}$", "a flow's number and a step's id, such as 7.hello"),
]
StepKey = Annotated[StepName, Path(description="`FLOW.STEP`")]
FlowId = Annotated[Id, Query(description="The flow whose draft is meant")]


class NewStep(Shape):
    """`step`: the fields of its kind (see step kinds), `kind` among them.  Without `id` it is given one."""

    shop_id: Id
    flow: Id
    step: dict[str, Any]
    base_revision: BaseRevision | None = None


class StepChange(Shape):
    """`step`: the fields to replace; the others stay."""

    step: Annotated[dict[str, Any], Field(min_length=1)]
    base_revision: BaseRevision | None = None


class StepView(BaseModel):
    """`draft_revision`: of the draft that this was read from."""

    id: str
    flow: int
    shop_id: int
    draft_revision: int
    step: dict[str, Any]


class Drawing:
    """A draft that is being changed, by nobody else meanwhile."""

    def __init__(self, inside: Inside, flow: Flow) -> None:
        self.inside = inside
        self.flow = flow
        self.document: Raw = {**flow.draft}

    async def save(self, document: Raw) -> int:
        """The new revision of the draft."""
        before = self.flow.draft_revision
        saved = await save_draft(self.inside, self.flow.id, Document.model_validate(document), before)
        return saved.draft_revision


async def drawing(
    visit: Caller, flow_id: int, base_revision: int | None, shop_id: int | None = None
) -> Drawing:
    """Raises NotFound, Forbidden, and Conflict where the draft has moved on from `base_revision`."""
    if flow_id > LARGEST_ID:
        raise NotFound("flow")
    inside = await visit.enter_with(Flow, flow_id, Action.DRAW, shop_id)
    flow = await Flows(visit.unit, inside.shop_id).hold(flow_id)
    if base_revision not in (None, flow.draft_revision):
        raise Conflict("The draft has changed meanwhile.", current=flow.draft_revision)
    return Drawing(inside, flow)


async def draft_of(visit: Caller, flow_id: int, shop_id: int | None) -> Flow:
    """A flow to look at.  Raises NotFound, Forbidden."""
    inside = await visit.enter_with(Flow, flow_id, Action.LOOK, shop_id)
    return await Flows(visit.unit, inside.shop_id).get(flow_id)


def split(key: str) -> tuple[int, str]:
    flow, _, step = key.partition(".")
    return int(flow), step


def _view(flow: Flow, revision: int, step: Raw) -> StepView:
    return StepView(
        id=f"{flow.id}.{step['id']}", flow=flow.id, shop_id=flow.shop_id, draft_revision=revision, step=step
    )


@router.get("/", summary="The steps of a flow's draft, as the author has them in order")
async def list_steps(
    visit: Caller,
    shop_id: ShopId,
    flow: FlowId,
    paging: Paging,
    kind: Annotated[str | None, Query(max_length=40, description="Only steps of this kind")] = None,
) -> Ok[Listed[StepView]]:
    found = await draft_of(visit, flow, shop_id)
    steps: list[Raw] = [step for step in _steps(found) if kind in (None, step["kind"])]
    shown = steps[paging.offset : paging.offset + paging.limit]
    return paging.listed(shown, len(steps), lambda step: _view(found, found.draft_revision, step))


@router.post("/", summary="Add a step", responses=CONTESTED)
async def create_step(visit: Caller, new: NewStep) -> Ok[StepView]:
    draft = await drawing(visit, new.flow, new.base_revision, new.shop_id)
    document, step = pieces.add_step(draft.document, new.step)
    return Ok(result=_view(draft.flow, await draft.save(document), step))


@router.get("/{id}/", summary="One step")
async def get_step(visit: Caller, id: StepKey, shop_id: MaybeShopId = None) -> Ok[StepView]:
    flow_id, step_id = split(id)
    flow = await draft_of(visit, flow_id, shop_id)
    return Ok(result=_view(flow, flow.draft_revision, pieces.find(_steps(flow), step_id, "step")))


@router.patch("/{id}/", summary="Replace fields of a step", responses=CONTESTED)
async def change_step(
    visit: Caller, id: StepKey, change: StepChange, shop_id: MaybeShopId = None
) -> Ok[StepView]:
    flow_id, step_id = split(id)
    draft = await drawing(visit, flow_id, change.base_revision, shop_id)
    document, step = pieces.change_step(draft.document, step_id, change.step)
    return Ok(result=_view(draft.flow, await draft.save(document), step))


@router.delete("/{id}/", summary="Delete a step", responses=CONTESTED)
async def delete_step(
    visit: Caller,
    id: StepKey,
    shop_id: MaybeShopId = None,
    base_revision: Annotated[
        BaseRevision | None, Query(description="The revision that the caller saw")
    ] = None,
) -> Done:
    """Links to it stay in the draft, and are problems until they are mended."""
    flow_id, step_id = split(id)
    draft = await drawing(visit, flow_id, base_revision, shop_id)
    await draft.save(pieces.remove_step(draft.document, step_id))
    return Done()


def _steps(flow: Flow) -> list[Raw]:
    draft: Raw = {**flow.draft}
    return list(draft["steps"])
