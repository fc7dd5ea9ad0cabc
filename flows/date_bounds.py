"""The earliest and the latest answer: `2026-12-31`, `today + 3 days`, `now + 2 hours`, `09:00`."""

import re
from calendar import monthrange
from datetime import UTC, date, datetime, time, timedelta
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo

from flows.working_hours import first_instant

Bound = date | time | datetime
"""A day, a time of any day, or a moment (aware)."""

Parts = Literal["date", "time", "both"]

_UTC = ZoneInfo("UTC")
_ANY = datetime(2026, 6, 15, 12, tzinfo=UTC)
"""When bounds are read only to be compared with each other."""
_RELATIVE = re.compile(
    r"(today|now)(?: ?([+-]) ?([0-9]{1,4})(?: ?(minute|hour|day|week|month|year)s?)?)?", re.IGNORECASE
)
_MOMENT = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[ T]([0-9]{2}:[0-9]{2})")


class When(NamedTuple):
    """An answer: what is known of it.  `moment` is aware."""

    day: date | None = None
    clock: time | None = None
    moment: datetime | None = None


def limits(text: str, what: Parts) -> bool:
    """Whether a text can be read, and says something about an answer of these parts."""
    found = bound(text, _ANY, _UTC)
    return found is not None and (what == "both" or isinstance(found, time) == (what == "time"))


def crossed(earliest: str, latest: str) -> bool:
    """Whether no answer can lie between two bounds; of `today` and a fixed day only time can tell."""
    if bool(_RELATIVE.fullmatch(earliest.strip())) != bool(_RELATIVE.fullmatch(latest.strip())):
        return False
    least, most = bound(earliest, _ANY, _UTC), bound(latest, _ANY, _UTC)
    if isinstance(least, datetime):
        first = When(least.date(), moment=least)
    else:
        first = When(clock=least) if isinstance(least, time) else When(least)
    return most is not None and order(first, most, _UTC) > 0


def bound(text: str, now: datetime, zone: ZoneInfo) -> Bound | None:
    """What a bound stands for now, in a zone; None if it cannot be read.  A number alone counts days."""
    words = " ".join(text.split())
    if relative := _RELATIVE.fullmatch(words):
        return _from_now(relative, now, zone)
    try:
        if moment := _MOMENT.fullmatch(words):
            return first_instant(date.fromisoformat(moment[1]), time.fromisoformat(moment[2]), zone)
        return time.fromisoformat(words) if re.fullmatch(r"[0-9]{2}:[0-9]{2}", words) else _iso_day(words)
    except (ValueError, OverflowError):
        return None


def order(answer: When, limit: Bound, zone: ZoneInfo) -> int:
    """Below 0 if the answer is before the limit, above if after, 0 if it is the limit or has no such part."""
    if isinstance(limit, datetime):
        if answer.moment is not None:
            return _sign(answer.moment > limit, answer.moment < limit)
        limit = limit.astimezone(zone).date()
    if isinstance(limit, time):
        return _sign(answer.clock > limit, answer.clock < limit) if answer.clock is not None else 0
    return _sign(answer.day > limit, answer.day < limit) if answer.day is not None else 0


def _sign(after: bool, before: bool) -> int:
    return int(after) - int(before)


def _iso_day(words: str) -> date | None:
    return date.fromisoformat(words) if re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}", words) else None


def _from_now(found: re.Match[str], now: datetime, zone: ZoneInfo) -> Bound | None:
    amount = int(found[3] or 0) * (-1 if found[2] == "-" else 1)
    unit = (found[4] or "day").lower()
    moment = now.astimezone(UTC)
    by_day = found[1].lower() == "today"
    try:
        if unit in ("minute", "hour"):
            return None if by_day else moment + timedelta(**{f"{unit}s": amount})
        local = moment.astimezone(zone)
        day = _moved(local.date(), unit, amount)
        return day if by_day else first_instant(day, local.time(), zone)
    except (ValueError, OverflowError):
        return None


def _moved(day: date, unit: str, amount: int) -> date:
    """The last of a month that has no such day.  Raises ValueError or OverflowError beyond the calendar."""
    if unit in ("day", "week"):
        return day + timedelta(**{f"{unit}s": amount})
    months = day.year * 12 + day.month - 1 + amount * (12 if unit == "year" else 1)
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))
