"""What a turn begins with: something the user did, or something we were waiting for."""

from typing import Literal, Self

from msgspec import Struct

from flows.json_value import JSON


class Attachment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file the user sent: an address, or the messenger's own reference to it (`ref`)."""

    kind: Literal["image", "video", "audio", "voice", "file", "sticker"]
    url: str = ""
    ref: str = ""
    mime: str = ""
    name: str = ""
    size: int | None = None


class Contact(Struct, frozen=True, omit_defaults=True):
    """A phone number shared by button; `own` when the messenger vouches that it is the sender's."""

    phone: str
    name: str = ""
    own: bool = False


class Location(Struct, frozen=True):
    latitude: float
    longitude: float


class _Event(Struct, frozen=True, tag_field="it", tag=str.lower, omit_defaults=True):
    pass


class Started(_Event, frozen=True):
    """The start command, or a deep link; `parameter` is what the link carried."""

    parameter: str = ""


class Said(_Event, frozen=True):
    text: str = ""
    attachments: tuple[Attachment, ...] = ()
    contact: Contact | None = None
    location: Location | None = None


class Pressed(_Event, frozen=True):
    """A menu item of a message that may be old: `revision` and `step` say which step showed it."""

    revision: int
    step: str
    item: str

    @property
    def code(self) -> str:
        """What the messenger hands back on a press: at most 62 ASCII bytes (Telegram allows 64)."""
        return f"{self.revision:x}.{self.step}.{self.item}"

    @classmethod
    def from_code(cls, code: str) -> Self | None:
        """The press that `code` stands for; None if it is none of ours."""
        parts = code.split(".")
        if len(parts) != 3 or not all(parts) or len(code) > 64 or not code.isascii():
            return None
        try:
            return cls(revision=int(parts[0], 16), step=parts[1], item=parts[2])
        except ValueError:
            return None


class Woke(_Event, frozen=True):
    """The moment of a `WakeAt` has come; a `token` that the state no longer holds makes it void."""

    flow: str
    step: str
    token: int


class Answered(_Event, frozen=True):
    """The outside answered a `Call`; status 0 means that it could not be reached."""

    flow: str
    step: str
    token: int
    status: int
    body: JSON = None


class Ran(_Event, frozen=True):
    """Somebody else runs a flow for the user: an operator, a partner's program."""

    flow: str


class Stopped(_Event, frozen=True):
    """Somebody else stops a flow for the user; its pending delays are void."""

    flow: str


class TookOver(_Event, frozen=True):
    """An operator answers from now on; the bot is silent."""


class HandedBack(_Event, frozen=True):
    """The operator is done; the bot goes on."""


class Left(_Event, frozen=True):
    """The user blocked the bot or left it."""


class Joined(_Event, frozen=True):
    """The user, who had left, came back."""


class OrderMoved(_Event, frozen=True, tag="order_moved"):
    """News of an order of the user's: `status` as it is told to him, and whether it is paid by now.

    `unpaid`: an attempt to pay it came to nothing.
    """

    number: int
    status: Literal["accepted", "paid", "unpaid", "delivering", "done", "cancelled"]
    paid: bool = False
    told: bool = False
    """He knows it already, and only a step has still to hear of it."""


Event = (
    Started
    | Said
    | Pressed
    | Woke
    | Answered
    | Ran
    | Stopped
    | TookOver
    | HandedBack
    | Left
    | Joined
    | OrderMoved
)
