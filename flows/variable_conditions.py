"""Conditions that compare a variable."""

import operator
from collections.abc import Callable, Iterator
from typing import Annotated, Literal

from flows.answers import number
from flows.kept_values import as_moment, as_number, iso, written
from flows.like import Like
from flows.patterns import PatternFault, check_pattern, fits
from flows.step import Complaint, Part, Scene, ui
from flows.triggers import fold

NAME = "^([A-Za-z_][A-Za-z0-9_]{0,63})?$"
"""A variable or a fact of the user card that is read; may still be empty in a draft."""
ReadVariable = Annotated[str, Like(NAME, "Latin letters, digits and underscores, no digit first, 64 at most")]


class Asked(Part):
    """Something that may be so or not."""

    def holds(self, scene: Scene) -> bool:
        raise NotImplementedError


class _OfVariable(Asked):
    variable: ReadVariable = ui("Variable", "", widget="variable")

    def amiss(self) -> Iterator[Complaint]:
        if not self.variable:
            yield Complaint("error", "variable", "no_variable", "No variable is chosen. Choose one.")


class TextVariable(_OfVariable, title="Text variable"):
    """Compares a text without case and spaces round it; only a pattern sees it as it is, and whole."""

    what: Literal["text"] = "text"
    test: Literal[
        "equals",
        "not_equals",
        "contains",
        "not_contains",
        "starts",
        "ends",
        "matches",
        "empty",
        "filled",
    ] = ui("Is it so that it", "equals")
    value: str = ui("Text", "", widget="template", translate="never", max_length=2000)

    def holds(self, scene: Scene) -> bool:
        text = written(scene.get(self.variable))
        if self.test == "matches":
            return self._matches(scene, text)
        if self.test in ("empty", "filled"):
            return (not text.strip()) == (self.test == "empty")
        return _TEXT_TESTS[self.test](fold(text), fold(scene.render(self.value)))

    def _matches(self, scene: Scene, text: str) -> bool:
        try:
            return fits(self.value, text)
        except PatternFault as fault:
            scene.fault("pattern", fault.reason)
            return False

    def amiss(self) -> Iterator[Complaint]:
        yield from super().amiss()
        if self.test == "matches":
            try:
                check_pattern(self.value)
            except PatternFault as fault:
                yield Complaint("error", "value", "pattern", f"{fault.reason} Mend the pattern.")


class NumberVariable(_OfVariable, title="Number variable", coerce_numbers_to_str=True):
    """Compares as numbers, also those kept as text.  What is no number equals none and is not ordered."""

    what: Literal["number"] = "number"
    test: Literal["=", "!=", "<", "<=", ">", ">=", "between"] = ui("Is it so that it is", "=")
    value: str = ui("Number", "", widget="template", translate="never", max_length=200)
    to: str = ui("And (for «between»)", "", widget="template", translate="never", max_length=200)

    def holds(self, scene: Scene) -> bool:
        found = as_number(scene.get(self.variable))
        value = number(scene.render(self.value))
        if found is None or value is None:
            return self.test == "!="
        if self.test != "between":
            return _ORDER[self.test](found, value)
        most = number(scene.render(self.to))
        return most is not None and value <= found <= most

    def amiss(self) -> Iterator[Complaint]:
        yield from super().amiss()
        bounds = [("value", self.value), *([("to", self.to)] if self.test == "between" else [])]
        for field, text in bounds:
            if "{{" not in text and number(text) is None:
                yield Complaint("error", field, "no_number", f"«{text}» is not a number. Write one.")
        low, high = number(self.value), number(self.to)
        if self.test == "between" and low is not None and high is not None and low > high:
            yield Complaint("error", "to", "bounds", "The first number is above the second. Swap them.")


class BoolVariable(_OfVariable, title="Yes-or-no variable"):
    """A yes-or-no variable; one that was never set counts as no."""

    what: Literal["bool"] = "bool"
    test: Literal["true", "false"] = ui("Is", "true")

    def holds(self, scene: Scene) -> bool:
        return (fold(written(scene.get(self.variable))) in ("true", "1", "yes")) == (self.test == "true")


class DateVariable(_OfVariable, title="Date variable"):
    """Compares moments kept as ISO text (`2026-05-01` or `2026-05-01T10:00:00+02:00`).

    A date alone means its first moment in the shop's time zone.
    """

    what: Literal["date"] = "date"
    test: Literal["before", "after"] = ui("Is", "before")
    value: str = ui("Date", "", widget="template", translate="never", max_length=200)

    def holds(self, scene: Scene) -> bool:
        found = as_moment(written(scene.get(self.variable)), scene.zone)
        value = as_moment(scene.render(self.value), scene.zone)
        if found is None or value is None:
            return False
        return found < value if self.test == "before" else found > value

    def amiss(self) -> Iterator[Complaint]:
        yield from super().amiss()
        if "{{" not in self.value and iso(self.value) is None:
            message = f"«{self.value}» is not a date. Write it as 2026-12-31."
            yield Complaint("error", "value", "no_date", message)


_TEXT_TESTS: dict[str, Callable[[str, str], bool]] = {
    "equals": lambda text, value: text == value,
    "not_equals": lambda text, value: text != value,
    "contains": lambda text, value: value in text,
    "not_contains": lambda text, value: value not in text,
    "starts": lambda text, value: text.startswith(value),
    "ends": lambda text, value: text.endswith(value),
}
_ORDER: dict[str, Callable[[float, float], bool]] = {
    "=": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
