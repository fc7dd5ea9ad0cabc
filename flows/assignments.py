"""Variables worked out and set."""

from collections.abc import Iterable, Iterator

from flows.step import Complaint, Part, Scene, ui
from flows.variables import Variable


class Assignment(Part):
    """A variable and what it becomes; an empty expression clears it."""

    variable: Variable | None = ui("Variable", None, widget="sets")
    expression: str = ui("Becomes", "", widget="expression", max_length=2000)

    def amiss(self) -> Iterator[Complaint]:
        if self.variable is None:
            yield Complaint("error", "variable", "no_variable", "No variable is chosen. Choose one.")


def assign(scene: Scene, assignments: Iterable[Assignment]) -> None:
    """One after the other: a later one sees what an earlier one became."""
    for one in assignments:
        if one.variable:
            scene.set(one.variable, scene.evaluate(one.expression) if one.expression.strip() else None)
