"""How goods look in a conversation: on a shelf, and one by one; and what their buttons hand back."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from flows.effects import Button
from flows.question import shorten
from flows.step import Scene
from flows.trade.goods import Category, Product, Shelf, Variant
from flows.trade.money import money
from flows.trade.offered import told_beside

FEW = 5
"""From here on down it is told how many are left."""
LONGEST_TITLE = 40
"""Characters of a button that a title may take."""
LONGEST_READ = 300
"""Characters of a description that are shown again."""
_ITEM = re.compile(r"-([a-z])([0-9]{1,18})(?:-([0-9]{1,4}))?")


class Choice(NamedTuple):
    """What a button of ours stands for: a letter, an id or page, and perhaps a page within."""

    what: str
    id: int
    page: int = 0

    @property
    def item(self) -> str:
        return f"-{self.what}{self.id}-{self.page}" if self.page else f"-{self.what}{self.id}"


def choice(item: str) -> Choice | None:
    found = _ITEM.fullmatch(item)
    return Choice(found[1], int(found[2]), int(found[3] or 0)) if found else None


def category_item(category: int | None, page: int = 0) -> str:
    return Choice("c", category or 0, page).item


def found_item(page: int) -> str:
    return Choice("s", page).item


def product_item(product: int, picture: int = 0) -> str:
    return Choice("p", product, picture).item


def pages(count: int, size: int) -> int:
    """How many there are; one at least."""
    return max(-(-count // size), 1)


def category_button(scene: Scene, category: Category) -> Button:
    label = scene.phrase("shop_section", title=shorten(category.title, LONGEST_TITLE))
    return Button(category_item(category.id), label)


def product_button(scene: Scene, product: Product, currency: str) -> Button:
    label = told_beside(shorten(product.title, LONGEST_TITLE), _price_of_all(scene, product, currency))
    return Button(product_item(product.id), label)


def page_buttons(scene: Scene, before: str | None, after: str | None, page: int) -> tuple[Button, ...]:
    """To the page before and the one after, where there is one; `page` counts from 0."""
    back = Button(before or "", scene.phrase("shop_page_before", page=str(page)))
    on = Button(after or "", scene.phrase("shop_page_after", page=str(page + 2)))
    return (*((back,) if before else ()), *((on,) if after else ()))


def variant_buttons(scene: Scene, product: Product, currency: str) -> Iterator[Button]:
    """One for each that can be bought."""
    for variant in product.variants:
        if variant.is_there:
            item = Choice("a", variant.id).item
            one = scene.phrase("shop_add_one", title=shorten(variant.title, LONGEST_TITLE))
            name = one if _has_choice(product) else scene.phrase("shop_add")
            yield Button(item, told_beside(name, price_of(scene, variant.price, currency)))


def price_of(scene: Scene, amount: int, currency: str) -> str:
    return money(amount, currency, scene.card.lang_code)


def card_text(scene: Scene, shelf: Shelf, product: Product, *, was_read: bool = False) -> str:
    """All that is told of a product, in paragraphs; of a long description that `was_read`, its beginning.

    Else each thing that is put into the cart would bring the whole of it once more, as several messages.
    """
    facts = [_fact(scene, product, variant, shelf.currency) for variant in product.variants]
    mine = {variant.id for variant in product.variants}
    chosen = sum(line.quantity for line in scene.card.cart.lines if line.variant in mine)
    in_cart = scene.phrase("shop_in_cart", count=str(chosen)) if chosen else ""
    description = product.description.strip()
    if was_read and len(description) > LONGEST_READ:
        description = shorten(description, LONGEST_READ)
    blocks = (product.title, description, "\n".join(facts), in_cart)
    return "\n\n".join(block for block in blocks if block)


def _fact(scene: Scene, product: Product, variant: Variant, currency: str) -> str:
    price = price_of(scene, variant.price, currency)
    if variant.old_price is not None and variant.old_price > variant.price:
        old = price_of(scene, variant.old_price, currency)
        price = scene.phrase("shop_price_now", price=price, old=old)
    told = f"{variant.title}: {price}" if _has_choice(product) else price
    return told_beside(told, *_stock(scene, variant))


def _stock(scene: Scene, variant: Variant) -> Iterator[str]:
    if not variant.is_there:
        yield scene.phrase("shop_sold_out")
    elif variant.stock is not None and variant.stock <= FEW:
        yield scene.phrase("shop_left", count=str(variant.stock))


def _price_of_all(scene: Scene, product: Product, currency: str) -> str:
    there = [variant.price for variant in product.variants if variant.is_there]
    if not there:
        return scene.phrase("shop_sold_out")
    least = price_of(scene, min(there), currency)
    return scene.phrase("shop_from", price=least) if len(set(there)) > 1 else least


def _has_choice(product: Product) -> bool:
    return len(product.variants) > 1
