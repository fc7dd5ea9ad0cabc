"""Show several pictures as one group."""

from collections.abc import Iterator
from typing import Literal

from flows.effects import Media
from flows.links import Link
from flows.step import Complaint, Move, Part, Scene, Shown, Step, ui


class AlbumItem(Part):
    """A picture or video of the album."""

    kind: Literal["image", "video"] = ui("Kind", "image")
    url: str = ui("Address", "", widget="template", translate="may", max_length=2000)

    def amiss(self) -> Iterator[Complaint]:
        if not self.url.strip():
            yield Complaint("error", "url", "no_url", "The picture is missing. Write its address.")


class Album(Step):
    """Show pictures and videos as one group with a caption; one after another where that cannot be."""

    title = "Album"
    icon = "images"

    kind: Literal["album"] = "album"
    items: tuple[AlbumItem, ...] = ui("Pictures and videos", (), max_length=10)
    caption: str = ui("Caption", "", widget="template", max_length=8000)
    next: Link | None = ui("Then", None)

    def enter(self, scene: Scene) -> Move:
        media = tuple(Media(one.kind, scene.render(one.url)) for one in self.items)
        scene.say(scene.render(self.caption), media=media, album=True)
        return self.next

    def amiss(self) -> Iterator[Complaint]:
        if len(self.items) < 2:
            message = "An album has at least two pictures. Add some, or use a message."
            yield Complaint("error", "items", "few_items", message)

    def shows(self) -> Iterator[Shown]:
        if self.caption:
            yield Shown("caption", self.caption)
