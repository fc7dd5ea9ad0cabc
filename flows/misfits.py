"""Where a document does not have the shape of a flow, in sentences for its author."""

from collections.abc import Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, NamedTuple

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from flows.fault_words import sentence

MOST = 100
"""Told at once; a file that is wrong in more places is wrong as a whole."""
_QUOTED = 400
"""Characters that a sentence repeats of what somebody else wrote."""


class Misfit(NamedTuple):
    """One thing to mend.  `field` is a path within the step, or within the flow where there is no step."""

    message: str
    step: str | None = None
    field: str | None = None
    line: int | None = None

    def __str__(self) -> str:
        line = f"line {self.line}" if self.line is not None else None
        step = f"step «{self.step}»" if self.step is not None else None
        where = ", ".join(part for part in (line, step, self.field) if part)
        return f"{where}: {self.message}" if where else self.message


def misfits(error: ValidationError, raw: object) -> Iterator[Misfit]:
    """What pydantic found wrong with `raw`, the document of a flow; at most MOST of it."""
    details = error.errors(include_url=False, include_input=False)
    for detail in islice(details, MOST):
        path = _path(detail, raw)
        step, field = _step(path, raw)
        it = "This step" if step is not None and not field else _named(path)
        yield Misfit(_sentences(detail, it), step, ".".join(map(str, field)) or None)


def _path(detail: ErrorDetails, raw: object) -> list[int | str]:
    """Where in the document; pydantic also puts the kind of a step or link into its path, and «[key]» behind
    a name that does not fit.
    """
    path: list[int | str] = []
    here: Any = raw
    for place, part in enumerate(detail["loc"], 1):
        is_missing = detail["type"] == "missing" and place == len(detail["loc"])
        if part not in _names(here) and part in _names(here).values() and not is_missing:
            continue
        if part == "[key]" and place == len(detail["loc"]) and part not in _names(here):
            continue
        path.append(part)
        here = _within(here, part)
    return path


def _names(value: Any) -> Mapping[Any, Any]:
    return value if isinstance(value, Mapping) else {}


def _within(value: Any, part: int | str) -> Any:
    if isinstance(value, Mapping):
        return value.get(part)
    if isinstance(value, Sequence) and isinstance(part, int) and part < len(value):
        return value[part]
    return None


def _step(path: list[int | str], raw: object) -> tuple[str | None, list[int | str]]:
    """The id of the step that a path leads into, if it has one, and the rest of the path."""
    if path[:1] == ["steps"] and len(path) > 1:
        name = _within(_within(_within(raw, "steps"), path[1]), "id")
        if isinstance(name, str):
            return name, path[2:]
    return None, path


_IN_YAML = {
    "string_type": "Put it in quotes.",
    "tuple_type": "Write each entry on a line after a dash.",
    "model_type": "Write each as «name: value».",
    "model_attributes_type": "Write each as «name: value».",
    "dict_type": "Write each as «name: value».",
}


def _sentences(detail: ErrorDetails, it: str) -> str:
    advice = _IN_YAML.get(detail["type"])
    return f"{sentence(detail, it)} {advice}" if advice else sentence(detail, it)


def _named(path: list[int | str]) -> str:
    """What a sentence calls the place at the end of a path."""
    name = next((f"«{part[:_QUOTED]}»" for part in reversed(path) if isinstance(part, str)), "The flow")
    return f"Entry {path[-1] + 1} of {name}" if path and isinstance(path[-1], int) else name
