"""Show the user his cart, let him change it, and lead him on to order."""

from typing import Literal

from msgspec import Struct, convert, to_builtins
from msgspec.structs import replace

from flows.card import Cart
from flows.effects import Button, Notice
from flows.events import Answered
from flows.links import Link
from flows.requests import Reckon
from flows.step import Miss, Move, Scene, ui
from flows.trade.basket_view import (
    CLEAR,
    CLEARED,
    LESS,
    LETTERS,
    LINE,
    MORE,
    NO_PROMO,
    ORDER,
    PAGE,
    PROMO,
    WORDS,
    cart_buttons,
    cart_text,
    line_buttons,
    line_text,
    page_of,
)
from flows.trade.baskets import MOST_OF_ONE, Settled, quantity_of, settled, with_quantity
from flows.trade.goods import Reckoning
from flows.trade.money import minor
from flows.trade.offered import told_beside
from flows.trade.shopping import How, Shopping
from flows.trade.showcase import Choice, choice, price_of
from flows.trade.wares import Amount

_VIEW = "view"
_TRIES = "tries"
_ORDERS = "orders"
_ORDERED = "ordered"
_LONGEST_CODE = 40


class _View(Struct, frozen=True, omit_defaults=True):
    """What of the cart is shown: a page of it, a line, or a question about it."""

    page: int = 0
    line: int | None = None
    asks: Literal["", "code", "clear"] = ""


