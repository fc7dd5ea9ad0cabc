"""The one name for what JSON can hold; everything a variable, an answer or a payload may be."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    JSON = bool | int | float | str | list["JSON"] | dict[str, "JSON"] | None
else:
    JSON = Any  # msgspec and pydantic cannot build a decoder from a recursive alias
