"""Show what the shop sells, and let the user put it into his cart."""

from collections.abc import Iterator
from typing import Literal

from msgspec import Struct, convert, to_builtins
from msgspec.structs import replace

from flows.card import CartLine
from flows.effects import Button, Media, Notice
from flows.events import Answered
from flows.links import FlowKey, Link
from flows.requests import Browse, Look, Reckon
from flows.step import Complaint, Miss, Move, Scene, ui
from flows.trade.baskets import MOST_LINES, MOST_OF_ONE, no_room, quantity_of, with_quantity
from flows.trade.goods import Product, Reckoning, Shelf
from flows.trade.offered import told_beside
from flows.trade.shopping import How, Shopping
from flows.trade.showcase import (
    card_text,
    category_button,
    category_item,
    choice,
    found_item,
    page_buttons,
    pages,
    product_button,
    product_item,
    variant_buttons,
)

_CART = "-cart"
_PLACE = "place"
_ADDS = "adds"
_LONGEST_SEARCH = 100
_KNOWN = frozenset("acps")


class _Place(Struct, frozen=True, omit_defaults=True):
    """Where in the catalogue somebody is: on a page of a category or of what was found, or at a product.

    `strayed`: he came to the product by an old button, and it is not known from where.  `was_read`: he has
    just seen the product.
    """

    category: int | None = None
    page: int = 0
    search: str = ""
    product: int | None = None
    picture: int = 0
    strayed: bool = False
    was_read: bool = False

    @property
    def item(self) -> str:
        """Of the button that leads to the list of this place."""
        return found_item(self.page) if self.search else category_item(self.category, self.page)


