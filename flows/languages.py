"""Codes of languages, and which of several a person reads best."""

from collections.abc import Iterator
from typing import Annotated

from flows.like import Like

_CODE = "[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}"
_WORDS = "a language, such as en or pt-BR"

_LONGEST = 40
"""Characters that are looked at of a code, which messengers and partners may tell as they like."""

Language = Annotated[str, Like(f"^{_CODE}$", _WORDS)]
MaybeLanguage = Annotated[str, Like(f"^({_CODE})?$", f"{_WORDS}, or empty")]


def canonical(code: str) -> str:
    """The one spelling in which codes are compared: `pt_BR` is `pt-br`."""
    return code.replace("_", "-").lower()


def widening(code: str) -> Iterator[str]:
    """The language itself, then what it is a kind of: `pt-br`, `pt`.  Codes are canonical."""
    wide = canonical(code[:_LONGEST])
    while wide:
        yield wide
        wide = wide.rpartition("-")[0]
