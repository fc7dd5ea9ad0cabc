"""Names of variables: what an author may call one, and what the five types accept."""

from typing import Annotated

from pydantic import AfterValidator

from flows.card import FACTS
from flows.like import Like


def _is_free(name: str) -> str:
    if name in FACTS:
        raise ValueError(f"«{name}» is kept by the system and cannot be changed; choose another name")
    return name


Variable = Annotated[
    str,
    Like(
        r"^[A-Za-z][A-Za-z0-9_]{0,63}$", "Latin letters, digits and underscores, a letter first, 64 at most"
    ),
    AfterValidator(_is_free),
]
"""A variable that a step may set: Latin letters, digits and underscores (reference API, b.5)."""
