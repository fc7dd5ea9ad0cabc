"""What a template's text is made of: plain text, places for values, and choices."""

from dataclasses import dataclass
from typing import TypeAlias

from jinja2 import nodes

from flows.templates.expressions import Expressions, Value
from flows.templates.faults import refusal


@dataclass(frozen=True, slots=True)
class Place:
    """Where a value is written into the text."""

    line: int
    value: Value


@dataclass(frozen=True, slots=True)
class Choice:
    """An if: the first arm whose test holds is written, else what is otherwise."""

    line: int
    arms: tuple[tuple[Value, "Parts"], ...]
    otherwise: "Parts"


Parts: TypeAlias = tuple[str | Place | Choice, ...]


def build_parts(expressions: Expressions, body: list[nodes.Node]) -> Parts:
    """The parts of a body of statements. Raises TemplateFault for what is refused."""
    found: list[str | Place | Choice] = []
    for node in body:
        if type(node) is nodes.Output:
            found.extend(_piece(expressions, piece) for piece in node.nodes)
        elif type(node) is nodes.If:
            found.append(_choice(expressions, node))
        else:
            raise refusal(node)
    return tuple(found)


def _piece(expressions: Expressions, node: nodes.Expr) -> str | Place:
    if type(node) is nodes.TemplateData:
        return node.data
    return Place(node.lineno, expressions.value(node))


def _choice(expressions: Expressions, node: nodes.If) -> Choice:
    with expressions.inside(node):
        arms = tuple(
            (expressions.value(arm.test), build_parts(expressions, arm.body)) for arm in (node, *node.elif_)
        )
        return Choice(node.lineno, arms, build_parts(expressions, node.else_))