class ShowCart(Shopping):
    """Show what the user has chosen, with its sums; he may change it, enter a promo code, and order."""

    title = "Cart"
    icon = "cart"

    kind: Literal["cart"] = "cart"
    heading: str = ui("Heading", "", widget="template", max_length=1000)
    least: Amount = ui("Smallest order, in the shop's currency (0: any)", "0")
    promo: bool = ui("Promo codes", True)
    nothing: str = ui("If the cart is empty, say", "", widget="template", max_length=1000)
    back_text: str = ui("Text of the button to go on shopping", "", widget="template", max_length=200)
    checkout: Link | None = ui("Place the order", None, unwired="error")
    back: Link | None = ui("Go on shopping", None)
    empty: Link | None = ui("If the cart is empty", None)

    def expects(self, scene: Scene) -> bool:
        """Whoever comes back from the flow in which he ordered is past the cart; who did not order is not."""
        has_ordered = _ORDERED in scene.memo and not scene.card.cart.lines
        return super().expects(scene) and not has_ordered

    def again(self, scene: Scene, how: How) -> Move:
        scene.memo.pop(_ORDERED, None)
        return self._view_at(scene, self._view(scene), how)

    def knows(self, item: str) -> bool:
        found = choice(item)
        return item in WORDS or (found is not None and found.what in LETTERS)

    def choose(self, scene: Scene, item: str, how: How) -> Move | Miss:
        found, cart, view = choice(item), scene.card.cart, _View()
        if found is not None:
            return self._choose_line(scene, found, how)
        if item == ORDER:
            scene.memo[_ORDERS] = True
        elif item == NO_PROMO:
            scene.fill(replace(cart, promo=""))
        elif item == PROMO and self.promo:
            view = _View(asks="code")
        elif item == CLEARED and self._view(scene).asks == "clear":
            scene.fill(Cart())
        elif item in (CLEAR, CLEARED):
            view = _View(asks="clear")
        return self._view_at(scene, view, how)

    def read(self, scene: Scene, text: str) -> Move | Miss:
        if self._view(scene).asks != "code":
            return Miss("", again=True)
        if not text:
            return Miss(scene.phrase("not_text"), again=True)
        scene.memo[_TRIES] = text[:_LONGEST_CODE]
        return self._view_at(scene, _View(), "text")

    def answered(self, scene: Scene, answer: Answered, how: How) -> Move:
        reckoning = convert(answer.body, Reckoning)
        now = settled(scene.card.cart, reckoning)
        if now.is_changed:
            self._tell_changes(scene, now)
            scene.fill(now.cart)
            scene.memo.pop(_ORDERS, None)
            return self._reckon(scene, how)
        tried, orders = scene.memo.pop(_TRIES, None), scene.memo.pop(_ORDERS, None)
        if isinstance(tried, str) and not self._takes(scene, reckoning, tried):
            return self._reckon(scene, how)
        if tried is None:
            self._keep_code(scene, reckoning)
        if not orders:
            return self._show(scene, reckoning, how)
        if missing := self._missing(scene, reckoning):
            # The cart says it too, but where it was pressed nothing else would seem to happen.
            if how == "press":
                scene.emit(Notice(missing))
            return self._show(scene, reckoning, how)
        scene.memo[_ORDERED] = True
        return self.checkout

    def _view(self, scene: Scene) -> _View:
        return convert(scene.memo.get(_VIEW, {}), _View)

    def _view_at(self, scene: Scene, view: _View, how: How) -> Move:
        scene.memo[_VIEW] = to_builtins(view)
        to_cart = Button(Choice(PAGE, 0).item, scene.phrase("shop_to_cart"), numbered=False)
        if not scene.card.cart.lines or not view.asks:
            return self._reckon(scene, how)
        if view.asks == "code":
            return self.show(scene, scene.phrase("shop_promo_ask"), (to_cart,), how)
        yes = Button(CLEARED, scene.phrase("shop_clear_yes"))
        no = Button(to_cart.item, scene.phrase("shop_clear_no"))
        return self.show(scene, scene.phrase("shop_clear_ask"), (yes, no), how)

    def _reckon(self, scene: Scene, how: How) -> Move:
        cart = scene.card.cart
        if not cart.lines:
            return self._nothing(scene, how)
        return self.ask(scene, Reckon(cart.lines, str(scene.memo.get(_TRIES, cart.promo))), how)

    def _choose_line(self, scene: Scene, found: Choice, how: How) -> Move:
        cart, page = scene.card.cart, self._view(scene).page
        count = quantity_of(cart, found.id)
        if found.what == PAGE:
            return self._view_at(scene, _View(found.id), how)
        if not count:
            self.tell(scene, scene.phrase("shop_not_in_cart"))
            return self._view_at(scene, _View(page), how)
        wanted = {LINE: count, LESS: count - 1, MORE: count + 1}.get(found.what, 0)
        if wanted > MOST_OF_ONE:
            scene.emit(Notice(scene.phrase("shop_most_of_one", most=str(MOST_OF_ONE))))
        scene.fill(with_quantity(cart, found.id, wanted))
        return self._view_at(scene, _View(page, found.id if wanted else None), how)

    def _show(self, scene: Scene, reckoning: Reckoning, how: How) -> Move:
        view = self._view(scene)
        page = page_of(reckoning, view.page)
        line = next((one for one in reckoning.lines if one.variant == view.line), None)
        # What was chosen may have gone since.
        scene.memo[_VIEW] = to_builtins(_View(page.number, line.variant if line else None))
        if line is not None:
            text = line_text(scene, line, reckoning.currency)
            return self.show(scene, text, line_buttons(scene, line, page.number), how)
        heading = scene.render(self.heading).strip() or scene.phrase("shop_cart_heading")
        text = cart_text(scene, heading, reckoning, page, self._missing(scene, reckoning))
        buttons = cart_buttons(scene, reckoning, page, promo=self.promo)
        return self.show(scene, text, (*buttons, *self.leave_button(scene, "shop_go_on")), how)

    def _nothing(self, scene: Scene, how: How) -> Move:
        scene.memo.pop(_TRIES, None)
        scene.memo.pop(_ORDERS, None)
        return self.find_nothing(scene, "shop_cart_empty", self.leave_button(scene, "shop_go_on"), how)

    def _tell_changes(self, scene: Scene, now: Settled) -> None:
        if now.is_gone:
            self.tell(scene, scene.phrase("shop_taken_out"))
        for title, left in now.short:
            sold_out = told_beside(title, scene.phrase("shop_sold_out"))
            told = scene.phrase("shop_no_more", title=title, count=str(left)) if left else sold_out
            self.tell(scene, told)

    def _takes(self, scene: Scene, reckoning: Reckoning, code: str) -> bool:
        """Whether a code that was entered is kept: also one for which the cart is only too small yet."""
        fault = reckoning.promo_fault
        if fault and fault != "too_small":
            self.tell(scene, scene.phrase(f"shop_promo_{fault}", code=code))
            return False
        scene.fill(replace(scene.card.cart, promo=reckoning.promo or code))
        if not fault:
            self.tell(scene, scene.phrase("shop_promo_counts", code=reckoning.promo))
        return True

    def _keep_code(self, scene: Scene, reckoning: Reckoning) -> None:
        """A code that counts no more is taken off; one that counts is called as the shop writes it."""
        cart, fault = scene.card.cart, reckoning.promo_fault
        if fault and fault != "too_small":
            self.tell(scene, scene.phrase(f"shop_promo_{fault}", code=cart.promo))
        if fault != "too_small" and cart.promo != reckoning.promo:
            scene.fill(replace(cart, promo=reckoning.promo))

    def _missing(self, scene: Scene, reckoning: Reckoning) -> str:
        """What is said of the smallest order; nothing if the goods, before any discount, come up to it."""
        currency = reckoning.currency
        least = minor(self.least, currency)
        if least is None:
            # Finer than the currency has coins: its whole units count.
            least = minor(self.least.partition(".")[0], currency) or 0
        if reckoning.subtotal >= least:
            return ""
        missing = price_of(scene, least - reckoning.subtotal, currency)
        return scene.phrase("shop_least", least=price_of(scene, least, currency), missing=missing)
