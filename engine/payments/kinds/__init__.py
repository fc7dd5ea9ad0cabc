"""Every module beside this one is a way of paying, and its name is the way's kind."""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from pydantic import BaseModel

from engine.payments.base import Payments

KINDS: tuple[str, ...] = tuple(sorted(module.name for module in iter_modules(__path__)))


class UnknownPayments(LookupError):
    def __init__(self, kind: str) -> None:
        super().__init__(f"there is no way of paying «{kind}»; there are {', '.join(KINDS)}")
        self.kind = kind


@cache
def payments_class(kind: str) -> type[Payments[BaseModel]]:
    """The class of a kind.  Raises UnknownPayments."""
    if kind not in KINDS:
        raise UnknownPayments(kind)
    module = import_module(f"{__name__}.{kind}")
    for thing in vars(module).values():
        if isinstance(thing, type) and issubclass(thing, Payments) and thing.__module__ == module.__name__:
            return thing
    raise UnknownPayments(kind)
