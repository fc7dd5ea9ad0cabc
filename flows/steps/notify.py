"""Tell the shop's staff something, and go on."""

from collections.abc import Iterator
from typing import Literal

from flows.effects import Notify
from flows.links import Link
from flows.step import Complaint, Move, Scene, Step, ui


class NotifyStaff(Step):
    """Send a notice to the shop's notification channels; the user sees nothing of it."""

    title = "Notify staff"
    icon = "bell"
    group = "actions"

    kind: Literal["notify"] = "notify"
    subject: str = ui("Title", "", widget="template", translate="never", max_length=500)
    text: str = ui("Text", "", widget="template", translate="never", max_length=8000)
    tags: tuple[str, ...] = ui(
        "Only through channels with one of these tags", (), widget="tags", max_length=20
    )
    next: Link | None = ui("Then", None)

    def enter(self, scene: Scene) -> Move:
        subject, text = scene.render(self.subject).strip(), scene.render(self.text).strip()
        if subject or text:
            scene.emit(Notify(subject, text, self.tags))
        else:
            scene.fault("empty_notice", "the notice came out empty, so nobody was told")
        return self.next

    def amiss(self) -> Iterator[Complaint]:
        if not self.subject.strip() and not self.text.strip():
            yield Complaint(
                "error", "subject", "no_notice", "There is nothing to tell. Write a title or a text."
            )
