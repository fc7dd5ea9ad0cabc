"""Patterns that authors write: RE2 only, which reads any text in time linear to its length."""

from functools import lru_cache
from typing import Protocol

import re2  # type: ignore[import-untyped]  # google-re2 ships no types

from flows.plain_text import unwritable

LONGEST_PATTERN = 512
# A pattern within the length above may still ask for a machine of many megabytes.
_MOST_MEMORY = 1 << 20


class PatternFault(Exception):
    """A pattern that cannot be read, and why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class _Pattern(Protocol):
    def fullmatch(self, text: str) -> object | None: ...


@lru_cache(maxsize=128)
def _compiled(pattern: str) -> _Pattern:
    if len(pattern) > LONGEST_PATTERN or unwritable(pattern):
        raise PatternFault(f"A pattern has at most {LONGEST_PATTERN} ordinary characters.")
    options = re2.Options()
    options.max_mem = _MOST_MEMORY
    options.log_errors = False
    try:
        compiled: _Pattern = re2.compile(pattern, options=options)
    except re2.error as error:
        told = error.args[0] if error.args else ""
        reason = told.decode(errors="replace") if isinstance(told, bytes) else str(told)
        raise PatternFault(f"The pattern cannot be read: {reason}.") from None
    return compiled


def check_pattern(pattern: str) -> None:
    """Raises PatternFault unless `fits` can use the pattern."""
    _compiled(pattern)


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text fits.  Raises PatternFault for a pattern that cannot be read."""
    return _compiled(pattern).fullmatch(text) is not None
