"""Ask for a date, a time, or both."""

from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from typing import Literal

from flows.date_bounds import Bound, Parts, When, bound, crossed, limits, order
from flows.dates import YEARS, Style, read_date, read_moment, read_time, style
from flows.events import Said
from flows.json_value import JSON
from flows.kept_values import as_moment, iso, written
from flows.question import Question, Understood, Wrong
from flows.step import Complaint, Scene, ui
from flows.working_hours import first_instant


class AskDate(Question):
    """Ask for a date, a time or both, and save it as ISO text.

    A date is saved as `2026-12-31`, a time as `14:30`, both as `2026-12-31T14:30:00+01:00`, in the time
    zone of the shop.  A time that the clocks skip in spring is the first moment after; of one that comes
    twice in autumn the first is meant.
    """

    title = "Ask for a date or time"
    icon = "calendar"

    kind: Literal["ask_date"] = "ask_date"
    what: Parts = ui("Ask for", "date")
    first: Literal["by_language", "day", "month"] = ui("In 3/4/2026 the first number is", "by_language")
    earliest: str = ui(
        "Not before (such as today, now + 2 hours, 09:00)",
        "",
        widget="template",
        translate="never",
        max_length=200,
    )
    latest: str = ui(
        "Not after (such as 2026-12-31, today + 30 days)",
        "",
        widget="template",
        translate="never",
        max_length=200,
    )

    def read(self, scene: Scene, said: Said) -> Understood | Wrong:
        today = scene.now.astimezone(scene.zone).date()
        how = self._style(scene)
        if self.what == "date":
            day = read_date(said.text, today, how)
            return self._within(scene, When(day=day), day.isoformat() if day else None)
        if self.what == "time":
            clock = read_time(said.text)
            return self._within(scene, When(clock=clock), clock.isoformat("minutes") if clock else None)
        found = read_moment(said.text, today, how)
        moment = found and first_instant(found.date(), found.time(), scene.zone)
        return self._within(scene, *self._kept(scene, moment))

    def recall(self, scene: Scene, value: JSON) -> Understood | None:
        text = written(value)
        if self.what == "both":
            moment = as_moment(text, scene.zone) if "T" in text else None
            moment = moment if moment and moment.year in YEARS else None
            found = self._within(scene, *self._kept(scene, moment))
            return found if isinstance(found, Understood) else None
        return super().recall(scene, value)

    def called(self, scene: Scene, value: JSON) -> str:
        found = iso(written(value))
        if found is None or self.what == "time":
            return written(value)
        return self._shown(scene, found if self.what == "both" else found.date())

    def _kept(self, scene: Scene, moment: datetime | None) -> tuple[When, str | None]:
        if moment is None:
            return When(), None
        local = moment.astimezone(scene.zone)
        return When(local.date(), local.time(), local), local.isoformat(timespec="seconds")

    def _within(self, scene: Scene, answer: When, value: str | None) -> Understood | Wrong:
        if not value:
            tomorrow = scene.now.astimezone(scene.zone).date() + timedelta(days=1)
            return Wrong(f"not_{self.what}", {"example": self._shown(scene, tomorrow)})
        least, most = self._bound(scene, self.earliest), self._bound(scene, self.latest)
        if least is not None and order(answer, least, scene.zone) < 0:
            return Wrong("date_too_early", {"least": self._told(scene, least)})
        if most is not None and order(answer, most, scene.zone) > 0:
            return Wrong("date_too_late", {"most": self._told(scene, most)})
        return Understood(value)

    def _bound(self, scene: Scene, template: str) -> Bound | None:
        text = scene.render(template).strip()
        found = bound(text, scene.now, scene.zone) if text else None
        if text and found is None:
            scene.fault("bound", f"«{text}» is no date or time that a limit could be")
        return found

    def _style(self, scene: Scene) -> Style:
        found = style(scene.card.lang_code)
        return found if self.first == "by_language" else found._replace(month_first=self.first == "month")

    def _told(self, scene: Scene, limit: Bound) -> str:
        if isinstance(limit, datetime) and self.what == "date":
            return self._shown(scene, limit.astimezone(scene.zone).date())
        return limit.isoformat("minutes") if isinstance(limit, time) else self._shown(scene, limit)

    def _shown(self, scene: Scene, day: date) -> str:
        phrase = "date_month_first" if self._style(scene).month_first else "date_day_first"
        local = day.astimezone(scene.zone) if isinstance(day, datetime) else day
        shown = scene.phrase(phrase, day=f"{local:%d}", month=f"{local:%m}", year=str(local.year))
        return f"{shown} {local:%H:%M}" if isinstance(local, datetime) else shown

    def amiss(self) -> Iterator[Complaint]:
        yield from super().amiss()
        for name, text in (("earliest", self.earliest), ("latest", self.latest)):
            if text.strip() and "{" not in text and not limits(text, self.what):
                message = f"«{text}» is no limit for this answer. Write it as 2026-12-31, today + 7 days, "
                yield Complaint("error", name, "no_date", f"{message}now + 2 hours or 09:00.")
        if crossed(self.earliest, self.latest):
            message = "The earliest answer is after the latest: none can fit. Change one of them."
            yield Complaint("error", "earliest", "bounds", message)
