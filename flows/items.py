"""Ids of the choices within a step: short, for a messenger hands them back on a press."""

from collections.abc import Mapping, Sequence
from itertools import count
from typing import Annotated, Any

from pydantic import JsonValue

from flows.like import Like

ItemId = Annotated[str, Like("^[a-z0-9_]{1,10}$", "small Latin letters, digits and underscores, 10 at most")]


def named(raw: Any, field: str) -> Any:
    """A raw step in which every choice of `field` has an id: one without gets the first free number."""
    if not isinstance(raw, Mapping) or not isinstance(raw.get(field), (list, tuple)):
        return raw
    items = [item for item in raw[field] if isinstance(item, Mapping)]
    taken = {str(item.get("id")) for item in items}
    free = (str(n) for n in count(1) if str(n) not in taken)
    choices: list[JsonValue] = [
        {"id": next(free), **item} if isinstance(item, Mapping) and "id" not in item else item
        for item in raw[field]
    ]
    return {**raw, field: choices}


def refuse_twins(ids: Sequence[str]) -> None:
    """Raises ValueError if two choices of a step have the same id."""
    twins = sorted({one for one in ids if ids.count(one) > 1})
    if twins:
        raise ValueError(f"two choices have the id «{twins[0]}»; give one of them another")
