"""All that is remembered of a bot user's conversations between two turns: plain JSON."""

from typing import Literal

from msgspec import Struct, field, json
from msgspec.structs import replace

from flows.events import Event, Woke
from flows.json_value import JSON

LONGEST_PATH = 30


class Frame(Struct, kw_only=True, omit_defaults=True):
    """One flow the user is in.  `path`: the steps where he stopped, each once, the latest last."""

    flow: str
    revision: int
    step: str = ""
    path: list[str] = field(default_factory=list)
    memo: dict[str, JSON] = field(default_factory=dict)
    misses: int = 0
    timers: dict[str, int] = field(default_factory=dict)
    """Tokens of the pending wake-ups, by step; a wake-up with another token is void."""
    asked: int = 0
    """Token of the open question to the outside; 0: none."""
    whom: Literal["user", "clock", "operator"] = "user"
    """Who is waited for at `step`."""

    @property
    def pending(self) -> bool:
        """Whether something other than the user will go on from `step`."""
        return self.asked != 0 or (self.whom != "user" and self.step in self.timers)

    def copy(self) -> "Frame":
        return replace(self, path=[*self.path], memo={**self.memo}, timers={**self.timers})


class State(Struct, kw_only=True, omit_defaults=True):
    """`frames`: the active flows, the current one last.  One frame a flow."""

    frames: list[Frame] = field(default_factory=list)
    token: int = 0
    taken: bool = False
    """An operator has the conversation: the bot is silent."""
    held: list[Event] = field(default_factory=list)
    """What came due while an operator had the conversation."""

    @property
    def current(self) -> Frame | None:
        return self.frames[-1] if self.frames else None

    def copy(self) -> "State":
        return replace(self, frames=[frame.copy() for frame in self.frames], held=[*self.held])

    def frame(self, flow: str) -> Frame | None:
        return next((frame for frame in self.frames if frame.flow == flow), None)

    def is_operators_limit(self, woke: Woke) -> bool:
        """Whether the time is over that an operator had for the conversation."""
        frame = self.current
        return frame is not None and frame.whom == "operator" and frame.timers.get(woke.step) == woke.token


_decoder = json.Decoder(State)
_encoder = json.Encoder()


def load(raw: bytes | str) -> State:
    """The state that `dump` wrote.  Raises msgspec.ValidationError on anything else."""
    return _decoder.decode(raw)


def dump(state: State) -> bytes:
    return _encoder.encode(state)
