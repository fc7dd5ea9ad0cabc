"""Whether an order may be paid, and whether what was paid is what it comes to.  Pure."""

from engine.store.orders import Order
from flows.trade.money import money

_ENGLISH = "en"


def bar(order: Order) -> str:
    """The phrase that says why nothing is to be paid for it any more; empty if something is."""
    if order.paid_at is not None:
        return "bill_paid"
    if order.status == "cancelled":
        return "bill_cancelled"
    return ""


def misfit(order: Order | None, amount: int, currency: str) -> str:
    """Why money does not settle an order, in a sentence for the staff; empty if it does."""
    if order is None:
        return "There is no such order."
    if (amount, currency) != (order.total, order.currency):
        owed, paid = _money(order.total, order.currency), _money(amount, currency)
        return f"The order comes to {owed}, and {paid} was paid."
    if order.paid_at is not None:
        return "The order was paid before: somebody has paid twice."
    if order.status == "cancelled":
        return "The order was cancelled before it was paid."
    return ""


def _money(amount: int, currency: str) -> str:
    return f"{money(amount, currency, _ENGLISH)} ({currency})"
