"""Conversations kept beside a flow: what a person does in them, and what the bot must do then."""

from datetime import datetime
from typing import Annotated, Any, ClassVar, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, JsonValue, model_validator

from flows.card import Cart, CartLine
from flows.events import Attachment, Contact, Event, HandedBack, Location, OrderMoved, Ran, Said, Started
from flows.items import ItemId
from flows.like import Like
from flows.links import FlowKey, StepId
from flows.part import Part, ui
from flows.templates.values import MAX_TEXT
from flows.trade.wares import Amount, Wares
from flows.variables import Variable

MOST_CHECKS = 50
MOST_EXCHANGES = 100
"""Of one check: so all checks of a flow are 5,000 turns at most."""
MOST_REPLIES = 100
MOST_NAMES = 200
LONGEST_TEXT = MAX_TEXT
FIRST_MOMENT = "2026-01-05 12:00"
"""A Monday at noon, in winter."""

Name = Annotated[str, Field(min_length=1, max_length=100)]
Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Parameter = Annotated[
    str, Like("^[A-Za-z0-9_-]{0,64}$", "Latin letters, digits, underscores and hyphens, 64 at most")
]
Values = dict[Name, JsonValue]


def _is_moment(text: str) -> str:
    try:
        found = f"{datetime.fromisoformat(text):%Y-%m-%d %H:%M}"
    except ValueError:
        found = ""
    # Far from where years end, however much time passes.
    if found != text or not "2000" <= text < "2100":
        raise ValueError("a moment is a day and an hour; write it as 2026-12-31 18:30")
    return text


Moment = Annotated[str, AfterValidator(_is_moment)]
"""A day and an hour as the clock in the shop shows it, so that it is noon there in every shop."""


class InShort(Part):
    """A part that may be written as a text alone, which then stands for its field `short`."""

    short: ClassVar[str]

    @model_validator(mode="before")
    @classmethod
    def _spell_out(cls, raw: Any) -> Any:
        return {cls.short: raw} if isinstance(raw, str) else raw


class Given(Part):
    """The person, the day and the luck that a check begins with."""

    variables: dict[Variable, JsonValue] = ui("Variables", {}, max_length=MOST_NAMES)
    tags: tuple[Name, ...] = ui("Tags", (), max_length=MOST_NAMES)
    channel: str = ui("Channel", "", max_length=40)
    language: str = ui("Language", "", max_length=40)
    moment: Moment = ui("When it begins, by the shop's clock", FIRST_MOMENT)
    wares: Wares | None = ui("What the shop sells", None)
    cart: dict[Name, Annotated[int, Field(ge=1, le=10_000)]] = ui(
        "In his cart: goods, and how many of each", {}, max_length=MOST_NAMES
    )
    seed: int = ui("How the dice fall", 0, ge=0, le=2**31 - 1)

    @model_validator(mode="after")
    def _cart_is_of_the_wares(self) -> Self:
        known = self.wares.variants() if self.wares else {}
        for title in self.cart:
            if title not in known:
                there = ", ".join(list(known)[:5]) or "nothing"
                raise ValueError(f"«{title}» in the cart is not among the wares; there is {there}")
        return self

    def basket(self) -> Cart:
        known = self.wares.variants() if self.wares else {}
        return Cart(tuple(CartLine(known[title], count) for title, count in self.cart.items()))

    def begins(self, zone: ZoneInfo) -> datetime:
        """The first moment, aware, where the shop is in `zone`."""
        return datetime.fromisoformat(self.moment).replace(tzinfo=zone)


class Press(InShort):
    """A button that the bot offered last, by its text; or one of any message ever, by step and item.

    `flow`: whose step it is; none stands for the flow that the check is kept beside.
    """

    short = "label"

    label: Text | None = ui("Button", None)
    flow: FlowKey | None = ui("Flow", None)
    step: StepId | None = ui("Step", None)
    item: ItemId | None = ui("Item", None)

    @model_validator(mode="after")
    def _names_one_button(self) -> Self:
        by_place = self.step is not None and self.item is not None
        is_placed = any(part is not None for part in (self.flow, self.step, self.item))
        if (self.label is None) != is_placed or (is_placed and not by_place):
            raise ValueError("a button is named by its text alone, or else by its step and item")
        return self


class Place(Part):
    latitude: float = ui("Latitude", ge=-90, le=90)
    longitude: float = ui("Longitude", ge=-180, le=180)


class SentFile(Part):
    """A file that a person sends; what it is matters, nobody looks into it."""

    kind: Literal["image", "video", "audio", "voice", "file", "sticker"] = ui("Kind")
    url: str = ui("Address", "", max_length=2000)
    name: str = ui("File name", "", max_length=200)
    mime: str = ui("Media type", "", max_length=100)
    size: int | None = ui("Bytes", None, ge=0, le=2**40)


class SystemAnswer(Part):
    """What another system answers to the question that is open longest; status 0: it is out of reach."""

    status: int = ui("Status", 200, ge=0, le=599)
    body: JsonValue = ui("Body", None)


