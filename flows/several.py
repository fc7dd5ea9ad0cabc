"""Questions that may take several answers: they are gathered until the user is done."""

from collections.abc import Iterator

from flows.effects import Button
from flows.json_value import JSON
from flows.question import Question, Understood, Wrong
from flows.step import Complaint, Scene, ui

DONE = "-done"
"""The item of the button that ends the answer.  An author's own ids have no dash, so none can be the same."""

_GATHERED = "gathered"


class Several(Question):
    """A question of which a kind may gather answers, one after the other, in `gathered`."""

    several: bool = ui("Several answers", False)
    at_least: int = ui("At least this many", 1, ge=1, le=100)
    at_most: int = ui("At most this many (0: any number)", 0, ge=0, le=100)
    done: str = ui("Text of the button when that is all", "", widget="template", max_length=200)

    def gathered(self, scene: Scene) -> list[JSON]:
        found = scene.memo.get(_GATHERED)
        return found if isinstance(found, list) else []

    def gather(self, scene: Scene, answers: list[JSON]) -> None:
        scene.memo[_GATHERED] = answers

    def end_button(self, scene: Scene) -> tuple[Button, ...]:
        """The button that ends the answer, once there is a part of it."""
        label = scene.render(self.done).strip() or scene.phrase("done")
        return (Button(DONE, label),) if self.several and self.gathered(scene) else ()

    def ended(self, scene: Scene, values: list[JSON]) -> Understood | Wrong:
        """These values are all."""
        if len(values) < self.at_least:
            return Wrong("too_few", {"least": str(self.at_least)})
        if self.too_many(len(values)):
            return Wrong("too_many", {"most": str(self.at_most)})
        scene.memo.pop(_GATHERED, None)
        return Understood(values)

    def too_many(self, count: int) -> bool:
        return 0 < self.at_most < count

    def fitting(self, values: list[JSON]) -> bool:
        """Whether saved values are as many as are asked for."""
        return len(values) >= self.at_least and not self.too_many(len(values))

    def amiss(self) -> Iterator[Complaint]:
        yield from super().amiss()
        if self.several and self.too_many(self.at_least):
            message = "More answers are needed than are allowed: none can fit. Change one of the numbers."
            yield Complaint("error", "at_least", "bounds", message)

    def labels(self) -> tuple[tuple[str, str], ...]:
        own = (("done", self.done),) if self.several and self.done else ()
        return (*own, *super().labels())
