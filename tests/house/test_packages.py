"""Each package says in one sentence what it is, and keeps its one door for what is final."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.tree import PACKAGES, Source, assert_held, shipped, snippet, sources

UNIT = "engine/store/unit.py"


def more_than_a_sentence(source: Source) -> Iterator[str]:
    docstring = ast.get_docstring(source.tree) or ""
    if len(source.tree.body) != 1 or not docstring:
        yield "holds something else than its docstring"
    elif not docstring.endswith(".") or "\n\n" in docstring:
        yield "its docstring is not a sentence"


def commits(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=ast.Attribute(attr="commit")) if source.path != UNIT:
                yield f"{node.lineno}: commits"


def test_each_package_introduces_itself_in_a_sentence() -> None:
    doors = {f"{package}/__init__.py" for package in PACKAGES}
    found = [source for source in sources() if source.path in doors]
    assert len(found) == len(PACKAGES)
    assert_held(more_than_a_sentence, found)


def test_only_the_unit_of_work_commits() -> None:
    assert_held(commits, shipped())


@pytest.mark.parametrize(
    "text",
    ["", "x = 1", '"""No full stop"""', '"""One."""\nimport os', '"""One.\n\nAnd more."""'],
)
def test_an_init_that_does_more_is_found(text: str) -> None:
    assert list(more_than_a_sentence(snippet("flows/__init__.py", text)))


def test_a_sentence_passes() -> None:
    assert not list(more_than_a_sentence(snippet("flows/__init__.py", '"""What it is."""')))


def test_a_commit_elsewhere_is_found() -> None:
    text = "async def save(session):\n    await session.commit()"
    assert list(commits(snippet("engine/receive.py", text)))
    assert not list(commits(snippet(UNIT, text)))
