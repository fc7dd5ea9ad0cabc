"""Numbers as callers may write them: pydantic alone would take `1_000`, `true` and `2.0` for whole ones."""

import re
from typing import Annotated

from fastapi import Path, Query
from pydantic import BeforeValidator, Field

LARGEST_ID = 2**63 - 1
_WHOLE = re.compile(r"-?[0-9]{1,19}")


def _whole(given: object) -> object:
    plain = isinstance(given, int) and not isinstance(given, bool)
    if plain or (isinstance(given, str) and _WHOLE.fullmatch(given)):
        return given
    raise ValueError("this must be a whole number")


# The bounds stand before the validator, or the schema that clients read would not tell them.
Id = Annotated[int, Field(ge=1, le=LARGEST_ID), BeforeValidator(_whole)]
"""The number of a thing."""
ChatId = Annotated[int, Field(ge=-(2**53), le=2**53), BeforeValidator(_whole)]
"""A messenger's number of a person, or of a group, which is below zero."""
Limit = Annotated[int, Field(ge=1, le=100), BeforeValidator(_whole)]
Columns = Annotated[int, Field(ge=0, le=8), BeforeValidator(_whole)]
Count = Annotated[int, Field(ge=0, le=LARGEST_ID), BeforeValidator(_whole)]
BaseRevision = Annotated[int, Field(ge=0, le=LARGEST_ID - 1), BeforeValidator(_whole)]
"""The revision of a draft that a change was made from."""
Moment = Annotated[int, Field(ge=0, le=253402300799), BeforeValidator(_whole)]
"""Unix seconds, up to the year 9999."""
ShopId = Annotated[Id, Query(description="The shop; every shop-level call names it")]
MaybeShopId = Annotated[Id | None, Query(description="The shop, where the caller wants to be sure of it")]
PathId = Annotated[Id, Path(description="The number of the thing")]
