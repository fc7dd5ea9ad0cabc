"""A flow among the other flows of its shop, as the rules look at it; walked once."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Literal, NamedTuple

import networkx as nx

from flows.card import FACTS
from flows.document import Flow
from flows.links import Enter, Forward, Jump, Link
from flows.part import Port
from flows.problems import Problem
from flows.step import Step
from flows.texts import Text, texts
from flows.turns import Spot, Turns
from flows.voices import Voice

TOLD_BY_MESSENGERS = frozenset({"name", "phone", "username"})
"""Variables a bot user may have before any flow has set one."""


class Room(NamedTuple):
    """What one message of a channel may hold; text and label in the unit that the channel counts.

    `buttons`: how many it can show under a message; 0 where it has none.
    """

    channel: str
    text: int
    buttons: int
    label: int
    unit: Literal["characters", "utf16", "bytes"] = "characters"


class Retold(NamedTuple):
    """A step as a translation tells it; `fields`: the paths of what it says in its own words."""

    language: str
    step: Step
    fields: frozenset[str]


class Shopful:
    """`flow` is what shall be published, `flows` are all of the shop by key, `flow` among them.

    `variables`: names that are known beside those that flows set.
    """

    def __init__(
        self, flow: Flow, others: Mapping[str, Flow], rooms: Sequence[Room], variables: Iterable[str]
    ) -> None:
        self.flow = flow
        self.others = {name: other for name, other in others.items() if name != flow.key}
        self.flows = {**{other.key: other for other in self.others.values()}, flow.key: flow}
        self.rooms = rooms
        self._told = TOLD_BY_MESSENGERS.union(variables)
        self._ports: dict[str, dict[str, tuple[Port, ...]]] = {}
        self._retold: dict[str, tuple[Retold, ...]] = {}

    def ports(self, key: str) -> dict[str, tuple[Port, ...]]:
        """The exits in use of every step of the flow `key`, by step."""
        if key not in self._ports:
            self._ports[key] = {step.id: tuple(step.ports()) for step in self.flows[key].steps}
        return self._ports[key]

    @cached_property
    def exits(self) -> tuple[tuple[Step | None, Port], ...]:
        """Every exit of `flow` in the order of the document, its fallback last, without a step."""
        ports = self.ports(self.flow.key)
        fallback = Port("unknown.fallback", "Fallback", self.flow.unknown.fallback, None)
        return (*((step, port) for step in self.flow.steps for port in ports[step.id]), (None, fallback))

    @cached_property
    def turns(self) -> Turns:
        """What may happen until a person is waited for."""
        return Turns(self.flows, self.ports, lambda step: step.stops)

    @cached_property
    def turn_graph(self) -> "nx.DiGraph[Spot]":
        return self.turns.graph()

    @cached_property
    def texts(self) -> dict[str, tuple[Step | None, Text]]:
        """Every text of `flow` that may be translated, by address; with its step, if it is in one."""
        found: dict[str, tuple[Step | None, Text]] = {
            f"{step.id}.{text.address}": (step, text) for step in self.flow.steps for text in texts(step)
        }
        return found | {text.address: (None, text) for text in texts(self.flow.unknown, field="unknown")}

    @cached_property
    def voices(self) -> dict[str, Voice]:
        """What each translation of `flow` says by itself, by language."""
        by_id, hint = self.flow.by_id, self.flow.unknown.hint
        return {code: Voice(by_id, hint, said) for code, said in self.flow.translations.items()}

    def retold(self, step: Step) -> tuple[Retold, ...]:
        """The step in each language that has words of its own for it."""
        if step.id not in self._retold:
            self._retold[step.id] = tuple(self._in_languages(step)) if self.voices else ()
        return self._retold[step.id]

    def _in_languages(self, step: Step) -> Iterator[Retold]:
        own = [(text.field, text.source) for text in texts(step)]
        for language, voice in self.voices.items():
            told = voice.step(step.id)
            if told is not None and told is not step:
                said = zip(own, texts(told), strict=True)
                fields = frozenset(field for (field, source), other in said if source != other.source)
                yield Retold(language, told, fields)

    def leads_somewhere(self, link: Link) -> bool:
        match link:
            case Forward(to=to) | Jump(to=to):
                return to in self.flow.by_id
            case Enter(flow=key):
                return key in self.flows
        return True

    @cached_property
    def known_variables(self) -> frozenset[str]:
        """What a template may count on: set by a step of any flow, told by messengers, or kept by us."""
        set_here = (name for flow in self.flows.values() for step in flow.steps for _, name in step.sets())
        return FACTS | self._told | frozenset(set_here)


Rule = Callable[[Shopful], Iterator[Problem]]
RULES: list[Rule] = []


def rule(found: Rule) -> Rule:
    """Makes a function one of the rules of publishing.  It yields what is wrong, and never raises."""
    RULES.append(found)
    return found
