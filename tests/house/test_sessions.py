"""Only the store speaks to the database: whoever is not a repository has no session in his hands."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.tree import Source, assert_held, shipped, snippet

STORE = ("engine", "store")
OWN = ("self", "cls")


def foreign_sessions(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        match node:
            case ast.Attribute(attr="session") if source.parts[:2] != STORE:
                yield f"line {node.lineno}: `.session` is for the repositories of engine/store"
            case ast.Attribute(attr="_session", value=whose) if not _is_own(whose):
                yield f"line {node.lineno}: `._session` is its owner's alone"
            case ast.Call(
                func=ast.Name(id="getattr"), args=[_, ast.Constant(value="session" | "_session"), *_]
            ):
                yield f"line {node.lineno}: a session is not fetched by its name either"


def _is_own(whose: ast.expr) -> bool:
    return isinstance(whose, ast.Name) and whose.id in OWN


def test_nobody_but_the_store_touches_a_session() -> None:
    assert_held(foreign_sessions, shipped())


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("constructor_api/x.py", "async def f(visit): await visit.unit.session.exec(q)"),
        ("engine/publishing.py", "class A:\n    def f(self): self._unit.session.add(row)"),
        ("engine/publishing.py", "def f(tags): return tags._session"),
        ("engine/store/tags.py", "def f(other): return other._session"),
        ("constructor_api/x.py", "def f(unit): return getattr(unit, 'session')"),
    ],
)
def test_a_session_in_other_hands_is_found(path: str, text: str) -> None:
    assert len(list(foreign_sessions(snippet(path, text)))) == 1


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("engine/store/tags.py", "class Tags:\n    def __init__(self, unit): self._session = unit.session"),
        ("channels/sender.py", "class Sender:\n    async def f(self): await self._session.close()"),
        ("channels/x.py", "from aiogram.client.session.aiohttp import AiohttpSession\nBot(session=1)"),
    ],
)
def test_a_session_in_its_own_hands_passes(path: str, text: str) -> None:
    assert not list(foreign_sessions(snippet(path, text)))
