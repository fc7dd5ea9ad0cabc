"""Let a person answer."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Literal

from flows.effects import HandOver
from flows.events import Event, HandedBack, Woke
from flows.links import Link
from flows.step import Move, Scene, Shown, Step, Wait, ui


class CallOperator(Step):
    """Let an operator answer; the bot is silent until he hands back or the time is up."""

    title = "Hand over to a person"
    icon = "headset"
    group = "actions"

    kind: Literal["hand_over"] = "hand_over"
    text: str = ui("Tell the user", "", widget="template", max_length=8000)
    note: str = ui("Note for the operator", "", widget="template", translate="never", max_length=2000)
    back_after: int = ui("The bot goes on after (hours; 0: never by itself)", 24, ge=0, le=720)
    next: Link | None = ui("Then", None)

    def enter(self, scene: Scene) -> Move:
        if self.text:
            scene.say(scene.render(self.text))
        scene.emit(HandOver(scene.render(self.note)))
        return self._wait(scene)

    def hear(self, scene: Scene, event: Event) -> Move:
        return self.next if isinstance(event, HandedBack | Woke) else self._wait(scene)

    def press(self, scene: Scene, item: str) -> Literal["go", "outdated", "ignore"]:
        return "outdated"

    def shows(self) -> Iterator[Shown]:
        if self.text:
            yield Shown("text", self.text)

    def _wait(self, scene: Scene) -> Wait:
        until = scene.now + timedelta(hours=self.back_after) if self.back_after else None
        return Wait(until, whom="operator")
