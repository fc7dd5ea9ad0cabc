"""Conversations for tests: events and effects as the case files write them, state through JSON each turn."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import msgspec

from engine.state import State, dump, load
from engine.turn import Occasion, answered, hear, open_question
from flows.card import Card
from flows.document import Flow
from flows.effects import Effect, WakeAt
from flows.events import (
    Answered,
    Attachment,
    Contact,
    Event,
    HandedBack,
    Joined,
    Left,
    Location,
    OrderMoved,
    Pressed,
    Ran,
    Said,
    Started,
    Stopped,
    TookOver,
    Woke,
)
from flows.library import Library, Program
from flows.trade.stall import Stall
from flows.trade.wares import Wares
from flows.yaml_text import load as load_yaml
from tests.flows.effects_told import told

STARTERS = Path(__file__).parents[2] / "flows" / "starters"
Told = Mapping[str, Any]
"""An event, a card or a moment as a case file writes it."""


def flow(told_flow: Any) -> Flow:
    return Flow.model_validate(told_flow)


def starter(name: str) -> Flow:
    return flow(load_yaml((STARTERS / f"{name}.yaml").read_bytes()))


def wares(told_wares: Any) -> Wares:
    """What a shop sells; a name stands for one of `wares.yaml`."""
    return Wares.model_validate(_named_wares()[told_wares] if isinstance(told_wares, str) else told_wares)


@cache
def _named_wares() -> dict[str, Any]:
    found = load_yaml((Path(__file__).parent / "wares.yaml").read_bytes())
    assert isinstance(found, dict)
    return found


def card(given: Told) -> Card:
    names = {"channel", "lang_code", "start_parameter", "subscribed", "variables", "tags", "cart"}
    return msgspec.convert({name: given[name] for name in names & given.keys()}, Card)


class Conversation:
    """One user and the flows of a shop.  Revisions are numbered from 1, in the order of publishing."""

    def __init__(self, flows: Iterable[Flow], given: Told | None = None) -> None:
        given = given or {}
        self.published = [Program(number, one) for number, one in enumerate(flows, 1)]
        self.card = card(given)
        self.now = moment(str(given.get("now", "2026-05-04T12:00:00Z")))
        self.zone = ZoneInfo(given.get("zone", "UTC"))
        self.seed = int(given.get("seed", 0))
        self.stall = Stall(wares(given.get("wares", {})))
        self._state = dump(State())
        self._wakes: dict[str, WakeAt] = {}

    @property
    def state(self) -> State:
        return load(self._state)

    @property
    def current(self) -> str | None:
        """`flow.step` where the user is."""
        frame = self.state.current
        return f"{frame.flow}.{frame.step}" if frame else None

    @property
    def active(self) -> list[str]:
        return [f"{frame.flow}.{frame.step}" for frame in self.state.frames]

    def publish(self, one: Flow) -> None:
        self.published.append(Program(len(self.published) + 1, one))

    def revision(self, key: str) -> int:
        """The latest published of a flow."""
        return max(number for number, one in self.published if one.key == key)

    def hear(self, event: Event) -> list[Effect]:
        latest = {one.flow.key: one for one in self.published}
        library = Library(latest.values(), self.published)
        occasion = Occasion(self.now, self.zone, self.seed)
        turn = hear(library, self.state, self.card, event, occasion)
        while asked := open_question(turn):
            assert load(dump(turn.state)) == turn.state
            turn = answered(library, turn, *self.stall.answer(asked.request), occasion)
        self._state = dump(turn.state)
        assert load(self._state) == turn.state
        self.card = msgspec.json.decode(msgspec.json.encode(turn.card), type=Card)
        for effect in turn.effects:
            if isinstance(effect, WakeAt):
                self._wakes[f"{effect.flow}.{effect.step}"] = effect
        return list(turn.effects)

    def happens(self, one: Told) -> list[dict[str, Any]]:
        """Play one event of a case file; what the bot did, as case files write it."""
        effects = [told(effect) for effect in self.hear(self.event(one))]
        found: list[dict[str, Any]] = msgspec.json.decode(msgspec.json.encode(effects))
        return found

    def event(self, one: Told) -> Event:
        name, what = next((name, one[name]) for name in one if name in _EVENTS)
        built: Event = _EVENTS[name](self, what)
        return built

    def press(self, what: Any) -> Pressed:
        """An item of the current step, or `{flow, step, item, revision}` of an older message."""
        if not isinstance(what, Mapping):
            frame = self.state.current
            assert frame is not None, "nothing is shown that could be pressed"
            return Pressed(frame.revision, frame.step, str(what))
        revision = what.get("revision") or self.revision(what["flow"])
        return Pressed(revision, what["step"], str(what["item"]))

    def wake(self, place: str) -> Woke:
        """The last wake-up that was asked for there; the clock moves on to it."""
        wake = self._wakes[place]
        self.now = max(self.now, wake.at)
        return Woke(wake.flow, wake.step, wake.token)

    def answer(self, what: Told) -> Answered:
        frame = next(frame for frame in self.state.frames if frame.asked)
        token = what.get("token", frame.asked)
        return Answered(frame.flow, frame.step, token, what["status"], what.get("body"))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


_EVENTS: dict[str, Any] = {
    "starts": lambda _, parameter: Started(parameter or ""),
    "says": lambda _, text: Said(str(text)),
    "sends": lambda _, file: Said(attachments=(msgspec.convert(file, Attachment),)),
    "shares": lambda _, contact: Said(contact=msgspec.convert(contact, Contact)),
    "stands": lambda _, place: Said(location=Location(*place)),
    "presses": Conversation.press,
    "wakes": Conversation.wake,
    "answers": Conversation.answer,
    "runs": lambda _, key: Ran(key),
    "stops": lambda _, key: Stopped(key),
    "takes_over": lambda *_: TookOver(),
    "hands_back": lambda *_: HandedBack(),
    "order_moves": lambda _, news: msgspec.convert(news, OrderMoved),
    "leaves": lambda *_: Left(),
    "joins": lambda *_: Joined(),
}
