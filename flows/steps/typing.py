"""Let a moment pass, as somebody who types would."""

from typing import Literal

from flows.effects import Typing
from flows.links import Link
from flows.step import Move, Scene, Step, ui

SHORTEST, LONGEST = 0.5, 10.0
READ_A_SECOND = 24
"""Characters: 238 words of six a minute, as adults read silently (Brysbaert, 2019)."""


class ShowTyping(Step):
    """Show «typing…» and let a moment pass before the next message; what the user says is heard meanwhile."""

    title = "Typing"
    icon = "dots"

    kind: Literal["typing"] = "typing"
    seconds: float = ui("Seconds", 2.0, ge=SHORTEST, le=LONGEST)
    reading: bool = ui("As long as it takes to read the message just sent", False)
    next: Link | None = ui("Then", None)

    def enter(self, scene: Scene) -> Move:
        scene.emit(Typing(self._seconds(scene.said)))
        return self.next

    def _seconds(self, said: str) -> float:
        if not self.reading or not said:
            return self.seconds
        return min(max(round(len(said) / READ_A_SECOND, 1), SHORTEST), LONGEST)
