"""Every module beside this one is a channel, and its name is the channel's kind.

A channel is imported when first asked for: one of them may bring in a library that takes seconds.
"""

from functools import cache
from importlib import import_module
from pkgutil import iter_modules

from pydantic import BaseModel

from channels.base import Channel

KINDS: tuple[str, ...] = tuple(sorted(module.name for module in iter_modules(__path__)))


class UnknownChannel(LookupError):
    def __init__(self, kind: str) -> None:
        super().__init__(f"no channel of kind «{kind}»; there are {', '.join(KINDS)}")
        self.kind = kind


@cache
def channel_class(kind: str) -> type[Channel[BaseModel]]:
    """The class of a kind.  Raises UnknownChannel."""
    if kind not in KINDS:
        raise UnknownChannel(kind)
    module = import_module(f"{__name__}.{kind}")
    for thing in vars(module).values():
        if isinstance(thing, type) and issubclass(thing, Channel) and thing.__module__ == module.__name__:
            return thing
    raise UnknownChannel(kind)
