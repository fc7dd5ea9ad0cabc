"""What may be published.  Every module beside this one is a room of rules: drop one in, and it holds."""

from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from pkgutil import iter_modules

from flows.document import Flow
from flows.problems import Problem
from flows.shopful import RULES, Room, Shopful

__all__ = ["Problem", "Room", "problems"]

for _found in iter_modules(__path__):
    import_module(f"{__name__}.{_found.name}")


def problems(
    flow: Flow,
    others: Mapping[str, Flow] | None = None,
    rooms: Sequence[Room] = (),
    variables: Iterable[str] = (),
) -> list[Problem]:
    """All that is wrong with a flow among the other flows of its shop; it may be published unless there
    is an error among it.

    `others` by key; one under the key of `flow` is taken for its earlier self and left aside.  `rooms`:
    what the shop's channels can show.  `variables`: names known beside those that flows set.
    Ordered by rule, then as in the document.  Takes time in proportion to the steps and links of all
    flows; never raises for a flow of valid shape.
    """
    shopful = Shopful(flow, others or {}, rooms, variables)
    return [problem for rule in RULES for problem in rule(shopful)]
