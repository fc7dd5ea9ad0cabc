"""A name says what a thing does; these words say only that it does something."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.tree import Source, assert_held, snippet, sources

EMPTY = {
    *("manager", "helper", "util", "handler", "service", "processor"),
    *("common", "misc", "data", "info"),
}
NAMED = (".py", ".ts", ".tsx", ".css", ".js", ".html")
WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")
SCRIPT_NAME = re.compile(r"^\s*(?:export )?(?:default )?(?:function|class|interface)\s+(\w+)", re.M)


def empty_words(source: Source) -> Iterator[str]:
    for name in (*_path_names(source), *_declared(source)):
        for word in WORD.findall(name):
            if word.lower() in EMPTY or word.lower().removesuffix("s") in EMPTY:
                yield f'"{name}" says "{word.lower()}"'


def _path_names(source: Source) -> Iterator[str]:
    yield from source.parts[:-1]
    yield source.parts[-1].partition(".")[0]


def _declared(source: Source) -> Iterator[str]:
    if not source.path.endswith(".py"):
        yield from SCRIPT_NAME.findall(source.text)
        return
    for node in ast.walk(source.tree):
        match node:
            # A test's name is a sentence, and may speak of whatever it likes.
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name) if (
                not name.startswith("test_")
            ):
                yield name


def test_no_name_says_nothing() -> None:
    assert_held(empty_words, (s for s in sources() if s.path.endswith(NAMED)))


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("engine/utils.py", ""),
        ("engine/common/turn.py", ""),
        ("engine/x.py", "class FlowManager: ..."),
        ("engine/x.py", "class HTTPHandler: ..."),
        ("engine/x.py", "class A:\n    async def _lead_service(self): ..."),
        ("engine/x.py", "def load_data(): ..."),
        ("web_editor/ui/x.ts", "export function pathHelper(a) {}"),
        ("web_editor/ui/x.tsx", "export default class StepInfo {}"),
        ("web_editor/ui/helpers.ts", ""),
    ],
)
def test_an_empty_word_is_found(path: str, text: str) -> None:
    assert len(list(empty_words(snippet(path, text)))) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("engine/utility.py", "class Handle: ...\ndef informed(): ...\ndef serviced(): ..."),
        ("tests/test_x.py", "def test_a_service_that_is_down_is_asked_again(): ..."),
        ("engine/x.py", "from logging import getHandlerByName, Handler"),
    ],
)
def test_a_word_that_only_contains_one_passes(path: str, text: str) -> None:
    assert not list(empty_words(snippet(path, text)))
