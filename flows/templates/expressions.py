"""What an expression may be made of, and how each part of it is worked out.

Jinja2 only reads the source into a tree. The tree is never turned into Python code: each node kind
that has a builder here becomes a small closure, and a node kind without one is refused. So the
builders are the allow-list, and nothing of Python can be reached from a template.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import not_
from typing import TypeAlias, TypeVar, cast

from jinja2 import nodes

from flows.json_value import JSON
from flows.plain_text import unwritable
from flows.templates import values
from flows.templates.faults import TemplateFault, refusal
from flows.templates.filters import FILTERS
from flows.templates.values import Rendering, ValueFault, field, item, known, number

MAX_NODES = 600
MAX_DEPTH = 25

Value: TypeAlias = Callable[[Rendering], JSON]
N = TypeVar("N", bound=nodes.Node)


class Expressions:
    """Builds the expressions of one template and gathers the names that they read.

    Every method raises TemplateFault for what is refused; after that the builder is spent.
    """

    def __init__(self) -> None:
        self.names: set[str] = set()
        self._nodes = 0
        self._depth = 0

    def value(self, node: nodes.Node) -> Value:
        """How the value of an expression is worked out."""
        with self.inside(node):
            build = _BUILDERS.get(type(node))
            if build is None:
                raise refusal(node)
            return build(self, node)

    @contextmanager
    def inside(self, node: nodes.Node) -> Iterator[None]:
        """Counts a node, and its depth for as long as its children are built."""
        self._nodes += 1
        self._depth += 1
        if self._nodes > MAX_NODES:
            raise TemplateFault(node.lineno, "The template has too many parts. Split the text.")
        if self._depth > MAX_DEPTH:
            raise TemplateFault(node.lineno, "The template is nested too deeply. Make it simpler.")
        yield
        self._depth -= 1


_BUILDERS: dict[type[nodes.Node], Callable[[Expressions, nodes.Node], Value]] = {}

Build: TypeAlias = Callable[[Expressions, N], Value]


def _builds(*kinds: type[nodes.Node]) -> Callable[[Build[N]], Build[N]]:
    def note(build: Build[N]) -> Build[N]:
        for kind in kinds:
            _BUILDERS[kind] = cast(Callable[[Expressions, nodes.Node], Value], build)
        return build

    return note


@_builds(nodes.Const)
def _const(_expressions: Expressions, node: nodes.Const) -> Value:
    constant: JSON = node.value
    if isinstance(constant, str) and unwritable(constant):
        raise TemplateFault(node.lineno, "A text in quotes has a character that cannot be written.")
    if isinstance(constant, (int, float)) and not isinstance(constant, bool):
        _at_line(node, lambda: number(constant))
    return lambda _run: constant


@_builds(nodes.Name)
def _name(expressions: Expressions, node: nodes.Name) -> Value:
    name = _public(node, node.name)
    expressions.names.add(name)
    return lambda run: known(run.values.get(name))


@_builds(nodes.Getattr)
def _getattr(expressions: Expressions, node: nodes.Getattr) -> Value:
    base, name = expressions.value(_with_fields(node.node)), _public(node, node.attr)
    return lambda run: field(base(run), name)


@_builds(nodes.Getitem)
def _getitem(expressions: Expressions, node: nodes.Getitem) -> Value:
    base, key = expressions.value(_with_fields(node.node)), _key(node.arg)
    if isinstance(key, int):
        return lambda run: item(base(run), key)
    return lambda run: field(base(run), key)


def _with_fields(node: nodes.Expr) -> nodes.Expr:
    if type(node) in (nodes.Name, nodes.Getattr, nodes.Getitem, nodes.Filter):
        return node
    raise TemplateFault(node.lineno, "Only a variable has fields: {{ order.total }}.")


def _key(node: nodes.Node) -> str | int:
    if type(node) is nodes.Neg and type(node.node) is nodes.Const and type(node.node.value) is int:
        return -node.node.value
    if type(node) is nodes.Const and type(node.value) is str:
        return _public(node, node.value)
    if type(node) is nodes.Const and type(node.value) is int:
        return node.value
    raise TemplateFault(node.lineno, "In [ ] stands a whole number or a name in quotes.")


def _public(node: nodes.Node, name: str) -> str:
    if name.startswith("__"):
        raise TemplateFault(node.lineno, f"{name[:40]} is no variable. Names do not start with __.")
    return name


@_builds(nodes.Filter)
def _filter(expressions: Expressions, node: nodes.Filter) -> Value:
    chosen = FILTERS.get(node.name)
    if chosen is None:
        known_names = ", ".join(FILTERS)
        raise TemplateFault(node.lineno, f"There is no filter {node.name[:40]}. Choose of: {known_names}.")
    _only_plain_arguments(node)
    if node.node is None or not chosen.least <= len(node.args) <= chosen.most:
        raise TemplateFault(node.lineno, f"{node.name} takes {_span(chosen.least, chosen.most)} in brackets.")
    apply, inner = chosen.apply, expressions.value(node.node)
    arguments = tuple(expressions.value(argument) for argument in node.args)
    if not arguments:
        return lambda run: apply(run, inner(run))
    return lambda run: apply(run, inner(run), *[argument(run) for argument in arguments])


def _only_plain_arguments(node: nodes.Filter | nodes.Test) -> None:
    if node.kwargs or node.dyn_args is not None or node.dyn_kwargs is not None:
        raise TemplateFault(node.lineno, f"Give {node.name[:40]} its values without names or stars.")


def _span(least: int, most: int) -> str:
    if most == 0:
        return "nothing"
    return f"{least} values" if least == most else f"{least} to {most} values"


_TESTS: dict[str, Callable[[JSON], bool]] = {
    # A missing variable and an empty (null) one are the same thing to a shop.
    "defined": lambda value: value is not None,
    "none": lambda value: value is None,
    "number": lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
}


@_builds(nodes.Test)
def _test(expressions: Expressions, node: nodes.Test) -> Value:
    chosen = _TESTS.get(node.name)
    _only_plain_arguments(node)
    if chosen is None or node.args:
        raise TemplateFault(node.lineno, f"After 'is' stands one of: {', '.join(_TESTS)}.")
    inner = expressions.value(node.node)
    return lambda run: chosen(inner(run))


_OPERATIONS: dict[type[nodes.BinExpr], Callable[[Rendering, JSON, JSON], JSON]] = {
    nodes.Add: values.add,
    nodes.Sub: values.subtract,
    nodes.Mul: values.multiply,
    nodes.Div: values.divide,
    nodes.FloorDiv: values.divide_whole,
    nodes.Mod: values.remainder,
}


@_builds(*_OPERATIONS)
def _operation(expressions: Expressions, node: nodes.BinExpr) -> Value:
    apply, left, right = _OPERATIONS[type(node)], expressions.value(node.left), expressions.value(node.right)
    return lambda run: apply(run, left(run), right(run))


@_builds(nodes.And)
def _and(expressions: Expressions, node: nodes.And) -> Value:
    left, right = expressions.value(node.left), expressions.value(node.right)
    return lambda run: left(run) and right(run)


@_builds(nodes.Or)
def _or(expressions: Expressions, node: nodes.Or) -> Value:
    left, right = expressions.value(node.left), expressions.value(node.right)
    return lambda run: left(run) or right(run)


@_builds(nodes.Not)
def _not(expressions: Expressions, node: nodes.Not) -> Value:
    inner = expressions.value(node.node)
    return lambda run: not_(inner(run))


@_builds(nodes.Neg)
def _negative(expressions: Expressions, node: nodes.Neg) -> Value:
    inner = expressions.value(node.node)
    return lambda run: -number(inner(run))


@_builds(nodes.Pos)
def _positive(expressions: Expressions, node: nodes.Pos) -> Value:
    inner = expressions.value(node.node)
    return lambda run: number(inner(run))


@_builds(nodes.Concat)
def _concat(expressions: Expressions, node: nodes.Concat) -> Value:
    pieces = [expressions.value(piece) for piece in node.nodes]
    return lambda run: values.joined(run, [piece(run) for piece in pieces], "")


@_builds(nodes.CondExpr)
def _either(expressions: Expressions, node: nodes.CondExpr) -> Value:
    test, then = expressions.value(node.test), expressions.value(node.expr1)
    otherwise = expressions.value(node.expr2) if node.expr2 is not None else _nothing
    return lambda run: then(run) if test(run) else otherwise(run)


def _nothing(_run: Rendering) -> JSON:
    return None


_COMPARISONS: dict[str, Callable[[Rendering, JSON, JSON], bool]] = {
    "eq": values.equal,
    "ne": lambda run, left, right: not values.equal(run, left, right),
    "lt": values.less,
    "gt": lambda run, left, right: values.less(run, right, left),
    "lteq": values.less_or_equal,
    "gteq": lambda run, left, right: values.less_or_equal(run, right, left),
    "in": lambda run, left, right: values.contains(run, right, left),
    "notin": lambda run, left, right: not values.contains(run, right, left),
}


@_builds(nodes.Compare)
def _compare(expressions: Expressions, node: nodes.Compare) -> Value:
    first = expressions.value(node.expr)
    links = [(_COMPARISONS[link.op], expressions.value(link.expr)) for link in node.ops]

    def holds(run: Rendering) -> JSON:
        left = first(run)
        for compare, operand in links:
            right = operand(run)
            if not compare(run, left, right):
                return False
            left = right
        return True

    return holds


def _at_line(node: nodes.Node, work: Callable[[], object]) -> None:
    try:
        work()
    except ValueFault as fault:
        raise TemplateFault(node.lineno, fault.reason) from None
