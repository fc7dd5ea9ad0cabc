"""Steps and menu items as pieces of a draft, which is one document of plain JSON.

A change makes a new document and checks the shape of the step it touches, no more: a draft may be as
unsound as its author likes, and one of ten thousand steps must not cost the checking of all.
"""

import secrets
from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple, get_args

from pydantic import ValidationError

from constructor_api.grammar.errors import fields
from engine.refusals import Conflict, Invalid, NotFound
from flows.document import MOST_STEPS
from flows.part import Part
from flows.steps import KINDS, STEP

Raw = dict[str, Any]
_ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"


def find(things: Sequence[Raw], id: str, what: str) -> Raw:
    """The step or item of that id.  Raises NotFound."""
    found = next((thing for thing in things if thing["id"] == id), None)
    if found is None:
        raise NotFound(what)
    return found


def add_step(document: Raw, given: Raw) -> tuple[Raw, Raw]:
    """The document with a new step behind the others, and that step; one without id is given one.

    Raises Invalid, Conflict.
    """
    steps = document["steps"]
    step = shaped({"id": _free_id(steps), **given}, "step")
    if any(one["id"] == step["id"] for one in steps):
        raise Conflict("There is a step with this id already.", field="step.id")
    if len(steps) >= MOST_STEPS:
        raise Invalid({"common": f"A flow holds at most {MOST_STEPS:,} steps."})
    return {**document, "steps": [*steps, step]}, step


def change_step(document: Raw, id: str, given: Raw) -> tuple[Raw, Raw]:
    """The document with fields of a step replaced, and that step.  Raises NotFound, Invalid."""
    before = find(document["steps"], id, "step")
    if given.get("id", id) != id:
        raise Invalid({"step.id": "The id of a step cannot be changed: links name it."})
    step = shaped(before | given, "step")
    return _with_step(document, step), step


def remove_step(document: Raw, id: str) -> Raw:
    """The document without a step and its translations.  Links to it stay, and are problems.

    Raises NotFound.
    """
    find(document["steps"], id, "step")
    kept = [one for one in document["steps"] if one["id"] != id]
    start = None if document.get("start") == id else document.get("start")
    return _untranslated({**document, "steps": kept, "start": start}, f"{id}.")


class Place(NamedTuple):
    """Where a menu item is: which document, which step, which item of it."""

    document: Raw
    step: str
    item: str = ""


def items(step: Raw) -> list[Raw]:
    """The choices of a step: its menu items, answers or branches; empty where its kind has none."""
    field = choice_field(step["kind"])
    return list(step.get(field, ())) if field else []


def add_item(place: Place, given: Raw, position: int | None) -> tuple[Raw, Raw]:
    """The document with a new choice in a step, and that choice.  Raises NotFound, Invalid, Conflict."""
    before = items(find(place.document["steps"], place.step, "step"))
    if any(one["id"] == given.get("id") for one in before):
        raise Conflict("There is an item with this id already.", field="item.id")
    at = len(before) if position is None else min(position, len(before))
    document, step = _with_items(place, [*before[:at], given, *before[at:]], at)
    return document, items(step)[at]


def change_item(place: Place, given: Raw) -> tuple[Raw, Raw]:
    """The document with fields of a choice replaced, and that choice.  Raises NotFound, Invalid."""
    before = items(find(place.document["steps"], place.step, "step"))
    item = find(before, place.item, "menu item")
    if given.get("id", place.item) != place.item:
        raise Invalid({"item.id": "The id of an item cannot be changed: buttons already sent name it."})
    at = before.index(item)
    document, step = _with_items(place, [*before[:at], item | given, *before[at + 1 :]], at)
    return document, items(step)[at]


def remove_item(place: Place) -> Raw:
    """The document without a choice and its translations.  Raises NotFound."""
    step = find(place.document["steps"], place.step, "step")
    before = items(step)
    find(before, place.item, "menu item")
    document, _ = _with_items(place, [one for one in before if one["id"] != place.item], 0)
    return _untranslated(document, f"{place.step}.{choice_field(step['kind'])}.{place.item}.")


@cache
def choice_field(kind: str) -> str | None:
    """The field of a kind whose entries have ids of their own: what a user may choose of."""
    for name, field in KINDS[kind].model_fields.items():
        if any("id" in part.model_fields for part in _parts(field.annotation)):
            return name
    return None


def _parts(annotation: object) -> Iterator[type[Part]]:
    for inner in get_args(annotation):
        if isinstance(inner, type) and issubclass(inner, Part):
            yield inner


def shaped(raw: Raw, where: str) -> Raw:
    """A step of valid shape as it is stored.  Raises Invalid; its fields start with `where`."""
    try:
        return STEP.validate_python(raw).model_dump(mode="json")
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        # The first part of a place is the step's kind, which says nothing new.
        raise Invalid(fields(({**fault, "loc": fault["loc"][1:]} for fault in faults), where)) from None


def _with_items(place: Place, changed: list[Raw], at: int) -> tuple[Raw, Raw]:
    before = find(place.document["steps"], place.step, "step")
    field = choice_field(before["kind"])
    if field is None:
        raise Invalid({"step": "A step of this kind has no menu items."})
    try:
        step = shaped({**before, field: changed}, "step")
    except Invalid as invalid:
        ours = f"step.{field}.{at}."
        raise Invalid(
            {name.replace(ours, "item.", 1): message for name, message in invalid.errors.items()}
        ) from None
    return _with_step(place.document, step), step


def _with_step(document: Raw, step: Raw) -> Raw:
    return {**document, "steps": [step if one["id"] == step["id"] else one for one in document["steps"]]}


def _untranslated(document: Raw, where: str) -> Raw:
    """The document without the translations of texts whose addresses start so."""
    translations = {
        language: {address: text for address, text in said.items() if not address.startswith(where)}
        for language, said in document.get("translations", {}).items()
    }
    return {**document, "translations": translations}


def _free_id(steps: Sequence[Raw]) -> str:
    taken = {step["id"] for step in steps}
    while (made := "s_" + "".join(secrets.choice(_ID_LETTERS) for _ in range(6))) in taken:
        pass
    return made
