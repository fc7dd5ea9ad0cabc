"""Places where tests may end, freeze or break the process: the points of a message's way, by name.

`BOTIQUE_FAILPOINTS="after_commit=kill@3,lane_taken=pause:2"` sets them: what shall happen, and at which
passage (without a number at every one).  Nothing is set in production, and then a failpoint costs one look
into an empty dictionary.
"""

import os
import re
import signal
import time
from collections.abc import Callable, Mapping
from functools import partial

POINTS = (
    "hook_taken",  # a webhook's body is read, nothing is queued
    "before_commit",  # a batch is played
    "after_commit",  # it is written, and nobody knows yet
    "handed_off",  # the lane has the messages, the webhook is not answered
    "lane_taken",
    "before_send",
    "after_send",  # the messenger has answered, nothing is written
    "before_settle",
    "after_settle",
    "timer_claimed",
    "call_claimed",
    "call_answered",  # the outside has answered, its turn is not played
    "notice_claimed",
    "notice_sent",
    "stopping",  # told to end, before anything is given back
)

VARIABLE, LEAVE, GRANTED = "BOTIQUE_FAILPOINTS", "BOTIQUE_FAILPOINTS_ALLOWED", "tests"
_FAULT = re.compile(r"(\w+)=(?:(kill|stop|raise)|pause:(\d+(?:\.\d+)?))(?:@([1-9]\d*))?")


class Broken(Exception):
    """What a failpoint raises."""


def failpoint(name: str) -> None:
    """A point of the way is reached; whatever is set for it happens."""
    if name in _set:
        _set[name].passed()


class _Fault:
    def __init__(self, happen: Callable[[], None], passage: int | None) -> None:
        self._happen = happen
        self._passage = passage
        self._passages = 0

    def passed(self) -> None:
        self._passages += 1
        if self._passage in (None, self._passages):
            self._happen()


def arm(environment: Mapping[str, str]) -> None:
    """Set what the environment names, and nothing else.

    Ends the process where it is not let, or names what is not there: it must not serve with a fault in it,
    and not without the one that a test waits for.
    """
    told = environment.get(VARIABLE, "").strip()
    if told and environment.get(LEAVE) != GRANTED:
        raise SystemExit(f"{VARIABLE} breaks Botique on purpose, for its tests alone. Unset it.")
    _set.clear()
    for one in filter(None, map(str.strip, told.split(","))):
        name, fault = _read(one)
        _set[name] = fault


def _read(told: str) -> tuple[str, _Fault]:
    found = _FAULT.fullmatch(told)
    if found is None or found[1] not in POINTS:
        raise SystemExit(
            f"{VARIABLE}: «{told}» is no failpoint and what happens there, such as stopping=kill@2."
        )
    name, kind, seconds, passage = found.groups()
    happen = partial(time.sleep, float(seconds)) if seconds else partial(_HAPPENINGS[kind], name)
    return name, _Fault(happen, int(passage) if passage else None)


def _kill(_: str) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def _stop(_: str) -> None:
    os.kill(os.getpid(), signal.SIGSTOP)


def _raise(name: str) -> None:
    raise Broken(name)


_HAPPENINGS = {"kill": _kill, "stop": _stop, "raise": _raise}
_set: dict[str, _Fault] = {}
arm(os.environ)
