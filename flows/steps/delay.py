"""Wait a while before going on."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Literal

from flows.events import Event
from flows.links import Link
from flows.step import Complaint, Move, Scene, Step, Wait, ui
from flows.working_hours import RoundHours


class Delay(Step):
    """Go on no sooner than the amount says, and within the hours if there are any.

    The user may talk in other flows meanwhile.  A day is 24 hours, also when the clocks change.
    """

    title = "Delay"
    icon = "clock"
    group = "logic"

    kind: Literal["delay"] = "delay"
    days: int = ui("Days", 0, ge=0, le=366)
    hours: int = ui("Hours", 0, ge=0, le=9_999)
    minutes: int = ui("Minutes", 0, ge=0, le=99_999)
    seconds: int = ui("Seconds", 0, ge=0, le=999_999)
    window: RoundHours | None = ui("Only within these hours", None)
    next: Link | None = ui("Then", None)

    @property
    def stops(self) -> bool:
        return False

    @property
    def pauses(self) -> bool:
        return self._amount > timedelta(0)

    def enter(self, scene: Scene) -> Move:
        until = self._moment(scene)
        return Wait(until, whom="clock") if until > scene.now else self.next

    def hear(self, scene: Scene, event: Event) -> Move:
        return self.next

    @property
    def _amount(self) -> timedelta:
        return timedelta(days=self.days, hours=self.hours, minutes=self.minutes, seconds=self.seconds)

    def _moment(self, scene: Scene) -> datetime:
        earliest = scene.now.astimezone(UTC) + self._amount
        return self.window.earliest(earliest, scene.zone) if self.window else earliest

    def amiss(self) -> Iterator[Complaint]:
        if self.window is None and not self.pauses:
            yield Complaint("warning", "seconds", "no_amount", "This delay waits for nothing. Set how long.")
