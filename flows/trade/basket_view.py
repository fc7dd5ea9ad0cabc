"""How a cart looks in a conversation: page by page, and one line of it.  What its buttons hand back, too."""

from typing import NamedTuple

from flows.effects import Button
from flows.question import shorten
from flows.step import Scene
from flows.trade.goods import Priced, Reckoning
from flows.trade.offered import told_beside
from flows.trade.showcase import FEW, LONGEST_TITLE, Choice, page_buttons, pages, price_of

LINES = 10
"""On a page."""
ORDER, PROMO, NO_PROMO, CLEAR, CLEARED = "-order", "-promo", "-nopromo", "-clear", "-cleared"
WORDS = frozenset({ORDER, PROMO, NO_PROMO, CLEAR, CLEARED})
LINE, LESS, MORE, REMOVE, PAGE = "l", "m", "n", "x", "g"
LETTERS = frozenset({LINE, LESS, MORE, REMOVE, PAGE})


class Page(NamedTuple):
    """A page of a cart; `number`, of how many, counts from 0."""

    number: int
    of: int
    lines: tuple[Priced, ...]


def page_of(reckoning: Reckoning, wanted: int) -> Page:
    """The page that is wanted, or the last."""
    of = pages(len(reckoning.lines), LINES)
    number = min(wanted, of - 1)
    return Page(number, of, reckoning.lines[number * LINES : (number + 1) * LINES])


def cart_text(scene: Scene, heading: str, reckoning: Reckoning, page: Page, missing: str) -> str:
    """`missing`: what is said of the smallest order, if the cart is not there yet."""
    lines = [_told(scene, line, reckoning.currency, line.title) for line in page.lines]
    turned = {"page": str(page.number + 1), "pages": str(page.of)}
    where = scene.phrase("shop_page_of", **turned) if page.of > 1 else ""
    sums = "\n".join(_sums(scene, reckoning))
    return "\n\n".join(block for block in (heading, "\n".join(lines), where, sums, missing) if block)


def _sums(scene: Scene, reckoning: Reckoning) -> list[str]:
    total = scene.phrase("shop_total", total=price_of(scene, reckoning.total, reckoning.currency))
    if reckoning.promo_fault == "too_small":
        return [total, scene.phrase("shop_promo_too_small", code=scene.card.cart.promo)]
    if not reckoning.promo:
        return [total]
    subtotal = price_of(scene, reckoning.subtotal, reckoning.currency)
    discount = price_of(scene, -reckoning.discount, reckoning.currency)
    return [
        scene.phrase("shop_subtotal", subtotal=subtotal),
        scene.phrase("shop_discount", code=reckoning.promo, discount=discount),
        total,
    ]


def cart_buttons(scene: Scene, reckoning: Reckoning, page: Page, *, promo: bool) -> tuple[Button, ...]:
    """`promo`: whether a code may be entered here."""
    total = price_of(scene, reckoning.total, reckoning.currency)
    before = Choice(PAGE, page.number - 1).item if page.number else None
    after = Choice(PAGE, page.number + 1).item if page.number < page.of - 1 else None
    return (
        *(_line_button(scene, line, reckoning.currency) for line in page.lines),
        *page_buttons(scene, before, after, page.number),
        Button(ORDER, told_beside(scene.phrase("shop_order"), total)),
        *_promo_button(scene, promo=promo),
        Button(CLEAR, scene.phrase("shop_clear")),
    )


def line_text(scene: Scene, line: Priced, currency: str) -> str:
    price, cost = (price_of(scene, amount, currency) for amount in (line.price, line.sum))
    reckoned = scene.phrase("shop_times_price", count=str(line.quantity), price=price, cost=cost)
    is_few = line.stock is not None and line.stock <= FEW
    left = (scene.phrase("shop_left", count=str(line.stock)),) if is_few else ()
    return f"{line.title}\n\n{told_beside(reckoned, *left)}"


def line_buttons(scene: Scene, line: Priced, page: int) -> tuple[Button, ...]:
    return (
        Button(Choice(LESS, line.variant).item, scene.phrase("shop_less")),
        Button(Choice(MORE, line.variant).item, scene.phrase("shop_more")),
        Button(Choice(REMOVE, line.variant).item, scene.phrase("shop_remove")),
        Button(Choice(PAGE, page).item, scene.phrase("shop_to_cart")),
    )


def _line_button(scene: Scene, line: Priced, currency: str) -> Button:
    return Button(
        Choice(LINE, line.variant).item, _told(scene, line, currency, shorten(line.title, LONGEST_TITLE))
    )


def _told(scene: Scene, line: Priced, currency: str, title: str) -> str:
    several = scene.phrase("shop_times", title=title, count=str(line.quantity))
    return told_beside(several, price_of(scene, line.sum, currency))


def _promo_button(scene: Scene, *, promo: bool) -> tuple[Button, ...]:
    code = scene.card.cart.promo
    if code:
        return (Button(NO_PROMO, scene.phrase("shop_promo_off", code=code)),)
    return (Button(PROMO, scene.phrase("shop_promo")),) if promo else ()
