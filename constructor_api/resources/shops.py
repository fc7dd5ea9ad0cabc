"""Shops: what a person may enter, and its settings."""

from typing import Annotated
from zoneinfo import available_timezones

from fastapi import APIRouter
from pydantic import AfterValidator, BaseModel, Field

from constructor_api.grammar.dates import written
from constructor_api.grammar.envelope import Listed, Ok, Paging, Shape, given
from constructor_api.grammar.errors import PROTECTED
from constructor_api.grammar.numbers import PathId
from constructor_api.grammar.visit import Caller
from engine.access import Action, Role
from engine.store.shops import Shop, Shops
from flows.like import Like

router = APIRouter(prefix="/api/shop/shops", tags=["shops"], responses=PROTECTED)


def _zone(name: str) -> str:
    if name not in available_timezones():
        raise ValueError("this is no time zone; write one like Europe/Berlin")
    return name


Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"\S")]
Zone = Annotated[str, AfterValidator(_zone), Field(description="An IANA name, as Europe/Berlin")]
Currency = Annotated[
    str, Like("^[A-Z]{3}$", "three capital letters, such as EUR"), Field(description="An ISO 4217 code")
]
Language = Annotated[
    str,
    Like("^[a-z]{2,3}$", "two or three small letters, such as en"),
    Field(description="Of people whose own is not known"),
]


class NewShop(Shape):
    name: Name
    timezone: Zone = "UTC"
    currency: Currency = "USD"
    lang_code: Language = "en"


class ShopChange(Shape):
    name: Name | None = None
    timezone: Zone | None = None
    currency: Currency | None = None
    lang_code: Language | None = None


class ShopView(BaseModel):
    """`role`: what the caller is in it.  Dates are on the shop's own clock."""

    id: int
    name: str
    timezone: str
    currency: str
    lang_code: str
    role: Role
    created_at: str
    updated_at: str


def _view(shop: Shop, role: Role) -> ShopView:
    return ShopView(
        id=shop.id,
        name=shop.name,
        timezone=shop.timezone,
        currency=shop.currency,
        lang_code=shop.lang_code,
        role=role,
        created_at=written(shop.created_at, shop.timezone),
        updated_at=written(shop.updated_at, shop.timezone),
    )


@router.get("/", summary="The shops of the caller")
async def list_shops(visit: Caller, paging: Paging) -> Ok[Listed[ShopView]]:
    page = await Shops(visit.unit).of_account(visit.account.id, paging.limit, paging.offset)
    return paging.listed(page.rows, page.count, lambda row: _view(*row))


@router.post("/", summary="Open a shop; the caller becomes its owner")
async def create_shop(visit: Caller, new: NewShop) -> Ok[ShopView]:
    shop = await Shops(visit.unit).open(visit.account.id, Shop(**new.model_dump()))
    inside = await visit.enter(shop.id, Action.LOOK)
    await inside.record("create", "shop", shop.id, after=new.model_dump())
    return Ok(result=_view(shop, "owner"))


@router.get("/{id}/", summary="One shop")
async def get_shop(visit: Caller, id: PathId) -> Ok[ShopView]:
    inside = await visit.enter(id, Action.LOOK)
    return Ok(result=_view(inside.shop, inside.role))


@router.patch("/{id}/", summary="Change a shop's settings")
async def change_shop(visit: Caller, id: PathId, change: ShopChange) -> Ok[ShopView]:
    inside = await visit.enter(id, Action.SETTLE)
    changes = given(change)
    before = {name: getattr(inside.shop, name) for name in changes}
    for name, value in changes.items():
        setattr(inside.shop, name, value)
    await inside.unit.flush()
    await inside.record("change", "shop", id, before=before, after=changes)
    return Ok(result=_view(inside.shop, inside.role))
