"""From effects to rows: what a turn asked for, as what its commit shall write.  Pure."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple, assert_never

from msgspec import Struct, json
from msgspec.structs import replace

from channels.invoices import Invoice
from engine.turn import Turn
from flows.effects import (
    Call,
    CancelWakes,
    CaptureLead,
    Effect,
    Fault,
    HandOver,
    Notice,
    Notify,
    PlaceOrder,
    Send,
    Typing,
    WakeAt,
)
from flows.events import Event, Pressed, Said, Started
from flows.json_value import JSON
from flows.requests import RemoteRequest

MOST_MESSAGES = 10_000
"""Places for messages in one turn: the number of a message is version * 10,000 + its place.

A turn has many if much came due while an operator had the conversation.
"""

FROM_USER, TO_USER, NOTE = 1, 2, 3
"""`direction` of a message; the first two in the numbers of the reference API."""


class Acknowledge(Struct, frozen=True, tag_field="do", tag="acknowledge"):
    """Tell the messenger that a press was taken, with a word for the user or none."""

    ack: str
    notice: str = ""


class Quote(Struct, frozen=True, tag_field="do", tag="note"):
    """A word for the operators, in the conversation but not to the user."""

    text: str


OutboxItem = Send | Typing | Acknowledge | Invoice


class MessageRow(NamedTuple):
    seq: int
    direction: int
    body: bytes
    status: str


class OutboxRow(NamedTuple):
    seq: int
    body: bytes


class LeadRow(NamedTuple):
    place: int
    form: str
    title: str
    values: bytes
    dedupe_minutes: int
    tags: tuple[str, ...] = ()
    told: bool = False


class WakeRow(NamedTuple):
    flow: str
    step: str
    token: int
    run_at: datetime


class CallRow(NamedTuple):
    flow: str
    step: str
    token: int
    request: bytes


class FaultRow(NamedTuple):
    flow: str
    step: str
    code: str
    message: str


class Place(NamedTuple):
    """Whose turn it was: `version` before it, whether the channel sends, what wants an answer.

    `on`: the message whose button was pressed, if another can take its place.
    """

    version: int
    sends: bool
    notices: bool
    ack: str = ""
    on: str = ""


class Rows:
    """What one commit writes beside the bot user's own row."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.messages: list[MessageRow] = []
        self.outbox: list[OutboxRow] = []
        self.leads: list[LeadRow] = []
        self.orders: list[PlaceOrder] = []
        self.notifications: list[Notify] = []
        self.wakes: list[WakeRow] = []
        self.cancels: list[str] = []
        self.calls: list[CallRow] = []
        self.faults: list[FaultRow] = []
        self.poison: list[str] = []
        """Why the event could not be played; it is kept in the inbox for a person to look at."""
        self._seq = place.version * MOST_MESSAGES
        self._paused = 0.0
        self._silent = True

    @property
    def plain(self) -> bool:
        """Whether messages are all there is to write: the case to be fast in."""
        of_people = self.leads or self.orders or self.notifications
        return not (of_people or self.wakes or self.cancels or self.calls or self.faults or self.poison)

    def heard(self, event: Event) -> None:
        """Keep what the user did in the conversation."""
        if isinstance(event, Started | Said | Pressed):
            self.messages.append(MessageRow(self._seq, FROM_USER, json.encode(event), "received"))

    def message(self, direction: int, body: bytes, status: str) -> None:
        self._seq += 1
        self.messages.append(MessageRow(self._seq, direction, body, status))

    def pause(self, typing: Typing) -> None:
        """Hold back what follows: in the outbox, or by what is written on it."""
        if self.place.sends:
            self._seq += 1  # a number that is no message's: what becomes of it becomes of nothing else
            self.outbox.append(OutboxRow(self._seq, json.encode(typing)))
        else:
            self._paused += typing.seconds

    def reply(self, message: Send) -> None:
        """Send it: in the place of the pressed message if it asks for that and is the first of its turn.

        After another one it would stand above what was said before it.
        """
        first, self._silent = self._silent, False
        on = self.place.on if first and message.instead else ""
        self.send(replace(message, instead_of=on) if on else message)

    def send(self, message: Send) -> None:
        body = json.encode(replace(message, after=self._paused) if self._paused else message)
        self.message(TO_USER, body, "queued" if self.place.sends else "sent")
        if self.place.sends:
            self.outbox.append(OutboxRow(self._seq, body))

    def acknowledge(self, notice: str) -> None:
        self.outbox.append(OutboxRow(self._seq, json.encode(Acknowledge(self.place.ack, notice))))


