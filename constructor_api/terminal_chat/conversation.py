"""A conversation without a database: turns in memory, with the delays and questions that they leave."""

from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from engine.state import State
from engine.turn import Occasion, Turn, answered, hear, open_question
from flows.card import Card
from flows.effects import Call, CancelWakes, WakeAt
from flows.events import Event, Woke
from flows.library import Library
from flows.trade.stall import Stall
from flows.trade.wares import Wares


class Conversation:
    """One person talking with the flows of a library.

    Its clock is the real one, plus the time that was skipped; `seed` is where its dice begin.
    """

    def __init__(
        self, library: Library, channel: str, zone: ZoneInfo, seed: int = 0, wares: Wares | None = None
    ) -> None:
        self.state = State()
        self.card = Card(channel=channel)
        self.calls: list[Call] = []
        """Questions to other systems that are still to be asked; whoever asks takes them out."""
        self._library = library
        self._zone = zone
        self._wakes: dict[tuple[str, str], WakeAt] = {}
        self._stall = Stall(wares)
        self._skipped = timedelta(0)
        self._dice = Random(seed)

    @property
    def now(self) -> datetime:
        return datetime.now(UTC) + self._skipped

    @property
    def pending(self) -> tuple[WakeAt, ...]:
        """The delays that have not passed, the next one first."""
        return tuple(sorted(self._wakes.values(), key=lambda wake: wake.at))

    def hear(self, event: Event) -> Turn:
        """Play a turn.  Raises EndlessTurn; then it never happened."""
        occasion = Occasion(self.now, self._zone, seed=self._dice.getrandbits(32))
        turn = hear(self._library, self.state, self.card, event, occasion)
        while asked := open_question(turn):
            turn = answered(self._library, turn, *self._stall.answer(asked.request), occasion)
        self.state, self.card = turn.state, turn.card
        for effect in turn.effects:
            match effect:
                case WakeAt(flow=flow, step=step):
                    self._wakes[flow, step] = effect
                case CancelWakes(flow=flow):
                    self._wakes = {key: wake for key, wake in self._wakes.items() if key[0] != flow}
                case Call():
                    self.calls.append(effect)
        return turn

    def wake(self) -> Woke | None:
        """The next delay that is over, as an event to hear; None if there is none yet."""
        wake = next(iter(self.pending), None)
        if wake is None or wake.at > self.now:
            return None
        del self._wakes[wake.flow, wake.step]
        return Woke(wake.flow, wake.step, wake.token)

    def skip(self) -> None:
        """Let the time until the next delay is over pass at once."""
        wake = next(iter(self.pending), None)
        if wake is not None:
            self._skipped += max(wake.at - self.now, timedelta(0))
