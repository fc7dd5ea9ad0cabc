"""Templates: the texts in which shops write variables, a small and bounded part of Jinja2.

No source, whatever it says, is ever run: it is read, checked and built of our own parts.
A source costs at most 8192 characters to read; a rendering is metered (flows/templates/values.py).
"""

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import NamedTuple, TypeVar

from jinja2 import Environment, TemplateSyntaxError, nodes
from jinja2.parser import Parser

from flows.json_value import JSON
from flows.plain_text import unwritable
from flows.templates.expressions import Expressions, Value
from flows.templates.faults import TemplateFault
from flows.templates.tree import Choice, Parts, Place, build_parts
from flows.templates.values import MAX_TEXT, Rendering, ValueFault, text, too_long

__all__ = ["MAX_SOURCE", "TemplateFault", "check", "check_expression", "evaluate", "render"]

MAX_SOURCE = 8192
# A miss costs some hundred microseconds. A usual template keeps two kilobytes here, the largest
# that is accepted some two hundred.
_KEPT = 2048

# An {% if %} on a line of its own leaves no empty line behind in the message.
_SYNTAX = Environment(trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True)

Tree = TypeVar("Tree", bound=nodes.Node)


class _Template(NamedTuple):
    parts: Parts
    names: frozenset[str]


class _Expression(NamedTuple):
    value: Value
    names: frozenset[str]


def check(source: str) -> frozenset[str]:
    """The top-level names that a template reads. Raises TemplateFault on all that is refused."""
    return _template(source).names if _is_template(source) else frozenset()


def render(source: str, values: Mapping[str, JSON]) -> str:
    """The text with its variables filled in, at most MAX_TEXT characters.

    A missing variable is empty. Values are written as they are: what looks like a template in
    them stays text. A source without a template is returned as it is.
    Raises TemplateFault, also for what only the values bring about, such as a division by zero.
    """
    if not _is_template(source):
        return source
    written: list[str] = []
    _write(_template(source).parts, Rendering(values), written, MAX_TEXT)
    return "".join(written)


def check_expression(source: str) -> frozenset[str]:
    """The top-level names that an expression reads. Raises TemplateFault on all that is refused."""
    return _expression(source).names


def evaluate(expression: str, values: Mapping[str, JSON]) -> JSON:
    """The value of an expression alone, such as `total * 2`, its type kept; None if missing.

    A list or object is handed out as it is, not copied. Raises TemplateFault like render.
    """
    try:
        return _expression(expression).value(Rendering(values))
    except ValueFault as fault:
        raise TemplateFault(1, fault.reason) from None


def _is_template(source: str) -> bool:
    return "{{" in source or "{%" in source or "{#" in source


@lru_cache(maxsize=_KEPT)
def _template(source: str) -> _Template:
    expressions = Expressions()
    tree = _read(source, lambda: Parser(_SYNTAX, source).parse())
    return _Template(build_parts(expressions, tree.body), frozenset(expressions.names))


@lru_cache(maxsize=_KEPT)
def _expression(source: str) -> _Expression:
    expressions = Expressions()
    tree = _read(source, lambda: _parse_expression(source))
    return _Expression(expressions.value(tree), frozenset(expressions.names))


def _parse_expression(source: str) -> nodes.Expr:
    parser = Parser(_SYNTAX, source, state="variable")
    tree = parser.parse_expression()
    if not parser.stream.eos:
        parser.fail("something follows where the expression should end")
    return tree


def _read(source: str, parse: Callable[[], Tree]) -> Tree:
    if len(source) > MAX_SOURCE:
        raise TemplateFault(1, f"The template is longer than {MAX_SOURCE} characters. Split it.")
    if unwritable(source):
        raise TemplateFault(1, "The text has a character that cannot be written. Type it anew.")
    try:
        return parse()
    except TemplateSyntaxError as error:
        found = (error.message or "")[:200].rstrip(".")
        reason = f"This cannot be read: {found}. Check the brackets and quotes."
        raise TemplateFault(error.lineno, reason) from None
    except RecursionError:
        raise TemplateFault(1, "The template is nested too deeply. Make it simpler.") from None
    except ValueError:
        # Python reads no whole number of more than 4300 digits.
        raise TemplateFault(1, "A number in the template is too long.") from None


def _write(parts: Parts, run: Rendering, written: list[str], room: int) -> int:
    """Appends the texts of the parts; answers how many characters still fit after them."""
    line = 1
    for part in parts:
        try:
            if isinstance(part, str):
                piece = part
            elif isinstance(part, Place):
                line = part.line
                value = part.value(run)
                piece = value if isinstance(value, str) else text(run, value)
            else:
                line = part.line
                room = _write(_chosen(part, run), run, written, room)
                continue
            if len(piece) > room:
                raise too_long()
        except ValueFault as fault:
            raise TemplateFault(line, fault.reason) from None
        room -= len(piece)
        written.append(piece)
    return room


def _chosen(choice: Choice, run: Rendering) -> Parts:
    for test, parts in choice.arms:
        if test(run):
            return parts
    return choice.otherwise
