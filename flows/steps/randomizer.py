"""Send users different ways by chance."""

from collections.abc import Iterator
from itertools import accumulate
from typing import Any, Literal

from pydantic import model_validator

from flows.items import ItemId, named, refuse_twins
from flows.links import Link
from flows.step import Complaint, Move, Part, Scene, Step, ui


class Branch(Part):
    """One of the ways, and its share of the users in percent."""

    id: ItemId = ui("Id", widget="hidden")
    title: str = ui("Title", "", max_length=200)
    percent: int = ui("Percent", 0, ge=0, le=100)
    link: Link | None = ui("Then", None, unwired="error")


class Randomizer(Step):
    """Draw a way by chance; «the same way» remembers the first draw of every user."""

    title = "Randomizer"
    icon = "dice"
    group = "logic"

    kind: Literal["randomizer"] = "randomizer"
    branches: tuple[Branch, ...] = ui("Ways", (), max_length=20)
    sticky: bool = ui("A user always goes the same way", False)

    @model_validator(mode="before")
    @classmethod
    def _name_branches(cls, raw: Any) -> Any:
        return named(raw, "branches")

    @model_validator(mode="after")
    def _branches_are_unique(self) -> "Randomizer":
        refuse_twins([branch.id for branch in self.branches])
        return self

    def enter(self, scene: Scene) -> Move:
        # No author can write a name that begins so, and no template reads one with points in it.
        drawn_before = f"_random.{scene.flow}.{self.id}"
        before = scene.get(drawn_before) if self.sticky else None
        branch = next((one for one in self.branches if one.id == before), None) or self._draw(scene)
        if branch is None:
            return None
        if self.sticky:
            scene.set(drawn_before, branch.id)
        return branch.link

    def _draw(self, scene: Scene) -> Branch | None:
        ends = list(accumulate(branch.percent for branch in self.branches))
        point = scene.random() * (ends[-1] if ends else 0)
        drawn = (branch for branch, end in zip(self.branches, ends, strict=True) if point < end)
        return next(drawn, None)

    def amiss(self) -> Iterator[Complaint]:
        total = sum(branch.percent for branch in self.branches)
        if total != 100:
            message = f"The percentages make {total}, not 100. Change them."
            yield Complaint("error", "branches", "percent", message)
