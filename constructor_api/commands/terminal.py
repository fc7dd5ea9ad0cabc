"""What commands say, and where: results on standard output, all else on standard error."""

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Timer

from rich.console import Console
from rich.text import Text

PATIENCE = 2.0
"""Seconds after which a silent command is thought to hang."""

out = Console(highlight=False)
err = Console(highlight=False, stderr=True)


class Advice(Exception):
    """Why a command cannot do its work, in a sentence or two that end with what to do about it."""

    def __init__(self, message: str, *, code: int = 1) -> None:
        super().__init__(message)
        self.message = message
        self.code = code


def say(text: str, style: str = "", *, end: str = "\n") -> None:
    """A line of a result: as it is for a program that reads it, coloured and broken for a person."""
    if out.is_terminal:
        out.print(Text(text, style), end=end)
    else:
        out.file.write(text + end)
        out.file.flush()


def note(text: str, style: str = "") -> None:
    """A remark beside the result."""
    if err.is_terminal:
        err.print(Text(text, style))
    else:
        err.file.write(f"{text}\n")
        err.file.flush()


@contextmanager
def progress(doing: str) -> Iterator[None]:
    """Shows what takes its time: moving in a terminal, elsewhere as a line if it is long."""
    if err.is_terminal:
        with err.status(Text(doing)):
            yield
        return
    told = Timer(PATIENCE, note, [f"{doing} ..."])
    told.start()
    try:
        yield
    finally:
        told.cancel()
