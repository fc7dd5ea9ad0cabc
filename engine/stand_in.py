"""A person whom a check makes up: he talks with the flows of a shop in memory.  Pure."""

from collections.abc import Iterable
from datetime import UTC
from random import Random
from zoneinfo import ZoneInfo

from msgspec import json
from msgspec.structs import replace

from engine.expectations import Difference, Played, short
from engine.state import State, dump, load
from engine.turn import EndlessTurn, Occasion, answered, hear, open_question
from flows.card import Card
from flows.checks import Exchange, Given, Press
from flows.effects import Call, Effect, Send, WakeAt
from flows.events import Answered, Event, Pressed, Woke
from flows.library import Library
from flows.trade.stall import Stall
from flows.triggers import fold


class Unplayable(Exception):
    """What an exchange tells cannot happen there."""

    def __init__(self, exchange: int, difference: Difference) -> None:
        super().__init__(f"exchange {exchange}: {difference.message}")
        self.exchange = exchange
        """Counted from 1."""
        self.difference = difference


class StandIn:
    """He keeps what a messenger and the runtime would: buttons, delays, questions to other systems.

    His clock stands still but when time is told to pass; state and card go through JSON after every turn.
    """

    def __init__(self, library: Library, flow: str, given: Given, zone: ZoneInfo) -> None:
        """`flow`: the key of the one that the check is kept beside."""
        variables, tags = dict(given.variables), tuple(dict.fromkeys(given.tags))
        self.card = Card(
            channel=given.channel,
            lang_code=given.language,
            variables=variables,
            tags=tags,
            cart=given.basket(),
        )
        self.state = State()
        self.now = given.begins(zone).astimezone(UTC)
        self._library = library
        self._flow = flow
        self._zone = zone
        self._dice = Random(given.seed)
        self._stall = Stall(given.wares)
        self._wakes: dict[tuple[str, str], WakeAt] = {}
        self._calls: list[Call] = []
        self._offers: tuple[Send, ...] = ()
        self._exchanges = 0

    def play(self, exchange: Exchange) -> Played:
        """What the bot does then.  Raises Unplayable, which is the end of the conversation."""
        self._exchanges += 1
        event = exchange.event or self._event(exchange)
        occasion = Occasion(self.now, self._zone, self._dice.getrandbits(32))
        before, was_on = self.card, self._is_on
        try:
            turn = hear(self._library, self.state, before, event, occasion)
            while asked := open_question(turn):
                turn = answered(self._library, turn, *self._stall.answer(asked.request), occasion)
        except EndlessTurn as endless:
            place = f"{endless.flow}.{endless.step}"
            raise self._unplayable(f"the bot goes on without end at «{place}»", "an end", "none") from None
        self.state = load(dump(turn.state))
        self.card = json.decode(json.encode(turn.card), type=Card)
        self._keep(turn.effects)
        return Played(before, self.card, turn.effects, was_on, self._is_on)

    def in_words(self, press: Press) -> Press:
        """The same press by the text of its button, where that text stands for it."""
        program = self._library.current(press.flow or self._flow)
        if program is None or press.step is None or press.item is None:
            return press
        pressed = Pressed(program.revision, press.step, press.item)
        for send in self._offers:
            for button in send.buttons:
                if Pressed(send.revision, send.step, button.item) == pressed:
                    return Press(label=button.label) if self._offered(button.label) == pressed else press
        return press

    @property
    def _is_on(self) -> bool:
        return self.state.frame(self._flow) is not None

    def _event(self, exchange: Exchange) -> Event:
        """What only the conversation so far can tell."""
        if exchange.presses is not None:
            return self._pressed(exchange.presses)
        if exchange.system_answers is not None:
            call, answer = self._open_call(), exchange.system_answers
            return Answered(call.flow, call.step, call.token, answer.status, answer.body)
        wake = self._next_wake()
        self.now = max(self.now, wake.at)
        return Woke(wake.flow, wake.step, wake.token)

    def _pressed(self, press: Press) -> Pressed:
        if press.step is None or press.item is None:
            return self._offered(press.label or "")
        key = press.flow or self._flow
        program = self._library.current(key)
        if program is None:
            raise self._unplayable(f"the shop has no flow «{key}»", key, "none")
        return Pressed(program.revision, press.step, press.item)

    def _offered(self, label: str) -> Pressed:
        """A button of the latest messages that had any: one far up may be gone from where it should be."""
        wanted = fold(label)
        buttons = [(send, button) for send in self._offers for button in send.buttons]
        for send, button in reversed(buttons):
            if fold(button.label) == wanted:
                return Pressed(send.revision, send.step, button.item)
        offered = short(", ".join(f"«{button.label}»" for _, button in buttons)) or "none"
        message = f"there is no button «{short(label)}» to press; the bot offers {offered}"
        raise self._unplayable(message, label, offered)

    def _open_call(self) -> Call:
        asked = {(frame.flow, frame.step, frame.asked) for frame in self.state.frames}
        self._calls = [call for call in self._calls if (call.flow, call.step, call.token) in asked]
        if not self._calls:
            raise self._unplayable("no other system was asked anything", "a question", "none")
        return self._calls.pop(0)

    def _next_wake(self) -> WakeAt:
        """Of the delays that still count; flows have moved on from others, or were stopped."""
        counts = {
            (frame.flow, step, token) for frame in self.state.frames for step, token in frame.timers.items()
        }
        wakes = [wake for wake in self._wakes.values() if (wake.flow, wake.step, wake.token) in counts]
        if not wakes:
            raise self._unplayable("no delay is running", "a delay", "none")
        wake = min(wakes, key=lambda one: one.at)
        del self._wakes[wake.flow, wake.step]
        return wake

    def _keep(self, effects: Iterable[Effect]) -> None:
        offers = []
        for effect in effects:
            match effect:
                case WakeAt(flow=flow, step=step):
                    self._wakes[flow, step] = effect
                case Call():
                    self._calls.append(effect)
                case Send() if effect.buttons:
                    offers.append(replace(effect, text="", media=()))
        self._offers = tuple(offers) or self._offers

    def _unplayable(self, message: str, expected: str, came: str) -> Unplayable:
        return Unplayable(self._exchanges, Difference("", message, expected, came))
