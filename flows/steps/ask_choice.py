"""Ask to choose one of several answers."""

import re
from collections.abc import Iterator, Mapping
from typing import Any, Literal, Self

from pydantic import field_validator, model_validator

from flows.effects import Button
from flows.events import Said
from flows.items import ItemId, named, refuse_twins
from flows.json_value import JSON
from flows.question import SKIP, Heard, Partly, Understood, Wrong
from flows.several import DONE, Several
from flows.step import Complaint, Part, Scene, ui
from flows.triggers import fold

_CHOSEN = "✅ "
_NUMBERS = re.compile(r"[0-9\s,;]+")


class Option(Part):
    """One answer to choose; what is saved is its value, or its label if it has none."""

    id: ItemId = ui("Id", widget="hidden")
    label: str = ui("Button", "", widget="template", max_length=200)
    value: str = ui("Save as (empty: the text of the button)", "", max_length=2000)

    @field_validator("id")
    @classmethod
    def _is_free(cls, name: str) -> str:
        if name == SKIP:
            raise ValueError(f"the id «{SKIP}» is the skip button's; choose another")
        return name

    def with_texts(self, said: Mapping[str, Any]) -> Self:
        """What is saved is the same in every language: conditions and people of the shop read it."""
        kept = {} if self.value or "{{" in self.label or "{%" in self.label else {"value": self.label}
        return super().with_texts({**said, **kept})

    def answer(self, scene: Scene) -> Understood:
        return Understood(self.value or scene.render(self.label))

    def amiss(self) -> Iterator[Complaint]:
        if not self.label.strip():
            yield Complaint("error", "label", "no_text", "This answer has no text. Write it or remove it.")


class AskChoice(Several):
    """Ask to choose one or several of some answers, by button, text or number (`1, 3`).

    Of several answers the values are saved as a list, in the order in which they stand here.
    """

    title = "Ask to choose"
    icon = "list"

    kind: Literal["ask_choice"] = "ask_choice"
    options: tuple[Option, ...] = ui("Answers", (), max_length=100)
    columns: int = ui("Buttons in a row", 0, ge=0, le=8)
    other: bool = ui("Accept an answer in the user's own words", False)

    @model_validator(mode="before")
    @classmethod
    def _name_options(cls, raw: Any) -> Any:
        return named(raw, "options")

    @model_validator(mode="after")
    def _options_are_unique(self) -> "AskChoice":
        refuse_twins([option.id for option in self.options])
        return self

    def choices(self, scene: Scene) -> tuple[Button, ...]:
        chosen = self.gathered(scene)
        options = (
            Button(option.id, f"{_CHOSEN if option.id in chosen else ''}{scene.render(option.label)}")
            for option in self.options
        )
        return (*options, *self.end_button(scene))

    def in_a_row(self) -> int:
        return self.columns

    def pick(self, scene: Scene, item: str) -> Heard | None:
        if self.several:
            return self._toggled(scene, item)
        return next((option.answer(scene) for option in self.options if option.id == item), None)

    def read(self, scene: Scene, said: Said) -> Heard:
        text = said.text.strip()
        if self.several and (listed := self._listed(scene, text)):
            return self._all(scene, listed) if len(listed) > 1 else self._toggled(scene, listed[0])
        if not self.other or not text:
            return Wrong("hint_menu")
        return self.ended(scene, [*self._values(scene), text]) if self.several else Understood(text)

    def recall(self, scene: Scene, value: JSON) -> Understood | None:
        values = value if self.several and isinstance(value, list) else [value]
        known = [option.answer(scene).value for option in self.options]
        if not all(one in known or (self.other and isinstance(one, str)) for one in values):
            return None
        if not self.several:
            return Understood(value)
        return Understood(values) if self.fitting(values) else None

    def called(self, scene: Scene, value: JSON) -> str:
        return scene.phrase("as_before", value=super().called(scene, value))

    def _toggled(self, scene: Scene, item: str) -> Heard:
        chosen = self.gathered(scene)
        if item == DONE:
            return self.ended(scene, self._values(scene))
        if item in chosen:
            self.gather(scene, [one for one in chosen if one != item])
        elif self.too_many(len(chosen) + 1):
            return Wrong("too_many", {"most": str(self.at_most)})
        else:
            self.gather(scene, [*chosen, item])
        return Partly("")

    def _all(self, scene: Scene, listed: list[str]) -> Heard:
        """Who lists several at once has said all that he wants, beside what he chose before."""
        before = self.gathered(scene)
        self.gather(scene, [*before, *(item for item in dict.fromkeys(listed) if item not in before)])
        found = self.ended(scene, self._values(scene))
        if isinstance(found, Wrong):
            self.gather(scene, before)
        return found

    def _values(self, scene: Scene) -> list[JSON]:
        chosen = self.gathered(scene)
        return [option.answer(scene).value for option in self.options if option.id in chosen]

    def _listed(self, scene: Scene, text: str) -> list[str]:
        """The answers that a text names, by number or label; none at all if it names anything else."""
        words = [fold(word) for word in re.split(r"[\s,;]+" if _NUMBERS.fullmatch(text) else r"[,;\n]", text)]
        known = {fold(scene.render(option.label)): option.id for option in self.options}
        known |= {
            str(number): button.item
            for number, button in enumerate(self.buttons(scene)[: len(self.options)], 1)
            if button.numbered
        }
        found = [known.get(word) for word in words if word]
        return [item for item in found if item] if all(found) else []

    def amiss(self) -> Iterator[Complaint]:
        yield from super().amiss()
        if not self.options:
            yield Complaint("error", "options", "no_options", "There is nothing to choose. Add answers.")
        elif self.several and not self.other and self.at_least > len(self.options):
            message = "More answers are needed than there are. Add answers, or ask for fewer."
            yield Complaint("error", "at_least", "bounds", message)

    def labels(self) -> tuple[tuple[str, str], ...]:
        own = ((f"options.{n}.label", option.label) for n, option in enumerate(self.options))
        return (*own, *super().labels())
