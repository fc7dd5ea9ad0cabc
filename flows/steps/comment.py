"""A note on the canvas."""

from typing import Literal

from flows.links import Link
from flows.step import Move, Scene, Step, ui


class Comment(Step):
    """A note for whoever draws the flow; the user never sees it, and passes straight on."""

    title = "Comment"
    icon = "pencil"
    group = "logic"

    kind: Literal["comment"] = "comment"
    text: str = ui("Note", "", widget="textarea", max_length=8000)
    next: Link | None = ui("Then", None)

    def enter(self, scene: Scene) -> Move:
        return self.next
