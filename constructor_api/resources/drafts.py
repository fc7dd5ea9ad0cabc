"""The draft of a flow: one document, with a revision that tells who was first."""

from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from constructor_api.grammar.envelope import Ok, ProblemView, Shape
from constructor_api.grammar.errors import CONTESTED, PROTECTED, problem_view
from constructor_api.grammar.numbers import BaseRevision, MaybeShopId, PathId
from constructor_api.grammar.visit import Caller, Inside
from engine.access import Action
from engine.publishing import Publishing
from engine.store.flows import Flow, Flows
from flows.document import Flow as Document

router = APIRouter(prefix="/api/bot/flow/{id}", tags=["flows"], responses=PROTECTED)


class DraftView(BaseModel):
    """`document` is the flow as its author has it; it may be unsound."""

    flow: int
    shop_id: int
    draft_revision: int
    document: dict[str, Any]


class NewDraft(Shape):
    """`base_revision`: the one that this was made from."""

    base_revision: BaseRevision
    document: Document


class Verdict(BaseModel):
    """`sound`: it may be published; there may be warnings all the same."""

    draft_revision: int
    sound: bool
    problems: list[ProblemView]


@router.get("/draft/", summary="The whole draft")
async def get_draft(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Ok[DraftView]:
    inside = await visit.enter_with(Flow, id, Action.LOOK, shop_id)
    return Ok(result=draft_view(inside, await Flows(visit.unit, inside.shop_id).get(id)))


@router.put("/draft/", summary="Replace the whole draft", responses=CONTESTED)
async def put_draft(visit: Caller, id: PathId, new: NewDraft, shop_id: MaybeShopId = None) -> Ok[DraftView]:
    """Only its shape is checked.  409 with `current` where the draft has moved on from `base_revision`."""
    inside = await visit.enter_with(Flow, id, Action.DRAW, shop_id)
    flow = await save_draft(inside, id, new.document, new.base_revision)
    return Ok(result=draft_view(inside, flow))


@router.post("/validate/", summary="Look for all that is wrong with the draft")
async def validate(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Ok[Verdict]:
    """Nothing is changed.  Problems of severity `error` keep the flow from being published."""
    inside = await visit.enter_with(Flow, id, Action.LOOK, shop_id)
    checked = await Publishing(visit.unit, inside.shop_id).check(id)
    found = [problem_view(problem) for problem in checked.problems]
    return Ok(result=Verdict(draft_revision=checked.draft_revision, sound=checked.sound, problems=found))


async def save_draft(inside: Inside, id: int, document: Document, base_revision: int) -> Flow:
    """Stores a draft and notes it in the audit.  Raises Conflict, Invalid, NotFound."""
    flows = Flows(inside.unit, inside.shop_id)
    revision = await flows.save_draft(id, document, base_revision)
    before, after = {"draft_revision": base_revision}, {"draft_revision": revision}
    await inside.record("draw", "flow", id, before={**before}, after={**after})
    return await flows.hold(id)


def draft_view(inside: Inside, flow: Flow) -> DraftView:
    return DraftView(
        flow=flow.id, shop_id=inside.shop_id, draft_revision=flow.draft_revision, document={**flow.draft}
    )
