"""The texts of a part that people read: where they are, and the part with others in their places.

An entry of a list is addressed by its id where it has one, so that translations outlive reordering:
`menu.drinks.label` may be the field `menu.0.label` today and `menu.3.label` tomorrow.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, NamedTuple, TypeVar

from annotated_types import MaxLen
from pydantic.fields import FieldInfo

from flows.part import Part, kinds_in

P = TypeVar("P", bound=Part)

_VARYING = re.compile(r"{{.*?}}|{%.*?%}|{#.*?#}", re.DOTALL)


class Text(NamedTuple):
    """A text as its author wrote it, perhaps empty.

    `needed`: whether a language that lacks it is worth a warning.  `most`: characters it may have.
    """

    address: str
    field: str
    source: str
    needed: bool
    most: int | None


def texts(part: Part, address: str = "", field: str = "") -> Iterator[Text]:
    """Every text of a part, and of the parts in it, that may be translated."""
    for place in _places(type(part)):
        value = getattr(part, place.name)
        here, there = _joined(address, place.name), _joined(field, place.name)
        if place.is_text:
            yield Text(here, there, value or "", place.needed, place.most)
        else:
            for name, number, inner in _entries(value):
                yield from texts(inner, _joined(here, name), _joined(there, number))


def reworded(part: P, said: Mapping[str, str], address: str = "") -> P:
    """The part with the texts of `said`, by address, in place of its own; itself if there are none.

    What is empty stays empty: a text in another language changes what is read, never what happens.
    """
    changed: dict[str, Any] = {}
    for place in _places(type(part)):
        value, here = getattr(part, place.name), _joined(address, place.name)
        if not value or (place.is_text and not value.strip()):
            continue
        told = said.get(here, value) if place.is_text else _reworded_in(value, said, here)
        if told is not value:
            changed[place.name] = told
    return part.with_texts(changed) if changed else part


def _reworded_in(value: Any, said: Mapping[str, str], address: str) -> Any:
    if isinstance(value, Part):
        return reworded(value, said, address)
    told = tuple(reworded(inner, said, _joined(address, name)) for name, _, inner in _entries(value))
    return told if any(new is not old for new, old in zip(told, value, strict=True)) else value


def _entries(value: Any) -> Iterator[tuple[str, str, Part]]:
    """The parts in a field: how each is addressed there, and its place."""
    if isinstance(value, Part):
        yield "", "", value
    elif value:
        for number, inner in enumerate(value):
            yield str(getattr(inner, "id", number)), str(number), inner


def _joined(path: str, name: str) -> str:
    return f"{path}.{name}" if path and name else path or name


class _Place(NamedTuple):
    """A field that is a text, or whose parts have some."""

    name: str
    is_text: bool
    needed: bool
    most: int | None


@cache
def _places(kind: type[Part]) -> tuple[_Place, ...]:
    found = []
    for name, field in kind.model_fields.items():
        extra = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
        if "translate" in extra:
            found.append(_Place(name, True, extra["translate"] == "must", _longest(field)))
        elif any(map(_places, kinds_in(field.annotation))):
            found.append(_Place(name, False, False, None))
    return tuple(found)


def _longest(field: FieldInfo) -> int | None:
    return next((rule.max_length for rule in field.metadata if isinstance(rule, MaxLen)), None)


def certain(template: str) -> str:
    """What is said in a template's own words; with all that stands in its branches."""
    return _VARYING.sub("", template)
