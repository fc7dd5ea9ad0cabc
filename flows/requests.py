"""What a step asks when it cannot know: the shop's own books, or the outside.  Answers come as `Answered`."""

from typing import Literal

from msgspec import Struct

from flows.card import CartLine
from flows.json_value import JSON


class _Request(Struct, frozen=True, tag_field="ask", tag=str.lower, omit_defaults=True):
    pass


class HttpRequest(_Request, frozen=True, tag="http"):
    """A question to another system.  `timeout` in seconds; `body` is sent as JSON unless None."""

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"]
    url: str
    headers: dict[str, str] = {}
    body: JSON = None
    timeout: float = 10.0
    retries: int = 0


class Utterance(Struct, frozen=True):
    """One line of a conversation with a language model."""

    role: Literal["system", "user", "assistant"]
    content: str


class Completion(_Request, frozen=True):
    """A question to the shop's language model; answered with `{"text": …}`, or a status over 299."""

    talk: tuple[Utterance, ...]
    most_tokens: int = 400
    model: str = ""
    """Empty: the model that the shop has chosen."""
    retries: int = 0


class Bill(_Request, frozen=True):
    """How an order is paid; answered with a `Billed` of `flows.trade.goods`, or a status over 299."""

    order: int
    """Its number."""
    retries: int = 3


class Browse(_Request, frozen=True):
    """A page of what is sold; answered with a `Shelf`, or 404 where the category is gone.

    `root` is the key of the category under which all is, empty: the whole shop.  `category` is an id under
    it, None: the root itself.  With `search` products are found by their words in all of `root`.
    """

    root: str = ""
    category: int | None = None
    search: str = ""
    page: int = 0
    size: int = 6


class Look(_Request, frozen=True):
    """One product; answered with a `Shelf` that holds it alone, and its category, or 404 where it is gone."""

    product: int


class Reckon(_Request, frozen=True):
    """What a cart costs now, and how it may be delivered and paid; answered with a `Reckoning`.

    `numbered`: it is about to be ordered, so give it the next number of an order.
    """

    lines: tuple[CartLine, ...]
    promo: str = ""
    delivery: int | None = None
    numbered: bool = False


LocalRequest = Browse | Look | Reckon
"""Answered from the shop's own books within the same turn."""

RemoteRequest = HttpRequest | Completion | Bill
"""Asked after the commit, and answered by a turn of its own."""

Request = LocalRequest | RemoteRequest


def is_local(request: Request) -> bool:
    return isinstance(request, LocalRequest)
