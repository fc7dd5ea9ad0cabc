"""An order on its way to be placed: what has been chosen so far, and how it is read back.  Pure."""

from hashlib import blake2b
from typing import Literal, NamedTuple

from msgspec import Struct, ValidationError, convert, field, json

from flows.effects import Button, OrderLine, PlaceOrder
from flows.events import Answered
from flows.question import shorten
from flows.step import Scene
from flows.trade.contact_fields import Contact
from flows.trade.goods import Billed, Delivery, PaymentMethod, Reckoning
from flows.trade.money import money
from flows.trade.offered import names
from flows.triggers import fold

Stage = Literal[
    "field", "address", "reckon", "delivery", "payment", "comment", "summary", "bill", "pay", "end"
]

_LONGEST_WAY = 48
"""Characters of a button that the title of a delivery or payment may take."""


class Notes(Struct, omit_defaults=True):
    """Where the customer is.  Prices are not among it: they are reckoned anew whenever they are needed."""

    at: Stage = "field"
    place: int = 0
    """Which of the contact fields is asked."""
    contact: Contact = field(default_factory=dict)
    delivery: int | None = None
    payment: int | None = None
    comment: str | None = None
    """None: not asked yet."""
    anew: bool = False
    """He wants to change what he said, so that nothing is passed over because it is saved."""
    shown: str = ""
    """The mark of the order as he saw it last."""
    confirmed: bool = False
    unasked: bool = False
    """Shown again without a word of his: then a turn must end here."""
    number: int = 0
    total: str = ""
    url: str = ""
    until: str = ""
    """By when it must be paid, ISO; empty: whenever."""
    offered: list[tuple[str, str, bool]] = field(default_factory=list)
    """Item, label and whether it is numbered of the buttons shown last, in their order."""

    def keep(self, scene: Scene) -> None:
        scene.memo.clear()
        # Whoever is at the first question has notes too.
        scene.memo.update(json.decode(json.encode(self)), at=self.at)

    def offer(self, buttons: tuple[Button, ...]) -> None:
        self.offered = [
            (button.item if button.kind == "go" else "", button.label, button.numbered) for button in buttons
        ]

    def named(self, text: str) -> str:
        """The button that a text stands for, by its label or number; empty if it is none.

        A way to get or pay the order is known by its title too, without what it costs; where any words are an
        answer they count as one.
        """
        words = fold(text)
        for number, (item, label, numbered) in enumerate(self.offered, 1):
            if item and words and (words == fold(label) or (numbered and words == str(number))):
                return item
        ways = self.offered if self.at in ("delivery", "payment") else []
        called = [item for item, label, _ in ways if words in names(label)]
        return called[0] if len(called) == 1 else ""

    def offers(self, item: str) -> bool:
        return any(item == known for known, _, _ in self.offered)


def recall(scene: Scene) -> Notes | None:
    """The notes that were kept; None if no order is on its way here."""
    return convert(scene.memo, Notes) if scene.memo else None


class Draft(NamedTuple):
    """An order with all that belongs to it.  `contact` has its lines ready to be read."""

    reckoning: Reckoning
    payment: PaymentMethod | None
    contact: Contact
    told: tuple[str, ...]
    comment: str

    @property
    def mark(self) -> str:
        """The same for an order that costs, holds and is brought the same."""
        known = self.reckoning
        # Neither how many are left nor the number that it would get is a part of the order.
        lines = [(line.variant, line.title, line.price, line.quantity) for line in known.lines]
        sums = (known.currency, known.subtotal, known.discount, known.promo, known.total)
        seen = (lines, sums, known.delivery, self.payment, self.contact, self.comment)
        return blake2b(json.encode(seen), digest_size=8).hexdigest()

    def total(self, scene: Scene) -> str:
        return money(self.reckoning.total, self.reckoning.currency, scene.card.lang_code)

    def order(self) -> PlaceOrder:
        known, delivery, payment = self.reckoning, self.reckoning.delivery, self.payment
        return PlaceOrder(
            number=known.number,
            currency=known.currency,
            lines=tuple(
                OrderLine(line.variant, line.product, line.title, line.price, line.quantity)
                for line in known.lines
            ),
            contact=self.contact,
            subtotal=known.subtotal,
            discount=known.discount,
            promo=known.promo,
            delivery=delivery.id if delivery else None,
            delivery_title=delivery.title if delivery else "",
            delivery_price=delivery.price if delivery else 0,
            payment=payment.id if payment else None,
            payment_title=payment.title if payment else "",
            total=known.total,
            comment=self.comment,
        )


def read_back(scene: Scene, draft: Draft) -> str:
    """Goods, sums, and what the customer said; for him before he confirms, and for the staff."""
    known = draft.reckoning

    def written(amount: int) -> str:
        return money(amount, known.currency, scene.card.lang_code)

    goods = [
        scene.phrase("order_line", title=line.title, count=str(line.quantity), amount=written(line.sum))
        for line in known.lines
    ]
    sums = []
    if known.discount or known.delivery:
        sums.append(scene.phrase("sum_goods", amount=written(known.subtotal)))
    if known.discount:
        sums.append(scene.phrase("sum_discount", code=known.promo, amount=written(known.discount)))
    if known.delivery:
        sums.append(f"{known.delivery.title}: {priced(scene, known.delivery.price, known.currency)}")
    sums.append(scene.phrase("sum_total", amount=written(known.total)))
    said = [*draft.told]
    if draft.payment:
        said.append(scene.phrase("told_payment", value=draft.payment.title))
    if draft.comment:
        said.append(scene.phrase("told_comment", value=draft.comment))
    return "\n\n".join("\n".join(part) for part in (goods, sums, said) if part)


def priced(scene: Scene, amount: int, currency: str) -> str:
    return money(amount, currency, scene.card.lang_code) if amount else scene.phrase("delivery_free")


def called(way: Delivery | PaymentMethod) -> str:
    """On a button, where a price must find room beside it."""
    return shorten(way.title, _LONGEST_WAY)


def told_short(scene: Scene, known: Reckoning) -> str:
    """Why the cart was cut down."""
    short = [line for line in known.lines if line.is_short]
    told = [scene.phrase("goods_gone")] if known.gone else []
    if short:
        told.append(scene.phrase("goods_short"))
    for line in short:
        name = "goods_left" if line.stock else "goods_sold_out"
        left = {"left": str(line.stock)} if line.stock else {}
        told.append(scene.phrase(name, title=line.title, **left))
    return "\n".join(told)


def billed_by(answer: Answered) -> Billed | None:
    """How the order is paid; None if nobody could tell."""
    if not 200 <= answer.status <= 299:
        return None
    try:
        return convert(answer.body, Billed)
    except ValidationError:
        return None
