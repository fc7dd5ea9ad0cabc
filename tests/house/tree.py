"""The files of the house, as the house tests read them."""

import ast
import subprocess
import tokenize
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from io import StringIO
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[2]
PACKAGES = ("flows", "channels", "engine", "web_editor", "constructor_api")
MADE_BY_TOOLS = {".git", ".venv", ".data", "node_modules", "__pycache__", "dist", "static"}


@dataclass(frozen=True)
class Source:
    """A text file: its path from the root, with slashes, and its text."""

    path: str
    text: str

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text, self.path)

    @cached_property
    def comments(self) -> dict[int, str]:
        """Comments of a Python file by line; what looks like one inside a string is none."""
        tokens = tokenize.generate_tokens(StringIO(self.text).readline)
        return {t.start[0]: t.string for t in tokens if t.type == tokenize.COMMENT}

    @cached_property
    def parts(self) -> tuple[str, ...]:
        return tuple(self.path.split("/"))

    @property
    def shipped(self) -> bool:
        """Whether this is part of the product, not of its tests."""
        return self.parts[0] in PACKAGES


Rule = Callable[[Source], Iterable[str]]


def snippet(path: str, text: str) -> Source:
    """A made-up file, for the tests of the rules themselves."""
    return Source(path, dedent(text).strip() + "\n")


@cache
def sources() -> tuple[Source, ...]:
    """Every text file that is or would be committed."""
    return tuple(_read(sorted(_paths())))


def python() -> list[Source]:
    return [source for source in sources() if source.path.endswith(".py")]


def shipped() -> list[Source]:
    return [source for source in python() if source.shipped]


def assert_held(rule: Rule, among: Iterable[Source]) -> None:
    """Every fault in every file at once, one a line; a rule that was shown no file proves nothing."""
    shown = list(among)
    assert shown, "no file to look at"
    faults = [f"{source.path}: {fault}" for source in shown for fault in rule(source)]
    assert not faults, "\n" + "\n".join(faults)


def _paths() -> set[str]:
    listing = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    try:
        answer = subprocess.run(listing, cwd=ROOT, capture_output=True, check=True, text=True)
    except (OSError, subprocess.CalledProcessError):
        # An unpacked archive has no repository: everything but what tools make counts.
        found = (path.relative_to(ROOT) for path in ROOT.rglob("*") if path.is_file())
        return {path.as_posix() for path in found if not MADE_BY_TOOLS.intersection(path.parts)}
    return set(filter(None, answer.stdout.split("\0")))


def _read(paths: Iterable[str]) -> Iterator[Source]:
    for path in paths:
        try:
            raw = (ROOT / path).read_bytes()
        except FileNotFoundError:
            continue  # deleted, and the deletion not committed yet
        if b"\0" not in raw:
            yield Source(path, raw.decode("utf-8", "replace"))
