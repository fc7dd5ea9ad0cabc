"""The filters of templates. Each is total over JSON: it answers or raises ValueFault."""

import re
from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from typing import NamedTuple

from flows.json_value import JSON
from flows.templates.values import (
    ITEM_COST,
    MAX_NUMBER,
    MAX_TEXT,
    Rendering,
    ValueFault,
    joined,
    known,
    number,
    search_cost,
    text,
    too_long,
)


class Filter(NamedTuple):
    """What a filter does, and how many arguments it takes besides its value."""

    apply: Callable[..., JSON]
    least: int = 0
    most: int = 0


def _fitting(result: str) -> str:
    if len(result) > MAX_TEXT:
        raise too_long()
    return result


def _upper(run: Rendering, value: JSON) -> JSON:
    return _fitting(text(run, value).upper())


def _lower(run: Rendering, value: JSON) -> JSON:
    return _fitting(text(run, value).lower())


def _capitalize(run: Rendering, value: JSON) -> JSON:
    return _fitting(text(run, value).capitalize())


def _trim(run: Rendering, value: JSON) -> JSON:
    return _fitting(text(run, value).strip())


# As Jinja2 does it: str.title() would turn "don't" into "Don'T".
_WORD = re.compile(r"[^\s\-({\[<]+")


def _title(run: Rendering, value: JSON) -> JSON:
    whole = text(run, value)
    run.pay(3 * len(whole))
    return _fitting(_WORD.sub(lambda word: word[0][0].upper() + word[0][1:].lower(), whole))


def _replace(run: Rendering, value: JSON, old: JSON, new: JSON) -> JSON:
    whole, old_text, new_text = text(run, value), text(run, old), text(run, new)
    if not old_text:
        raise ValueFault("replace needs the text to look for: | replace('old', 'new').")
    run.pay(2 * search_cost(whole, old_text))
    # The size is worked out before the text is made: it may be a thousand times the cap.
    if len(whole) + whole.count(old_text) * (len(new_text) - len(old_text)) > MAX_TEXT:
        raise too_long()
    return whole.replace(old_text, new_text)


def _truncate(run: Rendering, value: JSON, length: JSON = 255, end: JSON = "…") -> JSON:
    """At most `length` characters, the end mark among them."""
    size = _whole(length, 0, MAX_TEXT, "truncate")
    # A long text is cut, not read, so it costs nothing: this is how one makes it fit.
    whole = value if isinstance(value, str) else text(run, value)
    if len(whole) <= size:
        return whole
    mark = text(run, end)[:size]
    return whole[: size - len(mark)] + mark


def _round(_run: Rendering, value: JSON, digits: JSON = 0) -> JSON:
    """Half goes up, as on a bill; without digits the result is a whole number."""
    exact = Decimal(repr(number(value)))
    places = _whole(digits, 0, 10, "round")
    rounded = exact.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)
    return float(rounded) if places else int(rounded)


def _whole(value: JSON, least: int, most: int, name: str) -> int:
    size = number(value)
    if isinstance(size, float) or not least <= size <= most:
        raise ValueFault(f"{name} takes a whole number from {least} to {most}.")
    return size


def _default(_run: Rendering, value: JSON, instead: JSON, also_empty: JSON = False) -> JSON:
    return instead if value is None or (also_empty and not value) else value


_INTEGER = re.compile(r"\s*[+-]?\d+\s*")
_DECIMAL = re.compile(r"\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*")
_LONGEST_NUMBER = 64


def _read_number(value: JSON) -> int | float | None:
    found: int | float | None = None
    if isinstance(value, (int, float)):
        found = value
    elif isinstance(value, str) and len(value) <= _LONGEST_NUMBER:
        if _INTEGER.fullmatch(value):
            found = int(value)
        elif _DECIMAL.fullmatch(value):
            found = float(value)
    if found is None or not -MAX_NUMBER <= found <= MAX_NUMBER:
        return None
    return found


def _int(_run: Rendering, value: JSON, instead: JSON = 0) -> JSON:
    found = _read_number(value)
    return instead if found is None else int(found)


def _float(_run: Rendering, value: JSON, instead: JSON = 0.0) -> JSON:
    found = _read_number(value)
    return instead if found is None else float(found)


def _length(run: Rendering, value: JSON) -> JSON:
    return len(value) if isinstance(value, (str, list, dict)) else len(text(run, value))


def _first(_run: Rendering, value: JSON) -> JSON:
    return _at(value, slice(0, 1))


def _last(_run: Rendering, value: JSON) -> JSON:
    return _at(value, slice(-1, None))


def _at(value: JSON, where: slice) -> JSON:
    if value is None:
        return None
    if not isinstance(value, (str, list)):
        raise ValueFault("first and last work on lists and texts.")
    found = value[where]
    return known(found[0]) if found else None


def _abs(_run: Rendering, value: JSON) -> JSON:
    return abs(number(value))


def _join(run: Rendering, value: JSON, separator: JSON = ", ") -> JSON:
    return joined(run, value if isinstance(value, list) else [value], text(run, separator))


# [Words in brackets] stand for themselves, so that "[on] D.M." does not read the D of "Day".
_DATE_PART = re.compile(r"\[([^\]]*)\]|YYYY|YY|MM|M|DD|D|HH|H|mm|m|ss")
_DATE_PARTS: dict[str, Callable[[datetime], str]] = {
    "YYYY": lambda moment: f"{moment.year:04}",
    "YY": lambda moment: f"{moment.year % 100:02}",
    "MM": lambda moment: f"{moment.month:02}",
    "M": lambda moment: str(moment.month),
    "DD": lambda moment: f"{moment.day:02}",
    "D": lambda moment: str(moment.day),
    "HH": lambda moment: f"{moment.hour:02}",
    "H": lambda moment: str(moment.hour),
    "mm": lambda moment: f"{moment.minute:02}",
    "m": lambda moment: str(moment.minute),
    "ss": lambda moment: f"{moment.second:02}",
}


def _date(run: Rendering, value: JSON, form: JSON) -> JSON:
    """A date in ISO form, written anew; its own clock is kept, no time zone is applied."""
    written = text(run, value)
    if not written:
        return ""
    try:
        moment = datetime.fromisoformat(written)
    except ValueError:
        raise ValueFault("This is not a date. Dates look like 2026-01-31 or 2026-01-31T18:00.") from None
    pattern = text(run, form)
    run.pay(ITEM_COST * len(pattern))
    return _fitting(_DATE_PART.sub(lambda part: _date_part(part, moment), pattern))


def _date_part(part: re.Match[str], moment: datetime) -> str:
    literal: str | None = part[1]
    return _DATE_PARTS[part[0]](moment) if literal is None else literal


FILTERS: dict[str, Filter] = {
    "abs": Filter(_abs),
    "capitalize": Filter(_capitalize),
    "d": Filter(_default, 1, 2),
    "date": Filter(_date, 1, 1),
    "default": Filter(_default, 1, 2),
    "first": Filter(_first),
    "float": Filter(_float, 0, 1),
    "int": Filter(_int, 0, 1),
    "join": Filter(_join, 0, 1),
    "last": Filter(_last),
    "length": Filter(_length),
    "lower": Filter(_lower),
    "replace": Filter(_replace, 2, 2),
    "round": Filter(_round, 0, 1),
    "title": Filter(_title),
    "trim": Filter(_trim),
    "truncate": Filter(_truncate, 0, 2),
    "upper": Filter(_upper),
}
