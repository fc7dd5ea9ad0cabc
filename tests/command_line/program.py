"""`botique`, typed in another process."""

import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
STARTERS = ROOT / "flows" / "starters"
SCRIPT = Path(sys.executable).parent / "botique"
LONGEST = 60
"""Seconds after which a program counts as hanging."""


class Said(NamedTuple):
    """How a program ended: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


class Program:
    """The console script.  Nothing of the environment that configures Botique gets through but `given`."""

    def __init__(self, folder: Path, **given: str) -> None:
        ours = ("BOTIQUE_", "DATABASE_URL", "PORT")
        clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
        self.folder = folder
        self.environment = {**clean, "BOTIQUE_FOLDER": str(folder), "PYTHONWARNINGS": "", **given}

    def __call__(self, *arguments: str | Path, typed: str | bytes = "") -> Said:
        """Run it to its end.  On a busy machine it says what takes its time; that is left out."""
        raw = typed.encode() if isinstance(typed, str) else typed
        done = subprocess.run(
            self._line(*arguments), input=raw, capture_output=True, timeout=LONGEST, env=self.environment
        )
        lines = done.stderr.decode().splitlines(keepends=True)
        said = "".join(line for line in lines if not line.endswith(" ...\n"))
        return Said(done.returncode, done.stdout.decode(), said)

    @contextmanager
    def started(self, *arguments: str | Path) -> Iterator["Started"]:
        """Run it for as long as the block lasts; what has not ended by then is told to."""
        with subprocess.Popen(
            self._line(*arguments),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=self.environment,
        ) as process:
            try:
                yield Started(process)
            finally:
                if process.poll() is None:
                    process.terminate()
                    # Read to its end: a program whose words nobody takes cannot finish saying them.
                    process.communicate(timeout=LONGEST)

    def _line(self, *arguments: str | Path) -> list[str]:
        return [str(SCRIPT), *map(str, arguments)]


class Started:
    """A program that runs."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process

    @property
    def runs(self) -> bool:
        return self._process.poll() is None

    def until(self, mark: str) -> str:
        """All that it says up to a line with `mark`."""
        assert self._process.stdout is not None
        said = ""
        for line in self._process.stdout:
            said += line.decode()
            if mark in said:
                return said
        assert self._process.stderr is not None
        raise AssertionError(f"it ended without «{mark}»:\n{said}{self._process.stderr.read().decode()}")

    def tell(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def told(self, number: signal.Signals) -> Said:
        """How it ends after a signal."""
        self.tell(number)
        out, err = self._process.communicate(timeout=LONGEST)
        return Said(self._process.returncode, out.decode(), err.decode())


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


def servers_in(folder: Path) -> list[int]:
    """The PostgreSQL servers that work on files of this folder, by process id."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdecimal():
            try:
                working_in = Path(os.readlink(process / "cwd"))
            except OSError:
                continue  # it ended meanwhile, or is somebody else's
            if working_in.is_relative_to(folder):
                found.append(int(process.name))
    return found
