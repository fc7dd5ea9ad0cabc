"""Our own chat on a web site: frames of JSON over a WebSocket, fetched by the widget."""

import re
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import Meta, Struct
from pydantic import AfterValidator

from channels.base import ApiRequest, BotCredentials, Channel, Inbound, Limits, Sent, Undelivered
from channels.clean import clean, read
from flows.effects import ButtonKind, Media, Send
from flows.events import Contact, Event, Location, Pressed, Said, Started
from flows.json_value import JSON
from flows.like import Like
from flows.step import ui

_LONGEST_TEXT = 8000
_ORIGIN = re.compile(r"https?://[a-z0-9.-]+(:\d{1,5})?|https?://\[[0-9a-f:.]+\](:\d{1,5})?")


def _origin(written: str) -> str:
    origin = written.strip().rstrip("/").lower()
    if not _ORIGIN.fullmatch(origin):
        raise ValueError("a site is written like https://shop.example")
    return origin


class WidgetSettings(BotCredentials):
    """How the chat looks, and where it may stand.  With no site named it stands on our own page only."""

    origins: tuple[Annotated[str, AfterValidator(_origin)], ...] = ui("Sites it may stand on", ())
    title: str = ui("Title", "", max_length=60)
    colour: Annotated[str, Like(r"^#[0-9a-fA-F]{6}$", "a colour such as #2563eb")] = ui("Colour", "#2563eb")
    greeting: str = ui("Greeting before the first message", "", max_length=300)


Key = Annotated[str, Meta(min_length=1, max_length=64)]
Text = Annotated[str, Meta(max_length=_LONGEST_TEXT)]


class _Start(Struct, tag_field="t", tag="start"):
    id: Key
    parameter: Annotated[str, Meta(max_length=512)] = ""

    def event(self) -> Event | None:
        return Started(clean(self.parameter))


class _Say(Struct, tag_field="t", tag="say"):
    id: Key
    text: Text

    def event(self) -> Event | None:
        return Said(clean(self.text))


class _Press(Struct, tag_field="t", tag="press"):
    """`on`: the message whose button it was, as the page counts."""

    id: Key
    code: str
    on: Annotated[int, Meta(ge=0, le=2**63 - 1)] = 0

    def event(self) -> Event | None:
        return Pressed.from_code(self.code)


class _Share(Struct, tag_field="t", tag="contact"):
    """A phone number that the visitor typed; nobody vouches that it is his."""

    id: Key
    phone: Annotated[str, Meta(min_length=1, max_length=40)]
    name: Annotated[str, Meta(max_length=200)] = ""

    def event(self) -> Event | None:
        return Said(contact=Contact(clean(self.phone), clean(self.name)))


class _Place(Struct, tag_field="t", tag="place"):
    """Where the visitor is, as his browser tells once he agreed."""

    id: Key
    latitude: Annotated[float, Meta(ge=-90, le=90)]
    longitude: Annotated[float, Meta(ge=-180, le=180)]

    def event(self) -> Event | None:
        return Said(location=Location(self.latitude, self.longitude))


class _ShownButton(Struct, omit_defaults=True):
    label: str
    kind: ButtonKind = "go"
    code: str = ""
    url: str = ""


class _Shown(Struct, tag_field="t", tag="message", omit_defaults=True):
    seq: int
    at: datetime
    text: str = ""
    media: tuple[Media, ...] = ()
    buttons: tuple[_ShownButton, ...] = ()
    columns: int = 0
    instead_of: int = 0


_BODY = msgspec.json.Decoder[JSON](JSON)
_FRAME = msgspec.json.Decoder(_Start | _Say | _Press | _Share | _Place)


class Web(Channel[WidgetSettings]):
    title = "Web site"
    bot_type = 100
    pulls = True
    limits = Limits(
        text=_LONGEST_TEXT,
        caption=_LONGEST_TEXT,
        buttons=100,
        label=200,
        columns=8,
        requests=frozenset({"phone", "location"}),
        links=True,
        edits=True,
    )
    Credentials = WidgetSettings

    def verify(
        self, credentials: WidgetSettings, secret: str, headers: Mapping[str, str], body: bytes
    ) -> bool:
        """Nobody delivers here by webhook: visitors come through their own socket."""
        return False

    def parse(self, body: bytes) -> list[Inbound]:
        """A frame or a list of them, as the widget sends.  `user` is empty: the socket's owner knows it."""
        found: list[Inbound] = []
        for order, raw in enumerate(_split(body)):
            frame = read(_FRAME, raw)
            event = frame.event() if frame else None
            if frame and event:
                on = str(frame.on) if isinstance(frame, _Press) and frame.on else ""
                found.append(Inbound(key=clean(frame.id), user="", event=event, on=on, order=order))
        return found

    def frame(self, seq: int, message: Send, at: datetime) -> bytes:
        """What the widget shows, as JSON; the code of a button is what it says in its `press`."""
        buttons = tuple(
            _ShownButton(one.label, one.kind, url=one.url)
            if one.kind == "url"
            else _ShownButton(one.label, one.kind, message.code(one))
            for one in message.buttons
        )
        on = int(message.instead_of or 0)
        return msgspec.json.encode(_Shown(seq, at, message.text, message.media, buttons, message.columns, on))

    def render(self, credentials: WidgetSettings, to: str, message: Send) -> list[ApiRequest]:
        return []

    def classify(self, status: int, headers: Mapping[str, str], body: bytes) -> Sent | Undelivered:
        return (
            Sent("") if status == 200 else Undelivered("retry", f"HTTP {status}" if status else "no answer")
        )


def _split(body: bytes) -> list[bytes]:
    found = read(_BODY, body)
    return [msgspec.json.encode(one) for one in (found if isinstance(found, list) else [found])]
