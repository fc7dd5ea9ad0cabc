"""What becomes of an order, and that the customer hears of it."""

from datetime import UTC, datetime

import structlog

from engine.orders.status import followers, once_paid
from engine.refusals import Conflict, NotFound
from engine.store.audit import AuditTrail, Subject
from engine.store.order_news import OrderNews, write_news
from engine.store.order_news import Status as News
from engine.store.order_writing import move_stock_back
from engine.store.orders import Order, Orders, Status
from engine.store.unit import Unit

log = structlog.get_logger()


async def move(unit: Unit, shop_id: int, order_id: int, to: Status, author: int | None) -> Order:
    """The order, moved to another status; one that has it already stays as it is, and nobody is told.

    A cancelled order gives its goods back.  `author`: the account, for the audit log.
    Raises NotFound, and Conflict where `to` cannot follow.
    """
    order = await Orders(unit, shop_id).hold(order_id)
    if order.status == to:
        return order
    if to == "new" or to not in followers(order.status):
        raise Conflict(_unfit(order.status, to), field="status")
    before, order.status = order.status, to
    if to == "paid" and order.paid_at is None:
        order.paid_at = datetime.now(UTC)
    if to == "cancelled":
        await move_stock_back(unit, order)
    await unit.flush()
    trail = AuditTrail(unit, shop_id)
    await trail.record(
        author, "move", Subject("order", order.id), before={"status": before}, after={"status": to}
    )
    await _tell(unit, order, to)
    return order


async def settle(unit: Unit, shop_id: int, number: int, *, amount: int, currency: str, paid: bool) -> Order:
    """The order, once a payment for it has come, or has failed (`paid` False): then it is as before.

    To hear it twice changes nothing, but whoever may pay once more is told of each failure.
    Raises NotFound, and Conflict where the money is not what the order costs, or the order is cancelled:
    then a person must look at it.
    """
    orders = Orders(unit, shop_id)
    found = await orders.by_number(number)
    if found is None:
        raise NotFound("order")
    order = await orders.hold(found.id)
    if order.paid_at is not None:
        return order
    if not paid:
        if order.status != "cancelled":
            await _tell(unit, order, "unpaid")
        return order
    if (amount, currency) != (order.total, order.currency):
        log.error("wrong payment", shop=shop_id, number=number, amount=amount, currency=currency)
        raise Conflict("The amount is not what the order costs.", field="amount")
    if order.status == "cancelled":
        log.error("payment for a cancelled order", shop=shop_id, number=number)
        raise Conflict("The order was cancelled before it was paid.", field="number")
    order.paid_at = datetime.now(UTC)
    order.status = once_paid(order.status)
    await unit.flush()
    await _tell(unit, order, "paid")
    return order


async def _tell(unit: Unit, order: Order, status: News) -> None:
    if order.bot_user_id is None:
        return  # he is forgotten
    news = OrderNews(bot_user_id=order.bot_user_id, number=order.number, status=status)
    news.shop_id, news.paid = order.shop_id, order.paid_at is not None
    await write_news(unit, news)


def _unfit(status: Status, to: Status) -> str:
    there = ", ".join(f"«{one}»" for one in sorted(followers(status)))
    if not there:
        return f"The order is «{status}», and stays so."
    return f"The order is «{status}»: it cannot become «{to}», but {there}."
