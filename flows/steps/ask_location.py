"""Ask where the user is."""

from typing import Literal

from flows.answers import coordinates, on_earth
from flows.effects import Button
from flows.events import Said
from flows.json_value import JSON
from flows.question import Question, Understood, Wrong
from flows.step import Scene, ui


class AskLocation(Question):
    """Ask for a place and save it as `{latitude, longitude}`, or as `{address}` if it was told in words."""

    title = "Ask for a location"
    icon = "pin"

    kind: Literal["ask_location"] = "ask_location"
    share: bool = ui("Offer a button to share the location", True)
    share_label: str = ui("Text of that button", "", widget="template", max_length=200)
    address: bool = ui("Accept an address in words too", False)

    def choices(self, scene: Scene) -> tuple[Button, ...]:
        label = scene.render(self.share_label).strip() or scene.phrase("share_location")
        return (Button("share", label, "location"),) if self.share else ()

    def read(self, scene: Scene, said: Said) -> Understood | Wrong:
        words = said.text.strip()
        shared = said.location
        found = (shared.latitude, shared.longitude) if shared else coordinates(words)
        if found:
            return Understood({"latitude": found[0], "longitude": found[1]})
        if self.address and words:
            return Understood({"address": words})
        return Wrong("not_place" if self.address else "not_location")

    def recall(self, scene: Scene, value: JSON) -> Understood | None:
        match value:
            case {"latitude": float() | int() as latitude, "longitude": float() | int() as longitude}:
                return Understood(value) if on_earth(latitude, longitude) else None
            case {"address": str() as words} if self.address and words.strip():
                return Understood(value)
        return None

    def called(self, scene: Scene, value: JSON) -> str:
        told = value.get("address") if isinstance(value, dict) else None
        return str(told or scene.phrase("saved_location"))

    def labels(self) -> tuple[tuple[str, str], ...]:
        own = (("share_label", self.share_label),) if self.share and self.share_label else ()
        return (*own, *super().labels())
