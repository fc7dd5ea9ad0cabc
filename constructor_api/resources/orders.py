"""Orders: what people bought, and what becomes of it."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, Query
from pydantic import BaseModel, Field

from constructor_api.grammar.dates import moment, written
from constructor_api.grammar.envelope import Listed, Ok, Paging, Shape, given
from constructor_api.grammar.errors import PROTECTED
from constructor_api.grammar.numbers import Id, MaybeShopId, Moment, PathId, ShopId
from constructor_api.grammar.visit import Caller, Inside
from constructor_api.resources.bots import BotMention, bot_mention
from constructor_api.resources.leads import PersonMention
from engine.access import Action
from engine.orders.ordering import move, settle
from engine.orders.status import followers
from engine.store.bot_users import BotUsers
from engine.store.bots import Bots
from engine.store.orders import Order, Orders, Status, Wanted

router = APIRouter(prefix="/api/shop/orders", tags=["orders"], responses=PROTECTED)

State = Annotated[Status | None, Query(alias="status", description="Only orders of this status")]
Person = Annotated[Id | None, Query(description="Only orders of this person")]
Text = Annotated[str, Query(max_length=200, description="Part of the contacts or goods, or the number")]
Since = Annotated[Moment | None, Query(alias="created_at__gte", description="Unix seconds")]
Until = Annotated[Moment | None, Query(alias="created_at__lt", description="Unix seconds")]


class OrderChange(Shape):
    """`status`: one of the order's `next`.  `paid`: it was paid by hand, whatever its status."""

    status: Status | None = None
    paid: Literal[True] | None = None
    comment: Annotated[str | None, Field(max_length=10_000)] = None


class ItemView(BaseModel):
    """Prices as they were on that day.  `product` and `variant` may be gone by now."""

    product: int
    variant: int
    title: str
    price: int
    quantity: int


class DeliveryView(BaseModel):
    id: int
    title: str
    price: int


class PaymentView(BaseModel):
    id: int
    title: str


class OrderView(BaseModel):
    """Money in minor units of `currency`; `total` is `subtotal` less `discount`, and the delivery.

    `next`: what the status may become.  `delivery` and `payment` are null where there was nothing to choose,
    `bot` and `bot_user` once they are deleted.
    """

    id: int
    shop_id: int
    number: int
    status: Status
    next: list[Status]
    contact: dict[str, Any]
    items: list[ItemView]
    currency: str
    subtotal: int
    discount: int
    promo: str
    delivery: DeliveryView | None
    payment: PaymentView | None
    total: int
    paid_at: str | None
    comment: str
    bot: BotMention | None
    bot_user: PersonMention | None
    created_at: str
    updated_at: str


def _wanted(
    status: State = None,
    bot_user: Person = None,
    search: Text = "",
    since: Since = None,
    until: Until = None,
) -> Wanted:
    return Wanted(
        status=status,
        bot_user_id=bot_user,
        text=search,
        created_from=moment(since),
        created_before=moment(until),
    )


_PLAIN = {
    *("id", "shop_id", "number", "status", "contact", "items", "currency", "subtotal", "discount"),
    *("promo", "total", "comment"),
}


async def _views(inside: Inside, orders: Sequence[Order]) -> list[OrderView]:
    shop = (inside.unit, inside.shop_id)
    bots = await Bots(*shop).among({order.bot_id for order in orders})
    people = await BotUsers(*shop).among({order.bot_user_id for order in orders if order.bot_user_id})
    names = {id: str(person.variables.get("name") or "") for id, person in people.items()}
    zone = inside.shop.timezone
    return [
        OrderView(
            **order.model_dump(include=_PLAIN),
            next=sorted(followers(order.status)),
            delivery=_delivery(order),
            payment=_payment(order),
            paid_at=written(order.paid_at, zone) if order.paid_at else None,
            bot=bot_mention(bots[order.bot_id]) if order.bot_id in bots else None,
            bot_user=_person(order.bot_user_id, names),
            created_at=written(order.created_at, zone),
            updated_at=written(order.updated_at, zone),
        )
        for order in orders
    ]


def _delivery(order: Order) -> DeliveryView | None:
    if order.delivery_id is None:
        return None
    return DeliveryView(id=order.delivery_id, title=order.delivery_title, price=order.delivery_price)


def _payment(order: Order) -> PaymentView | None:
    return PaymentView(id=order.payment_id, title=order.payment_title) if order.payment_id else None


def _person(id: int | None, names: dict[int, str]) -> PersonMention | None:
    return PersonMention(id=id, name=names[id]) if id is not None and id in names else None


@router.get("/", summary="The orders of a shop, the latest first")
async def list_orders(
    visit: Caller, shop_id: ShopId, paging: Paging, wanted: Annotated[Wanted, Depends(_wanted)]
) -> Ok[Listed[OrderView]]:
    inside = await visit.enter(shop_id, Action.LOOK)
    page = await Orders(visit.unit, shop_id).wanted(wanted, paging.limit, paging.offset)
    return paging.listed(await _views(inside, page.rows), page.count, lambda view: view)


@router.get("/{id}/", summary="One order")
async def get_order(visit: Caller, id: PathId, shop_id: MaybeShopId = None) -> Ok[OrderView]:
    inside = await visit.enter_with(Order, id, Action.LOOK, shop_id)
    order = await Orders(visit.unit, inside.shop_id).get(id)
    return Ok(result=(await _views(inside, [order]))[0])


@router.patch("/{id}/", summary="Move an order on; its customer is told in his conversation")
async def change_order(
    visit: Caller, id: PathId, change: OrderChange, shop_id: MaybeShopId = None
) -> Ok[OrderView]:
    """A cancelled order gives its goods back to the stock.  What a status may become stands in `next`."""
    inside = await visit.enter_with(Order, id, Action.TALK, shop_id)
    orders = Orders(visit.unit, inside.shop_id)
    order = await orders.hold(id)
    if change.paid and order.paid_at is None:
        await settle(
            visit.unit,
            inside.shop_id,
            order.number,
            amount=order.total,
            currency=order.currency,
            paid=True,
        )
        await inside.record("pay", "order", id, after={"paid": True})
    if change.status is not None:
        await move(visit.unit, inside.shop_id, id, change.status, visit.account.id)
    if "comment" in given(change):
        before, order.comment = order.comment, change.comment or ""
        await visit.unit.flush()
        await inside.record(
            "change", "order", id, before={"comment": before}, after={"comment": order.comment}
        )
    return Ok(result=(await _views(inside, [order]))[0])
