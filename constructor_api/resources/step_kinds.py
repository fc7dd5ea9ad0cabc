"""What steps there are to draw with, each with the schema that its form and its exits are drawn from."""

from collections.abc import Iterator
from functools import cache
from typing import Any

from fastapi import APIRouter
from pydantic import BaseModel

from constructor_api.grammar.envelope import Listed, Ok, Paging
from constructor_api.grammar.errors import PROTECTED
from constructor_api.grammar.visit import Caller
from flows.steps import KINDS

router = APIRouter(prefix="/api/bot/step_kinds", tags=["flows"], responses=PROTECTED)


class StepKind(BaseModel):
    """`form` is a JSON Schema whose fields carry the editor's hints (`widget`, `unwired`); `exits` are the
    paths of its links, `*` for each entry of a list."""

    kind: str
    title: str
    icon: str
    group: str
    description: str
    form: dict[str, Any]
    exits: list[str]


@cache
def _kinds() -> tuple[StepKind, ...]:
    return tuple(
        StepKind(
            kind=name,
            title=step.title,
            icon=step.icon,
            group=step.group,
            description=(step.__doc__ or "").strip().partition("\n")[0],
            form=(form := step.model_json_schema(mode="validation")),
            exits=list(_exits(form, form)),
        )
        for name, step in KINDS.items()
    )


def _exits(form: dict[str, Any], part: dict[str, Any], path: str = "") -> Iterator[str]:
    for name, field in part.get("properties", {}).items():
        yield from _exits_of(form, field, f"{path}{name}")


def _exits_of(form: dict[str, Any], field: dict[str, Any], path: str) -> Iterator[str]:
    if field.get("widget") == "link":
        yield path
        return
    for inner in (*field.get("anyOf", ()), *field.get("oneOf", ())):
        yield from _exits_of(form, inner, path)
    if "items" in field:
        yield from _exits_of(form, field["items"], f"{path}.*")
    if "$ref" in field:
        yield from _exits(form, form["$defs"][field["$ref"].rpartition("/")[2]], f"{path}.")


@router.get("/", summary="The kinds of steps")
async def list_step_kinds(_: Caller, paging: Paging) -> Ok[Listed[StepKind]]:
    kinds = _kinds()
    shown = kinds[paging.offset : paging.offset + paging.limit]
    return paging.listed(shown, len(kinds), lambda kind: kind)
