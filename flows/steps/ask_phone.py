"""Ask for a phone number."""

from typing import Annotated, Literal

from flows.answers import phone, shared_phone
from flows.effects import Button
from flows.events import Said
from flows.like import Like
from flows.question import Question, Understood, Wrong
from flows.step import Scene, ui


class AskPhone(Question):
    """Ask for a phone number and save it as `+12125550123` (E.164)."""

    title = "Ask for a phone number"
    icon = "phone"

    kind: Literal["ask_phone"] = "ask_phone"
    region: Annotated[str, Like("^([A-Z]{2})?$", "two capital letters, such as US, or empty")] = ui(
        "Country of numbers without a code (two letters, such as US)", ""
    )
    share: bool = ui("Offer a button to share the number", True)
    share_label: str = ui("Text of that button", "", widget="template", max_length=200)
    any_contact: bool = ui("Accept contacts of other people too", False)

    def choices(self, scene: Scene) -> tuple[Button, ...]:
        label = scene.render(self.share_label) or scene.phrase("share_phone")
        return (Button("share", label, "phone"),) if self.share else ()

    def read(self, scene: Scene, said: Said) -> Understood | Wrong:
        if said.contact is None:
            found = phone(said.text, self.region)
        elif said.contact.own or self.any_contact:
            found = shared_phone(said.contact)
        else:
            return Wrong("not_own_phone")
        return Understood(found) if found else Wrong("not_phone")

    def labels(self) -> tuple[tuple[str, str], ...]:
        own = (("share_label", self.share_label),) if self.share and self.share_label else ()
        return (*own, *super().labels())
