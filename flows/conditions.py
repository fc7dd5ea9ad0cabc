"""What a condition may ask about the user and the moment."""

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from flows.step import Complaint, Scene, ui
from flows.variable_conditions import (
    Asked,
    BoolVariable,
    DateVariable,
    NumberVariable,
    TextVariable,
)
from flows.working_hours import Hours


class HasTag(Asked, title="Tag"):
    """The user has a tag, or lacks it."""

    what: Literal["tag"] = "tag"
    test: Literal["has", "lacks"] = ui("The user", "has")
    tag: str = ui("Tag", "", widget="tag", max_length=100)

    def holds(self, scene: Scene) -> bool:
        return (self.tag in scene.card.tags) == (self.test == "has")

    def amiss(self) -> Iterator[Complaint]:
        if not self.tag.strip():
            yield Complaint("error", "tag", "no_tag", "No tag is chosen. Choose one.")


class OnChannel(Asked, title="Messenger"):
    """The conversation is held in a certain messenger, or in any other."""

    what: Literal["channel"] = "channel"
    test: Literal["is", "is_not"] = ui("The messenger", "is")
    channel: str = ui("Messenger", "", widget="channel", max_length=40)

    def holds(self, scene: Scene) -> bool:
        return (scene.card.channel == self.channel) == (self.test == "is")

    def amiss(self) -> Iterator[Complaint]:
        if not self.channel:
            yield Complaint("error", "channel", "no_channel", "No messenger is chosen. Choose one.")


class TimeNow(Asked, title="Time of the week"):
    """The present moment lies within weekly hours, in the shop's time zone."""

    what: Literal["time"] = "time"
    test: Literal["within", "outside"] = ui("Now is", "within")
    hours: Hours = ui("Hours", Hours())

    def holds(self, scene: Scene) -> bool:
        return self.hours.open_at(scene.now, scene.zone) == (self.test == "within")


class DateNow(Asked, title="Date today"):
    """Today lies within dates, both included, in the shop's time zone; an open end is left empty."""

    what: Literal["today"] = "today"
    first: date | None = ui("From", None)
    last: date | None = ui("To", None)

    def holds(self, scene: Scene) -> bool:
        today = scene.now.astimezone(scene.zone).date()
        return (self.first or date.min) <= today <= (self.last or date.max)

    def amiss(self) -> Iterator[Complaint]:
        if self.first and self.last and self.first > self.last:
            yield Complaint("error", "last", "bounds", "The first date is after the last. Swap them.")


Condition = Annotated[
    HasTag | OnChannel | TextVariable | NumberVariable | BoolVariable | DateVariable | TimeNow | DateNow,
    Field(discriminator="what"),
]
