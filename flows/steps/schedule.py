"""Go on at a date and time."""

from abc import abstractmethod
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal, get_args

from pydantic import Field

from flows.events import Event
from flows.kept_values import as_moment, written
from flows.links import Link
from flows.step import Complaint, Move, Part, Scene, Step, Wait, ui
from flows.variable_conditions import ReadVariable
from flows.working_hours import Clock, Weekday, first_instant

_WEEK: tuple[Weekday, ...] = get_args(Weekday)


class _When(Part):
    @abstractmethod
    def moment(self, scene: Scene) -> datetime | None:
        """Aware; None if there is none.  Raises OverflowError beyond the calendar."""

    @property
    def ahead(self) -> bool:
        """Whether there always is one, and it always lies ahead."""
        return False


class OnDate(_When, title="A date"):
    by: Literal["date"] = "date"
    day: date | None = ui("Date", None)
    at: Clock = ui("Time", "09:00")

    def moment(self, scene: Scene) -> datetime | None:
        return first_instant(self.day, time.fromisoformat(self.at), scene.zone) if self.day else None

    def amiss(self) -> Iterator[Complaint]:
        if self.day is None:
            yield Complaint("error", "day", "no_date", "No date is chosen. Choose one.")


class OnWeekday(_When, title="The next weekday"):
    """The first of these weekdays and times after the user has come."""

    by: Literal["weekday"] = "weekday"
    weekdays: tuple[Weekday, ...] = ui("Weekdays (none ticked: every day)", (), max_length=7)
    at: Clock = ui("Time", "09:00")

    def moment(self, scene: Scene) -> datetime:
        clock = time.fromisoformat(self.at)
        today = scene.now.astimezone(scene.zone).date()
        days = (today + timedelta(days=n) for n in range(9))
        fitting = (day for day in days if not self.weekdays or _WEEK[day.weekday()] in self.weekdays)
        instants = (first_instant(day, clock, scene.zone) for day in fitting)
        return next(instant for instant in instants if instant > scene.now)

    @property
    def ahead(self) -> bool:
        return True


class FromVariable(_When, title="A date that is known of the user"):
    """So long before or after the date; days are days of the calendar, also when the clocks change.

    A date without a time means its first moment in the shop's time zone.
    """

    by: Literal["variable"] = "variable"
    variable: ReadVariable = ui("Variable with the date", "", widget="variable")
    side: Literal["before", "after"] = ui("Before it, or after it", "before")
    days: int = ui("Days", 0, ge=0, le=3660)
    hours: int = ui("Hours", 0, ge=0, le=9_999)
    minutes: int = ui("Minutes", 0, ge=0, le=99_999)
    at: Clock | None = ui("On that day at (empty: the time it has)", None)

    def moment(self, scene: Scene) -> datetime | None:
        text = written(scene.get(self.variable))
        found = as_moment(text, scene.zone)
        if found is None:
            if text.strip():
                scene.fault("no_date", f"«{self.variable}» holds no date")
            return None
        sign = -1 if self.side == "before" else 1
        if self.days or self.at:
            wall = found.astimezone(scene.zone)
            clock = time.fromisoformat(self.at) if self.at else wall.time()
            found = first_instant(wall.date() + sign * timedelta(days=self.days), clock, scene.zone)
        return found + sign * timedelta(hours=self.hours, minutes=self.minutes)

    def amiss(self) -> Iterator[Complaint]:
        if not self.variable:
            yield Complaint("error", "variable", "no_variable", "No variable is chosen. Choose one.")


class Schedule(Step):
    """Go on at a moment, in the shop's time zone; at once, and another way, if it has passed.

    The user may talk in other flows meanwhile.
    """

    title = "Wait until"
    icon = "calendar"
    group = "logic"

    kind: Literal["schedule"] = "schedule"
    when: Annotated[OnDate | OnWeekday | FromVariable, Field(discriminator="by")] = ui("When", OnDate())
    next: Link | None = ui("Then", None)
    late: Link | None = ui("If it has passed, or is not known", None, unwired="warning")

    @property
    def stops(self) -> bool:
        return False

    @property
    def pauses(self) -> bool:
        return self.when.ahead

    def idle(self) -> frozenset[str]:
        return frozenset({"late"} if self.when.ahead else ())

    def enter(self, scene: Scene) -> Move:
        moment = self._moment(scene)
        if moment is None or moment < scene.now:
            return self.late
        if moment == scene.now:
            return self.next
        return Wait(moment.astimezone(UTC), whom="clock")

    def hear(self, scene: Scene, event: Event) -> Move:
        return self.next

    def _moment(self, scene: Scene) -> datetime | None:
        try:
            return self.when.moment(scene)
        except OverflowError:
            scene.fault("no_date", "the moment lies beyond the calendar")
            return None
