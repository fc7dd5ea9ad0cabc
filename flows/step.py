"""The base of every step kind.

A kind is one class in one file of `flows/steps/`.  Its fields are at once the stored shape, the API
schema, the YAML and the editor's form; its methods are its behaviour.  Nothing else names it.
"""

from abc import abstractmethod
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import ClassVar, Literal, NamedTuple, Protocol
from zoneinfo import ZoneInfo

from pydantic import Field

from flows.card import Card, Cart
from flows.effects import Button, Effect, Media
from flows.events import Event, OrderMoved
from flows.json_value import JSON
from flows.links import Link, StepId
from flows.part import Complaint, Part, Port, Severity, complaints, marked, ports, ui
from flows.requests import Request

__all__ = [
    "Ask",
    "Complaint",
    "Miss",
    "Move",
    "Part",
    "Port",
    "Scene",
    "Severity",
    "Shown",
    "Step",
    "Wait",
    "ui",
]


class Scene(Protocol):
    """What a step sees and touches while it runs; the only world it has."""

    @property
    def card(self) -> Card:
        """The user as he is now, what this turn changed included."""

    @property
    def flow(self) -> str:
        """Key of the flow that is played."""

    @property
    def memo(self) -> dict[str, JSON]:
        """This step's own notes; forgotten when the user leaves the step."""

    @property
    def now(self) -> datetime: ...
    @property
    def zone(self) -> ZoneInfo:
        """The shop's time zone."""

    @property
    def said(self) -> str:
        """The text of the latest message of this turn; empty if there is none."""

    @property
    def heard(self) -> str:
        """What the user wrote in this turn, unless a step has taken it as its answer; empty if nothing."""

    def random(self) -> float:
        """Uniform in [0, 1); the same for a turn that is replayed."""

    def get(self, variable: str) -> JSON:
        """A variable or a fact of the card; None if there is none."""

    def set(self, variable: str, value: JSON) -> None: ...
    def tag(self, name: str, on: bool) -> None: ...
    def subscribe(self, on: bool) -> None: ...
    def fill(self, cart: Cart) -> None:
        """This is what the user wants to buy from now on; `card.cart` is what he wanted so far."""

    def speak(self, language: str) -> None:
        """Speak this language to the user from the next step on."""

    def stop(self, flow: str) -> None:
        """Stop a flow for this user, its delays too; if it is the current one, this step is its last."""

    def render(self, template: str) -> str:
        """The template with the user's values.  A fault is reported, and yields an empty text."""

    def evaluate(self, expression: str) -> JSON:
        """The value of an expression.  A fault is reported, and yields None."""

    def phrase(self, name: str, **values: str) -> str:
        """A text we supply, in the user's language; `name` is a key of the phrasebook."""

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
        """Send a message whose text is final: render it first.

        `instead`: in place of the message whose button was pressed, where the channel can edit one.
        """

    def emit(self, effect: Effect) -> None: ...
    def fault(self, code: str, message: str) -> None:
        """Report to the shop that the flow could not do what was drawn."""


class Wait(NamedTuple):
    """Stop here until the user, a moment (`until`) or the operator speaks."""

    until: datetime | None = None
    whom: Literal["user", "clock", "operator"] = "user"


class Ask(NamedTuple):
    """Stop here until the outside has answered `request`.

    `listening`: what the user says meanwhile is heard here; it is for the step to wait on, or to ask anew.
    """

    request: Request
    listening: bool = False


class Miss(NamedTuple):
    """What the user sent does not fit here.

    Keywords are tried first; then `hint` is said and, with `again`, what is asked here shown again;
    without, the user is waited for `until` then.
    After `allowed` misses in a row the user goes to `failed`, or to the flow's fallback.
    With `otherwise` it is no miss after all, unless it is a keyword: this is done instead.
    """

    hint: str
    again: bool = False
    allowed: int | None = None
    failed: Link | None = None
    until: datetime | None = None
    otherwise: "Callable[[], Link | Wait | Ask | None] | None" = None


Move = Link | Wait | Ask | None


class Shown(NamedTuple):
    """A message as its author wrote it, before variables are filled in; with the paths of its texts."""

    field: str
    text: str
    labels: tuple[tuple[str, str], ...] = ()
    """Path and text of every button under it."""


class Step(Part):
    title: ClassVar[str]
    icon: ClassVar[str] = "dot"
    group: ClassVar[Literal["messages", "questions", "logic", "actions", "shop"]] = "messages"

    id: StepId
    kind: str
    position: tuple[float, float] | None = Field(None, json_schema_extra={"widget": "hidden"})

    @abstractmethod
    def enter(self, scene: Scene) -> Move:
        """The user arrives."""

    def hear(self, scene: Scene, event: Event) -> Move | Miss:
        """What was waited for has come; called only after `Wait` or `Ask`."""
        # Not abstract: most kinds wait for nothing.
        raise NotImplementedError(f"{self.kind} waits for nothing")

    def repeat(self, scene: Scene) -> Move:
        """Show the user again what he is asked here: he went back, or what he said does not fit.

        Where `listens`, this ends the turn, whatever `enter` may do.
        """
        return self.enter(scene)

    def resume(self, scene: Scene) -> Move:
        """The user comes back from a flow that was entered here."""
        return self.repeat(scene) if self.expects(scene) else None

    def press(self, scene: Scene, item: str) -> Literal["go", "outdated", "ignore"]:
        """What a press on an old message of this step does; called when the user is elsewhere."""
        return "go"

    @property
    def stops(self) -> bool:
        """Whether arriving here always ends the turn until a person acts.  The graph rules rest on it."""
        return type(self).hear is not Step.hear

    @property
    def listens(self) -> bool:
        """Whether a person may be waited for here; wider than `stops` where a step may pass on by itself."""
        return self.stops

    def expects(self, scene: Scene) -> bool:
        """Whether the user, who is at this step now, is asked here and not yet past it."""
        return self.stops

    def awaits(self, scene: Scene, moved: OrderMoved) -> bool:
        """Whether the user, who is at this step now, waits here for this news of his order."""
        return False

    def unattended(self) -> frozenset[str] | None:
        """Paths of the exits that may be taken before a person acts; None: all, unless the step `stops`."""
        return None

    @property
    def pauses(self) -> bool:
        """Whether arriving here always ends the turn, be it until the clock or the outside speaks."""
        return self.stops

    def ports(self) -> Iterator[Port]:
        """Every way out in use, wired or not, found by walking the fields."""
        yield from ports(self)

    def templates(self) -> Iterator[tuple[str, str]]:
        """Path and source of every template in use."""
        return marked(self, "template")

    def faults(self) -> Iterator[Complaint]:
        """What is amiss in this step and in its parts."""
        return complaints(self)

    def runs_flows(self) -> tuple[str, ...]:
        """Keys of the flows entered one after the other before an exit is taken.

        Who overrides this promises that `resume` goes on with the next of them and then with the
        exit, and ends the flow when the user comes back from a flow that the exit entered.
        """
        return ()

    def stops_flows(self) -> frozenset[str]:
        """Keys of the flows that this step may stop for the user."""
        return frozenset()

    def expressions(self) -> Iterator[tuple[str, str]]:
        """Path and source of every expression in use."""
        return marked(self, "expression")

    def sets(self) -> Iterator[tuple[str, str]]:
        """Path and name of every variable this step may set."""
        return marked(self, "sets")

    def reads(self) -> Iterator[tuple[str, str]]:
        """Path and name of every variable this step reads by its name, outside templates."""
        return marked(self, "variable")

    def shows(self) -> Iterator[Shown]:
        """Every message this step may send that its author wrote."""
        yield from ()
