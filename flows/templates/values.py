"""Values inside a template: as text, as numbers, compared; and what all of it costs."""

import math
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from operator import le, lt
from types import NoneType
from typing import Any

from flows.json_value import JSON

MAX_TEXT = 16_384
MAX_NUMBER = 10**15
# One unit is about one character looked at. Without loops, 600 nodes each reading the longest
# text would still be seconds of work; a million units stay well below a quarter of a second.
WORK = 1_000_000
ITEM_COST = 16
_PLAIN = (str, int, float, list, dict, NoneType)


class ValueFault(Exception):
    """An operation that its values do not allow; whoever knows the line adds it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Rendering:
    """One rendering: the values it reads and the work it may still do."""

    __slots__ = ("left", "values")

    def __init__(self, values: Mapping[str, JSON]) -> None:
        self.values = values
        self.left = WORK

    def pay(self, units: int) -> None:
        """Raises ValueFault when the rendering has used up its work."""
        self.left -= units
        if self.left < 0:
            raise ValueFault("This takes too much work. Shorten the texts or use fewer filters.")


def known(value: JSON) -> JSON:
    """The value itself. Raises ValueFault for anything that is not plain JSON."""
    if isinstance(value, _PLAIN):
        return value
    raise ValueFault("This value is not a text, a number or a list and cannot be used here.")


def field(base: JSON, name: str) -> JSON:
    """A field of an object; None where there is no such field or no object."""
    return known(base.get(name)) if isinstance(base, dict) else None


def item(base: JSON, index: int) -> JSON:
    """An item of a list, counted from 0, or from the end with -1; None outside of the list."""
    if isinstance(base, list) and -len(base) <= index < len(base):
        return known(base[index])
    return None


def text(run: Rendering, value: JSON) -> str:
    """What a bot user reads: missing is empty, 3.0 is "3", a list is joined by ", "."""
    if isinstance(value, str):
        run.pay(len(value))
        return value
    if isinstance(value, list):
        return joined(run, value, ", ")
    if isinstance(value, dict):
        raise ValueFault("This is an object with fields. Name the field: {{ order.total }}.")
    return _scalar_text(value)


def _scalar_text(value: JSON) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int):
        # Messengers' ids go up to 64 bits; converting longer numbers costs the square of the length.
        if value.bit_length() > 64:
            raise ValueFault("This number is too long. Keep it as a text.")
        return str(value)
    if isinstance(value, float):
        return _float_text(value)
    return str(known(value))


def _float_text(value: float) -> str:
    if not math.isfinite(value):
        raise ValueFault("This is not a number that can be written.")
    # 15 digits hide what binary fractions add (0.1 + 0.2); adding 0.0 takes the sign off -0.0.
    short = f"{value + 0.0:.15g}"
    return f"{Decimal(short):f}" if "e" in short else short


def joined(run: Rendering, values: Iterable[JSON], separator: str) -> str:
    """Texts of scalars with the separator between. Raises ValueFault past MAX_TEXT characters."""
    pieces: list[str] = []
    size = 0
    for value in values:
        if isinstance(value, (list, dict)):
            raise ValueFault("A list inside a list cannot be written. Pick an item: {{ items.0 }}.")
        run.pay(ITEM_COST)
        piece = text(run, value)
        size += len(piece) + len(separator)
        if size - len(separator) > MAX_TEXT:
            raise too_long()
        pieces.append(piece)
    return separator.join(pieces)


def too_long() -> ValueFault:
    return ValueFault(f"The text is longer than {MAX_TEXT} characters. Use | truncate.")


def number(value: JSON) -> int | float:
    """The number itself, of at most MAX_NUMBER either way. Raises ValueFault for all else."""
    if value is None:
        raise ValueFault("A number is missing here. Give one for this case: | default(0).")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueFault("A number is needed here. Turn a text into one: | int or | float.")
    if not -MAX_NUMBER <= value <= MAX_NUMBER:
        raise ValueFault("This number is too big. Numbers go up to 1000000000000000.")
    return value


def add(run: Rendering, left: JSON, right: JSON) -> JSON:
    if isinstance(left, str) and isinstance(right, str):
        return joined(run, (left, right), "")
    if isinstance(left, str) or isinstance(right, str):
        raise ValueFault("A text and a number cannot be added. Join them with ~ instead of +.")
    return number(number(left) + number(right))


def subtract(_run: Rendering, left: JSON, right: JSON) -> JSON:
    return number(number(left) - number(right))


def multiply(_run: Rendering, left: JSON, right: JSON) -> JSON:
    return number(number(left) * number(right))


def divide(_run: Rendering, left: JSON, right: JSON) -> JSON:
    return number(number(left) / _divisor(right))


def divide_whole(_run: Rendering, left: JSON, right: JSON) -> JSON:
    return number(number(left) // _divisor(right))


def remainder(_run: Rendering, left: JSON, right: JSON) -> JSON:
    return number(number(left) % _divisor(right))


def _divisor(value: JSON) -> int | float:
    divisor = number(value)
    if divisor == 0:
        raise ValueFault("A division by zero. Check the number first: {% if count %} ... {% endif %}.")
    return divisor


def equal(run: Rendering, left: JSON, right: JSON) -> bool:
    if isinstance(left, (list, dict)) and isinstance(right, (list, dict)):
        raise ValueFault("Lists cannot be compared. Use 'in', or compare | length.")
    if isinstance(left, str) and isinstance(right, str):
        run.pay(min(len(left), len(right)))
    return left == right


def less(run: Rendering, left: JSON, right: JSON) -> bool:
    return _ordered(run, left, right, lt)


def less_or_equal(run: Rendering, left: JSON, right: JSON) -> bool:
    return _ordered(run, left, right, le)


def _ordered(run: Rendering, left: JSON, right: JSON, order: Callable[[Any, Any], bool]) -> bool:
    """Order of two numbers or two texts; a missing value is neither less nor more."""
    if left is None or right is None:
        return False
    if isinstance(left, str) and isinstance(right, str):
        run.pay(min(len(left), len(right)))
    elif not (isinstance(left, (int, float)) and isinstance(right, (int, float))):
        raise ValueFault("Only two numbers or two texts have an order. Use | int, | float or | length.")
    return order(left, right)


def contains(run: Rendering, whole: JSON, part: JSON) -> bool:
    """A text in a text, a value in a list, a name among an object's fields."""
    if isinstance(whole, str):
        if not isinstance(part, str):
            return False
        run.pay(search_cost(whole, part))
        return part in whole
    if isinstance(whole, list) and not isinstance(part, (list, dict)):
        return any(_is_item(run, candidate, part) for candidate in whole)
    return isinstance(whole, dict) and isinstance(part, str) and part in whole


def _is_item(run: Rendering, candidate: JSON, part: JSON) -> bool:
    run.pay(ITEM_COST)
    return equal(run, candidate, part)


def search_cost(whole: str, part: str) -> int:
    """Searching reads a text once, or, where it nearly matches everywhere, many times over."""
    return len(whole) + len(whole) * min(len(part), 100) // 16
