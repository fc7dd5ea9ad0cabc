"""What processes cost and how busy the machine was, from /proc."""

import os
import platform
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter
from typing import NamedTuple, Self

_TICK = os.sysconf("SC_CLK_TCK")
_PAGE = os.sysconf("SC_PAGE_SIZE")


def cpu_of(pid: int, *, family: bool = False) -> float:
    """Seconds, user and system, of a process; with `family` of its children too, those that ended and those
    that live."""
    own = _ticks(pid, 4 if family else 2)
    return own / _TICK + (sum(cpu_of(child, family=True) for child in _children(pid)) if family else 0)


def resident(pid: int) -> int:
    """Bytes of memory that a process holds."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE


def _ticks(pid: int, fields: int) -> int:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):  # it ended, and is counted with its parent
        return 0
    return sum(map(int, stat.rpartition(")")[2].split()[11 : 11 + fields]))


def _children(pid: int) -> Iterator[int]:
    try:
        for task in Path(f"/proc/{pid}/task").iterdir():
            yield from map(int, (task / "children").read_text().split())
    except (FileNotFoundError, ProcessLookupError):
        return


class Moment(NamedTuple):
    """The machine's clocks: real, busy (without idle and waiting), and our own family's."""

    at: float
    busy: float
    own: float

    @classmethod
    def now(cls, *others: int) -> Self:
        """`others`: processes of ours that are no children of this one."""
        ticks = list(map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]))
        own = cpu_of(os.getpid(), family=True) + sum(cpu_of(pid, family=True) for pid in others)
        return cls(perf_counter(), (sum(ticks) - ticks[3] - ticks[4]) / _TICK, own)

    def foreign(self, since: "Moment") -> float:
        """The share of the machine that others took since then."""
        took = (self.busy - since.busy) - (self.own - since.own)
        return max(0.0, took / (self.at - since.at) / (os.cpu_count() or 1))


def described() -> str:
    """The machine in one line."""
    named = [line for line in _lines("/proc/cpuinfo") if line.startswith("model name")]
    cpu = named[0].partition(":")[2].strip() if named else platform.machine()
    memory = next(int(line.split()[1]) for line in _lines("/proc/meminfo") if line.startswith("MemTotal"))
    return (
        f"{os.cpu_count()} of {cpu}, {memory / 2**20:.0f} GiB,"
        f" Linux {platform.release()}, Python {platform.python_version()}"
    )


def _lines(path: str) -> list[str]:
    return Path(path).read_text().splitlines()
