"""What a messenger must know how to do.  A channel is one class in one file of `kinds/`."""

from abc import ABC, abstractmethod
from collections.abc import AsyncGenerator, Mapping
from datetime import datetime
from typing import ClassVar, Generic, Literal, NamedTuple, TypeVar

from msgspec import Struct
from pydantic import BaseModel, ConfigDict

from channels.invoices import Checkout, Invoice, Receipt
from flows.effects import Send
from flows.events import Event


class Inbound(Struct, frozen=True, kw_only=True):
    """One thing a user did, in our words.  Empty texts are what the messenger did not tell."""

    key: str
    """The messenger's own id of it: the same one twice is the same thing."""
    user: str
    """The messenger's id of the user, unique within the bot."""
    event: Event
    name: str = ""
    username: str = ""
    phone: str = ""
    lang_code: str = ""
    ack: str = ""
    """What the messenger wants acknowledged, in its own words (a callback id)."""
    on: str = ""
    """Which message's button was pressed, in the channel's own words; empty if it cannot be edited."""
    order: int = 0
    """Ascending as the user acted; sorts what arrives together."""
    source: dict[str, str] = {}
    """What the address that brought him says of it (`utm_source` and on); kept of a user who is new."""


class Pace(NamedTuple):
    """How fast the messenger lets a bot write; faster, and it answers «slow down»."""

    bulk_per_second: float = float("inf")
    """To all together.  Held for what goes to many at once: a messenger does not count answers so."""
    per_chat_per_second: float = float("inf")
    chat_burst: int = 1
    """How many one person may get at once, after a while of silence."""


class Limits(NamedTuple):
    """What one message may hold, in the unit that the messenger counts (`text_unit`)."""

    text: int = 4096
    caption: int = 1024
    buttons: int = 0
    label: int = 64
    columns: int = 8
    text_unit: Literal["characters", "utf16", "bytes"] = "characters"
    media: frozenset[str] = frozenset({"image", "video", "audio", "file"})
    album: int = 1
    """How many pictures and videos one message can show as a group."""
    requests: frozenset[str] = frozenset()
    """Which of `phone` and `location` a button can ask for."""
    links: bool = False
    """Whether a button can open an address."""
    typed_menu: bool = False
    """Beside a phone or location request every other button is a text that pressing it sends: a link cannot
    stand there, and a label must be one that the engine understands when it is typed."""
    edits: bool = False
    """Whether a message can take the place of the one whose button was pressed (see `Channel.edit`)."""
    templates: bool = False
    """Whether the messenger keeps approved templates, and sends one where a message names it."""
    pace: Pace = Pace()


class ApiRequest(Struct, frozen=True, kw_only=True):
    """A prepared request; `body` is ready JSON.  `secret` parts of the URL must not be logged."""

    url: str
    body: bytes = b"{}"
    method: Literal["GET", "POST"] = "POST"
    headers: dict[str, str] = {}
    label: str = ""
    """What to call it in logs, without secrets: `sendMessage`."""
    edits: str = ""
    """The messenger's name of the message that it changes.  To ask for that twice does no harm."""
    spare: bool = False
    """It only tidies up: whatever the messenger says to it, all is well."""


class Sent(NamedTuple):
    external_id: str


class Undelivered(NamedTuple):
    """The messenger did not take it.

    `retry`: an outage, try again later; `slow`: too fast, wait `retry_after` seconds (for the whole bot, or
    for this chat); `gone`: the user blocked the bot; `auth`: the credentials are refused; `refused`: this
    message will never be taken.
    """

    kind: Literal["retry", "slow", "gone", "auth", "refused"]
    reason: str
    retry_after: float | None = None
    whole_bot: bool = False
    ambiguous: bool = False
    """It may have been delivered all the same: the request went out, and the answer was lost."""
    taken: int = 0
    """How many of the requests before this one were taken: to send them again would say them twice."""


class Hook(NamedTuple):
    """Where the messenger shall deliver, and the secret that proves it is the messenger."""

    url: str
    secret: str


class Profile(NamedTuple):
    """The bot as the messenger knows it."""

    name: str
    nickname: str = ""
    link: str = ""
    """Address that opens a conversation; a start parameter is appended as the channel defines."""


