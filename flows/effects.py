"""What a turn asks the world to do.  Steps never do it; the runtime does, after the commit."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from flows.events import Pressed
from flows.json_value import JSON

ButtonKind = Literal["go", "url", "phone", "location"]
MediaKind = Literal["image", "video", "audio", "file"]


class Button(Struct, frozen=True, omit_defaults=True):
    """One choice under a message.  `item` names the menu item within its step."""

    item: str
    label: str
    kind: ButtonKind = "go"
    url: str = ""
    numbered: bool = True
    """Whether its place in the menu may be typed instead; not where a number is an answer of its own."""


class Media(Struct, frozen=True, omit_defaults=True):
    kind: MediaKind
    url: str
    name: str = ""


class _Effect(Struct, frozen=True, tag_field="do", tag=str.lower, omit_defaults=True):
    pass


class Send(_Effect, frozen=True):
    """A message to the user.  `columns`: buttons in a row; 0 leaves it to the channel.

    `album`: its pictures and videos are one group, where the channel can show one.  `after`: how many seconds
    after its turn it is shown, where users fetch their messages; 0: at once.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    media: tuple[Media, ...] = ()
    columns: int = 0
    revision: int = 0
    step: str = ""
    album: bool = False
    after: float = 0.0

    def code(self, button: Button) -> str:
        """What the messenger shall hand back when `button` is pressed."""
        return Pressed(self.revision, self.step, button.item).code


class Typing(_Effect, frozen=True):
    """Show that somebody is typing, and send what follows so many seconds later."""

    seconds: float


class Notice(_Effect, frozen=True):
    """A word beside the conversation (a toast on a press); left out where a channel has none."""

    text: str


class CaptureLead(_Effect, frozen=True):
    form: str
    values: dict[str, JSON]
    title: str = ""
    dedupe_minutes: int = 0


class WakeAt(_Effect, frozen=True):
    """Come back to this step then.  A later one for the same flow and step takes its place."""

    at: datetime
    flow: str
    step: str
    token: int


class CancelWakes(_Effect, frozen=True):
    """The flow was stopped: none of its delays shall fire."""

    flow: str


class HttpRequest(Struct, frozen=True, tag_field="ask", tag="http", omit_defaults=True):
    """A question to another system.  `timeout` in seconds; `body` is sent as JSON unless None."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    url: str
    headers: dict[str, str] = {}
    body: JSON = None
    timeout: float = 10.0
    retries: int = 0


Request = HttpRequest


class Call(_Effect, frozen=True):
    """Ask the outside; the answer comes back as `Answered` with the same flow, step and token."""

    request: Request
    flow: str
    step: str
    token: int


class HandOver(_Effect, frozen=True):
    """A person shall answer; `note` is for the operator."""

    note: str = ""


class Fault(_Effect, frozen=True):
    """The flow could not do what was drawn: for its author to see, never for the user."""

    code: str
    flow: str
    step: str
    message: str


Effect = Send | Typing | Notice | CaptureLead | WakeAt | CancelWakes | Call | HandOver | Fault
