"""No statement written out joins rows of one shop with another's: a shop's node has all that it needs."""

import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module

import pytest

import engine
from engine.store.distribution import is_above_shops
from engine.store.schema import tables
from engine.store.writing import PARTS, commit_statement

CLAIMS = {"engine.store.order_news._CLAIM", "engine.store.notifications._CLAIM"}
"""These lock rows of many shops at once, which Citus does not do: they would have to ask shop by shop
(docs/operations.md).  None may be added."""

_TENANT = {name for name, table in tables().tables.items() if not is_above_shops(table)}
_WORDS = "SET|WHERE|JOIN|ON|LEFT|CROSS|INNER|ORDER|USING|SELECT|LIMIT|GROUP|FOR|RETURNING|VALUES|AS"
_REFERENCE = re.compile(rf"\b(FROM|JOIN|UPDATE|USING)\s+(\w+)\b(?:\s+(?:AS\s+)?(?!(?:{_WORDS})\b)(\w+))?")
_RELATION = re.compile(r"(?<!DO )\b(?:FROM|JOIN|UPDATE|USING)\s+[\w(]")
_SQL = re.compile(r"\b(SELECT|UPDATE|INSERT INTO|DELETE FROM)\b[\s\w*]")


def statements() -> Iterator[tuple[str, str]]:
    """Every constant of the engine that is SQL, by its name."""
    tables()
    for found in pkgutil.walk_packages(engine.__path__, "engine."):
        if ".migrations" in found.name:
            continue
        for name, text in vars(import_module(found.name)).items():
            if isinstance(text, str) and not name.startswith("__") and _SQL.search(text):
                yield f"{found.name}.{name}", text


def strays(statement: str) -> list[str]:
    """The tables of shops in a join that nothing holds to the shop of the others."""
    if len(_RELATION.findall(statement)) < 2:
        return []
    named = [(table, alias or table) for _, table, alias in _REFERENCE.findall(statement) if table in _TENANT]
    return [table for table, alias in named if not _is_held(statement, table, alias)]


def _is_held(statement: str, table: str, alias: str) -> bool:
    column = "id" if table == "shop" else "shop_id"
    key = rf"\b{alias}\.{column}"
    same = [rf"{key} = ", rf" = {key}\b", rf"\({key}, [\w., ]+\) (?:NOT )?(?:IN|=) ", r"USING \(shop_id\b"]
    if alias == table:
        same += [rf"(?<![\w.]){column} = ", rf"SELECT {column}\b[^;]*?\sFROM {table}\b"]
    return any(re.search(one, statement) for one in same)


def locks_many(statement: str) -> bool:
    """Whether it locks rows of whatever shops it finds."""
    locking = re.search(r"FOR (?:NO KEY )?(?:UPDATE|SHARE)", statement)
    return locking is not None and re.search(r"shop_id = (?:\$1|:shop)", statement) is None


FOUND = dict(statements())
FOUND["the commit"], _ = commit_statement([], {name: [(1, 1)] for name in PARTS})


def test_the_statements_of_the_hot_path_are_among_those_looked_at() -> None:
    assert FOUND.keys() >= {f"engine.store.turns.{name}" for name in ("_BY_MESSENGER", "_BY_ID", "_MEET")}
    assert len(FOUND) > 30


@pytest.mark.parametrize("name", sorted(FOUND))
def test_what_is_joined_is_of_one_shop(name: str) -> None:
    assert strays(FOUND[name]) == []


def test_rows_of_many_shops_are_locked_by_claims_alone() -> None:
    assert {name for name, text in FOUND.items() if locks_many(text)} <= CLAIMS
    assert locks_many("SELECT * FROM timer WHERE run_at < now() FOR UPDATE SKIP LOCKED")
    assert not locks_many("SELECT * FROM bot WHERE shop_id = $1 FOR UPDATE")


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("SELECT * FROM bot b JOIN bot_user u ON u.bot_id = b.id", ["bot", "bot_user"]),
        ("SELECT * FROM bot b JOIN bot_user u ON u.shop_id = b.shop_id AND u.bot_id = b.id", []),
        ("SELECT * FROM bot b JOIN bot_user u USING (shop_id, bot_id)", []),
        ("SELECT * FROM unnest($1::bigint[]) AS i(id) JOIN bot b ON b.id = i.id", ["bot"]),
        ("SELECT * FROM bot b JOIN shop s ON s.id = b.shop_id", []),
        ("UPDATE timer d SET token = 1 FROM bot b WHERE b.id = d.bot_id", ["timer", "bot"]),
        ("DELETE FROM outbox o USING lane l WHERE (l.shop_id, l.bot_id) = (o.shop_id, o.bot_id)", ["outbox"]),
        ("UPDATE timer SET token = 1 WHERE shop_id = $1", []),
        ("SELECT * FROM lane", []),
    ],
)
def test_a_join_across_shops_is_found(statement: str, found: list[str]) -> None:
    assert strays(statement) == found
