"""What pydantic finds wrong is told in words for people who never heard of it."""

from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, HttpUrl, TypeAdapter, ValidationError

from flows.fault_words import sentence
from flows.like import Like
from flows.links import Forward, Link


class Shape(BaseModel):
    model_config = ConfigDict(extra="forbid")

    name: str


Colour = Annotated[str, Like("^#[0-9a-f]{6}$", "a colour such as #2563eb")]

TOLD: list[tuple[Any, Any, str]] = [
    (Shape, {}, "This is missing. Add it."),
    (Shape, {"name": "x", "nam": 1}, "This is not known here. Check its spelling, or remove it."),
    (Shape, [], "This has no fields."),
    (dict[str, int], 5, "This has no fields."),
    (str, 5, "This is not a text."),
    (Annotated[str, Field(min_length=1)], "", "This is empty. Write something."),
    (Annotated[str, Field(pattern=r"\S")], "  ", "This is empty. Write something."),
    (Annotated[str, Field(min_length=8)], "x", "This is too short. It needs 8 characters at least."),
    (Annotated[str, Field(max_length=2)], "xyz", "This is too long. It may have 2 characters at most."),
    (Colour, "red", "This must be a colour such as #2563eb."),
    (Colour, "#2563eb\n", "This must be a colour such as #2563eb."),
    (Annotated[str, Field(pattern="^a$")], "b", "This is not written as it must be. Look at an example."),
    (
        Annotated[str, Field(pattern="^https?://")],
        "ftp://x",
        "This must be an address that begins with https:// or http://.",
    ),
    (HttpUrl, "shop", "This is not an address. Write it as https://shop.example/."),
    (Literal["go", "ignore"], "never", "This must be go or ignore."),
    (bool, "maybe", "This must be true or false."),
    (int, "many", "This is not a whole number."),
    (int, 1.5, "This is not a whole number."),
    (float, "x", "This is not a number."),
    (Annotated[float, Field(allow_inf_nan=False)], float("nan"), "This is not a number."),
    (Annotated[int, Field(ge=1)], 0, "This must be 1 or more."),
    (Annotated[int, Field(le=9)], 10, "This must be 9 or less."),
    (Annotated[int, Field(gt=1)], 0, "This should be greater than 1."),
    (Annotated[int, Field(multiple_of=10)], 5, "This should be a multiple of 10."),
    (date, "tomorrow", "This is not a date. Write it as 2026-12-31."),
    (list[int], 5, "This is not a list."),
    (Annotated[list[int], Field(min_length=2)], [1], "This has too few entries. It needs 2 at least."),
    (Annotated[list[int], Field(max_length=1)], [1, 2], "This has too many entries. It may have 1 at most."),
    (Link, {"to": "x"}, "This does not say its go. Add it."),
    (Forward, {"to": "My step"}, "This must be small Latin letters, digits and underscores"),
]


@pytest.mark.parametrize(("wanted", "given", "told"), TOLD)
def test_a_fault_is_told_in_plain_words(wanted: Any, given: Any, told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(wanted).validate_python(given)
    (fault,) = caught.value.errors()
    assert sentence(fault, "This").startswith(told)


def test_what_nobody_foresaw_is_told_without_jargon() -> None:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(Annotated[Decimal, Field(max_digits=2)]).validate_python("123")
    assert sentence(caught.value.errors()[0], "This") == "This does not fit."


def test_a_form_is_in_the_schema_as_a_pattern() -> None:
    schema = TypeAdapter(Colour).json_schema()
    assert schema == {"type": "string", "pattern": "^#[0-9a-f]{6}$"}
