"""The step kind that a house test drops into a copy of the house."""

from typing import Literal

from flows.links import Link
from flows.step import Move, Scene, Step, ui


class EchoTwice(Step):
    """Say something, and say it again."""

    title = "Echo"
    icon = "repeat"

    kind: Literal["echo_twice"] = "echo_twice"
    call: str = ui("What to say", widget="template")
    next: Link | None = ui("Then", None)

    def enter(self, scene: Scene) -> Move:
        for _ in range(2):
            scene.say(scene.render(self.call))
        return self.next
