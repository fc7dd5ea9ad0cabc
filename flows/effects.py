"""What a turn asks the world to do.  Steps never do it; the runtime does, after the commit."""

from datetime import datetime
from typing import Literal

from msgspec import Struct

from flows.events import Pressed
from flows.json_value import JSON
from flows.requests import Request

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
    after its turn it is shown, where users fetch their messages; 0: at once.  `instead`: it takes the place
    of the message whose button was pressed, where the channel can edit one; which that is the runtime fills
    in (`instead_of`).  `template`: what is sent rather than the text, where the messenger keeps approved
    templates.
    """

    text: str
    buttons: tuple[Button, ...] = ()
    media: tuple[Media, ...] = ()
    columns: int = 0
    revision: int = 0
    step: str = ""
    album: bool = False
    after: float = 0.0
    instead: bool = False
    instead_of: str = ""
    template: "Template | None" = None

    def code(self, button: Button) -> str:
        """What the messenger shall hand back when `button` is pressed."""
        return Pressed(self.revision, self.step, button.item).code


class Template(Struct, frozen=True, omit_defaults=True):
    """A message that a messenger approved beforehand, and what fills its places `{{1}}`, `{{2}}` and on."""

    name: str
    language: str
    body: tuple[str, ...] = ()
    header: str = ""
    header_media: Media | None = None


class Typing(_Effect, frozen=True):
    """Show that somebody is typing, and send what follows so many seconds later."""

    seconds: float


class Notice(_Effect, frozen=True):
    """A word beside the conversation (a toast on a press); where a channel has none it is a word within."""

    text: str


class CaptureLead(_Effect, frozen=True):
    """`told`: the staff is told by an effect of its own, whatever the form says."""

    form: str
    values: dict[str, JSON]
    title: str = ""
    dedupe_minutes: int = 0
    tags: tuple[str, ...] = ()
    told: bool = False


class WakeAt(_Effect, frozen=True):
    """Come back to this step then.  A later one for the same flow and step takes its place."""

    at: datetime
    flow: str
    step: str
    token: int


class CancelWakes(_Effect, frozen=True):
    """The flow was stopped: none of its delays shall fire."""

    flow: str


class Call(_Effect, frozen=True):
    """Ask a question that a step cannot answer itself.

    The answer comes back as `Answered` with the same flow, step and token.
    """

    request: Request
    flow: str
    step: str
    token: int


class HandOver(_Effect, frozen=True):
    """A person shall answer; `note` is for the operator."""

    note: str = ""


class Notify(_Effect, frozen=True):
    """Tell the shop's staff, through the notification channels that have one of the `tags` or none."""

    title: str
    text: str = ""
    tags: tuple[str, ...] = ()


class OrderLine(Struct, frozen=True):
    """What is bought, as it was on that day.  `price`, of one, in minor units of the order's currency."""

    variant: int
    product: int
    title: str
    price: int
    quantity: int


class PlaceOrder(_Effect, frozen=True, kw_only=True, tag="place_order"):
    """The user orders.  Money in minor units of `currency`; `total` = subtotal - discount + delivery_price.

    What cannot be sold any more by then makes the whole turn void: it is played again, on what there is.
    """

    number: int
    currency: str
    lines: tuple[OrderLine, ...]
    contact: dict[str, JSON]
    """`name`, `phone`, `email`, `address`, `location` and what else was asked, as far as there is."""
    subtotal: int
    discount: int = 0
    promo: str = ""
    delivery: int | None = None
    delivery_title: str = ""
    delivery_price: int = 0
    payment: int | None = None
    payment_title: str = ""
    total: int
    comment: str = ""


class Fault(_Effect, frozen=True):
    """The flow could not do what was drawn: for its author to see, never for the user."""

    code: str
    flow: str
    step: str
    message: str


Effect = (
    Send
    | Typing
    | Notice
    | CaptureLead
    | PlaceOrder
    | Notify
    | WakeAt
    | CancelWakes
    | Call
    | HandOver
    | Fault
)
