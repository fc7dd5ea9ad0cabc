"""What every answer looks like: `status` and `result`, a page of a list, or what was wrong."""

from collections.abc import Callable, Iterable
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar
from urllib.parse import parse_qsl, urlencode

from fastapi import Depends, Query, Request
from pydantic import BaseModel, ConfigDict

from constructor_api.grammar.numbers import Count, Limit
from engine.refusals import Invalid
from engine.settings import Settings

T = TypeVar("T")
Row = TypeVar("Row")


class Shape(BaseModel):
    """What comes in: a field that is not known is refused."""

    model_config = ConfigDict(extra="forbid", hide_input_in_errors=True)


class Done(BaseModel):
    """The answer of a call that has nothing to show."""

    status: Literal["ok"] = "ok"


class Ok(Done, Generic[T]):
    result: T


class Listed(BaseModel, Generic[T]):
    """`next` and `previous` are absolute and keep the other parameters; null at the ends."""

    count: int
    next: str | None
    previous: str | None
    results: list[T]


class ProblemView(BaseModel):
    """One thing to mend in a flow: an `error` keeps it from being published, a `warning` does not.

    `step` is null for what concerns the whole flow; `field` is the path within the step.
    """

    code: str
    severity: Literal["error", "warning"]
    flow: str
    step: str | None = None
    field: str | None = None
    message: str
    facts: dict[str, str] = {}


class Refused(BaseModel):
    """`errors`: the field that is to blame, or `common` → what is wrong.  `code` is stable, for programs."""

    status: Literal["error"] = "error"
    errors: dict[str, str]
    code: str
    current: int | None = None
    """The revision that stands now, where somebody else was first."""
    problems: list[ProblemView] | None = None
    """What is unsound in a flow."""


class Slice(NamedTuple):
    """Which part of a list was asked for, and where: `here` is the address without limit and offset."""

    limit: int
    offset: int
    here: str

    def listed(self, rows: Iterable[Row], count: int, shape: Callable[[Row], T]) -> Ok[Listed[T]]:
        """The page of a list that has `count` things in all."""
        after = self.offset + self.limit
        before = max(0, self.offset - self.limit)
        return Ok(
            result=Listed(
                count=count,
                next=self._at(after) if after < count else None,
                previous=self._at(before) if self.offset else None,
                results=[shape(row) for row in rows],
            )
        )

    def _at(self, offset: int) -> str:
        joint = "&" if "?" in self.here else "?"
        return f"{self.here}{joint}limit={self.limit}&offset={offset}"


def _slice(
    request: Request,
    limit: Annotated[Limit, Query(description="How many at most")] = 20,
    offset: Annotated[Count, Query(description="How many to leave out")] = 0,
) -> Slice:
    kept = [pair for pair in parse_qsl(request.url.query, keep_blank_values=True) if pair[0] not in _PLACE]
    address = address_of(request) + request.url.path
    return Slice(limit, offset, f"{address}?{urlencode(kept)}" if kept else address)


def address_of(request: Request) -> str:
    """Where clients reach us, with no slash behind: as set, or else as this client did."""
    settings: Settings = request.app.state.engine.settings
    return settings.public_address or str(request.base_url).rstrip("/")


_PLACE = ("limit", "offset")
Paging = Annotated[Slice, Depends(_slice)]


def given(shape: Shape, *nullable: str) -> dict[str, Any]:
    """The fields that the caller sent.  Raises Invalid for a null where the field has no such value."""
    sent = shape.model_dump(exclude_unset=True)
    empty = {
        name: "This cannot be empty."
        for name, value in sent.items()
        if value is None and name not in nullable
    }
    if empty:
        raise Invalid(empty)
    return sent