class ConnectionRefused(Exception):
    """The messenger refused the credentials, or could not be reached; `reason` is for the shop owner."""

    def __init__(self, reason: str, *, outage: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.outage = outage


class BotCredentials(BaseModel):
    """What a shop owner enters to connect a bot.  A refused value never shows in an error."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True
    )


C = TypeVar("C", bound=BaseModel)


class Channel(ABC, Generic[C]):
    """`base_url` is the messenger's API, from settings, so that tests and proxies can stand in for it."""

    title: ClassVar[str]
    limits: ClassVar[Limits]
    bot_type: ClassVar[int] = 0
    """Its number in the API, where the reference platform or we have given it one."""
    known_as: ClassVar[str] = ""
    """The field of a bot in the API that holds the bot's own name there (`tg_bot_nickname`)."""
    default_url: ClassVar[str] = ""
    pulls: ClassVar[bool] = False
    """Its users fetch their messages themselves (our own widget): nothing is sent out."""
    notices: ClassVar[bool] = False
    """Whether an acknowledged press can show a word; else a notice is written above what the press brings."""
    tells_staff: ClassVar[bool] = False
    """Whether its bots bring the shop's notices to the staff: to a `tg_user_id` as the chat."""

    Credentials: type[C]
    """Its JSON Schema is the form of «connect a bot»."""

    def __init__(self, base_url: str = "") -> None:
        self.base_url = (base_url or self.default_url).rstrip("/")

    @abstractmethod
    def verify(self, credentials: C, secret: str, headers: Mapping[str, str], body: bytes) -> bool:
        """Whether a webhook call comes from the messenger; header names are lower case.  Constant time."""

    @abstractmethod
    def parse(self, body: bytes) -> list[Inbound]:
        """What users did, in a webhook call or a polled batch.  Total: what is not known is left out."""

    @abstractmethod
    def render(self, credentials: C, to: str, message: Send) -> list[ApiRequest]:
        """The requests that send `message`, in order.  It already fits `limits` (see `channels.fit`)."""

    def edit(self, credentials: C, to: str, message: Send) -> list[ApiRequest]:
        """The requests that put `message` where it says (`instead_of`); none: it must be sent anew."""
        return []

    def acknowledge(self, credentials: C, ack: str, notice: str) -> list[ApiRequest]:
        """The requests that acknowledge a press, with a word for the user (`notice` may be empty)."""
        return []

    def typing(self, credentials: C, to: str) -> list[ApiRequest]:
        """The requests that show the user for some seconds that somebody is typing."""
        return []

    def bill(self, credentials: C, to: str, invoice: Invoice) -> list[ApiRequest]:
        """The requests that show a bill; none: this bot cannot have it paid."""
        return []

    def payments(self, body: bytes) -> list[Checkout | Receipt]:
        """What the messenger tells of bills that it shows, where `parse` tells what users did.  Total too."""
        return []

    def permit(self, credentials: C, checkout: str, refusal: str) -> list[ApiRequest]:
        """The requests that answer a `Checkout`: it may be paid, or it may not, with a word for the user."""
        return []

    @abstractmethod
    def classify(self, status: int, headers: Mapping[str, str], body: bytes) -> Sent | Undelivered:
        """What the messenger's answer to a request means; status 0: it did not answer."""

    def frame(self, seq: int, message: Send, at: datetime) -> bytes:
        """What the users of a channel that `pulls` fetch: `message`, which already fits `limits`.

        `seq` ascends within a conversation, so that who lost the line goes on after the last that he has.
        """
        # Asked of no channel that does not pull; to have it of all would make each of them say so.
        raise NotImplementedError(f"{self.title} is sent to")

    async def connect(self, credentials: C, hook: Hook | None) -> Profile:
        """Check the credentials and say where to deliver; None: we shall `poll`.

        Raises ConnectionRefused.
        """
        return Profile(name=self.title)

    async def disconnect(self, credentials: C) -> None:
        """Tell the messenger to deliver no more.  Raises ConnectionRefused."""

    def poll(self, credentials: C) -> AsyncGenerator[bytes, None]:
        """Batches of updates as `parse` reads them; asking for the next confirms the one before.

        Outages are waited out.  Raises ConnectionRefused when the credentials are refused.
        """
        # Asked of no channel that leaves it as it is here: that is how the engine knows who polls.
        raise NotImplementedError(f"{self.title} does not poll")
