"""JSON with templates in its strings: parsed before it is filled in, so no value breaks out of its string."""

import json
import math
import re
from collections.abc import Callable, Iterator

from flows.json_value import JSON

MAX_DEPTH = 40

# One variable or expression, and nothing else: its value keeps its type.
_ALONE = re.compile(r"\s*\{\{((?:(?!\{\{|\}\}).)*)\}\}\s*", re.DOTALL)


class JsonFault(Exception):
    """A text that is not JSON, and where."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


def parse(source: str) -> JSON:
    """The document with its templates still in it.

    Raises JsonFault, also for numbers that are not finite or beyond 64 bits, and for deep nesting.
    """
    try:
        found: JSON = json.loads(source, parse_constant=_number, parse_float=_number, parse_int=_number)
    except json.JSONDecodeError as error:
        raise JsonFault(error.lineno, error.msg) from None
    except RecursionError:
        raise _too_deep() from None
    _check_depth(found, MAX_DEPTH)
    return found


def _number(word: str) -> int | float:
    found = float(word)
    if not math.isfinite(found) or abs(found) >= 2**63:
        raise JsonFault(1, f"the number {word[:20]} is too big")
    return int(word) if word.lstrip("-").isdecimal() else found


def _check_depth(document: JSON, room: int) -> None:
    if room == 0:
        raise _too_deep()
    if isinstance(document, list | dict):
        for inner in document.values() if isinstance(document, dict) else document:
            _check_depth(inner, room - 1)


def _too_deep() -> JsonFault:
    return JsonFault(1, f"it is nested more than {MAX_DEPTH} levels deep")


def templates(document: JSON) -> Iterator[str]:
    """Every string that is filled in; the names of fields are not."""
    if isinstance(document, str):
        yield document
    elif isinstance(document, list | dict):
        for inner in document.values() if isinstance(document, dict) else document:
            yield from templates(inner)


def filled(document: JSON, render: Callable[[str], str], evaluate: Callable[[str], JSON]) -> JSON:
    """The document with the values of its templates in their places."""
    if isinstance(document, str):
        alone = _ALONE.fullmatch(document)
        return evaluate(alone[1]) if alone else render(document)
    if isinstance(document, list):
        return [filled(inner, render, evaluate) for inner in document]
    if isinstance(document, dict):
        return {name: filled(inner, render, evaluate) for name, inner in document.items()}
    return document
