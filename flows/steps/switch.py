"""Go a way of its own for every value."""

from abc import abstractmethod
from collections.abc import Iterator
from math import inf
from typing import Annotated, Literal

from pydantic import Field

from flows.answers import number
from flows.json_value import JSON
from flows.kept_values import as_number, written
from flows.links import Link
from flows.step import Complaint, Move, Part, Scene, Step, ui
from flows.triggers import fold
from flows.variable_conditions import ReadVariable

Value = Annotated[str, Field(max_length=2000)]


class _Case(Part):
    @abstractmethod
    def fits(self, scene: Scene, found: JSON) -> bool:
        """Whether this case is the one for the value that was found."""

    def plain(self) -> frozenset[str]:
        """The texts for which this case fits whatever the user's values are."""
        return frozenset()


class Equals(_Case, title="Equals"):
    """An empty value fits what is empty."""

    test: Literal["equals"] = "equals"
    value: Value = ui("Value", "", widget="template", translate="never")
    link: Link | None = ui("Then", None, unwired="error")

    def fits(self, scene: Scene, found: JSON) -> bool:
        return _same(found, scene.render(self.value))

    def plain(self) -> frozenset[str]:
        return frozenset(() if "{{" in self.value else (fold(self.value),))


class OneOf(_Case, title="One of"):
    test: Literal["one_of"] = "one_of"
    values: tuple[Value, ...] = ui("Values", (), max_length=100)
    link: Link | None = ui("Then", None, unwired="error")

    def fits(self, scene: Scene, found: JSON) -> bool:
        return any(_same(found, value) for value in self.values)

    def plain(self) -> frozenset[str]:
        return frozenset(map(fold, self.values))

    def amiss(self) -> Iterator[Complaint]:
        if not self.values:
            yield Complaint("error", "values", "no_value", "There is no value to compare with. Add some.")


class Between(_Case, title="Range", coerce_numbers_to_str=True):
    """Both ends are included; what is no number lies in no range."""

    test: Literal["range"] = "range"
    least: str = ui("From (empty: no limit)", "", widget="template", translate="never", max_length=200)
    most: str = ui("To (empty: no limit)", "", widget="template", translate="never", max_length=200)
    link: Link | None = ui("Then", None, unwired="error")

    def fits(self, scene: Scene, found: JSON) -> bool:
        value = as_number(found)
        least = number(scene.render(self.least)) if self.least.strip() else -inf
        most = number(scene.render(self.most)) if self.most.strip() else inf
        if value is None or least is None or most is None:
            return False
        return least <= value <= most

    def amiss(self) -> Iterator[Complaint]:
        for field, text in (("least", self.least), ("most", self.most)):
            if text.strip() and "{{" not in text and number(text) is None:
                yield Complaint("error", field, "no_number", f"«{text}» is not a number. Write one.")
        if not self.least.strip() and not self.most.strip():
            yield Complaint("error", "least", "no_value", "The range has no ends. Write at least one.")
        least, most = number(self.least), number(self.most)
        if least is not None and most is not None and least > most:
            yield Complaint("error", "most", "bounds", "The first number is above the second. Swap them.")


AnyCase = Annotated[Equals | OneOf | Between, Field(discriminator="test")]


class Switch(Step):
    """Take the first case, from the top, that fits the value; if none does, go the other way.

    Texts are compared without case and spaces round them; a number equals any spelling of it.
    """

    title = "Switch"
    icon = "signpost"
    group = "logic"

    kind: Literal["switch"] = "switch"
    variable: ReadVariable = ui("Variable", "", widget="variable")
    expression: str = ui("Or what this makes", "", widget="expression", max_length=2000)
    cases: tuple[AnyCase, ...] = ui("Cases", (), max_length=50)
    otherwise: Link | None = ui("Otherwise", None, unwired="error")

    def enter(self, scene: Scene) -> Move:
        worked_out = self.expression.strip()
        found = scene.evaluate(self.expression) if worked_out else scene.get(self.variable)
        return next((case.link for case in self.cases if case.fits(scene, found)), self.otherwise)

    def amiss(self) -> Iterator[Complaint]:
        if not self.variable and not self.expression.strip():
            yield Complaint("error", "variable", "no_variable", "No variable is chosen. Choose one.")
        if self.variable and self.expression.strip():
            message = "There is a variable and an expression: only the expression counts. Keep one of them."
            yield Complaint("warning", "variable", "two_values", message)
        yield from self._never_taken()

    def _never_taken(self) -> Iterator[Complaint]:
        above: set[str] = set()
        for at, case in enumerate(self.cases):
            plain = case.plain()
            if plain and plain <= above:
                message = "A case above takes the same values: this one is never taken. Remove it."
                yield Complaint("warning", f"cases.{at}", "never_taken", message)
            above |= plain


def _same(found: JSON, value: str) -> bool:
    if isinstance(found, (int, float)) and not isinstance(found, bool) and found == number(value):
        return True
    return fold(written(found)) == fold(value)
