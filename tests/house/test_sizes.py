"""Small, and named by what it does: above these bars something in there wants a name."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.tree import Source, assert_held, python, snippet, sources

FILE_LINES = 300
FUNCTION_LINES = 40
PARAMETERS = 6
SIZED = (".py", ".ts", ".tsx", ".css", ".js", ".html")


def long_file(source: Source) -> Iterator[str]:
    lines = len(source.text.splitlines())
    if lines > FILE_LINES:
        yield f"{lines} lines"


def long_functions(source: Source) -> Iterator[str]:
    for node in _functions(source):
        lines = (node.end_lineno or node.lineno) - node.lineno + 1
        if lines > FUNCTION_LINES:
            yield f"{node.lineno}: {node.name} has {lines} lines"


def crowded_functions(source: Source) -> Iterator[str]:
    for node in _functions(source):
        asked = node.args
        named = [a.arg for a in (*asked.posonlyargs, *asked.args, *asked.kwonlyargs)]
        stars = [a.arg for a in (asked.vararg, asked.kwarg) if a]
        count = len([*named, *stars]) - (named[:1] in (["self"], ["cls"]))
        if count > PARAMETERS:
            yield f"{node.lineno}: {node.name} has {count} parameters"


def _functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node


def _by_hand(source: Source) -> bool:
    """Migrations record what was generated; cutting them up would only hide it."""
    return not source.path.startswith("engine/store/migrations/")


def test_no_file_is_longer_than_three_hundred_lines() -> None:
    assert_held(long_file, (s for s in sources() if s.path.endswith(SIZED) and _by_hand(s)))


def test_no_function_is_longer_than_forty_lines() -> None:
    assert_held(long_functions, filter(_by_hand, python()))


def test_no_function_takes_more_than_six_parameters() -> None:
    assert_held(crowded_functions, (s for s in python() if s.shipped and _by_hand(s)))


@pytest.mark.parametrize(("lines", "faults"), [(300, 0), (301, 1)])
def test_the_bar_for_files_is_exact(lines: int, faults: int) -> None:
    assert len(list(long_file(Source("x.ts", "x\n" * lines)))) == faults


@pytest.mark.parametrize(("lines", "faults"), [(40, 0), (41, 1)])
def test_the_bar_for_functions_is_exact(lines: int, faults: int) -> None:
    source = Source("x.py", "async def f():\n" + "    f()\n" * (lines - 1))
    assert len(list(long_functions(source))) == faults


@pytest.mark.parametrize(
    ("signature", "faults"),
    [
        ("a, b, c, d, e, f", 0),
        ("self, a, b, c, d, e, f", 0),
        ("self, a, /, b, c, d, *e, f", 0),
        ("a, b, c, d, e, f, g", 1),
        ("self, a, /, b, c, d, *, e, f, g", 1),
        ("a, b, c, d, e, *f, **g", 1),
    ],
)
def test_the_bar_for_parameters_counts_all_but_self(signature: str, faults: int) -> None:
    assert len(list(crowded_functions(snippet("x.py", f"def f({signature}): ...")))) == faults
