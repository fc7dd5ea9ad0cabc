"""Who catches everything hides everything: only a loop's outermost edge may, and says why."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.house.tree import Source, assert_held, python, snippet

EVERYTHING = {"Exception", "BaseException"}
REASON = re.compile(r"# outermost: \S.{8,}")


def greedy_catches(source: Source) -> Iterator[str]:
    for node in ast.walk(source.tree):
        if not isinstance(node, ast.ExceptHandler):
            continue
        if node.type is None:
            yield f"{node.lineno}: bare except"
        elif _caught(node.type) & EVERYTHING and not _reason(source, node):
            yield f"{node.lineno}: catches everything and gives no `# outermost:` reason"


def _caught(kinds: ast.expr) -> set[str]:
    each = kinds.elts if isinstance(kinds, ast.Tuple) else [kinds]
    return {ast.unparse(kind).rpartition(".")[2] for kind in each}


def _reason(source: Source, node: ast.ExceptHandler) -> bool:
    """The reason stands on the line of the `except`, or between it and its first statement."""
    lines = range(node.lineno, node.body[0].lineno)
    here = (source.comments.get(line, "") for line in (node.lineno, *lines))
    return any(REASON.match(comment) for comment in here)


def test_nobody_catches_everything_without_a_reason() -> None:
    assert_held(greedy_catches, python())


@pytest.mark.parametrize(
    "catch",
    [
        "except:",
        "except:  # outermost: a good reason does not help here",
        "except Exception:",
        "except Exception as error:",
        "except (ValueError, Exception):",
        "except builtins.Exception:",
        "except BaseException:  # outermost:",
        "except* Exception:",
    ],
)
def test_a_greedy_catch_is_found(catch: str) -> None:
    assert list(greedy_catches(snippet("x.py", f"try:\n    f()\n{catch}\n    pass")))


@pytest.mark.parametrize(
    "catch",
    [
        "except ValueError:",
        "except Exception:  # outermost: a failing turn must not end the loop",
        "except Exception:\n    # outermost: a failing turn must not end the loop",
    ],
)
def test_a_catch_that_knows_why_passes(catch: str) -> None:
    assert not list(greedy_catches(snippet("x.py", f"try:\n    f()\n{catch}\n    pass")))
