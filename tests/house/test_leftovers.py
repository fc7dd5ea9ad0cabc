"""What is committed is finished: no prints, no notes to self, no check silenced without a word."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.tree import Source, assert_held, python, snippet, sources

# Written in pieces, so that this file does not hold what it looks for.
NOTE = re.compile(r"\b(?:TO" r"DO|FIX" r"ME|XX" r"X)\b")
SILENCED = re.compile(r"#\s*(?:type:\s*ignore|noqa)(?:\[[\w, -]+\]|:\s*[A-Z]+\d+(?:,\s*[A-Z]+\d+)*)?")
CODE = (".ts", ".tsx", ".css", ".js", ".html", ".sh", "Makefile")


def prints(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "pprint"):
            yield f"{node.lineno}: prints"


def notes(source: Source) -> Iterator[str]:
    lines = source.comments if source.path.endswith(".py") else _lines(source)
    for number, line in lines.items():
        if NOTE.search(line):
            yield f"{number}: a note to self"


def silenced(source: Source) -> Iterator[str]:
    """A silenced check gives its reason behind the code, or in a comment of its own just above."""
    lines = source.text.splitlines()
    for number, comment in source.comments.items():
        found = SILENCED.search(comment)
        if not found:
            continue
        behind = SILENCED.sub("", comment).strip("# -:.")
        above = source.comments.get(number - 1, "") if lines[number - 2].strip()[:1] == "#" else ""
        if len(behind) < 10 and (len(above) < 10 or SILENCED.search(above)):
            yield f"{number}: silenced without a reason"


def _lines(source: Source) -> dict[int, str]:
    return dict(enumerate(source.text.splitlines(), 1))


def test_nothing_prints() -> None:
    assert_held(prints, python())


def test_no_note_to_self_is_left() -> None:
    assert_held(notes, (s for s in sources() if s.path.endswith((".py", *CODE))))


def test_no_check_is_silenced_without_a_reason() -> None:
    assert_held(silenced, python())


def test_a_print_is_found() -> None:
    assert list(prints(snippet("x.py", "def f():\n    print('here')")))
    assert not list(prints(snippet("x.py", "console.print('here')\n'print(x)'")))


@pytest.mark.parametrize(
    ("path", "text", "faults"),
    [
        ("x.py", "x = 1  # {}: later", 1),
        ("x.py", "x = '{}'", 0),
        ("x.tsx", "// {} later", 1),
        ("x.css", "/* {} */", 1),
    ],
)
@pytest.mark.parametrize("word", ["TO" + "DO", "FIX" + "ME", "XX" + "X"])
def test_a_note_to_self_is_found(path: str, text: str, faults: int, word: str) -> None:
    assert len(list(notes(snippet(path, text.format(word))))) == faults


@pytest.mark.parametrize(
    "text",
    [
        "x = f()  # type: ignore",
        "x = f()  # type: ignore[arg-type]",
        "x = f()  # noqa: E501, B008",
        "x = f()  # noqa",
        "x = f()  # type: ignore[arg-type]  # noqa: E501",
        "y = 1  # a remark on another line of code\nx = f()  # noqa: E501",
    ],
)
def test_a_silent_silence_is_found(text: str) -> None:
    assert len(list(silenced(snippet("x.py", text)))) == 1


@pytest.mark.parametrize(
    "text",
    [
        "x = f()  # type: ignore[arg-type]  # the stub lacks this overload",
        "x = f()  # noqa: B008 - FastAPI reads defaults",
        "# The stub lacks this overload.\nx = f()  # type: ignore[arg-type]",
        "x = '# noqa'",
    ],
)
def test_a_silence_with_a_reason_passes(text: str) -> None:
    assert not list(silenced(snippet("x.py", text)))
