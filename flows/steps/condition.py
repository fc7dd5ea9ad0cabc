"""Go different ways for different users and moments."""

from typing import Literal

from flows.conditions import Condition
from flows.links import Link
from flows.step import Move, Part, Scene, Step, ui


class Group(Part):
    """Conditions that lead one way together.  A group without conditions never fits."""

    title: str = ui("Title", "", max_length=200)
    match: Literal["all", "any"] = ui("It is enough if they fit", "all")
    conditions: tuple[Condition, ...] = ui("Conditions", (), max_length=4)
    link: Link | None = ui("Then", None, unwired="error")

    def holds(self, scene: Scene) -> bool:
        enough = all if self.match == "all" else any
        return bool(self.conditions) and enough(one.holds(scene) for one in self.conditions)


class ByCondition(Step):
    """Take the first group, from the top, that fits; if none does, go the other way."""

    title = "Condition"
    icon = "split"
    group = "logic"

    kind: Literal["condition"] = "condition"
    groups: tuple[Group, ...] = ui("Groups", (), max_length=50)
    otherwise: Link | None = ui("Otherwise", None, unwired="error")

    def enter(self, scene: Scene) -> Move:
        for group in self.groups:
            if group.holds(scene):
                return group.link
        return self.otherwise
