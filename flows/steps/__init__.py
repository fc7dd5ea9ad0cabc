"""Every module beside this one is a step kind.  Drop a file in, and it is known."""

from collections.abc import Iterator
from functools import reduce
from importlib import import_module
from operator import or_
from pkgutil import iter_modules
from typing import TYPE_CHECKING, Annotated, get_args

from pydantic import Field, TypeAdapter

from flows.step import Step


def _classes() -> Iterator[type[Step]]:
    for found in iter_modules(__path__):
        module = import_module(f"{__name__}.{found.name}")
        for thing in vars(module).values():
            if isinstance(thing, type) and issubclass(thing, Step) and thing.__module__ == module.__name__:
                yield thing


def _kind(step: type[Step]) -> str:
    return str(get_args(step.model_fields["kind"].annotation)[0])


KINDS: dict[str, type[Step]] = {_kind(step): step for step in sorted(_classes(), key=_kind)}

if TYPE_CHECKING:
    AnyStep = Step
else:
    AnyStep = Annotated[reduce(or_, KINDS.values()), Field(discriminator="kind")]

STEP: TypeAdapter[Step] = TypeAdapter(AnyStep)
