"""Paths into JSON, as authors write them: `data.items[0].price`."""

import re
from typing import Annotated

from pydantic import Field

from flows.json_value import JSON
from flows.like import Like

_STEP = r"(?:[^\s.\[\]]+|\[[0-9]{1,6}\])"
JsonPath = Annotated[
    str, Field(max_length=300), Like(rf"^({_STEP}(\.?{_STEP})*)?$", "a path such as data.items[0].price")
]
"""Empty means the whole value."""


def find(value: JSON, path: str) -> JSON:
    """What lies at the path; None if nothing does."""
    for key in re.findall(_STEP, path):
        if key.startswith("["):
            at = int(key[1:-1])
            value = value[at] if isinstance(value, list) and at < len(value) else None
        else:
            value = value.get(key) if isinstance(value, dict) else None
    return value
