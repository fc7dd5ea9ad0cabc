"""A failpoint is a promise to the tests that break the process: each stands in the code, and once a way."""

import ast
from collections.abc import Iterable, Iterator

import pytest

from engine.failpoints import POINTS
from tests.house.tree import Source, shipped, snippet

WAYS = {"hook_taken": 2}
"""Where a message may pass by more than one way: a call that tells of one thing takes the short one."""


def placed(source: Source) -> Iterator[str]:
    """The names that are passed by, however the function is called; «?» for one that is worked out."""
    for node in ast.walk(source.tree):
        match node:
            case ast.Call(func=ast.Name(id="failpoint") | ast.Attribute(attr="failpoint"), args=[name]):
                yield name.value if isinstance(name, ast.Constant) and isinstance(name.value, str) else "?"


def faults(sources: Iterable[Source]) -> list[str]:
    found = [name for source in sources for name in placed(source)]
    return [
        *(
            f"{name} is placed {found.count(name)} times"
            for name in POINTS
            if found.count(name) != WAYS.get(name, 1)
        ),
        *(f"{name} is not in the list" for name in sorted(set(found) - set(POINTS))),
    ]


def test_every_failpoint_of_the_list_is_placed_once_a_way_and_no_other() -> None:
    assert not faults(shipped())


ALL = "\n".join(f'failpoint("{name}")' for name in POINTS for _ in range(WAYS.get(name, 1)))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        (ALL, []),
        (ALL + '\nfailpoint("stopping")', ["stopping is placed 2 times"]),
        (ALL + '\nfailpoints.failpoint("elsewhere")', ["elsewhere is not in the list"]),
        (ALL + "\nfailpoint(name)", ["? is not in the list"]),
        (ALL.replace('failpoint("stopping")', ""), ["stopping is placed 0 times"]),
    ],
    ids=["all", "twice", "unknown", "worked out", "missing"],
)
def test_a_failpoint_that_is_not_where_it_should_be_is_found(text: str, found: list[str]) -> None:
    assert faults([snippet("engine/x.py", text)]) == found
