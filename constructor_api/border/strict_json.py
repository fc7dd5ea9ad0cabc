"""JSON as we take it from strangers: what Python's parser lets through and PostgreSQL or a reader chokes on
is refused before anything is built from it."""

import json
import re
from typing import NoReturn

from flows.json_value import JSON

MOST_DEPTH = 64
MOST_PARTS = 150_000
"""Commas and brackets.  A million bytes of `[],` take seconds to read, and anybody may send them."""
_BIGGEST = 2**63
_LONGEST_NUMBER = 400
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class NotJson(ValueError):
    """It is no JSON text in UTF-8 at all."""


class Unstorable(ValueError):
    """It is JSON, but holds something that no field can take."""


def check(body: bytes) -> None:
    """Raises NotJson or Unstorable; their words never show what was sent."""
    if _parts(body) > MOST_PARTS:
        raise Unstorable("The body holds too many values.")
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        raise NotJson("The body must be JSON in UTF-8.") from None
    try:
        value = json.loads(
            text, parse_constant=_constant, parse_float=_fraction, parse_int=_whole, object_pairs_hook=_object
        )
    except json.JSONDecodeError as error:
        raise NotJson(f"The body is not JSON: line {error.lineno}, column {error.colno}.") from None
    except RecursionError:
        raise Unstorable(_TOO_DEEP) from None
    _check_depth(value)
    if "\\" in text or "\0" in text:
        _check_texts(value)


def _parts(body: bytes) -> int:
    """How many commas and brackets are outside of texts, or more than may be; without reading it."""
    plain = body.replace(rb"\\", b"").replace(rb"\"", b"")
    if plain.count(b'"') > 4 * MOST_PARTS:
        return MOST_PARTS + 1
    outside = b"".join(plain.split(b'"')[::2])
    return sum(map(outside.count, (b",", b"[", b"{")))


def _constant(_: str) -> NoReturn:
    raise NotJson("The body is not JSON: NaN and Infinity are no numbers.")


def _fraction(digits: str) -> float:
    number = float(digits) if len(digits) <= _LONGEST_NUMBER else float("inf")
    if number in (float("inf"), float("-inf")):
        raise Unstorable("A number is too large.")
    return number


def _whole(digits: str) -> int:
    number = int(digits) if len(digits) <= 20 else _BIGGEST
    if not -_BIGGEST <= number < _BIGGEST:
        raise Unstorable("A number is too large.")
    return number


def _object(pairs: list[tuple[str, JSON]]) -> dict[str, JSON]:
    made = dict(pairs)
    if len(made) != len(pairs):
        raise Unstorable("A field is given twice.")
    return made


_TOO_DEEP = f"The body is nested more than {MOST_DEPTH} levels deep."


def _check_depth(value: JSON) -> None:
    level: list[JSON] = [value]
    for _ in range(MOST_DEPTH):
        level = [inner for outer in level for inner in _inside(outer) if isinstance(inner, (dict, list))]
        if not level:
            return
    raise Unstorable(_TOO_DEEP)


def _check_texts(value: JSON) -> None:
    """Only an escape can bring in NUL or half a character, so most bodies are never walked."""
    pending: list[JSON] = [value]
    while pending:
        one = pending.pop()
        texts = one if isinstance(one, dict) else (one,) if isinstance(one, str) else ()
        if any(_UNSTORABLE.search(text) for text in texts):
            raise Unstorable("A text holds a character that cannot be stored.")
        pending.extend(_inside(one))


def _inside(value: JSON) -> list[JSON]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []
