"""The published flows of every shop, kept ready: parsed once a publication, not once a turn."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable
from typing import NamedTuple, TypeVar

import structlog
from asyncpg import Pool
from msgspec import DecodeError, json
from pydantic import ValidationError

from engine.state import State
from flows.document import Flow
from flows.events import Event, Pressed
from flows.json_value import JSON
from flows.library import Library, Program

log = structlog.get_logger()

K = TypeVar("K")
V = TypeVar("V")

MOST_SHOPS = 1_000
MOST_OLDER = 2_000
_LARGEST = 2**63 - 1

_CURRENT = """
SELECT r.id, r.document FROM flow f JOIN revision r ON r.shop_id = f.shop_id AND r.id = f.published_id
WHERE f.shop_id = $1 ORDER BY f.id
"""
_OLDER = "SELECT id, document FROM revision WHERE shop_id = $1 AND id = ANY($2::bigint[])"


class _Shelf(NamedTuple):
    publication: int
    library: Library
    programs: tuple[Program, ...]


class Libraries:
    """Every shop's library, as of the publication asked for.  Revisions never change, so they are kept."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._shelves: OrderedDict[int, _Shelf] = OrderedDict()
        self._older: OrderedDict[tuple[int, int], Program] = OrderedDict()
        self._lock = asyncio.Lock()

    def ready(self, shop_id: int, publication: int, revisions: Iterable[int] = ()) -> Library | None:
        """The library where it is at hand, as nearly always."""
        shelf = self._shelves.get(shop_id)
        if shelf is None or shelf.publication < publication:
            return None
        if any(shelf.library.revision(number) is None for number in revisions):
            return None
        return shelf.library

    async def library(self, shop_id: int, publication: int, revisions: Iterable[int] = ()) -> Library:
        """The shop's current flows together with these older revisions of them."""
        shelf = self._shelves.get(shop_id)
        if shelf is None or shelf.publication < publication:
            shelf = await self._current(shop_id, publication)
        older = [number for number in revisions if shelf.library.revision(number) is None]
        if not older:
            return shelf.library
        programs = [await self._revision(shop_id, number) for number in older]
        return Library(shelf.programs, [program for program in programs if program])

    async def _current(self, shop_id: int, publication: int) -> _Shelf:
        async with self._lock:
            shelf = self._shelves.get(shop_id)
            if shelf is None or shelf.publication < publication:
                rows = await self._pool.fetch(_CURRENT, shop_id)
                found = [_program(shop_id, row["id"], row["document"]) for row in rows]
                programs = tuple(program for program in found if program)
                shelf = _Shelf(publication, Library(programs), programs)
                _keep(self._shelves, shop_id, shelf, MOST_SHOPS)
            return shelf

    async def _revision(self, shop_id: int, number: int) -> Program | None:
        kept = self._older.get((shop_id, number))
        if kept is not None or not 0 < number <= _LARGEST:
            return kept
        rows = await self._pool.fetch(_OLDER, shop_id, [number])
        program = _program(shop_id, number, rows[0]["document"]) if rows else None
        if program is not None:  # that there is none may be different tomorrow
            _keep(self._older, (shop_id, number), program, MOST_OLDER)
        return program


def named_revisions(state: State, event: Event) -> set[int]:
    """The revisions that a turn may look up."""
    named = {frame.revision for frame in state.frames}
    for one in (event, *state.held):
        if isinstance(one, Pressed):
            named.add(one.revision)
    return named


def _program(shop_id: int, revision: int, document: str) -> Program | None:
    """None if it cannot be read: a flow less is better than a shop that is silent."""
    try:
        drawn = json.decode(document, type=dict[str, JSON])
        drawn.pop("checks", None)  # played by publishing; they may be far longer than the flow
        return Program(revision, Flow.model_validate(drawn))
    except (ValidationError, DecodeError, RecursionError):
        log.exception("flow unreadable", shop=shop_id, revision=revision)
        return None


def _keep(shelves: OrderedDict[K, V], key: K, value: V, most: int) -> None:
    shelves[key] = value
    shelves.move_to_end(key)
    while len(shelves) > most:
        shelves.popitem(last=False)
