"""What a cart costs.  Pure; the shop's books and the made-up shop of a check reckon alike."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from flows.card import CartLine
from flows.requests import Reckon
from flows.trade.goods import Delivery, PaymentMethod, Priced, PromoFault, Reckoning


class OnSale(NamedTuple):
    """A variant that can be bought now.  `title` names its product, `variant_title` itself or nothing."""

    product: int
    title: str
    variant_title: str
    price: int
    stock: int | None


class Promo(NamedTuple):
    """A promo code that may be used now: so many percent of the goods, or an amount, off."""

    code: str
    percent: int = 0
    amount: int = 0
    least: int = 0
    """What the goods must cost for it."""


class Books(NamedTuple):
    """What must be known to reckon a cart up.  `promo`: what its code stands for, or why it counts not."""

    currency: str
    on_sale: Mapping[int, OnSale]
    promo: Promo | PromoFault
    deliveries: Iterable[Delivery]
    """With their usual prices."""
    payments: Iterable[PaymentMethod]


def reckon(asked: Reckon, books: Books) -> Reckoning:
    """The answer to `asked`; its number is given by who keeps the books."""
    wanted = _once(asked.lines)
    lines = tuple(
        _priced(line, books.on_sale[line.variant]) for line in wanted if line.variant in books.on_sale
    )
    subtotal = sum(line.sum for line in lines)
    code, discount, fault = _discount(books.promo, subtotal)
    goods = subtotal - discount
    deliveries = tuple(_delivered(one, goods) for one in books.deliveries)
    delivery = next((one for one in deliveries if one.id == asked.delivery), None)
    return Reckoning(
        currency=books.currency,
        lines=lines,
        gone=tuple(line for line in wanted if line.variant not in books.on_sale),
        subtotal=subtotal,
        discount=discount,
        promo=code,
        promo_fault=fault,
        deliveries=deliveries,
        delivery=delivery,
        payments=tuple(books.payments),
        total=goods + (delivery.price if delivery else 0),
    )


def _once(lines: Iterable[CartLine]) -> tuple[CartLine, ...]:
    """Each variant once, in the order of choosing, and only what somebody wants any of.

    Else two lines of one variant could each be there and both together not.
    """
    wanted: dict[int, int] = {}
    for line in lines:
        wanted[line.variant] = wanted.get(line.variant, 0) + line.quantity
    return tuple(CartLine(variant, quantity) for variant, quantity in wanted.items() if quantity > 0)


def _priced(line: CartLine, found: OnSale) -> Priced:
    title = f"{found.title}, {found.variant_title}" if found.variant_title else found.title
    return Priced(line.variant, found.product, title, found.price, line.quantity, found.stock)


def _discount(promo: Promo | PromoFault, subtotal: int) -> tuple[str, int, PromoFault]:
    if not isinstance(promo, Promo):
        return "", 0, promo
    if subtotal < promo.least:
        return "", 0, "too_small"
    # Rounded down: a shop gives no more than it said.
    return promo.code, min(subtotal, promo.amount + subtotal * promo.percent // 100), ""


def _delivered(usual: Delivery, goods: int) -> Delivery:
    is_free = usual.free_from is not None and goods >= usual.free_from
    return Delivery(
        usual.id, usual.title, 0 if is_free else usual.price, usual.free_from, usual.needs_address
    )
