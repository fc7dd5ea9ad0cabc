"""Variables of a shop (`custom_fields` in the reference): what may be known of a person."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, Field

from constructor_api.grammar.envelope import Done, Listed, Ok, Paging, Shape, given
from constructor_api.grammar.errors import CONTESTED, PROTECTED
from constructor_api.grammar.numbers import Id, MaybeShopId, PathId, ShopId
from constructor_api.grammar.visit import Caller
from constructor_api.resources.tags import Search
from engine.access import Action
from engine.store import variables
from engine.store.variables import Variables
from flows.variables import Variable

router = APIRouter(prefix="/api/store/custom_fields", tags=["people"], responses=PROTECTED)

DTYPES: dict[variables.Dtype, str] = {
    "text": "Text",
    "number": "Number",
    "bool": "Yes/No",
    "image": "Image",
    "json": "JSON",
}


def _known(dtype: str) -> str:
    if dtype not in DTYPES:
        raise ValueError(f"there are {', '.join(DTYPES)}")
    return dtype


class Dtype(Shape):
    """`name` is only shown: on write `id` is enough."""

    id: Annotated[str, AfterValidator(_known)]
    name: str | None = None


Description = Annotated[str | None, Field(max_length=1000)]


class NewVariable(Shape):
    shop_id: Id
    name: Variable
    dtype: Dtype
    description: Description = None


class VariableChange(Shape):
    """What kind of values a variable has cannot be changed: there are such values already."""

    shop_id: Id | None = None
    name: Variable | None = None
    description: Description = None


class VariableView(BaseModel):
    id: int
    shop_id: int
    name: str
    dtype: Dtype
    description: str | None


def _view(row: variables.Variable) -> VariableView:
    dtype = Dtype(id=row.dtype, name=DTYPES[row.dtype])
    return VariableView(
        id=row.id, shop_id=row.shop_id, name=row.name, dtype=dtype, description=row.description
    )


@router.get("/", summary="The variables that a shop has declared, by name")
async def list_variables(
    visit: Caller, shop_id: ShopId, paging: Paging, search: Search = ""
) -> Ok[Listed[VariableView]]:
    await visit.enter(shop_id, Action.LOOK)
    page = await Variables(visit.unit, shop_id).search(search, paging.limit, paging.offset)
    return paging.listed(page.rows, page.count, _view)


@router.post("/", summary="Declare a variable", responses=CONTESTED)
async def create_variable(visit: Caller, new: NewVariable) -> Ok[VariableView]:
    inside = await visit.enter(new.shop_id, Action.DRAW)
    made = variables.Variable.model_validate(
        {"name": new.name, "dtype": new.dtype.id, "description": new.description}
    )
    row = await Variables(visit.unit, new.shop_id).add(made)
    await inside.record("create", "variable", row.id, after={"name": row.name, "dtype": row.dtype})
    return Ok(result=_view(row))


@router.get("/{id}/", summary="One variable")
async def get_variable(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Ok[VariableView]:
    inside = await visit.enter_with(variables.Variable, id, Action.LOOK, shop_id)
    return Ok(result=_view(await Variables(visit.unit, inside.shop_id).get(id)))


@router.patch("/{id}/", summary="Rename or describe a variable", responses=CONTESTED)
async def change_variable(
    visit: Caller, id: PathId, change: VariableChange, shop_id: MaybeShopId = None
) -> Ok[VariableView]:
    inside = await visit.enter_with(variables.Variable, id, Action.DRAW, change.shop_id or shop_id)
    row = await Variables(visit.unit, inside.shop_id).get(id)
    changes = given(change, "description", "shop_id")
    changes.pop("shop_id", None)
    before = {name: getattr(row, name) for name in changes}
    for name, value in changes.items():
        setattr(row, name, value)
    await visit.unit.flush()
    await inside.record("change", "variable", id, before=before, after=changes)
    return Ok(result=_view(row))


@router.delete("/{id}/", summary="Forget a variable; what people have in it stays")
async def delete_variable(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Done:
    inside = await visit.enter_with(variables.Variable, id, Action.DRAW, shop_id)
    rows = Variables(visit.unit, inside.shop_id)
    row = await rows.get(id)
    await rows.remove(id)
    await inside.record("delete", "variable", id, before={"name": row.name, "dtype": row.dtype})
    return Done()
