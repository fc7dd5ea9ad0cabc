"""Weekly hours, as a shop writes them on its door, in its own time zone."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from flows.like import Like
from flows.step import Part, ui

Weekday = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
_WEEK: tuple[Weekday, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")

Clock = Annotated[str, Like("^([01][0-9]|2[0-3]):[0-5][0-9]$", "a time of day such as 09:30")]
RoundClock = Annotated[
    str, Like("^([01][0-9]|2[0-3]):[0-5]0$", "a time of day, a multiple of ten minutes, such as 09:30")
]
"""A multiple of ten minutes (reference API, HT-18)."""


class Hours(Part):
    """From `opens` until just before `closes`, on each of the weekdays; over midnight if it closes earlier.

    No weekday means all of them; the same time twice means the whole day.
    """

    weekdays: tuple[Weekday, ...] = ui("Weekdays (none ticked: every day)", (), max_length=7)
    opens: Clock = ui("From", "00:00")
    closes: Clock = ui("Until", "00:00")

    def open_at(self, instant: datetime, zone: ZoneInfo) -> bool:
        return self.earliest(instant, zone) == instant

    def earliest(self, instant: datetime, zone: ZoneInfo) -> datetime:
        """The instant itself if it lies within the hours, else the next opening; in UTC."""
        moment = instant.astimezone(UTC)
        for opening, closing in self._spans(moment, zone):
            # A span that the spring jump swallows is empty.
            if moment < closing and opening < closing:
                return max(moment, opening)
        raise AssertionError("every week has an opening")

    def _spans(self, moment: datetime, zone: ZoneInfo) -> Iterator[tuple[datetime, datetime]]:
        """Openings and closings in order, from yesterday's (it may last over midnight) on."""
        opens, closes = time.fromisoformat(self.opens), time.fromisoformat(self.closes)
        overnight = timedelta(days=1 if closes <= opens else 0)
        yesterday = moment.astimezone(zone).date() - timedelta(days=1)
        days = (yesterday + timedelta(days=n) for n in range(16))
        return (
            (first_instant(day, opens, zone), first_instant(day + overnight, closes, zone))
            for day in days
            if not self.weekdays or _WEEK[day.weekday()] in self.weekdays
        )


class RoundHours(Hours):
    """Hours in steps of ten minutes."""

    opens: RoundClock = ui("From", "00:00")
    closes: RoundClock = ui("Until", "00:00")


def first_instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """When clocks in the zone first show `clock` on `day`, or jump past it in spring; in UTC."""
    wall = datetime.combine(day, clock)
    instant = wall.replace(tzinfo=zone).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    # The clocks skip this time: the reading with the offset after the jump lies before the jump.
    instant = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    while instant.astimezone(zone).replace(tzinfo=None) < wall:
        instant += timedelta(minutes=1)
    return instant
