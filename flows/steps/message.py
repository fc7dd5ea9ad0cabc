"""Say something, and let the user choose."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import model_validator

from flows.answers import phone, shared_phone
from flows.effects import Button, Media, MediaKind
from flows.events import Event, Pressed, Said
from flows.items import ItemId, named, refuse_twins
from flows.json_value import JSON
from flows.links import Link
from flows.step import Complaint, Miss, Move, Part, Scene, Shown, Step, Wait, ui
from flows.triggers import fold
from flows.variables import Variable


class MenuItem(Part):
    """A button of a message.  A phone or location request leads on once the user has shared it."""

    id: ItemId = ui("Id", widget="hidden")
    label: str = ui("Button", "", widget="template", max_length=200)
    action: Literal["go", "url", "phone", "location"] = ui("What it does", "go")
    url: str = ui("Web address", "", widget="template", translate="may", max_length=2000)
    variable: Variable | None = ui("Save what was shared as", None, widget="sets")
    link: Link | None = ui("Leads to", None, unwired="warning")

    def idle(self) -> frozenset[str]:
        return frozenset({"link"} if self.action == "url" else ())

    def button(self, scene: Scene) -> Button:
        return Button(self.id, scene.render(self.label), self.action, scene.render(self.url))

    def shared(self, said: Said) -> JSON:
        """What the user shared for this request; None if he did not.

        A contact counts if the messenger vouches that it is his own; where there is no such button
        he may write the number, country code and all.
        """
        if self.action == "phone":
            own = shared_phone(said.contact) if said.contact and said.contact.own else None
            return own or phone(said.text)
        if self.action == "location" and said.location:
            return {"latitude": said.location.latitude, "longitude": said.location.longitude}
        return None

    def amiss(self) -> Iterator[Complaint]:
        if not self.label.strip():
            yield Complaint("error", "label", "no_text", "This button has no text. Write it or remove it.")
        if self.action == "url" and not self.url.strip():
            yield Complaint("error", "url", "no_url", "This button opens no page. Write its web address.")


class Picture(Part):
    """A picture, video, sound or file shown with the message."""

    kind: MediaKind = ui("Kind", "image")
    url: str = ui("Address", "", widget="template", translate="may", max_length=2000)
    name: str = ui("File name", "", translate="may", max_length=200)

    def amiss(self) -> Iterator[Complaint]:
        if not self.url.strip():
            yield Complaint("error", "url", "no_url", "The picture or file is missing. Write its address.")


class Message(Step):
    """Say something; if there is a menu, wait for the user to choose."""

    title = "Message"
    icon = "chat"

    kind: Literal["message"] = "message"
    text: str = ui("Text", "", widget="template", max_length=8000)
    media: tuple[Picture, ...] = ui("Pictures and files", (), max_length=10)
    menu: tuple[MenuItem, ...] = ui("Menu", (), max_length=100)
    columns: int = ui("Buttons in a row", 0, ge=0, le=8)
    late: Literal["go", "outdated", "ignore"] = ui("When an old button is pressed", "go")
    next: Link | None = ui("Then", None)

    @model_validator(mode="before")
    @classmethod
    def _name_items(cls, raw: Any) -> Any:
        return named(raw, "menu")

    @model_validator(mode="after")
    def _items_are_unique(self) -> "Message":
        refuse_twins([item.id for item in self.menu])
        return self

    @property
    def stops(self) -> bool:
        return any(item.action != "url" for item in self.menu)

    def idle(self) -> frozenset[str]:
        return frozenset({"next"} if self.stops else ())

    def press(self, scene: Scene, item: str) -> Literal["go", "outdated", "ignore"]:
        known = any(one.id == item for one in self.menu)
        return self.late if known else "outdated"

    def enter(self, scene: Scene) -> Move:
        scene.say(
            scene.render(self.text),
            buttons=tuple(item.button(scene) for item in self.menu),
            media=tuple(Media(one.kind, scene.render(one.url), one.name) for one in self.media),
            columns=self.columns,
        )
        return Wait() if self.stops else self.next

    def hear(self, scene: Scene, event: Event) -> Move | Miss:
        match event:
            case Pressed(item=pressed):
                chosen = next((item for item in self.menu if item.id == pressed), None)
            case Said():
                chosen = self._sharing(event) or self._written(scene, fold(event.text))
            case _:
                return Wait()
        if chosen is None:
            return Miss("", again=True)
        return self._choose(scene, chosen, event)

    def _choose(self, scene: Scene, item: MenuItem, event: Said | Pressed) -> Move | Miss:
        if item.action == "url":
            scene.say(scene.render(item.url))
            return Wait()
        if item.action == "go":
            return item.link
        shared = item.shared(event) if isinstance(event, Said) else None
        if shared is None:
            return Miss(scene.phrase("not_phone") if item.action == "phone" else "", again=True)
        if item.variable:
            scene.set(item.variable, shared)
        return item.link

    def _sharing(self, said: Said) -> MenuItem | None:
        return next((item for item in self.menu if item.shared(said) is not None), None)

    def _written(self, scene: Scene, text: str) -> MenuItem | None:
        """By its label or by its number, as a channel without buttons lists them."""
        for number, item in enumerate(self.menu, 1):
            if text and text in (fold(scene.render(item.label)), str(number)):
                return item
        return None

    def amiss(self) -> Iterator[Complaint]:
        if not self.text.strip() and not self.media:
            yield Complaint(
                "error", "text", "no_text", "The message is empty. Write a text or add a picture."
            )

    def shows(self) -> Iterator[Shown]:
        labels = ((f"menu.{n}.label", item.label) for n, item in enumerate(self.menu))
        yield Shown("text", self.text, tuple(labels))
