"""A flow: what the editor saves, what YAML holds, what the engine runs."""

from collections.abc import Iterator
from functools import cached_property
from typing import Annotated, Self

from pydantic import Field, model_validator

from flows.checks import MOST_CHECKS, Check
from flows.languages import Language, MaybeLanguage, canonical
from flows.links import FlowKey, Link, StepId
from flows.step import Part, Port, Step, ui
from flows.steps import AnyStep
from flows.templates.rendering import MAX_SOURCE
from flows.triggers import Trigger
from flows.voices import Voices

MOST_STEPS = 10_000
MOST_LANGUAGES = 50

Address = Annotated[str, Field(min_length=1, max_length=300)]
"""Which text is translated: `<step>.<field>`, as flows/texts.py names fields, or flows/voices.py's HINT."""


class Unknown(Part):
    """What happens when the user says what no menu item, question or keyword takes."""

    hint: str = ui("Hint", "", widget="template", max_length=1000)
    misses: int = ui("After how many misses in a row", 3, ge=1, le=20)
    fallback: Link | None = ui("Then go to", None)


class Flow(Part):
    """One script of a shop.  `key` is its name in links, unique in the shop and unchanging."""

    key: FlowKey
    name: str = Field(min_length=1, max_length=200)
    language: MaybeLanguage = ""
    start: StepId | None = None
    triggers: tuple[Trigger, ...] = Field((), max_length=100)
    unknown: Unknown = Unknown()
    steps: tuple[AnyStep, ...] = Field((), max_length=MOST_STEPS)
    checks: tuple[Check, ...] = Field((), max_length=MOST_CHECKS)
    translations: dict[Language, dict[Address, Annotated[str, Field(max_length=MAX_SOURCE)]]] = Field(
        {}, max_length=MOST_LANGUAGES
    )

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Self:
        seen: set[str] = set()
        for step in self.steps:
            if step.id in seen:
                raise ValueError(f"two steps have the id «{step.id}»; give one of them another")
            seen.add(step.id)
        return self

    @model_validator(mode="after")
    def _languages_are_unique(self) -> Self:
        seen: set[str] = set()
        for code in self.translations:
            if canonical(code) in seen:
                raise ValueError(f"there are two translations into «{code}»; make them one")
            seen.add(canonical(code))
        return self

    @cached_property
    def by_id(self) -> dict[str, Step]:
        return {step.id: step for step in self.steps}

    @cached_property
    def voices(self) -> Voices:
        """The flow in its own language and in those it is translated into."""
        return Voices(self.language, self.by_id, self.unknown.hint, self.translations)

    def links(self) -> Iterator[tuple[Step | None, Port]]:
        """Every way out of every step, and of the flow itself (its fallback, with no step)."""
        for step in self.steps:
            for port in step.ports():
                yield step, port
        yield None, Port("unknown.fallback", "Fallback", self.unknown.fallback, None)
