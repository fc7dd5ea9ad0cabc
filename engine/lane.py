"""The messages of one bot on their way out, in the memory of whoever owns its lane.  Time is passed in."""

from collections import deque
from collections.abc import Iterable, Sequence
from heapq import heappop, heappush
from itertools import count

from channels.base import Pace
from engine.lane_line import Conversation, Stand
from engine.lane_reading import Reading
from engine.pacing import Pacing
from engine.perform import MOST_MESSAGES
from engine.store.deliveries import Parcel

MOST_A_LANE = 2_000
"""Parcels in memory; the others are read when there is room."""
LONG = 10.0
"""Seconds: who waits longer is let go of and read again."""
SHORT = 0.25
"""The same, once half of the room is taken: it is for those who need not wait."""

_numbers = count()


class Lane:
    """At most one parcel of a conversation is under way, and answers go before what goes to many."""

    def __init__(self, shop_id: int, bot_id: int, epoch: int, pace: Pace) -> None:
        self.shop_id = shop_id
        self.bot_id = bot_id
        self.epoch = epoch
        self.troubled = False
        self.leaving = False
        """Nothing more may begin: it is to be given back, or somebody else has it."""
        self.in_flight = 0
        self.unsettled = 0
        self.paused_until = 0.0
        self.pacing = Pacing(pace)
        self.reading = Reading()
        self.held: set[int] = set()
        """Ids of all parcels that are known and not settled: read once more, they are left out."""
        self._conversations: dict[int, Conversation] = {}
        self._answers: deque[Conversation] = deque()
        self._bulk: deque[Conversation] = deque()
        self._waiting: list[tuple[float, int, Conversation]] = []
        self._resting: dict[int, int] = {}
        self._rested: list[tuple[float, int]] = []

    @property
    def resting(self) -> Iterable[int]:
        """Whose parcels are not to be read yet."""
        return self._resting

    @property
    def busy(self) -> bool:
        """Whether something of it is under way, or done and not written down."""
        return bool(self.in_flight or self.unsettled)

    @property
    def idle(self) -> bool:
        """Whether nobody waits for anything, as with most bots most of the time."""
        return not (self._conversations or self._resting)

    @property
    def room(self) -> int:
        return MOST_A_LANE - len(self.held)

    def sleeps(self, now: float) -> bool:
        """Whether it pauses for so long that it takes up no room: its parcels are read when that is over."""
        return self.paused_until - now > LONG

    def offer(self, parcels: Sequence[Parcel], now: float) -> None:
        """Whole turns that were committed just now.  What cannot be known to be the next is read instead."""
        begun: dict[int, int] = {}
        may = not (self.reading.behind or self.sleeps(now))
        for parcel in parcels:
            who, turn = parcel.bot_user_id, parcel.seq // MOST_MESSAGES
            if parcel.id in self.held or who in self._resting:
                continue
            follows = begun.get(who) == turn or self.reading.follows(who, turn)
            if follows and may and self.room > 0 and self._put(parcel, now, now):
                begun[who] = turn
            else:
                begun.pop(who, None)
                self.reading.forgets(who)
                self.reading.wanted = True

    def take_in(self, rows: Sequence[tuple[Parcel, float]], now: float, *, whole: bool) -> None:
        """What was read, in order, each with the seconds that it must wait.  `whole`: there is no more."""
        for parcel, wait in rows:
            if self.room <= 0:
                return self.reading.stopped()
            who = parcel.bot_user_id
            self.reading.at = parcel.id
            if parcel.id not in self.held and who not in self._resting and self.reading.may_bring(who):
                self._put(parcel, now + wait, now)
        if whole:
            self.reading.done()
        else:
            self.reading.stopped()

    def _put(self, parcel: Parcel, due: float, now: float) -> bool:
        who = parcel.bot_user_id
        conversation = self._conversations.get(who)
        if conversation is None:
            conversation = self._conversations[who] = Conversation(who)
        if not conversation.put(parcel, due):
            return False
        self.held.add(parcel.id)
        self.reading.knows(who, parcel.seq // MOST_MESSAGES, parcel.id)
        if not conversation.flying and conversation.stand in (Stand.NOWHERE, Stand.BULK):
            self._line_up(conversation, now)
        return True

    def wait(self, conversation: Conversation, now: float) -> float:
        """Seconds until its next parcel may go; what goes to many waits for its own moment besides."""
        _, due = conversation.parcels[0]
        return max(due - now, self.pacing.wait(conversation.bot_user_id, now), 0.0)

    def _line_up(self, conversation: Conversation, now: float) -> None:
        wait = self.wait(conversation, now)
        if wait > LONG or (wait > SHORT and 2 * len(self.held) > MOST_A_LANE):
            self._rest(conversation, now + wait)
        elif wait > 0:
            conversation.stand, conversation.until = Stand.WAITS, now + wait
            heappush(self._waiting, (now + wait, next(_numbers), conversation))
        elif conversation.answers:
            if conversation.stand is not Stand.ANSWERS:
                conversation.stand = Stand.ANSWERS
                self._answers.append(conversation)
        elif conversation.stand is not Stand.BULK:
            conversation.stand = Stand.BULK
            self._bulk.append(conversation)

    def _rest(self, conversation: Conversation, until: float) -> None:
        """Forget the parcels, and remember from where on to read them again."""
        who = conversation.bot_user_id
        self._resting[who] = self._let_go(conversation)
        self.reading.forgets(who)
        heappush(self._rested, (until, who))

    def _let_go(self, conversation: Conversation) -> int:
        first = conversation.parcels[0][0].id
        self.held.difference_update(parcel.id for parcel, _ in conversation.parcels)
        conversation.stand = Stand.NOWHERE
        conversation.parcels.clear()
        del self._conversations[conversation.bot_user_id]
        return first

    def _let_all_go(self) -> None:
        for conversation in [one for one in self._conversations.values() if not one.flying]:
            if conversation.parcels:
                self.reading.back_to(self._let_go(conversation), conversation.bot_user_id)
        self.reading.stopped()

    def next(self, now: float) -> tuple[Conversation, Parcel] | None:
        """What may begin now; it is under way from here on."""
        self._wake(now)
        if self.leaving or self.paused_until > now:
            return None
        for line, stand in ((self._answers, Stand.ANSWERS), (self._bulk, Stand.BULK)):
            while line and not (stand is Stand.BULK and self.pacing.bulk_wait(now)):
                conversation = line.popleft()
                if conversation.stand is stand and (parcel := self._begin(conversation, now)):
                    return conversation, parcel
        return None

    def _begin(self, conversation: Conversation, now: float) -> Parcel | None:
        conversation.stand = Stand.NOWHERE
        if not conversation.parcels:
            del self._conversations[conversation.bot_user_id]
            return None
        if self.wait(conversation, now):
            self._line_up(conversation, now)
            return None
        self.in_flight += 1
        conversation.flying = True
        return self._pop(conversation, now)

    def _pop(self, conversation: Conversation, now: float) -> Parcel:
        parcel = conversation.pop()
        self.pacing.take(parcel.bot_user_id, now, bulk=parcel.bulk)
        return parcel

    def another(self, conversation: Conversation, now: float) -> Parcel | None:
        """The next parcel of a conversation that is under way, if it may go at once."""
        if self.leaving or self.paused_until > now or not conversation.parcels:
            return None
        if self.wait(conversation, now) or (not conversation.answers and self.pacing.bulk_wait(now)):
            return None
        return self._pop(conversation, now)

    def landed(self, conversation: Conversation, now: float) -> None:
        """Nothing of it is under way any more."""
        self.in_flight -= 1
        conversation.flying = False
        if conversation.parcels:
            self._line_up(conversation, now)
        else:
            del self._conversations[conversation.bot_user_id]
            if conversation.cut is not None:
                self.reading.back_to(conversation.cut, conversation.bot_user_id)
        if self.sleeps(now):
            self._let_all_go()

    def settled(self, ids: Iterable[int]) -> None:
        """These are written down: sent, or given up."""
        self.held.difference_update(ids)

    def pause(self, until: float) -> None:
        self.paused_until = max(self.paused_until, until)

    def next_at(self, now: float) -> float | None:
        """When to ask for the next one, if that is known."""
        times = [at for at, _ in self._rested[:1]]
        if (at := self._next_waiting()) is not None:
            times.append(at)
        if self._bulk and not self._answers:
            times.append(now + self.pacing.bulk_wait(now))
        if not times and not self._answers:
            return None
        return max(min(times, default=now), self.paused_until)

    def gone(self, ids: Iterable[int]) -> None:
        """These were deleted by somebody else."""
        lost = set(ids)
        for conversation in self._conversations.values():
            kept = [one for one in conversation.parcels if one[0].id not in lost]
            if len(kept) < len(conversation.parcels):
                conversation.parcels = deque(kept)
                conversation.answers = sum(not parcel.bulk for parcel, _ in kept)
        self.held -= lost

    def _next_waiting(self) -> float | None:
        while self._waiting and not _still_waits(self._waiting[0]):
            heappop(self._waiting)
        return self._waiting[0][0] if self._waiting else None

    def _wake(self, now: float) -> None:
        while (at := self._next_waiting()) is not None and at <= now:
            _, _, conversation = heappop(self._waiting)
            conversation.stand = Stand.NOWHERE
            if conversation.parcels:
                self._line_up(conversation, now)
            else:
                del self._conversations[conversation.bot_user_id]
        while self._rested and self._rested[0][0] <= now:
            _, who = heappop(self._rested)
            self.reading.back_to(self._resting.pop(who), who)


def _still_waits(entry: tuple[float, int, Conversation]) -> bool:
    at, _, conversation = entry
    return conversation.stand is Stand.WAITS and conversation.until == at
