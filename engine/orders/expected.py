"""An order beside what a check expects of it.  Pure."""

from collections import Counter
from typing import Any

from msgspec import json

from flows.checks import LONGEST_TEXT, MOST_NAMES, PlacedOrder
from flows.effects import PlaceOrder
from flows.trade.money import minor, plain


def unlike(wanted: PlacedOrder, order: PlaceOrder) -> bool:
    """Whether an order lacks something of what is expected of it."""
    facts = _facts(order)
    told = wanted.model_dump(exclude={"total", "contact"}, exclude_none=True)
    return (
        any(facts[name] != value for name, value in told.items())
        or (wanted.total is not None and minor(wanted.total, order.currency) != order.total)
        or any(order.contact.get(name) != value for name, value in wanted.contact.items())
    )


def as_placed(order: PlaceOrder) -> PlacedOrder:
    """An order, as much of it as a check can hold."""
    facts = _facts(order)
    goods = {title[:100]: count for title, count in facts["goods"].items()}
    contact = [name for name in order.contact if 0 < len(name) <= 100][:MOST_NAMES]
    return PlacedOrder(
        goods=goods if len(goods) <= MOST_NAMES else None,
        total=plain(order.total, order.currency),
        contact={name: order.contact[name] for name in contact},
        **{name: facts[name][:LONGEST_TEXT] or None for name in ("delivery", "payment", "comment")},
    )


def order_told(order: PlacedOrder) -> str:
    """Within a sentence."""
    told = order.model_dump(exclude_none=True)
    return (
        ", ".join(f"{name} {json.encode(value).decode()}" for name, value in told.items() if value)
        or "anything"
    )


def _facts(order: PlaceOrder) -> dict[str, Any]:
    goods: Counter[str] = Counter()
    for line in order.lines:
        goods[line.title] += line.quantity
    return {
        "goods": dict(goods),
        "delivery": order.delivery_title,
        "payment": order.payment_title,
        "comment": order.comment,
    }
