"""Putting things into a cart, and taking out what is no longer to be had.  Pure."""

from typing import Literal, NamedTuple

from msgspec.structs import replace

from flows.card import Cart, CartLine
from flows.trade.goods import Reckoning

MOST_LINES = 50
MOST_OF_ONE = 99


def quantity_of(cart: Cart, variant: int) -> int:
    return next((line.quantity for line in cart.lines if line.variant == variant), 0)


def with_quantity(cart: Cart, variant: int, quantity: int) -> Cart:
    """The cart with so many of a variant, in the place that it had; with none at 0."""
    line = CartLine(variant, min(quantity, MOST_OF_ONE))
    lines = tuple(line if one.variant == variant else one for one in cart.lines)
    if line not in lines:
        lines = (*lines, line)
    return replace(cart, lines=tuple(one for one in lines if one.quantity > 0))


def no_room(cart: Cart, variant: int, stock: int | None) -> Literal["", "stock", "one", "lines"]:
    """Why one more of a variant does not go in: no more of it is left, of one or of all there are enough."""
    quantity = quantity_of(cart, variant)
    if stock is not None and quantity >= stock:
        return "stock"
    if quantity >= MOST_OF_ONE:
        return "one"
    return "lines" if not quantity and len(cart.lines) >= MOST_LINES else ""


class Settled(NamedTuple):
    """A cart cut down to what there is.  `short`: the titles of what there is less of, and how many."""

    cart: Cart
    is_gone: bool
    """Whether something was in it that is no longer sold."""
    short: tuple[tuple[str, int], ...]

    @property
    def is_changed(self) -> bool:
        return self.is_gone or bool(self.short)


def settled(cart: Cart, reckoning: Reckoning) -> Settled:
    """`reckoning`: of this cart."""
    short = tuple((line.title, line.stock or 0) for line in reckoning.lines if line.is_short)
    # Out of what was reckoned: there each variant stands once, whatever the cart was like.
    left = (
        CartLine(line.variant, line.stock if line.is_short and line.stock is not None else line.quantity)
        for line in reckoning.lines
    )
    lines = tuple(line for line in left if line.quantity > 0)
    return Settled(replace(cart, lines=lines), bool(reckoning.gone), short)
