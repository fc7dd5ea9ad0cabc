"""Let the customer order what is in his cart."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

from msgspec import convert

from flows.card import Cart
from flows.effects import Button, Notify
from flows.events import Answered, Event, OrderMoved, Pressed, Said
from flows.links import Link
from flows.question import Wrong
from flows.requests import Bill, Reckon
from flows.step import Ask, Miss, Move, Scene, Shown, ui
from flows.trade.baskets import settled
from flows.trade.checkout import Draft, Notes, billed_by, called, priced, read_back, recall, told_short
from flows.trade.contact_fields import LONGEST_ANSWER
from flows.trade.contact_questions import AsksContacts
from flows.trade.goods import PaymentMethod, Reckoning
from flows.trade.offered import told_beside
from flows.variables import Variable


class Checkout(AsksContacts):
    """Ask for contacts, delivery and payment, show the order, place it, and wait until it is paid."""

    title = "Place an order"
    icon = "receipt"
    group = "shop"

    kind: Literal["place_order"] = "place_order"
    comment: bool = ui("Ask for a comment", False)
    heading: str = ui("Above the order (empty: our own words)", "", widget="template", max_length=1000)
    thanks: str = ui("When it is ordered, say (empty: our own words)", "", widget="template", max_length=4000)
    patience: int = ui("Wait for a payment (minutes; 0: as long as it takes)", 0, ge=0, le=43_200)
    number: Variable | None = ui("Save the number of the order as", "order_number", widget="sets")
    total: Variable | None = ui("Save what it costs as", "order_total", widget="sets")
    notify_title: str = ui(
        "Tell the staff (empty: our own words)", "", widget="template", translate="never", max_length=500
    )
    notify_tags: tuple[str, ...] = ui(
        "Only through channels with one of these tags", (), widget="tags", max_length=20
    )
    placed: Link | None = ui("When it is ordered", None)
    paid: Link | None = ui("When it is paid", None)
    failed: Link | None = ui("If it is not paid", None, unwired="warning")
    cancelled: Link | None = ui("If the customer cancels", None, unwired="warning")
    empty: Link | None = ui("If the cart is empty", None, unwired="warning")

    @property
    def stops(self) -> bool:
        return False

    @property
    def listens(self) -> bool:
        return True

    def unattended(self) -> frozenset[str]:
        # To every other exit the customer has confirmed or cancelled on the way.
        return frozenset({"empty"})

    def expects(self, scene: Scene) -> bool:
        return bool(scene.memo)

    def awaits(self, scene: Scene, moved: OrderMoved) -> bool:
        notes = recall(scene)
        is_his = notes is not None and 0 < notes.number == moved.number
        return is_his and (moved.paid or moved.status in ("unpaid", "cancelled"))

    def press(self, scene: Scene, item: str) -> Literal["go", "outdated", "ignore"]:
        return "outdated"

    def enter(self, scene: Scene) -> Move:
        return self.ask_on(scene, Notes()) if scene.card.cart.lines else self.empty

    def repeat(self, scene: Scene) -> Move:
        notes = recall(scene) or Notes()
        notes.unasked = True
        match notes.at:
            case "field":
                return self.ask_on(scene, notes)
            case "address":
                return self.ask(scene, notes, "address")
            case "bill":
                return self._bill(scene, notes)
            case "pay":
                return self._wait_for_payment(scene, notes)
            case "end":
                return self.ask_on(scene, Notes(unasked=True))
        return self.asked(scene, notes)

    def hear(self, scene: Scene, event: Event) -> Move | Miss:
        notes = recall(scene)
        if notes is None:
            # The order is placed, or given up: only a late press still comes here.
            return Miss("")
        match event:
            case Answered() if notes.at == "bill":
                return self._billed(scene, notes, event)
            case Answered():
                return self._reckoned(scene, notes, convert(event.body, Reckoning))
            case OrderMoved():
                return self._moved(scene, notes, event)
            case Pressed(item=item):
                notes.unasked = False
                return self._chosen(scene, notes, item) if notes.offers(item) else Miss("")
            case Said():
                notes.unasked = False
                return self._said(scene, notes, event)
        return self._over(scene, notes, "pay_too_late", self.failed)

    def _said(self, scene: Scene, notes: Notes, said: Said) -> Move | Miss:
        item = notes.named(said.text)
        if item:
            return self._chosen(scene, notes, item)
        match notes.at:
            case "field" | "address":
                found = self.field(notes).read(said, self.region)
                if isinstance(found, Wrong):
                    return Miss(scene.phrase(found.phrase, **found.values), again=True)
                return self.tell(scene, notes, found)
            case "comment" if said.text.strip():
                notes.comment = said.text.strip()[:LONGEST_ANSWER]
                return self.asked(scene, notes)
            case "pay":
                return Miss(scene.phrase("pay_waits"), again=True)
        return Miss("", again=True)

    def _chosen(self, scene: Scene, notes: Notes, item: str) -> Move | Miss:
        verb, _, of = item[1:].partition("-")
        match verb:
            case "saved":
                found = self.field(notes).recalled(scene, self.region)
                return self.tell(scene, notes, found) if found else Miss("", again=True)
            case "skip":
                return self.tell(scene, notes, {})
            case "mute":
                notes.comment = ""
            case "by":
                notes.delivery = int(of)
            case "pay":
                notes.payment = int(of)
            case "ok":
                notes.confirmed = True
            case "change":
                return self.ask_on(scene, Notes(anew=True))
            case _:
                return self._leave(scene, {"no": self.cancelled, "later": self.placed}.get(verb, self.empty))
        return self.asked(scene, notes)

    def _leave(self, scene: Scene, way: Link | None) -> Move:
        scene.memo.clear()
        return way

    def _over(self, scene: Scene, notes: Notes, why: str, way: Link | None) -> Move:
        scene.say(scene.phrase(why, number=str(notes.number)))
        return self._leave(scene, way)

    def _nothing(self, scene: Scene, notes: Notes) -> Move:
        if not notes.unasked:
            return self._leave(scene, self.empty)
        go_on = Button("-end", scene.phrase("go_on"))
        return self.show(scene, notes, "end", scene.phrase("cart_is_empty"), (go_on,))

    def asked(self, scene: Scene, notes: Notes) -> Move:
        notes.at = "reckon"
        notes.keep(scene)
        cart = scene.card.cart
        return Ask(Reckon(cart.lines, cart.promo, notes.delivery, numbered=notes.confirmed))

    def _reckoned(self, scene: Scene, notes: Notes, known: Reckoning) -> Move:
        if known.is_sold_out:
            scene.fill(settled(scene.card.cart, known).cart)
            scene.say(told_short(scene, known))
            return self.asked(scene, notes)
        if not known.lines:
            return self._nothing(scene, notes)
        if len(known.payments) == 1:
            notes.payment = known.payments[0].id
        payment = next((one for one in known.payments if one.id == notes.payment), None)
        lacking = self._lacking(scene, notes, known, payment)
        if lacking is not None:
            return lacking
        draft = Draft(known, payment, notes.contact, self.told(scene, notes), notes.comment or "")
        if notes.confirmed and notes.shown == draft.mark and known.number:
            return self._place(scene, notes, draft)
        return self._summarise(scene, notes, draft)

    def _lacking(self, scene: Scene, notes: Notes, known: Reckoning, payment: PaymentMethod | None) -> Move:
        """What must be asked before the order is whole; None if it is."""
        if known.delivery is None and len(known.deliveries) == 1:
            notes.delivery = known.deliveries[0].id
            return self.asked(scene, notes)
        if known.delivery is None and known.deliveries:
            ways = tuple(
                Button(f"-by-{one.id}", told_beside(called(one), priced(scene, one.price, known.currency)))
                for one in known.deliveries
            )
            return self.show(scene, notes, "delivery", scene.phrase("choose_delivery"), ways)
        if known.delivery and known.delivery.needs_address and not notes.contact.get("address"):
            return self.ask_address(scene, notes)
        if payment is None and known.payments:
            ways = tuple(Button(f"-pay-{one.id}", called(one)) for one in known.payments)
            return self.show(scene, notes, "payment", scene.phrase("choose_payment"), ways)
        if self.comment and notes.comment is None:
            mute = Button("-mute", scene.phrase("no_comment"), numbered=False)
            return self.show(scene, notes, "comment", scene.phrase("ask_comment"), (mute,))
        return None

    def _summarise(self, scene: Scene, notes: Notes, draft: Draft) -> Move:
        promo = scene.card.cart.promo
        parts = [
            scene.phrase("order_changed") if notes.confirmed else "",
            scene.render(self.heading) or scene.phrase("order_summary"),
            read_back(scene, draft),
            scene.phrase("promo_idle", code=promo) if draft.reckoning.promo_fault else "",
        ]
        notes.confirmed, notes.shown = False, draft.mark
        buttons = (
            # Whoever presses it below an older summary has not seen what he would order.
            Button(f"-ok-{draft.mark[:6]}", scene.phrase("confirm_order")),
            Button("-change", scene.phrase("change_order")),
            Button("-no", scene.phrase("cancel_order")),
        )
        return self.show(scene, notes, "summary", "\n\n".join(filter(None, parts)), buttons)

    def _place(self, scene: Scene, notes: Notes, draft: Draft) -> Move:
        number, total = draft.reckoning.number, draft.total(scene)
        scene.emit(draft.order())
        if self.number:
            scene.set(self.number, number)
        if self.total:
            scene.set(self.total, total)
        ours = scene.phrase("staff_new_order", number=str(number), amount=total)
        scene.emit(Notify(scene.render(self.notify_title) or ours, read_back(scene, draft), self.notify_tags))
        scene.fill(Cart())
        scene.say(scene.render(self.thanks) or scene.phrase("order_placed", number=str(number)))
        if draft.payment is None or not draft.payment.online:
            return self._leave(scene, self.placed)
        given = timedelta(minutes=self.patience)
        until = (scene.now.astimezone(UTC) + given).isoformat() if given else ""
        return self._bill(scene, Notes(number=number, total=total, until=until))

    def _bill(self, scene: Scene, notes: Notes) -> Move:
        notes.at = "bill"
        notes.keep(scene)
        return Ask(Bill(notes.number))

    def _billed(self, scene: Scene, notes: Notes, answer: Answered) -> Move:
        billed = billed_by(answer)
        if billed is None:
            return self._over(scene, notes, "pay_failed", self.failed)
        notes.url = billed.url
        if billed.confirms:
            return self._wait_for_payment(scene, notes)
        if billed.url:
            text, pay, _ = self._how_to_pay(scene, notes)
            scene.say(text, buttons=(pay,))
        return self._leave(scene, self.placed)

    def _wait_for_payment(self, scene: Scene, notes: Notes) -> Move:
        text, pay, later = self._how_to_pay(scene, notes)
        until = datetime.fromisoformat(notes.until) if notes.until else None
        return self.show(scene, notes, "pay", text, (pay, later) if notes.url else (later,), until)

    def _how_to_pay(self, scene: Scene, notes: Notes) -> tuple[str, Button, Button]:
        number = str(notes.number)
        text = scene.phrase("pay_order" if notes.url else "pay_shown", number=number, amount=notes.total)
        pay = Button("-url", scene.phrase("pay_now", amount=notes.total), "url", notes.url)
        return text, pay, Button(f"-later-{number}", scene.phrase("pay_later"))

    def _moved(self, scene: Scene, notes: Notes, moved: OrderMoved) -> Move:
        if moved.paid:
            return self._over(scene, notes, "order_paid", self.paid)
        if moved.status == "unpaid":
            return self._unpaid(scene, notes, moved)
        return self._over(scene, notes, "order_cancelled", self.failed)

    def _unpaid(self, scene: Scene, notes: Notes, moved: OrderMoved) -> Move:
        """Where it is paid at an address he may try again; a bill that is not there cannot be paid."""
        if not notes.url:
            return self._over(scene, notes, "pay_failed", self.failed)
        if not moved.told:
            scene.say(scene.phrase("order_unpaid", number=str(notes.number)))
        return self._wait_for_payment(scene, notes)

    def shows(self) -> Iterator[Shown]:
        yield from super().shows()
        for name in ("heading", "thanks"):
            if text := getattr(self, name):
                yield Shown(name, text)