def perform(turn: Turn, event: Event, place: Place) -> Rows:
    """The rows of a turn, in the order in which its messages shall be read."""
    rows = Rows(place)
    rows.heard(event)
    notices = [effect.text for effect in turn.effects if isinstance(effect, Notice)]
    if place.ack:
        rows.acknowledge(" ".join(notices) if place.notices else "")
    shown_beside = bool(place.ack and place.notices)
    for effect in turn.effects if shown_beside or not notices else _noticed(turn.effects):
        _perform(rows, effect)
    return rows


def _noticed(effects: tuple[Effect, ...]) -> Iterator[Effect]:
    """The effects for a messenger without notices.

    A notice stands above the text that takes the pressed message's place, for as long as that is shown; where
    none does it is a message.
    """
    above: list[str] = []
    for effect in effects:
        match effect:
            case Notice(text=text):
                above.append(text)
                continue
            case Send(instead=True, text=text) if above:
                yield replace(effect, text="\n\n".join(filter(None, (*above, text))))
                above = []
                continue
            case Send() | Typing() | HandOver():
                yield from map(Send, above)
                above = []
        yield effect
    yield from map(Send, above)


def _perform(rows: Rows, effect: Effect) -> None:
    match effect:
        case Send() | Typing() | Notice() | HandOver():
            _speak(rows, effect)
        case CaptureLead(form=form, values=values, title=title, dedupe_minutes=minutes):
            place, kept = len(rows.leads), _json(values)
            rows.leads.append(LeadRow(place, form, title, kept, minutes, effect.tags, effect.told))
        case PlaceOrder():
            rows.orders.append(effect)
        case Notify():
            rows.notifications.append(effect)
        case WakeAt(flow=flow, step=step, token=token, at=at):
            rows.wakes = [wake for wake in rows.wakes if (wake.flow, wake.step) != (flow, step)]
            rows.wakes.append(WakeRow(flow, step, token, at))
        case CancelWakes(flow=flow):
            rows.wakes = [wake for wake in rows.wakes if wake.flow != flow]
            rows.cancels.append(flow)
        case Call(request=request, flow=flow, step=step, token=token):
            rows.calls.append(CallRow(flow, step, token, json.encode(request)))
        case Fault(flow=flow, step=step, code=code, message=message):
            rows.faults.append(FaultRow(flow, step, code, message))
        case _:
            assert_never(effect)


def _speak(rows: Rows, effect: Send | Typing | Notice | HandOver) -> None:
    match effect:
        case Send():
            rows.reply(effect)
        case Typing():
            rows.pause(effect)
        case Notice():
            pass  # acknowledged with the press, or a message by now
        case HandOver(note=note):
            rows.message(NOTE, json.encode(Quote(note)), "received")
        case _:
            assert_never(effect)


def _json(values: dict[str, JSON]) -> bytes:
    return json.encode(values)


def read_outbox(body: bytes | str) -> OutboxItem:
    """The item that `Rows` wrote.  Raises msgspec.ValidationError on anything else."""
    return _outbox.decode(body)


def read_request(body: bytes | str) -> RemoteRequest:
    """The request of a call that `Rows` wrote.  Raises msgspec.ValidationError on anything else."""
    return _request.decode(body)


_outbox: json.Decoder[OutboxItem] = json.Decoder(OutboxItem)
_request: json.Decoder[RemoteRequest] = json.Decoder(RemoteRequest)
