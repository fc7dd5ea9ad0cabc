"""Checks played before people meet their flow: through the same turn, in memory, always alike.  Pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import NamedTuple
from zoneinfo import ZoneInfo

from engine.expectations import Difference, differences, recorded, short
from engine.stand_in import StandIn, Unplayable
from flows.checks import Check, Exchange, Press
from flows.document import Flow
from flows.library import Library, Program
from flows.problems import Problem

__all__ = ["Unplayable", "record", "rehearse", "staged"]

UTC = ZoneInfo("UTC")
_LONGEST_FACT = 2000


def staged(flow: Flow, others: Mapping[str, Flow]) -> Library:
    """The flows of a shop with `flow` in place of its published self, each under a revision of its own."""
    flows = {**{other.key: other for other in others.values()}, flow.key: flow}
    return Library(Program(number, one) for number, one in enumerate(flows.values(), 1))


def rehearse(
    flow: Flow,
    others: Mapping[str, Flow],
    zone: ZoneInfo = UTC,
    enough: Callable[[], bool] = lambda: False,
) -> Iterator[Problem]:
    """Plays the checks of a flow among the other flows of its shop: an error for all that goes wrong.

    A check is played up to the first exchange that does.  `zone`: the shop's.  It takes one turn an exchange,
    and none once there was `enough`: a check that was not played to its end then is an error too.
    """
    library = staged(flow, others)
    for place, check in enumerate(flow.checks):
        attempt = _Attempt(flow.key, place, check)
        person = StandIn(library, flow.key, check.given, zone)
        for number, exchange in enumerate(check.talk, 1):
            if enough():
                yield attempt.broken_off(len(flow.checks) - place)
                return
            found = [attempt.failed(number, exchange, one) for one in _differences(person, exchange)]
            yield from found
            if found:
                break


def record(check: Check, flow: Flow, others: Mapping[str, Flow], zone: ZoneInfo = UTC) -> Check:
    """The same conversation, expecting what the bot does in it today.  Raises Unplayable."""
    person = StandIn(staged(flow, others), flow.key, check.given, zone)
    return check.model_copy(update={"talk": tuple(_recorded(person, exchange) for exchange in check.talk)})


def _recorded(person: StandIn, exchange: Exchange) -> Exchange:
    press = person.in_words(exchange.presses) if exchange.presses else None
    return exchange.model_copy(update={"presses": press, **recorded(person.play(exchange))})


def _differences(person: StandIn, exchange: Exchange) -> Iterator[Difference]:
    try:
        played = person.play(exchange)
    except Unplayable as unplayable:
        yield unplayable.difference._replace(field=exchange.act)
    else:
        yield from differences(exchange, played)


class _Attempt(NamedTuple):
    """A check that is being played; `place`: of how many in its flow it comes after."""

    flow: str
    place: int
    check: Check

    def failed(self, number: int, exchange: Exchange, found: Difference) -> Problem:
        title = self.check.title
        return Problem(
            code="check_failed",
            severity="error",
            flow=self.flow,
            field=f"checks.{self.place}.talk.{number - 1}.{found.field}",
            message=f"The check «{title}» fails at its exchange {number}, where {_told(exchange)}: "
            f"{found.message}. Mend the flow, or the check.",
            facts={
                "check": title,
                "exchange": str(number),
                "expected": found.expected[:_LONGEST_FACT],
                "came": found.came[:_LONGEST_FACT],
            },
        )

    def broken_off(self, left: int) -> Problem:
        title = self.check.title
        return Problem(
            code="check_unplayed",
            severity="error",
            flow=self.flow,
            field=f"checks.{self.place}",
            message=f"The checks take too long, and were broken off in «{title}». Make them shorter.",
            facts={"check": title, "left": str(left)},
        )


_HAPPENS = {
    "starts": "the person starts the bot",
    "presses": "the person presses a button",
    "shares_phone": "the person shares a number",
    "shares_location": "the person shares a place",
    "sends_file": "the person sends a file",
    "time_passes": "time passes",
    "system_answers": "another system answers",
    "operator_hands_back": "the operator hands back",
    "runs": "the flow is run",
    "order_moves": "there is news of an order",
}


def _told(exchange: Exchange) -> str:
    """What happens in an exchange, within a sentence."""
    match exchange:
        case Exchange(says=str(words)):
            return f"the person says «{short(words)}»"
        case Exchange(presses=Press(label=str(words))):
            return f"the person presses «{short(words)}»"
    return _HAPPENS[exchange.act]
