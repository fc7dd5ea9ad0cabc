"""A test has the same name wherever it is collected: two processes share them out by name."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.tree import Source, assert_held, python, snippet


def unordered_cases(source: Source) -> Iterator[str]:
    """Sets among the cases of a test whose names are made of them: a set has no order of its own."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="parametrize"), args=[_, cases, *_], keywords=named):
                by_value = [word for word in named if word.arg == "ids" and _spells(word.value)]
                for inner in ast.walk(cases) if by_value else ():
                    if isinstance(inner, ast.Set | ast.SetComp):
                        yield f"line {inner.lineno}: a case is named by a set; write it in an order"


def _spells(ids: ast.expr) -> bool:
    return isinstance(ids, ast.Name) and ids.id in ("str", "repr")


def test_no_case_is_named_by_a_set() -> None:
    assert_held(unordered_cases, [source for source in python() if source.parts[0] == "tests"])


def test_a_case_named_by_a_set_is_found() -> None:
    told = '@pytest.mark.parametrize("a", [({1, 2},), (3,)], ids=str)\ndef test_a(a): ...'
    assert len(list(unordered_cases(snippet("tests/test_x.py", told)))) == 1


@pytest.mark.parametrize(
    "told",
    [
        '@pytest.mark.parametrize("a", [({1, 2},), (3,)])\ndef test_a(a): ...',
        '@pytest.mark.parametrize("a", [(1, 2)], ids=str)\ndef test_a(a): ...',
        '@pytest.mark.parametrize("a", [({1},)], ids=["one"])\ndef test_a(a): ...',
    ],
)
def test_a_case_with_a_name_of_its_own_passes(told: str) -> None:
    assert not list(unordered_cases(snippet("tests/test_x.py", told)))
