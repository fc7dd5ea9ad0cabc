"""What is wrong with a flow, as a value: a fault in a drawing is no exception."""

from msgspec import Struct
from msgspec.structs import replace

from flows.part import Severity


class Problem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One thing to mend.  An error keeps the flow from being published, a warning does not.

    `code` is for programs and stable; `message` tells a shop owner what is wrong and what to do.
    `step` is None for what concerns the flow as a whole; `field` is the path within the step (or
    within the flow).  `facts` hold what an editor may want to show beside it; ids in a list are
    parted by spaces.
    """

    code: str
    severity: Severity
    flow: str
    step: str | None = None
    field: str | None = None
    message: str
    facts: dict[str, str] = {}


def in_translation(problem: Problem, language: str) -> Problem:
    """The same, found in a step or text as people of that language read it."""
    facts = {**problem.facts, "language": language}
    return replace(problem, message=f"In the translation into «{language}»: {problem.message}", facts=facts)
