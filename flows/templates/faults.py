"""What a template's author is told: the line, and what he can do about it."""

from jinja2 import nodes


class TemplateFault(Exception):
    """What is wrong with a template: on which line, and what its author can do about it."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(f"line {line}: {reason}")
        self.line = line
        self.reason = reason


_CALLS = "Functions cannot be called. Use a filter instead: {{ name | upper }}."
_SETS = "Values are not set in a text. Use the step that sets a variable."
_LISTS = "Lists and objects cannot be written here. Compare with one value at a time, using 'or'."
_REFUSALS: dict[type[nodes.Node], str] = {
    nodes.For: "Loops are not available. Write a list at once: {{ items | join }}.",
    nodes.Assign: _SETS,
    nodes.AssignBlock: _SETS,
    nodes.Call: _CALLS,
    nodes.List: _LISTS,
    nodes.Tuple: _LISTS,
    nodes.Dict: _LISTS,
    nodes.Pow: "Powers are not available. Multiply instead: {{ side * side }}.",
}


def refusal(node: nodes.Node) -> TemplateFault:
    """The fault of a node that templates do not have."""
    otherwise = "This is not available. Use variables, filters and if."
    return TemplateFault(node.lineno, _REFUSALS.get(type(node), otherwise))
