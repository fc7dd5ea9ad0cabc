"""What the shop's books answer: goods, prices, ways to deliver and to pay.  Money in minor units."""

from typing import Literal

from msgspec import Struct

from flows.card import CartLine


class Variant(Struct, frozen=True, omit_defaults=True):
    """One way to buy a product; a product without choices has a single one without a title."""

    id: int
    price: int
    title: str = ""
    old_price: int | None = None
    stock: int | None = None
    """How many are left; None: they are not counted."""

    @property
    def is_there(self) -> bool:
        return self.stock is None or self.stock > 0


class Product(Struct, frozen=True, omit_defaults=True):
    id: int
    title: str
    variants: tuple[Variant, ...]
    description: str = ""
    pictures: tuple[str, ...] = ()
    category: int | None = None


class Category(Struct, frozen=True, omit_defaults=True):
    """`parent` is None for the uppermost."""

    id: int
    key: str
    title: str
    parent: int | None = None


class Shelf(Struct, frozen=True, omit_defaults=True):
    """What stands in one place: its sub-categories, and a page of its products; `count`, of how many."""

    currency: str
    category: Category | None = None
    categories: tuple[Category, ...] = ()
    products: tuple[Product, ...] = ()
    count: int = 0


class Priced(Struct, frozen=True, omit_defaults=True):
    """A line of a cart that can be sold.  `title` names product and variant; `price` of one."""

    variant: int
    product: int
    title: str
    price: int
    quantity: int
    stock: int | None = None

    @property
    def sum(self) -> int:
        return self.price * self.quantity

    @property
    def is_short(self) -> bool:
        return self.stock is not None and self.stock < self.quantity


class Delivery(Struct, frozen=True, omit_defaults=True):
    """A way to get the goods; `price` is for this cart, `free_from` what it must cost to be brought free."""

    id: int
    title: str
    price: int = 0
    free_from: int | None = None
    needs_address: bool = False


class PaymentMethod(Struct, frozen=True, omit_defaults=True):
    """`online`: ask for a `Bill` once the order is placed; else it is paid by hand."""

    id: int
    title: str
    online: bool = False


PromoFault = Literal["", "unknown", "expired", "used_up", "too_small"]


class Reckoning(Struct, frozen=True, omit_defaults=True):
    """A cart, reckoned up.  What is no longer sold is in `gone`, and no part of any sum."""

    currency: str
    lines: tuple[Priced, ...] = ()
    gone: tuple[CartLine, ...] = ()
    subtotal: int = 0
    discount: int = 0
    promo: str = ""
    """The code that counts, as the shop writes it; empty if none does."""
    promo_fault: PromoFault = ""
    deliveries: tuple[Delivery, ...] = ()
    delivery: Delivery | None = None
    """The one that was asked for, if it is there."""
    payments: tuple[PaymentMethod, ...] = ()
    total: int = 0
    number: int = 0
    """The order's, where one was asked for and every line can be sold; else 0."""

    @property
    def is_sold_out(self) -> bool:
        """Whether something of it cannot be sold as it stands."""
        return bool(self.gone) or any(line.is_short for line in self.lines)


class Billed(Struct, frozen=True, omit_defaults=True):
    """How the user pays: at an address; or the messenger has shown him the bill already (no address).

    `confirms`: whether we shall be told that he paid, so that it is worth waiting for.
    """

    url: str = ""
    confirms: bool = True
