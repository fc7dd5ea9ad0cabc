"""A small shop written down: what a check, a terminal or a demo sells.  Amounts in the main unit."""

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator

from flows.like import Like
from flows.links import FlowKey
from flows.part import Part, ui
from flows.trade.money import minor

MOST_WARES = 200


def _written(raw: Any) -> Any:
    is_number = isinstance(raw, (int, float)) and not isinstance(raw, bool)
    return str(raw) if is_number else raw


Amount = Annotated[str, BeforeValidator(_written), Like(r"^\d{1,12}(\.\d{1,3})?$", "an amount, such as 3.50")]


Currency = Annotated[str, Like(r"^[A-Z]{3}$", "a currency: three capital letters, such as EUR")]


class WareCategory(Part):
    """`parent`: the key of the category that it stands in."""

    key: FlowKey = ui("Key")
    title: str = ui("Title", min_length=1, max_length=200)
    parent: FlowKey | None = ui("In", None)


class WareVariant(Part):
    title: str = ui("Title", "", max_length=200)
    price: Amount = ui("Price")
    old_price: Amount | None = ui("Price before", None)
    stock: int | None = ui("Left", None, ge=0)


class Ware(Part):
    title: str = ui("Title", min_length=1, max_length=200)
    category: FlowKey | None = ui("Category", None)
    description: str = ui("Description", "", max_length=4000)
    pictures: tuple[str, ...] = ui("Pictures", (), max_length=10)
    variants: tuple[WareVariant, ...] = ui("Variants", min_length=1, max_length=50)


class WarePromo(Part):
    """So many percent off, or an amount; `fault` makes it one that does not count."""

    code: str = ui("Code", min_length=1, max_length=40)
    percent: int = ui("Percent", 0, ge=0, le=100)
    amount: Amount = ui("Amount", "0")
    least: Amount = ui("From", "0")
    fault: Literal["", "expired", "used_up"] = ui("Why it does not count", "")


class WareDelivery(Part):
    title: str = ui("Title", min_length=1, max_length=200)
    price: Amount = ui("Price", "0")
    free_from: Amount | None = ui("Free from", None)
    needs_address: bool = ui("To an address", False)


class WarePayment(Part):
    title: str = ui("Title", min_length=1, max_length=200)
    online: bool = ui("Online", False)


class Wares(Part):
    currency: Currency = ui("Currency", "USD")
    categories: tuple[WareCategory, ...] = ui("Categories", (), max_length=MOST_WARES)
    products: tuple[Ware, ...] = ui("Products", (), max_length=MOST_WARES)
    promos: tuple[WarePromo, ...] = ui("Promo codes", (), max_length=MOST_WARES)
    deliveries: tuple[WareDelivery, ...] = ui("Delivery", (), max_length=50)
    payments: tuple[WarePayment, ...] = ui("Payment", (), max_length=50)

    def minor(self, amount: str) -> int:
        """In minor units; what is finer than the currency is cut off."""
        whole, _, rest = amount.partition(".")
        cut = (f"{whole}.{rest[:n]}" for n in range(len(rest), 0, -1))
        found = (minor(text, self.currency) for text in (*cut, whole))
        return next(value for value in found if value is not None)

    def variants(self) -> dict[str, int]:
        """Number of each variant, from 1, by what a cart calls it."""
        titles = (
            f"{ware.title}, {variant.title}" if variant.title else ware.title
            for ware in self.products
            for variant in ware.variants
        )
        return {title: number for number, title in enumerate(titles, 1)}

    def under(self, root: FlowKey) -> frozenset[FlowKey]:
        """The category and all that stand in it, however deep."""
        found = {root}
        while more := {one.key for one in self.categories if one.parent in found} - found:
            found |= more
        return frozenset(found)
