"""The catalogue as a table: CSV or XLSX, in and out."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import StreamingResponse

from constructor_api.border.guard import is_sheet
from constructor_api.grammar.envelope import Ok
from constructor_api.grammar.errors import PROTECTED
from constructor_api.grammar.numbers import ShopId
from constructor_api.grammar.visit import Caller
from constructor_api.resources.sheet_answers import SHEET, Format, as_sheet
from engine.access import Action
from engine.catalogue.incoming import Report, Terms, import_catalogue
from engine.catalogue.outgoing import export_catalogue
from engine.refusals import Invalid
from engine.sheet_reading import Unreadable
from engine.sheets import MEDIA_TYPES

router = APIRouter(prefix="/api/shop/products", tags=["catalogue"], responses=PROTECTED)

DryRun = Annotated[bool, Query(description="Only tell what would be done")]
SkipBad = Annotated[bool, Query(description="Bring in the other rows where some are bad")]
_BODY = {
    "requestBody": {
        "required": True,
        "content": {
            kind.partition(";")[0]: {"schema": {"type": "string", "format": "binary"}}
            for kind in MEDIA_TYPES.values()
        },
    }
}


class BadRow(BaseModel):
    """`column` is empty where the whole line is meant."""

    model_config = ConfigDict(from_attributes=True)

    line: int
    column: str
    message: str


class ReportView(BaseModel):
    """In products.  `bad`: the first thousand of `bad_count` rows.  `applied`: whether it is done."""

    model_config = ConfigDict(from_attributes=True)

    new: int
    changed: int
    unchanged: int
    bad: list[BadRow]
    bad_count: int
    notes: list[str]
    applied: bool


@router.post("/import/", summary="Bring a table into the catalogue", openapi_extra=_BODY)
async def import_products(
    request: Request, visit: Caller, shop_id: ShopId, dry_run: DryRun = False, skip_bad: SkipBad = False
) -> Ok[ReportView]:
    """All of it or, where a row is bad, nothing: then `errors` names every bad row, up to a thousand."""
    inside = await visit.enter(shop_id, Action.DRAW)
    if not is_sheet(request.headers):
        raise Invalid({"common": f"Send a table, as one of these: {', '.join(MEDIA_TYPES.values())}."})
    try:
        terms = Terms(dry_run, skip_bad)
        report = await import_catalogue(visit.unit, inside.shop, await request.body(), terms)
    except Unreadable as unreadable:
        raise Invalid({"common": str(unreadable)}) from None
    if not dry_run and not report.applied:
        raise Invalid(_errors(report))
    if report.applied:
        counts = {"new": report.new, "changed": report.changed, "bad": report.bad_count}
        await inside.record("import", "product", None, after={**counts})
    return Ok(result=ReportView.model_validate(report))


def _errors(report: Report) -> dict[str, str]:
    named = {f"line {bad.line}.{bad.column}".rstrip("."): bad.message for bad in report.bad}
    told = f"Nothing was brought in: {report.bad_count} rows are bad."
    return {"common": told, **named} if report.bad_count > len(report.bad) else named


@router.get(
    "/export/",
    summary="The whole catalogue as a table",
    responses=SHEET,
    response_class=StreamingResponse,
)
async def export_products(visit: Caller, shop_id: ShopId, format: Format = "csv") -> StreamingResponse:
    """Brought in again it changes nothing.  In CSV a text that a spreadsheet would reckon begins with an
    apostrophe."""
    inside = await visit.enter(shop_id, Action.LOOK)
    file = await export_catalogue(visit.unit, inside.shop, format)
    return as_sheet(file, f"catalogue-{shop_id}", format)
