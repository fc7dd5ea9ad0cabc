"""The published flows of a shop, as a turn reads them: immutable, and complete before the turn begins."""

from collections.abc import Iterable
from functools import cached_property
from typing import NamedTuple

from flows.document import Flow
from flows.triggers import Switchboard


class Program(NamedTuple):
    """A revision of a flow, ready to run.  `revision` is unique among all flows."""

    revision: int
    flow: Flow


class Library:
    """`current` programs start new conversations; `older` ones end those that run on them."""

    def __init__(self, current: Iterable[Program], older: Iterable[Program] = ()) -> None:
        self._current = {program.flow.key: program for program in current}
        self._all = {program.revision: program for program in (*older, *self._current.values())}

    def current(self, key: str) -> Program | None:
        return self._current.get(key)

    def revision(self, revision: int) -> Program | None:
        return self._all.get(revision)

    @cached_property
    def switchboard(self) -> Switchboard:
        return Switchboard(
            (key, trigger) for key, program in self._current.items() for trigger in program.flow.triggers
        )
