"""Tags of a shop: what people and notifications are marked with."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from constructor_api.grammar.envelope import Done, Listed, Ok, Paging, Shape
from constructor_api.grammar.errors import CONTESTED, PROTECTED
from constructor_api.grammar.numbers import Id, MaybeShopId, PathId, ShopId
from constructor_api.grammar.visit import Caller
from engine.access import Action
from engine.store.tags import Tag, Tags

router = APIRouter(prefix="/api/store/tags", tags=["people"], responses=PROTECTED)

Name = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]
Search = Annotated[str, Query(max_length=200, description="Part of the name, or the id")]


class NewTag(Shape):
    shop_id: Id
    name: Name


class TagView(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    shop_id: int
    name: str


@router.get("/", summary="The tags of a shop, by name")
async def list_tags(
    visit: Caller, shop_id: ShopId, paging: Paging, search: Search = ""
) -> Ok[Listed[TagView]]:
    await visit.enter(shop_id, Action.LOOK)
    page = await Tags(visit.unit, shop_id).search(search, paging.limit, paging.offset)
    return paging.listed(page.rows, page.count, TagView.model_validate)


@router.post("/", summary="Add a tag", responses=CONTESTED)
async def create_tag(visit: Caller, new: NewTag) -> Ok[TagView]:
    inside = await visit.enter(new.shop_id, Action.DRAW)
    tag = await Tags(visit.unit, new.shop_id).add(Tag(name=new.name))
    await inside.record("create", "tag", tag.id, after={"name": tag.name})
    return Ok(result=TagView.model_validate(tag))


@router.get("/{id}/", summary="One tag")
async def get_tag(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Ok[TagView]:
    inside = await visit.enter_with(Tag, id, Action.LOOK, shop_id)
    return Ok(result=TagView.model_validate(await Tags(visit.unit, inside.shop_id).get(id)))


@router.delete("/{id}/", summary="Delete a tag; who is marked with it stays so")
async def delete_tag(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Done:
    inside = await visit.enter_with(Tag, id, Action.DRAW, shop_id)
    tags = Tags(visit.unit, inside.shop_id)
    tag = await tags.get(id)
    await tags.remove(id)
    await inside.record("delete", "tag", id, before={"name": tag.name})
    return Done()
