"""Ask for a rating."""

from collections.abc import Iterator
from typing import Literal

from flows.answers import number
from flows.effects import Button
from flows.events import Said
from flows.json_value import JSON
from flows.question import Question, Understood, Wrong
from flows.step import Complaint, Scene, ui


class AskRating(Question):
    """Ask to rate something with a number, and save it; bounds are included."""

    title = "Ask for a rating"
    icon = "star"
    takes_numbers = True

    kind: Literal["ask_rating"] = "ask_rating"
    least: int = ui("Lowest", 1, ge=0, le=1)
    most: int = ui("Highest", 5, ge=2, le=10)
    sign: str = ui("Sign beside every number (such as ⭐)", "", max_length=10)
    columns: int = ui("Buttons in a row", 0, ge=0, le=8)

    def choices(self, scene: Scene) -> tuple[Button, ...]:
        return tuple(Button(str(n), self._label(n)) for n in range(self.least, self.most + 1))

    def in_a_row(self) -> int:
        return self.columns

    def pick(self, scene: Scene, item: str) -> Understood | None:
        return Understood(int(item)) if item in map(str, range(self.least, self.most + 1)) else None

    def read(self, scene: Scene, said: Said) -> Understood | Wrong:
        found = self._signs(said.text) or number(said.text)
        if isinstance(found, int) and self.least <= found <= self.most:
            return Understood(found)
        return Wrong("not_rating", {"least": str(self.least), "most": str(self.most)})

    def called(self, scene: Scene, value: JSON) -> str:
        return scene.phrase("as_before", value=super().called(scene, value))

    def _label(self, value: int) -> str:
        return f"{value} {self.sign}".strip()

    def _signs(self, text: str) -> int:
        """How many signs a text is made of; 0 if there is anything else in it."""
        sign = self.sign.strip()
        return text.count(sign) if sign and not text.replace(sign, "").strip() else 0

    def amiss(self) -> Iterator[Complaint]:
        yield from super().amiss()
        if any(sign.isdigit() for sign in self.sign):
            message = "The sign has a digit in it, which would change the number. Choose another sign."
            yield Complaint("error", "sign", "digit", message)
