"""What a way of paying must know how to do.  It is one class in one file of `kinds/`."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import ClassVar, Generic, Literal, NamedTuple, Protocol, TypeVar

from msgspec import Struct
from pydantic import BaseModel, ConfigDict

from flows.json_value import JSON
from flows.requests import HttpRequest
from flows.trade.goods import Billed


class Owed(NamedTuple):
    """What is to be paid, and to which order it belongs.  `amount` in minor units of `currency`."""

    method: str
    """Names the way of paying among those of all shops; the same one always."""
    order: int
    bot_user: int
    amount: int
    currency: str
    text: str
    """What is bought, in a few words."""
    lang_code: str
    at: int
    """Now, in Unix seconds."""
    hook: str = ""
    """Where we hear of the payment; empty if nobody outside can reach us."""


class Unbilled(NamedTuple):
    """There is no bill.  `status` as HTTP has it: from 500 on it may be asked for again."""

    status: int
    reason: str


class Payment(Struct, frozen=True, kw_only=True):
    """News of a payment.  `id` names it among those of its way of paying."""

    order: int
    status: Literal["paid", "failed"]
    amount: int
    currency: str
    id: str
    facts: dict[str, JSON] = {}
    """What else was told of it; no secrets."""


class Means(Protocol):
    """What a way of paying may use of the house."""

    async def ask(self, request: HttpRequest) -> tuple[int, JSON]:
        """Status and body of the answer; status 0: out of reach."""

    async def show(self) -> Unbilled | None:
        """Have the user's messenger show the bill; asked again it shows no second one."""


class PaymentSettings(BaseModel):
    """What a shop enters to set up a way of paying.  A refused value never shows in an error."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", hide_input_in_errors=True, str_strip_whitespace=True
    )


S = TypeVar("S", bound=BaseModel)


class Payments(ABC, Generic[S]):
    """A way of paying, as one shop has set it up."""

    title: ClassVar[str]
    online: ClassVar[bool] = True
    """Whether there is a bill to ask for once the order is placed; else it is paid by hand."""

    Settings: type[S]
    """Its JSON Schema is the form of «add a way of paying»; what has the widget `secret` is kept sealed."""

    def __init__(self, settings: S) -> None:
        self.settings = settings

    @abstractmethod
    async def bill(self, owed: Owed, means: Means) -> Billed | Unbilled:
        """How the user pays.  Asked again for the same order it is the same bill."""

    def read(self, headers: Mapping[str, str], body: bytes, now: int) -> Payment | None:
        """What a call to our hook tells.  Header names are lower case, `now` in Unix seconds.

        None: it is genuine, but tells of no payment.  Raises NotGenuine.  Constant time.
        """
        raise NotGenuine


class NotGenuine(Exception):
    """The call was not made by whom it says, or too long ago."""
