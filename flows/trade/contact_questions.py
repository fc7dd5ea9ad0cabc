"""The questions before an order, asked one after the other."""

from abc import abstractmethod
from collections.abc import Iterator
from datetime import datetime
from typing import Annotated

from flows.effects import Button
from flows.like import Like
from flows.step import Complaint, Move, Scene, Shown, Step, Wait, ui
from flows.trade.checkout import Notes, Stage
from flows.trade.contact_fields import Contact, ContactField

_ADDRESS = ContactField(ask_for="address")
"""What is asked where the delivery needs it, and nothing else did."""


class AsksContacts(Step):
    """A kind says what comes when all is `asked`."""

    contacts: tuple[ContactField, ...] = ui(
        "What to ask", (ContactField(ask_for="name"), ContactField(ask_for="phone")), max_length=20
    )
    region: Annotated[str, Like("^([A-Z]{2})?$", "two capital letters, such as US, or empty")] = ui(
        "Country of phone numbers without a code (two letters, such as US)", ""
    )

    @abstractmethod
    def asked(self, scene: Scene, notes: Notes) -> Move:
        """Every contact is told."""

    def ask_on(self, scene: Scene, notes: Notes) -> Move:
        """The next question that is not answered by what is saved."""
        while notes.place < len(self.contacts):
            field = self.contacts[notes.place]
            passes = field.saved == "skip" and not notes.anew
            kept = field.recalled(scene, self.region) if passes else None
            if kept is None:
                return self.ask(scene, notes, "field")
            notes.contact |= kept
            notes.place += 1
        return self.asked(scene, notes)

    def ask(self, scene: Scene, notes: Notes, at: Stage) -> Move:
        field = self.field(notes)
        saved = field.recalled(scene, self.region) if field.saved != "ask" else None
        buttons = field.buttons(scene, notes.place, saved)
        return self.show(scene, notes, at, field.asked(scene), buttons)

    def ask_address(self, scene: Scene, notes: Notes) -> Move:
        notes.place = len(self.contacts)
        return self.ask(scene, notes, "address")

    def tell(self, scene: Scene, notes: Notes, found: Contact) -> Move:
        """What is asked now is answered, or passed over."""
        field = self.field(notes)
        if field.kept_in and found:
            scene.set(field.kept_in, found[field.name])
        notes.contact |= found
        if notes.at == "address":
            return self.asked(scene, notes)
        notes.place += 1
        return self.ask_on(scene, notes)

    def field(self, notes: Notes) -> ContactField:
        """What is asked now."""
        return (*self.contacts, _ADDRESS)[min(notes.place, len(self.contacts))]

    def told(self, scene: Scene, notes: Notes) -> tuple[str, ...]:
        """The contacts as they are read back, a line each."""
        fields = {one.name: one for one in (*self.contacts, _ADDRESS)}
        return tuple(
            one.told(scene, notes.contact[name]) for name, one in fields.items() if name in notes.contact
        )

    def show(
        self,
        scene: Scene,
        notes: Notes,
        at: Stage,
        text: str,
        buttons: tuple[Button, ...],
        until: datetime | None = None,
    ) -> Wait:
        """Say it, and wait there for the customer."""
        notes.at, notes.unasked = at, False
        notes.offer(buttons)
        notes.keep(scene)
        scene.say(text, buttons=buttons)
        return Wait(until)

    def sets(self) -> Iterator[tuple[str, str]]:
        yield from super().sets()
        for place, field in enumerate(self.contacts):
            if field.variable is None and field.kept_in:
                yield f"contacts.{place}.variable", field.kept_in

    def amiss(self) -> Iterator[Complaint]:
        names = [field.name for field in self.contacts]
        for place, name in enumerate(names):
            if name in names[:place] and self.contacts[place].kept_in:
                message = "This is asked twice, and only the last answer is kept. Remove one of the two."
                yield Complaint("error", f"contacts.{place}.ask_for", "asked_twice", message)

    def shows(self) -> Iterator[Shown]:
        for place, field in enumerate(self.contacts):
            if field.question:
                yield Shown(f"contacts.{place}.question", field.question)
