"""The world of a step during one turn: what it may see, and where what it does is collected."""

from datetime import datetime
from random import Random
from typing import NamedTuple
from zoneinfo import ZoneInfo

from msgspec.structs import replace

from engine.state import Frame
from flows.card import Card, Cart
from flows.effects import Button, Effect, Fault, Media, Send
from flows.json_value import JSON
from flows.phrases import phrase
from flows.templates.rendering import TemplateFault, evaluate, render


class Occasion(NamedTuple):
    """When and where a turn happens.  `seed` makes chance repeatable when a turn is replayed."""

    now: datetime
    zone: ZoneInfo
    seed: int = 0


class TurnScene:
    """One for a whole turn; `at` moves with the user from frame to frame."""

    def __init__(self, card: Card, occasion: Occasion) -> None:
        self.card = card
        self.heard = ""
        self.now = occasion.now
        self.zone = occasion.zone
        self.effects: list[Effect] = []
        self.stopped: list[str] = []
        self._seed = occasion.seed
        self._random: Random | None = None
        """Made when it is first asked: few turns throw dice, and to seed them costs a tenth of a turn."""
        self._values: dict[str, JSON] | None = None
        self.at = Frame(flow="", revision=0)

    @property
    def flow(self) -> str:
        return self.at.flow

    @property
    def memo(self) -> dict[str, JSON]:
        return self.at.memo

    @property
    def said(self) -> str:
        return next((one.text for one in reversed(self.effects) if isinstance(one, Send)), "")

    def random(self) -> float:
        if self._random is None:
            self._random = Random(self._seed)
        return self._random.random()

    def get(self, variable: str) -> JSON:
        return self.values().get(variable)

    def values(self) -> dict[str, JSON]:
        """Variables and facts together, as templates read them."""
        if self._values is None:
            self._values = {**self.card.variables, **self.card.facts()}
        return self._values

    def set(self, variable: str, value: JSON) -> None:
        self._change(replace(self.card, variables={**self.card.variables, variable: value}))

    def tag(self, name: str, on: bool) -> None:
        others = tuple(tag for tag in self.card.tags if tag != name)
        if on != (name in self.card.tags):
            self._change(replace(self.card, tags=(*others, name) if on else others))

    def subscribe(self, on: bool) -> None:
        self._change(replace(self.card, subscribed=on))

    def fill(self, cart: Cart) -> None:
        self._change(replace(self.card, cart=cart))

    def speak(self, language: str) -> None:
        self._change(replace(self.card, lang_code=language))

    def stop(self, flow: str) -> None:
        self.stopped.append(flow)

    def render(self, template: str) -> str:
        try:
            return render(template, self.values())
        except TemplateFault as fault:
            self.fault("template", fault.reason)
            return ""

    def evaluate(self, expression: str) -> JSON:
        try:
            return evaluate(expression, self.values())
        except TemplateFault as fault:
            self.fault("template", fault.reason)
            return None

    def phrase(self, name: str, **values: str) -> str:
        return phrase(name, self.card.lang_code, **values)

    def say(
        self,
        text: str,
        *,
        buttons: tuple[Button, ...] = (),
        media: tuple[Media, ...] = (),
        columns: int = 0,
        album: bool = False,
        instead: bool = False,
    ) -> None:
        at = self.at
        self.emit(Send(text, buttons, media, columns, at.revision, at.step, album, instead=instead))

    def emit(self, effect: Effect) -> None:
        self.effects.append(effect)

    def fault(self, code: str, message: str) -> None:
        self.emit(Fault(code, self.at.flow, self.at.step, message))

    def _change(self, card: Card) -> None:
        self.card = card
        self._values = None
