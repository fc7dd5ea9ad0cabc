"""Flows as files: YAML out and in."""

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field, ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from constructor_api.border.guard import is_yaml
from constructor_api.grammar.envelope import Ok, Shape
from constructor_api.grammar.errors import CONTESTED, PROTECTED, fields
from constructor_api.grammar.numbers import BaseRevision, MaybeShopId, PathId, ShopId
from constructor_api.grammar.visit import Caller
from constructor_api.resources.drafts import DraftView, draft_view, save_draft
from constructor_api.resources.flows import FlowView, flow_view
from engine.access import Action
from engine.refusals import Invalid
from engine.store.flows import Flow, Flows
from flows.document import Flow as Document
from flows.exchange import Unreadable, read, write
from flows.yaml_text import YamlFault

router = APIRouter(prefix="/api/bot", tags=["flows"], responses=PROTECTED)

LARGEST = 2_000_000
_YAML: dict[int | str, dict[str, Any]] = {
    200: {"description": "The draft as YAML", "content": {"application/yaml": {"schema": {"type": "string"}}}}
}


class File(Shape):
    """`yaml`: the text of one flow."""

    yaml: Annotated[str, Field(max_length=LARGEST)]


_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            "application/yaml": {"schema": {"type": "string"}},
            "application/json": {"schema": File.model_json_schema()},
        },
    }
}


async def _document(request: Request) -> Document:
    """The flow in the body.  Raises Invalid with all that is wrong with the file."""
    body = await request.body()
    try:
        text = body if is_yaml(request.headers) else File.model_validate_json(body).yaml
    except ValidationError as error:
        raise Invalid(fields(error.errors(include_input=False, include_url=False))) from None
    try:
        return await run_in_threadpool(read, text)
    except Unreadable as unreadable:
        raise Invalid({f"yaml.{n}": str(misfit) for n, misfit in enumerate(unreadable.misfits)}) from None


Imported = Annotated[Document, Depends(_document)]


@router.get(
    "/flow/{id}/export/", summary="The draft as a YAML file", responses=_YAML, response_class=Response
)
async def export_flow(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Response:
    inside = await visit.enter_with(Flow, id, Action.LOOK, shop_id)
    flow = await Flows(visit.unit, inside.shop_id).get(id)
    try:
        text = write(Document.model_validate(flow.draft))
    except YamlFault as fault:
        raise Invalid({"common": fault.reason}) from None
    named = {"content-disposition": f'attachment; filename="{flow.key}.yaml"'}
    return Response(text, media_type="application/yaml; charset=utf-8", headers=named)


@router.post(
    "/flow/{id}/import/",
    summary="Replace the draft by a YAML file of the same flow",
    responses=CONTESTED,
    openapi_extra=_BODY,
)
async def import_draft(
    visit: Caller,
    id: PathId,
    document: Imported,
    base_revision: Annotated[
        BaseRevision | None, Query(description="The revision that the caller saw")
    ] = None,
    shop_id: MaybeShopId = None,
) -> Ok[DraftView]:
    inside = await visit.enter_with(Flow, id, Action.DRAW, shop_id)
    flow = await Flows(visit.unit, inside.shop_id).hold(id)
    revision = flow.draft_revision if base_revision is None else base_revision
    return Ok(result=draft_view(inside, await save_draft(inside, id, document, revision)))


@router.post(
    "/flows/import/",
    summary="Begin a flow from a YAML file; one with its key gets it as its draft",
    responses=CONTESTED,
    openapi_extra=_BODY,
)
async def import_flow(visit: Caller, shop_id: ShopId, document: Imported) -> Ok[FlowView]:
    inside = await visit.enter(shop_id, Action.DRAW)
    flows = Flows(visit.unit, shop_id)
    known = await flows.by_key(document.key)
    if known is not None:
        flow = await save_draft(inside, known.id, document, (await flows.hold(known.id)).draft_revision)
        return Ok(result=flow_view(inside, flow))
    flow = await flows.draw(document)
    await inside.record("import", "flow", flow.id, after={"key": flow.key, "name": flow.name})
    return Ok(result=flow_view(inside, flow))
