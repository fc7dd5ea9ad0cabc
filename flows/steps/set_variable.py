"""Work out values and keep them."""

from typing import Literal

from flows.assignments import Assignment, assign
from flows.links import Link
from flows.step import Move, Scene, Step, ui


class SetVariable(Step):
    """Set variables one after the other: a later one sees what an earlier one became."""

    title = "Set variables"
    icon = "equals"
    group = "actions"

    kind: Literal["set_variable"] = "set_variable"
    assignments: tuple[Assignment, ...] = ui("Variables", (), max_length=50)
    next: Link | None = ui("Then", None)

    def enter(self, scene: Scene) -> Move:
        assign(scene, self.assignments)
        return self.next
