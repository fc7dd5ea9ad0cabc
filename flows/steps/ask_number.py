"""Ask for a number."""

from collections.abc import Iterator
from typing import Literal

from flows.answers import MOST, number
from flows.events import Said
from flows.question import Question, Understood, Wrong
from flows.step import Complaint, Scene, ui


class AskNumber(Question):
    """Ask for a number and save it.  Bounds are included."""

    title = "Ask for a number"
    icon = "hash"
    takes_numbers = True

    kind: Literal["ask_number"] = "ask_number"
    least: float | None = ui("At least", None, ge=-MOST, le=MOST)
    most: float | None = ui("At most", None, ge=-MOST, le=MOST)
    whole: bool = ui("Whole numbers only", False)

    def read(self, scene: Scene, said: Said) -> Understood | Wrong:
        found = number(said.text)
        if found is None:
            return Wrong("not_number")
        if self.whole and not isinstance(found, int):
            return Wrong("number_not_whole")
        if self.least is not None and found < self.least:
            return Wrong("number_too_small", {"least": f"{self.least:.15g}"})
        if self.most is not None and found > self.most:
            return Wrong("number_too_big", {"most": f"{self.most:.15g}"})
        return Understood(found)

    def amiss(self) -> Iterator[Complaint]:
        yield from super().amiss()
        if self.least is not None and self.most is not None and self.least > self.most:
            message = "The smallest number is above the biggest: no answer can fit. Change one of them."
            yield Complaint("error", "least", "bounds", message)
