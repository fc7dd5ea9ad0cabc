"""How a conversation looks in a terminal."""

import re
from collections.abc import Iterator

from msgspec import to_builtins
from pydantic import BaseModel
from rich.table import Table
from rich.text import Text

from channels.base import Channel
from channels.fit import fit
from constructor_api.commands.terminal import note, out, say
from engine.turn import Turn
from flows.card import Card
from flows.effects import Call, CaptureLead, Effect, Fault, HandOver, Notice, Notify, PlaceOrder, Send, WakeAt
from flows.events import Event
from flows.json_value import JSON
from flows.kept_values import written
from flows.requests import HttpRequest, Request
from flows.trade.money import money

WIDTH = 5
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]")


class Transcript:
    """Prints what is said on either side.  `trace`: also what each turn did, and where it ended."""

    def __init__(self, channel: Channel[BaseModel], *, trace: bool) -> None:
        self._channel = channel
        self._trace = trace

    def user(self, line: str) -> None:
        """What the user said, where the terminal does not show it already."""
        say("")
        _spoken("You:", line, "bold green")

    def turn(self, event: Event, turn: Turn, before: Card) -> None:
        """What came of an event; `before`: what was known of the user until then."""
        for effect in turn.effects:
            self._effect(effect)
        if self._trace:
            for line in (_told(event), *_walk(turn), *_changes(turn, before), *_place(turn)):
                say(f"     · {_CONTROL.sub('', line)}", "dim")

    def _effect(self, effect: Effect) -> None:
        match effect:
            case Send():
                for message in fit(effect, self._channel.limits).messages:
                    _spoken("Bot:", message.text, "bold cyan")
            case Notice(text=text):
                _spoken("Bot:", f"({text})", "bold cyan")
            case CaptureLead():
                _spoken("Lead", "\n".join(_lead(effect)), "bold yellow")
            case PlaceOrder() | Notify() | HandOver():
                _for_the_shop(effect)
            case Fault(flow=flow, step=step, message=message):
                _spoken("Fault", f" in {flow}.{step}: {message}", "bold red")
            case WakeAt(at=at, flow=flow, step=step) if self._trace:
                say(f"     · waits at {flow}.{step} until {at:%Y-%m-%d %H:%M:%S} UTC", "dim")
            case Call(request=request) if self._trace:
                say(f"     · asks {_asked(request)}", "dim")


def _spoken(who: str, text: str, style: str) -> None:
    """One who speaks, and beside him what he says; in a terminal broken where it is full."""
    lines = [_CONTROL.sub("", line) for line in text.split("\n")]
    if not out.is_terminal:
        first, *rest = lines
        return say("\n".join((who.ljust(WIDTH) + first, *((" " * WIDTH + line).rstrip() for line in rest))))
    sides = Table.grid()
    sides.add_column(width=WIDTH, no_wrap=True)
    sides.add_column(ratio=1, overflow="fold")
    sides.add_row(Text(who, style), Text("\n".join(lines)))
    out.print(sides)


def _for_the_shop(effect: PlaceOrder | Notify | HandOver) -> None:
    match effect:
        case PlaceOrder():
            _spoken("Order ", "\n".join(_order(effect)), "bold yellow")
        case Notify(title=title, text=text):
            _spoken("Staff ", f"{title}\n{text}".strip(), "bold yellow")
        case HandOver(note=text):
            _spoken("Note", text or "A person is asked to answer.", "bold yellow")
            said = "     A person has the conversation now, and the bot is silent: /back hands it back."
            note(said, "dim")


def _order(order: PlaceOrder) -> Iterator[str]:
    yield f"No. {order.number}, {money(order.total, order.currency, 'en')}"
    for line in order.lines:
        yield f"{line.quantity} x {line.title}, {money(line.price, order.currency, 'en')}"
    for name, value in order.contact.items():
        yield f"{name}: {written(value)}"


def _lead(lead: CaptureLead) -> Iterator[str]:
    yield f"{lead.title} ({lead.form})" if lead.title else lead.form
    width = max(map(len, lead.values), default=0)
    for name, value in lead.values.items():
        yield f"{name.ljust(width)}  {written(value)}".rstrip()


def _asked(request: Request) -> str:
    if isinstance(request, HttpRequest):
        return f"{request.method} {request.url}"
    told: dict[str, JSON] = to_builtins(request)
    return " ".join((str(told.pop("ask")), *(f"{name}={value!r}" for name, value in told.items())))


def _told(event: Event) -> str:
    told: dict[str, JSON] = to_builtins(event)
    return " ".join((str(told.pop("it")), *(f"{name}={value!r}" for name, value in told.items())))


def _walk(turn: Turn) -> Iterator[str]:
    """Step by step; a flow is named where the walk comes into it."""
    before = ""
    steps = []
    for flow, step in turn.walked:
        steps.append(step if flow == before else f"{flow}.{step}")
        before = flow
    if steps:
        yield f"by {' → '.join(steps)}"


def _changes(turn: Turn, before: Card) -> Iterator[str]:
    for name, value in turn.card.variables.items():
        if name not in before.variables or before.variables[name] != value:
            yield f"{name} = {value!r}"
    if turn.card.tags != before.tags:
        yield f"tags: {', '.join(turn.card.tags) or 'none'}"


def _place(turn: Turn) -> Iterator[str]:
    """Where the user is; the flows beneath, to which he will come back, after it."""
    places = [f"{frame.flow}.{frame.step}" for frame in reversed(turn.state.frames)]
    yield f"at {', then back at '.join(places)}" if places else "in no flow"