class Catalogue(Shopping):
    """Show what is sold, by category or by words; each product with its picture, prices and what is left."""

    title = "Catalogue"
    icon = "shop"

    kind: Literal["catalogue"] = "catalogue"
    heading: str = ui("Heading", "", widget="template", max_length=1000)
    category: FlowKey | None = ui("Category (empty: the whole shop)", None, widget="category")
    size: int = ui("Products on a page", 6, ge=1, le=10)
    pictures: bool = ui("Show pictures", True)
    search: bool = ui("Find products by words", True)
    nothing: str = ui("If there is nothing, say", "", widget="template", max_length=1000)
    back_text: str = ui("Text of the button for leaving", "", widget="template", max_length=200)
    cart: Link | None = ui("To the cart", None)
    back: Link | None = ui("Leaving", None)
    empty: Link | None = ui("If nothing is sold here", None, unwired="warning")

    def amiss(self) -> Iterator[Complaint]:
        if self.cart is None:
            message = "Nobody can come to his cart from here. Choose where «To the cart» leads."
            yield Complaint("warning", "cart", "no_cart", message)

    def again(self, scene: Scene, how: How) -> Move:
        return self._go_to(scene, self._place(scene), how)

    def knows(self, item: str) -> bool:
        found = choice(item)
        return self.cart is not None if item == _CART else found is not None and found.what in _KNOWN

    def choose(self, scene: Scene, item: str, how: How) -> Move | Miss:
        found = choice(item)
        if found is None:
            return self.cart
        before = self._place(scene)
        match found.what:
            case "a":
                scene.memo[_ADDS] = found.id
                wanted = CartLine(found.id, quantity_of(scene.card.cart, found.id) + 1)
                return self.ask(scene, Reckon((wanted,)), how)
            case "p":
                strayed = before.strayed or _PLACE not in scene.memo
                seen = before.product == found.id
                place = replace(before, product=found.id, picture=found.page, strayed=strayed, was_read=seen)
            case "s":
                place = replace(before, page=found.id, product=None) if before.search else _Place()
            case _:
                place = _Place(found.id or None, found.page)
        return self._go_to(scene, place, how)

    def read(self, scene: Scene, text: str) -> Move | Miss:
        if not (self.search and text):
            return Miss("", again=True)
        place = _Place(self._place(scene).category, search=text[:_LONGEST_SEARCH])
        return Miss("", otherwise=lambda: self._go_to(scene, place, "text"))

    def answered(self, scene: Scene, answer: Answered, how: How) -> Move:
        added = scene.memo.pop(_ADDS, None)
        if isinstance(added, int):
            return self._add(scene, added, convert(answer.body, Reckoning), how)
        place = self._place(scene)
        if answer.status != 200:
            return self._lost(scene, place, how)
        shelf = convert(answer.body, Shelf)
        if place.product is not None:
            return self._show_card(scene, place, shelf, how)
        return self._show_list(scene, place, shelf, how)

    def _place(self, scene: Scene) -> _Place:
        return convert(scene.memo.get(_PLACE, {}), _Place)

    def _go_to(self, scene: Scene, place: _Place, how: How) -> Move:
        scene.memo[_PLACE] = to_builtins(place)
        if place.product is not None:
            return self.ask(scene, Look(place.product), how)
        category = None if place.search else place.category
        asked = Browse(self.category or "", category, place.search, place.page, self.size)
        return self.ask(scene, asked, how)

    def _lost(self, scene: Scene, place: _Place, how: How) -> Move:
        """What was asked for is not sold any more: the next best is shown."""
        if place.product is not None:
            self.tell(scene, scene.phrase("shop_gone"))
            there = _Place() if place.strayed else replace(place, product=None, picture=0)
            return self._go_to(scene, there, how)
        if place.category is not None and not place.search:
            self.tell(scene, scene.phrase("shop_no_section"))
            return self._go_to(scene, _Place(), how)
        scene.fault("no_category", f"there is no category «{self.category}», or it is hidden")
        return self._nothing(scene, how)

    def _add(self, scene: Scene, variant: int, reckoning: Reckoning, how: How) -> Move:
        """One more into the cart, if there is one more; then its product again."""
        place = self._place(scene)
        if not reckoning.lines:
            self.tell(scene, scene.phrase("shop_gone"))
            return self._go_to(scene, place, how)
        line, cart = reckoning.lines[0], scene.card.cart
        count = quantity_of(cart, variant)
        match no_room(cart, variant, line.stock):
            case "stock" if not line.stock:
                told = told_beside(line.title, scene.phrase("shop_sold_out"))
            case "stock":
                told = scene.phrase("shop_no_more", title=line.title, count=str(line.stock))
            case "one":
                told = scene.phrase("shop_most_of_one", most=str(MOST_OF_ONE))
            case "lines":
                told = scene.phrase("shop_cart_full", most=str(MOST_LINES))
            case _:
                scene.fill(with_quantity(cart, variant, count + 1))
                told = scene.phrase("shop_added", title=line.title, count=str(count + 1))
        if how == "press":
            scene.emit(Notice(told))
        else:
            self.tell(scene, told)
        seen = place.product == line.product
        if not seen:
            place = replace(place, product=line.product, picture=0, strayed=_PLACE not in scene.memo)
        return self._go_to(scene, replace(place, was_read=seen), how)

    def _show_card(self, scene: Scene, place: _Place, shelf: Shelf, how: How) -> Move:
        product = shelf.products[0]
        pictures = product.pictures if self.pictures else ()
        shown = place.picture % len(pictures) if pictures else 0
        home = shelf.category.id if shelf.category else None
        back = category_item(home) if place.strayed else place.item
        buttons = (
            *variant_buttons(scene, product, shelf.currency),
            *_next_picture(scene, product, shown, len(pictures)),
            Button(back, scene.phrase("shop_to_list")),
            *self._cart_button(scene),
        )
        media = (Media("image", pictures[shown]),) if pictures else ()
        # Whoever comes back may have forgotten.
        text = card_text(scene, shelf, product, was_read=place.was_read and how in ("press", "text"))
        return self.show(scene, text, buttons, how, media)

    def _show_list(self, scene: Scene, place: _Place, shelf: Shelf, how: How) -> Move:
        last = pages(shelf.count, self.size) - 1
        if place.page > last:
            return self._go_to(scene, replace(place, page=last), how)
        is_root = self._is_root(shelf) and not place.search
        if is_root and not shelf.categories and not shelf.count:
            return self._nothing(scene, how)
        buttons = (
            *(category_button(scene, one) for one in shelf.categories if place.page == 0),
            *(product_button(scene, one, shelf.currency) for one in shelf.products),
            *self._pager(scene, place, last),
            *self._up(scene, place, shelf),
            *self._cart_button(scene),
            *self.leave_button(scene, "shop_leave"),
        )
        return self.show(scene, self._list_text(scene, place, shelf, last), buttons, how)

    def _list_text(self, scene: Scene, place: _Place, shelf: Shelf, last: int) -> str:
        if place.search:
            name = "shop_found" if shelf.count else "shop_not_found"
            text = scene.phrase(name, words=place.search)
        elif self._is_root(shelf):
            usual = "shop_heading_search" if self.search else "shop_heading"
            text = scene.render(self.heading).strip() or scene.phrase(usual)
        else:
            text = shelf.category.title if shelf.category else ""
            if not shelf.count and not shelf.categories:
                text = f"{text}\n\n{scene.phrase('shop_bare')}"
        if not last:
            return text
        return f"{text}\n\n{scene.phrase('shop_page_of', page=str(place.page + 1), pages=str(last + 1))}"

    def _is_root(self, shelf: Shelf) -> bool:
        return shelf.category is None or shelf.category.key == self.category

    def _pager(self, scene: Scene, place: _Place, last: int) -> tuple[Button, ...]:
        before = replace(place, page=place.page - 1).item if place.page else None
        after = replace(place, page=place.page + 1).item if place.page < last else None
        return page_buttons(scene, before, after, place.page)

    def _up(self, scene: Scene, place: _Place, shelf: Shelf) -> tuple[Button, ...]:
        if place.search:
            return (Button(category_item(place.category), scene.phrase("shop_back_to_shelf")),)
        if self._is_root(shelf):
            return ()
        parent = shelf.category.parent if shelf.category else None
        return (Button(category_item(parent), scene.phrase("shop_up")),)

    def _cart_button(self, scene: Scene) -> tuple[Button, ...]:
        """Only where it leads somewhere, and something is in it."""
        count = scene.card.cart.count
        if self.cart is None or not count:
            return ()
        return (Button(_CART, told_beside(scene.phrase("shop_cart"), str(count))),)

    def _nothing(self, scene: Scene, how: How) -> Move:
        buttons = (*self._cart_button(scene), *self.leave_button(scene, "shop_leave"))
        return self.find_nothing(scene, "shop_nothing", buttons, how)


def _next_picture(scene: Scene, product: Product, shown: int, count: int) -> tuple[Button, ...]:
    """A message shows one picture; the others come in its place."""
    if count < 2:
        return ()
    label = scene.phrase("shop_picture", picture=str(shown + 1), pictures=str(count))
    return (Button(product_item(product.id, (shown + 1) % count), label),)
