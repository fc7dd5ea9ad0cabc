"""What starts a flow: the start command, a keyword, or nothing else fitting."""

from collections.abc import Callable, Iterable
from typing import Annotated, Literal, NamedTuple, assert_never

from pydantic import BaseModel, ConfigDict, Field

from flows.like import Like

Match = Literal["exact", "contains", "starts", "ends"]
Word = Annotated[str, Field(min_length=1, max_length=100, pattern=r"\S")]


class _Trigger(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class OnStart(_Trigger):
    """A deep link or start command with this parameter."""

    on: Literal["start"] = "start"
    parameter: Annotated[
        str, Like("^[A-Za-z0-9_-]{1,64}$", "Latin letters, digits, underscores and hyphens, 64 at most")
    ]


class OnKeyword(_Trigger):
    """A text the user writes; case and spaces round it do not matter.  The highest `priority` wins."""

    on: Literal["keyword"] = "keyword"
    words: tuple[Word, ...] = Field(min_length=1, max_length=100)
    match: Match = "exact"
    priority: int = Field(0, ge=-1000, le=1000)

    def fits(self, text: str) -> bool:
        """Whether a folded text fits one of the words."""
        return any(_FITS[self.match](text, fold(word)) for word in self.words)


class OnDefault(_Trigger):
    """The start command without a parameter of its own, and a text that nothing else takes."""

    on: Literal["default"] = "default"


Trigger = Annotated[OnStart | OnKeyword | OnDefault, Field(discriminator="on")]

_FITS: dict[Match, Callable[[str, str], bool]] = {
    "exact": lambda text, word: text == word,
    "contains": lambda text, word: word in text,
    "starts": lambda text, word: text.startswith(word),
    "ends": lambda text, word: text.endswith(word),
}


def fold(text: str) -> str:
    """How texts are compared: without case, spaces round them, or runs of spaces within."""
    return " ".join(text.casefold().split())


class _Keyword(NamedTuple):
    trigger: OnKeyword
    flow: str


class Switchboard:
    """Which flow an event starts, out of all the triggers of a shop."""

    def __init__(self, triggers: Iterable[tuple[str, Trigger]]) -> None:
        self.default: str | None = None
        self._starts: dict[str, str] = {}
        keywords: list[_Keyword] = []
        for flow, trigger in triggers:
            match trigger:
                case OnStart(parameter=parameter):
                    self._starts.setdefault(parameter, flow)
                case OnKeyword():
                    keywords.append(_Keyword(trigger, flow))
                case OnDefault():
                    self.default = self.default or flow
                case _:
                    assert_never(trigger)
        self._keywords = sorted(keywords, key=lambda k: -k.trigger.priority)

    def start(self, parameter: str) -> str | None:
        """The flow for a start command."""
        return self._starts.get(parameter, self.default)

    def keyword(self, text: str) -> str | None:
        """The flow whose keyword fits `text`; ties go to the flow published first."""
        folded = fold(text)
        if not folded:
            return None
        return next((k.flow for k in self._keywords if k.trigger.fits(folded)), None)
