"""How often somebody may try a password: the wait doubles with every failure, and nobody is locked out."""

from collections import OrderedDict
from time import monotonic
from typing import NamedTuple

from engine.refusals import TooMany

FREE_TRIES = 5
LONGEST_WAIT = 300.0
FORGOTTEN_AFTER = 3600.0
MOST_KEPT = 10_000


class _Failures(NamedTuple):
    times: int
    last: float


class Throttle:
    """Counts failures by key, in the memory of this process."""

    def __init__(self, free: int = FREE_TRIES) -> None:
        self._free = free
        self._failures: OrderedDict[str, _Failures] = OrderedDict()

    def check(self, key: str) -> None:
        """Raises TooMany while the wait after the last failure lasts."""
        failures = self._failures.get(key)
        if failures is None or failures.times < self._free:
            return
        wait = min(2.0 ** (failures.times - self._free), LONGEST_WAIT)
        left = failures.last + wait - monotonic()
        if left > 0:
            raise TooMany("Too many attempts; wait a little.", retry_after=left)

    def failed(self, key: str) -> None:
        before = self._failures.pop(key, _Failures(0, 0.0))
        recent = monotonic() - before.last < FORGOTTEN_AFTER
        self._failures[key] = _Failures(before.times + 1 if recent else 1, monotonic())
        while len(self._failures) > MOST_KEPT:
            self._failures.popitem(last=False)

    def succeeded(self, key: str) -> None:
        """All is forgotten."""
        self._failures.pop(key, None)

    def take_back(self, key: str) -> None:
        """The last try was counted as a failure, and was none."""
        before = self._failures.get(key)
        if before is not None:
            self._failures[key] = before._replace(times=before.times - 1)