class Reply(InShort):
    """A message that the bot must send.  Only what is written here is looked at."""

    short = "says"

    says: Text | None = ui("Says exactly", None)
    contains: Annotated[Text, Field(min_length=1)] | None = ui("Says among other things", None)
    buttons: tuple[Text, ...] | None = ui("Offers these buttons, and no others", None, max_length=MOST_NAMES)

    @model_validator(mode="after")
    def _asks_for_something(self) -> Self:
        if self.says is not None and self.contains is not None:
            raise ValueError("a message has «says» or «contains», not both; remove one")
        if self.says is None and self.contains is None and self.buttons is None:
            raise ValueError("nothing is said of this message; write «says», «contains» or «buttons»")
        return self


class KeptLead(Part):
    """A lead that must be kept.  It may hold more values than are written here."""

    form: FlowKey | None = ui("Form", None)
    values: Values = ui("Values", {}, max_length=MOST_NAMES)


class MovedOrder(Part):
    """News of an order of the person's."""

    number: int = ui("Number", 1, ge=1, le=2**31 - 1)
    status: Literal["accepted", "paid", "unpaid", "delivering", "done", "cancelled"] = ui("What it is now")


class PlacedOrder(Part):
    """An order that must be placed.  Only what is written here is looked at."""

    goods: dict[Name, int] | None = ui("Goods, and how many of each", None, max_length=MOST_NAMES)
    total: Amount | None = ui("What it costs", None)
    contact: Values = ui("Contacts", {}, max_length=MOST_NAMES)
    delivery: Text | None = ui("Delivery", None)
    payment: Text | None = ui("Payment", None)
    comment: Text | None = ui("Comment", None)


class Exchange(Part):
    """One thing that happens, and what the bot must do then.  What is not written here is not looked at."""

    starts: Parameter | None = ui("Starts the bot", None)
    says: Text | None = ui("Says", None)
    presses: Press | None = ui("Presses", None)
    shares_phone: Annotated[str, Field(min_length=1, max_length=60)] | None = ui("Shares the number", None)
    shares_location: Place | None = ui("Shares the place", None)
    sends_file: SentFile | None = ui("Sends a file", None)
    time_passes: Literal[True] | None = ui("Time passes until the next delay is over", None)
    system_answers: SystemAnswer | None = ui("Another system answers", None)
    operator_hands_back: Literal[True] | None = ui("The operator hands back", None)
    runs: FlowKey | None = ui("Somebody runs the flow for him", None)
    order_moves: MovedOrder | None = ui("There is news of his order", None)

    bot: tuple[Reply, ...] | None = ui("The bot sends, and nothing else", None, max_length=MOST_REPLIES)
    leads: tuple[KeptLead, ...] | None = ui("Leads kept, and no others", None, max_length=MOST_REPLIES)
    orders: tuple[PlacedOrder, ...] | None = ui("Orders placed, and no others", None, max_length=MOST_REPLIES)
    variables: dict[Variable, JsonValue] = ui("Variables after that", {}, max_length=MOST_NAMES)
    tags: tuple[Name, ...] | None = ui("All tags after that", None, max_length=MOST_NAMES)
    hands_over: bool | None = ui("The bot hands over to a person", None)
    ends: bool | None = ui("The flow is over for him", None)

    @model_validator(mode="after")
    def _tells_one_thing(self) -> Self:
        acts = [act for act in _ACTS if getattr(self, act) is not None]
        if not acts:
            raise ValueError("nothing happens in this exchange; write what, such as «says: hello»")
        if len(acts) > 1:
            both = " and ".join(f"«{act}»" for act in acts)
            raise ValueError(f"one exchange has {both}; put each into an exchange of its own")
        return self

    @property
    def act(self) -> str:
        """The name of the field that tells what happens."""
        return next(act for act in _ACTS if getattr(self, act) is not None)

    @property
    def expects(self) -> bool:
        """Whether there is anything that the bot must do."""
        wanted = (self.bot, self.leads, self.orders, self.tags, self.hands_over, self.ends)
        return bool(self.variables) or any(one is not None for one in wanted)

    @property
    def event(self) -> Event | None:
        """What happens, as a turn hears it; None for what depends on how the conversation has gone."""
        if self.starts is not None:
            return Started(self.starts)
        if self.shares_phone is not None:
            return Said(contact=Contact(self.shares_phone, own=True))
        if (place := self.shares_location) is not None:
            return Said(location=Location(place.latitude, place.longitude))
        if (file := self.sends_file) is not None:
            sent = Attachment(kind=file.kind, url=file.url, name=file.name, mime=file.mime, size=file.size)
            return Said(attachments=(sent,))
        if self.operator_hands_back:
            return HandedBack()
        if self.runs is not None:
            return Ran(self.runs)
        if (news := self.order_moves) is not None:
            return OrderMoved(news.number, news.status, paid=news.status == "paid")
        return Said(self.says) if self.says is not None else None


_ACTS = tuple(Exchange.model_fields)[: tuple(Exchange.model_fields).index("bot")]


class Check(Part):
    """A conversation that must go as it is written; played anew before its flow is published."""

    title: str = ui("Title", min_length=1, max_length=200, pattern=r"\S")
    given: Given = ui("To begin with", Given())
    talk: tuple[Exchange, ...] = ui("Conversation", (), max_length=MOST_EXCHANGES)
