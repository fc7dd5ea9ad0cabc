"""The language and the turn are pure: the same event gives the same turn, today and replayed."""

import ast
from collections.abc import Iterator

import pytest

from tests.house.tree import Source, assert_held, shipped, snippet

CLOCKS = {
    *("datetime.datetime.now", "datetime.datetime.utcnow", "datetime.datetime.today"),
    *("datetime.date.today", "time.time", "time.time_ns", "time.monotonic", "time.monotonic_ns"),
    *("time.perf_counter", "time.localtime", "time.gmtime", "time.sleep"),
}
CHANCE = ("random.", "secrets.", "uuid.uuid1", "uuid.uuid4", "os.urandom")
SEEDED = "random.Random"


TURNS = {f"engine/{name}.py" for name in ("turn", "rehearsal", "stand_in", "expectations")}


def pure(source: Source) -> bool:
    return source.parts[0] == "flows" or source.path in TURNS


def impurities(source: Source) -> Iterator[str]:
    names = _imported(source.tree)
    for node in ast.walk(source.tree):
        if isinstance(node, (ast.AsyncFunctionDef, ast.Await, ast.AsyncFor, ast.AsyncWith)):
            yield f"{node.lineno}: is async"
        elif isinstance(node, ast.Attribute | ast.Name):
            meant = _meant(node, names)
            if meant in CLOCKS:
                yield f"{node.lineno}: looks at the clock ({meant})"
            elif meant.startswith(CHANCE) and not meant.startswith(SEEDED):
                yield f"{node.lineno}: throws dice ({meant})"
        elif isinstance(node, ast.Call) and _bare(node, names) == SEEDED:
            yield f"{node.lineno}: throws dice (no seed)"


def _imported(tree: ast.Module) -> dict[str, str]:
    """Local name → what it stands for, dotted: functions come in under many names."""
    names: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for one in node.names:
                local = one.asname or one.name.partition(".")[0]
                names[local] = one.name if one.asname else local
        elif isinstance(node, ast.ImportFrom):
            for one in node.names:
                names[one.asname or one.name] = f"{node.module}.{one.name}"
    return names


def _bare(call: ast.Call, names: dict[str, str]) -> str:
    """What is called, if it is called with nothing."""
    return "" if call.args or call.keywords else _meant(call.func, names)


def _meant(node: ast.expr, names: dict[str, str]) -> str:
    if isinstance(node, ast.Attribute):
        owner = _meant(node.value, names)
        return f"{owner}.{node.attr}" if owner else ""
    return names.get(node.id, "") if isinstance(node, ast.Name) else ""


def test_the_language_and_the_turn_know_no_clock_no_dice_and_no_waiting() -> None:
    assert_held(impurities, filter(pure, shipped()))


@pytest.mark.parametrize(
    "text",
    [
        "async def f(): ...",
        "from datetime import datetime, UTC\nx = datetime.now(UTC)",
        "import datetime as dt\nx = dt.datetime.utcnow()",
        "import datetime\nx = datetime.date.today()",
        "from time import time as clock\nx = clock()",
        "import time\nx = {'default_factory': time.time}",
        "import random\nx = random.choice('ab')",
        "from random import shuffle\nshuffle([])",
        "from random import Random\nx = Random()",
        "from uuid import uuid4\nx = uuid4()",
        "def f():\n    import secrets\n    return secrets.token_hex()",
    ],
)
def test_an_impurity_is_found(text: str) -> None:
    assert list(impurities(snippet("flows/x.py", text)))


@pytest.mark.parametrize(
    "text",
    [
        "def f(scene):\n    return scene.now, scene.random()",
        "from datetime import datetime\nx = datetime.fromtimestamp(0)",
        "from random import Random\nx = Random('seed').random()",
        "from uuid import UUID, uuid5\nx = uuid5(UUID(int=0), 'a')",
    ],
)
def test_what_is_handed_in_passes(text: str) -> None:
    assert not list(impurities(snippet("flows/x.py", text)))


@pytest.mark.parametrize(
    ("path", "inside"),
    [
        ("flows/a.py", True),
        ("flows/steps/a.py", True),
        ("engine/turn.py", True),
        ("engine/rehearsal.py", True),
        ("engine/clock.py", False),
        ("channels/flows.py", False),
    ],
)
def test_the_rule_knows_who_is_pure(path: str, inside: bool) -> None:
    assert pure(snippet(path, "")) is inside
