"""Send a message that a messenger has approved beforehand."""

import re
from collections.abc import Iterator
from typing import Literal

from flows.effects import Media, Send, Template
from flows.links import Link
from flows.step import Complaint, Move, Part, Scene, Shown, Step, ui

LONGEST_HEADER, LONGEST_VALUE = 60, 1024
NOTHING = "-"
"""What stands where a value is empty: messengers refuse a template with a gap."""

_NAME = re.compile(r"[a-z0-9_]{1,512}")
_LANGUAGE = re.compile(r"[a-z]{2,3}(_[A-Z]{2})?")


class Value(Part):
    """What fills one place of the template: the first `{{1}}`, the second `{{2}}`."""

    text: str = ui("Value", "", widget="template", translate="may", max_length=2000)

    def amiss(self) -> Iterator[Complaint]:
        if not self.text.strip():
            message = "This value is empty, and messengers refuse that. Write it or remove it."
            yield Complaint("error", "text", "no_text", message)


class HeaderMedia(Part):
    """The picture, video or file at the head of the template."""

    kind: Literal["image", "video", "file"] = ui("Kind", "image")
    url: str = ui("Address", "", widget="template", translate="may", max_length=2000)
    name: str = ui("File name", "", translate="may", max_length=200)

    def amiss(self) -> Iterator[Complaint]:
        if not self.url.strip():
            message = "The picture or file at the head is missing. Write its address."
            yield Complaint("error", "url", "no_url", message)


class TemplateMessage(Step):
    """Send an approved template where the messenger keeps some, and the text everywhere else.

    WhatsApp takes nothing else once a day has passed since the user last wrote.
    """

    title = "Template message"
    icon = "stamp"

    kind: Literal["template_message"] = "template_message"
    name: str = ui("Name of the template", "", max_length=512)
    language: str = ui("Its language (such as en or en_US)", "", translate="may", max_length=10)
    header: str = ui(
        "Value in the header", "", widget="template", translate="may", max_length=LONGEST_HEADER * 10
    )
    media: HeaderMedia | None = ui("Picture or file in the header", None)
    body: tuple[Value, ...] = ui("Values in the text", (), max_length=30)
    text: str = ui("Text for messengers without templates", "", widget="template", max_length=8000)
    next: Link | None = ui("Then", None)

    def enter(self, scene: Scene) -> Move:
        media = self._media(scene)
        text = scene.render(self.text)
        if self.name and self.language:
            template = Template(
                name=self.name,
                language=self.language,
                body=tuple(self._value(scene, one.text, LONGEST_VALUE) for one in self.body),
                header=self._value(scene, self.header, LONGEST_HEADER) if self.header.strip() else "",
                header_media=media,
            )
            scene.emit(Send(text, media=(media,) if media else (), template=template))
        else:
            scene.fault("template_message", "The template has no name or no language.")
            scene.say(text, media=(media,) if media else ())
        return self.next

    def _media(self, scene: Scene) -> Media | None:
        url = scene.render(self.media.url).strip() if self.media else ""
        return Media(self.media.kind, url, self.media.name) if self.media and url else None

    def _value(self, scene: Scene, source: str, most: int) -> str:
        """On one line, without long gaps, and never empty."""
        value = " ".join(scene.render(source).split())
        if not value:
            scene.fault("template_message", f"The value «{source}» is empty.")
        return value[:most].rstrip() or NOTHING

    def amiss(self) -> Iterator[Complaint]:
        if not _NAME.fullmatch(self.name):
            message = "The template's name is missing or wrong: it has small letters, digits and underscores."
            yield Complaint("error", "name", "no_name", message)
        if not _LANGUAGE.fullmatch(self.language):
            message = "The template's language is missing or wrong. Write it like en or en_US."
            yield Complaint("error", "language", "no_language", message)
        if self.header.strip() and self.media is not None:
            message = "A header holds a text or a picture, not both. Remove one of them."
            yield Complaint("error", "header", "two_headers", message)
        if not self.text.strip():
            message = "Messengers without templates would show nothing. Write the text for them."
            yield Complaint("error", "text", "no_text", message)

    def shows(self) -> Iterator[Shown]:
        yield Shown("text", self.text)
