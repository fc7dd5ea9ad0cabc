"""Keep what the user filled in as a lead."""

from typing import Literal

from flows.effects import CaptureLead, Notify
from flows.kept_values import written
from flows.links import FlowKey, Link
from flows.step import Move, Part, Scene, Step, ui
from flows.variables import Variable


class LeadField(Part):
    """A variable that goes into the lead.  A lead is kept even if a required one is empty."""

    variable: Variable = ui("Variable", widget="variable")
    title: str = ui("Title", "", max_length=200)
    required: bool = ui("Required", False)


class KeepLead(Step):
    """Keep a lead, with the fields as they are now.  No fields: all variables of the user."""

    title = "Save a lead"
    icon = "inbox"
    group = "actions"

    kind: Literal["capture_lead"] = "capture_lead"
    form: FlowKey = ui("Form", "lead")
    lead_title: str = ui("Title of the lead", "", widget="template", translate="never", max_length=500)
    fields: tuple[LeadField, ...] = ui("Fields", (), max_length=100)
    dedupe_minutes: int = ui("The same lead again within (minutes) is one lead", 0, ge=0, le=43_200)
    tags: tuple[str, ...] = ui("Add tags", (), widget="tags", max_length=20)
    notify: bool = ui("Tell the staff", False)
    notify_tags: tuple[str, ...] = ui(
        "Only through channels with one of these tags", (), widget="tags", max_length=20
    )
    next: Link | None = ui("Then", None)

    def enter(self, scene: Scene) -> Move:
        for field in self.fields:
            if field.required and not written(scene.get(field.variable)).strip():
                named = field.title or field.variable
                scene.fault("lead_incomplete", f"the lead lacks «{named}», which is required")
        titles = self._titles(scene)
        values = {name: scene.get(name) for name in titles}
        title = scene.render(self.lead_title)
        scene.emit(
            CaptureLead(self.form, values, title, self.dedupe_minutes, tags=self.tags, told=self.notify)
        )
        if self.notify:
            lines = [f"{titles[name]}: {written(value)}" for name, value in values.items()]
            scene.emit(Notify(title or self.form, "\n".join(lines), self.notify_tags))
        for tag in self.tags:
            scene.tag(tag, on=True)
        return self.next

    def _titles(self, scene: Scene) -> dict[str, str]:
        """What is kept, and what to call it."""
        own = {field.variable: field.title or field.variable for field in self.fields}
        return own or {name: name for name in scene.card.variables if not name.startswith("_")}
