"""Dates and times as people write them."""

import re
from datetime import date, datetime, time, timedelta
from typing import NamedTuple

from flows.answers import plain_digits
from flows.date_words import date_words

_LONGEST = 60
YEARS = range(1800, 3000)
"""What a conversation is about; beyond, a time zone cannot be reckoned with."""

_MONTH_FIRST = frozenset({"en-us", "en_us"})
_ISO = re.compile(r"([0-9]{4})[-./]([0-9]{1,2})[-./]([0-9]{1,2})")
_NUMBERS = re.compile(r"([0-9]{1,2})([./-])([0-9]{1,2})(?:\2([0-9]{4}|[0-9]{2}))?")
_ORDINAL = re.compile(r"([0-9]{1,2})-?[^\W\d_]{1,2}")
"""21st, and what other languages write there."""
_BEFORE, _AFTER = r"(?<![0-9:./-])", r"(?![0-9:./\w-])"
_CLOCK = re.compile(rf"{_BEFORE}([0-9]{{1,2}})[:h]([0-9]{{2}})(?::00)?(?: ?h)?{_AFTER}")
_CLOCK_OF_12 = re.compile(rf"{_BEFORE}([0-9]{{1,2}})(?::([0-9]{{2}}))? ?([ap])(?:\. ?)?m\.?{_AFTER}")


class Style(NamedTuple):
    """How dates are written: the language (two letters), and whether the month goes first (12/31/2026)."""

    language: str
    month_first: bool


def style(lang_code: str) -> Style:
    """As the country of the language writes: `en-US` begins with the month."""
    return Style(lang_code[:2].lower(), lang_code.lower() in _MONTH_FIRST)


def read_date(text: str, today: date, how: Style) -> date | None:
    """`21.12.2026`, `2026-12-21`, `21 December` or `tomorrow`; None if it is no date.

    Of `3/4/2026` the style tells the month; where only one reading is a date, that is meant.  Without a
    year it is the next such day, today included.
    """
    words = _folded(text)
    near = date_words(how.language).near
    if words in near:
        return today + timedelta(days=near[words])
    if iso := _ISO.fullmatch(words):
        return _date(int(iso[1]), int(iso[2]), int(iso[3]))
    if numbers := _NUMBERS.fullmatch(words):
        return _by_numbers(numbers, today, how)
    return _by_name(words, today, how)


def read_time(text: str) -> time | None:
    """`14:30`, `14.30`, `14h30`, `2:30 pm` or `2 pm`; None if it is no time."""
    words = re.sub(r"^([0-9]{1,2})\.([0-9]{2})$", r"\1:\2", _folded(text))
    found, rest = _take_time(words)
    return None if rest else found


def read_moment(text: str, today: date, how: Style) -> datetime | None:
    """A date and a time in any order, as a calendar and a clock show them: without an offset."""
    words = re.sub(r"^([0-9]{4}-[0-9]{2}-[0-9]{2})t", r"\1 ", _folded(text))
    clock, rest = _take_time(words)
    joins = date_words(how.language).joins
    left = [word.strip(",") for word in rest.split()]
    day = read_date(" ".join(word for word in left if word and word not in joins), today, how)
    return datetime.combine(day, clock) if day and clock else None


def _folded(text: str) -> str:
    """In small letters on one line; empty if it is too long to be a date."""
    return " ".join(plain_digits(text).casefold().split()).strip(" .,!") if len(text) <= _LONGEST else ""


def _take_time(words: str) -> tuple[time | None, str]:
    """The time in a text, and what is left of the text."""
    of_12, of_24 = _CLOCK_OF_12.search(words), _CLOCK.search(words)
    found = of_12 or of_24
    if found is None:
        return None, words
    hour, minute = int(found[1]), int(found[2] or 0)
    if of_12:
        hour = hour % 12 + (12 if of_12[3] == "p" else 0) if 1 <= hour <= 12 else 24
    if hour > 23 or minute > 59:
        return None, words
    return time(hour, minute), f"{words[: found.start()]} {words[found.end() :]}".strip()


def _by_numbers(found: re.Match[str], today: date, how: Style) -> date | None:
    day_first, month_first = (int(found[3]), int(found[1])), (int(found[1]), int(found[3]))
    # With points nobody begins with the month.
    if found[2] == ".":
        return _in_year(found[4], *day_first, today)
    readings = (month_first, day_first) if how.month_first else (day_first, month_first)
    dates = (_in_year(found[4], month, day, today) for month, day in readings)
    return next((meant for meant in dates if meant is not None), None)


def _by_name(words: str, today: date, how: Style) -> date | None:
    known = date_words(how.language)
    parts = [part for part in re.split(r"[ ,.]+", words) if part and part not in known.joins]
    months = [month for part in parts if (month := known.month(part))]
    numbers = [_ORDINAL.sub(r"\1", part) for part in parts if not known.month(part)]
    if len(months) != 1 or len(numbers) not in (1, 2) or not re.fullmatch(r"[0-9]{1,2}", numbers[0]):
        return None
    year = numbers[1] if len(numbers) == 2 else None
    fitting = year is None or re.fullmatch(r"[0-9]{4}|[0-9]{2}", year)
    return _in_year(year, months[0], int(numbers[0]), today) if fitting else None


def _in_year(year: str | None, month: int, day: int, today: date) -> date | None:
    if year is not None:
        return _date(int(year) + (2000 if len(year) == 2 else 0), month, day)
    # The 29th of February may be eight years ahead.
    ahead = (_date(today.year + n, month, day) for n in range(9))
    return next((found for found in ahead if found is not None and found >= today), None)


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day) if year in YEARS else None
    except ValueError:
        return None
