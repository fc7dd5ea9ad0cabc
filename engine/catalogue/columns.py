"""The columns of a catalogue's table: how they may be called, and which of them a file has."""

import re
from collections.abc import Mapping, Sequence
from typing import Literal, NamedTuple, get_args

Column = Literal[
    "id",
    "active",
    "section1",
    "section2",
    "section3",
    "section4",
    "name",
    "option id",
    "option name",
    "price",
    "old price",
    "stock",
    "sku",
    "option sku",
    "description",
    "photo",
    "category sort priority",
]
COLUMNS: tuple[Column, ...] = get_args(Column)
"""In the order in which they are written."""
SECTIONS: tuple[Column, ...] = ("section1", "section2", "section3", "section4")

_ALSO: Mapping[str, Sequence[str]] = {
    "id": ("productid",),
    "section1": ("category",),
    "section2": ("subcategory",),
    "name": ("title", "product", "productname"),
    "option id": ("variantid",),
    "option name": ("option", "variant", "modification"),
    "option sku": ("variantsku",),
    "stock": ("quantity", "left"),
    "sku": ("article", "vendorcode"),
    "photo": ("photos", "photourl", "picture", "pictures", "image", "images"),
    "category sort priority": ("sortpriority",),
}
_HIDDEN = "hidden"
_NAMES: dict[str, Column] = {
    other: column for column in COLUMNS for other in (column.replace(" ", ""), *_ALSO.get(column, ()))
}


class Heading(NamedTuple):
    """Which column stands where.  `hidden`: the opposite of `active`.  `notes`: what is left out."""

    places: dict[Column, int]
    hidden: int | None
    notes: list[str]

    @property
    def missing(self) -> str:
        """What a table cannot be read without, as a sentence; empty if it is all there."""
        if {"id", "sku", "name"} & self.places.keys():
            return ""
        return (
            "The first row must name the columns, and among them id, sku or name: what tells products apart."
        )


def heading(cells: Sequence[str]) -> Heading:
    """In any order, however capitalised; of two columns of one name the first counts."""
    places: dict[Column, int] = {}
    hidden, notes = None, []
    for place, cell in enumerate(cells):
        word = re.sub(r"[\W_]", "", cell.lower())
        name = _NAMES.get(word)
        if word == _HIDDEN and hidden is None:
            hidden = place
        elif name is not None and name not in places:
            places[name] = place
        elif cell:
            why = "it is there twice" if name or word == _HIDDEN else "the catalogue has no such column"
            notes.append(f"The column «{cell[:60]}» is left out: {why}.")
    return Heading(places, hidden, notes)
