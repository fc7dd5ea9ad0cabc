"""The rules keep their promise: in a shop without errors every turn ends."""

from collections import Counter

from hypothesis import find, given, settings
from hypothesis import strategies as st

from engine.play import EndlessTurn
from flows.document import Flow
from flows.effects import Call, Effect, WakeAt
from flows.events import Answered, Event, Woke
from flows.rules import problems
from tests.flows.makers import Conversation
from tests.flows.random_shops import EVENTS, SOLD, shops

EVENTS_AND_DUE = st.lists(EVENTS | st.integers(0, 5), max_size=12)


class Pending:
    """What the bot asked for: the clock and other systems come back to it."""

    def __init__(self) -> None:
        self._events: list[Event] = []

    def note(self, effects: list[Effect]) -> None:
        for effect in effects:
            if isinstance(effect, WakeAt):
                self._events.append(Woke(effect.flow, effect.step, effect.token))
            elif isinstance(effect, Call):
                for status in (200, 500):
                    self._events.append(Answered(effect.flow, effect.step, effect.token, status))

    def choose(self, at: int) -> Event | None:
        return self._events[at % len(self._events)] if self._events else None

    def due(self) -> list[Event]:
        """What the clock brings, in the order in which it was asked for; it is brought once."""
        found: list[Event] = [event for event in self._events if isinstance(event, Woke)]
        self._events = [event for event in self._events if not isinstance(event, Woke)]
        return found


def _is_sound(flows: dict[str, Flow]) -> bool:
    found = (problem for flow in flows.values() for problem in problems(flow, flows))
    return all(problem.severity == "warning" for problem in found)


def _play(flows: dict[str, Flow], events: list[Event | int], seed: int) -> tuple[Conversation, Pending]:
    """Through the real turn, the state through JSON after each; a number takes what came due."""
    pending = Pending()
    talk = Conversation(flows.values(), {"seed": seed, "variables": {"v": str(seed)}, **SOLD})
    for event in events:
        happened = pending.choose(event) if isinstance(event, int) else event
        if happened is not None:
            talk.seed += 1
            pending.note(talk.hear(happened))
    return talk, pending


def test_no_shop_that_passes_the_rules_has_an_endless_turn() -> None:
    seen: Counter[bool] = Counter()

    @settings(max_examples=600, deadline=None, print_blob=True)
    @given(shops(), EVENTS_AND_DUE, st.integers(0, 3))
    def every_turn_ends(flows: dict[str, Flow], events: list[Event | int], seed: int) -> None:
        sound = _is_sound(flows)
        seen[sound] += 1
        if sound:
            _play(flows, events, seed)

    every_turn_ends()
    assert seen[True] > 0.2 * seen.total(), f"{seen}: too few sound shops to prove anything"


@settings(max_examples=200, deadline=None, print_blob=True)
@given(shops().filter(_is_sound), EVENTS_AND_DUE)
def test_a_bot_of_a_sound_shop_falls_silent_when_nobody_speaks_to_it(
    flows: dict[str, Flow], events: list[Event | int]
) -> None:
    """Delays and time limits come due, one after the other, until there are none."""
    talk, pending = _play(flows, events, seed=0)
    for _ in range(100):
        due = pending.due()
        # An operator is a person: how often the bot asks for one is the shop's to decide.
        if not due or talk.state.taken:
            return
        for woke in due:
            pending.note(talk.hear(woke))
    raise AssertionError("the clock alone keeps the bot talking")


def test_without_the_rules_the_same_shops_do_go_on_for_ever() -> None:
    """Else the promise would be kept by the shops, not by the rules."""

    def goes_on(played: tuple[dict[str, Flow], list[Event | int]]) -> bool:
        flows, events = played
        try:
            _play(flows, events, seed=0)
        except EndlessTurn:
            return True
        return False

    flows, _ = find(st.tuples(shops(), EVENTS_AND_DUE), goes_on, settings=settings(deadline=None))
    assert not _is_sound(flows)
