"""Why a request is turned down: one type a reason.  The words of HTTP for them live at the door."""

from collections.abc import Mapping, Sequence
from typing import ClassVar

from flows.problems import Problem


class Refusal(Exception):
    """A request that is turned down.

    `code` is stable and for programs, `message` is English and for people, `field` names the one input that
    is to blame.  Nothing in them repeats a secret or tells what another shop has.
    """

    code: ClassVar[str] = "refused"

    def __init__(self, message: str, *, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field


class NotFound(Refusal):
    """There is no such thing in this shop; a stranger's thing is no different from none."""

    code = "not_found"

    def __init__(self, what: str, *, field: str | None = None) -> None:
        super().__init__(f"There is no such {what}.", field=field)
        self.what = what


class Conflict(Refusal):
    """Somebody else was first.  `current`: the revision that stands now, where there is one."""

    code = "conflict"

    def __init__(self, message: str, *, field: str | None = None, current: int | None = None) -> None:
        super().__init__(message, field=field)
        self.current = current


class Forbidden(Refusal):
    """The role does not allow it."""

    code = "forbidden"


class Unauthenticated(Refusal):
    """Nobody is logged in, or with a token or password that is not known."""

    code = "unauthenticated"


class Invalid(Refusal):
    """What was sent cannot be taken.  `errors`: field → what is wrong with it, at least one."""

    code = "invalid"

    def __init__(self, errors: Mapping[str, str]) -> None:
        field, message = next(iter(errors.items()))
        super().__init__(message, field=field)
        self.errors = dict(errors)


class Unsound(Refusal):
    """The flow breaks rules that publishing holds.  `problems`: all of them."""

    code = "unsound"

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("The flow has problems that must be solved first.")
        self.problems = tuple(problems)


class TooMany(Refusal):
    """Too fast, or too much at once.  `retry_after` in seconds."""

    code = "too_many"

    def __init__(self, message: str, *, retry_after: float) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class Unavailable(Refusal):
    """The database cannot be asked now; nothing was changed unless a commit was already under way."""

    code = "unavailable"

    def __init__(self, message: str = "The database cannot be reached; try again in a moment.") -> None:
        super().__init__(message)
