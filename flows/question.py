"""What all questions have in common: ask, understand, keep the answer, or ask again."""

from abc import abstractmethod
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from typing import ClassVar, Literal, NamedTuple

from msgspec.structs import replace

from flows.effects import Button
from flows.events import Event, Pressed, Said
from flows.json_value import JSON
from flows.kept_values import written
from flows.links import Link
from flows.step import Complaint, Miss, Move, Scene, Shown, Step, Wait, ui
from flows.triggers import fold
from flows.variables import Variable

SKIP = "skip"
"""The item of the skip button; no choice of an author may have it."""
SAVED = "-saved"
"""The item of the saved value.  An author's own ids have no dash, so none can be the same."""

_ASKED = "asked"
"""The note of a question that is open; only those that may be passed by need one."""
_LONGEST_NAME = 40


class Understood(NamedTuple):
    """The value that an answer stands for."""

    value: JSON


class Wrong(NamedTuple):
    """An answer that does not fit: the phrase that says so, unless the author wrote his own."""

    phrase: str
    values: Mapping[str, str] = {}


class Partly(NamedTuple):
    """A part of an answer of several: `told` is said, and the user goes on answering."""

    told: str
    again: bool = True
    """Whether the question itself is shown again; else only its buttons, under `told`."""


Heard = Understood | Wrong | Partly


def shorten(text: str, most: int) -> str:
    """On one line, and of `most` characters."""
    line = " ".join(text.split())
    return line if len(line) <= most else f"{line[: most - 1]}…"


def _is_number(label: str) -> bool:
    """Whether a label is a number but for its signs: `2`, `3+`, `✅ 2`."""
    return "".join(filter(str.isalnum, label)).isdecimal()


class Question(Step):
    """Asks, and waits.  A kind says how to read an answer, and which buttons help to give one."""

    group = "questions"
    takes_numbers: ClassVar[bool] = False
    """Whether a bare number is an answer of its own, and never the place of a button."""

    question: str = ui("Question", "", widget="template", max_length=8000)
    variable: Variable | None = ui("Save the answer as", None, widget="sets")
    saved: Literal["ask", "offer", "skip"] = ui("If the answer is saved already", "ask")
    error: str = ui("If the answer does not fit, say", "", widget="template", max_length=1000)
    retries: int = ui("Wrong answers allowed", 3, ge=1, le=20)
    optional: bool = ui("May be skipped", False)
    skip: str = ui("Text of the skip button", "", widget="template", max_length=200)
    patience: int = ui("Wait for an answer (0: as long as it takes)", 0, ge=0, le=1000)
    patience_in: Literal["minutes", "hours", "days"] = ui("Counted in", "minutes")
    next: Link | None = ui("Then", None)
    failed: Link | None = ui("After too many wrong answers", None)
    silent: Link | None = ui("If no answer comes in time", None, unwired="warning")

    @abstractmethod
    def read(self, scene: Scene, said: Said) -> Heard:
        """What the user's own words mean."""

    def pick(self, scene: Scene, item: str) -> Heard | None:
        """What a pressed button means; None if it is none of this question's."""
        return None

    def choices(self, scene: Scene) -> tuple[Button, ...]:
        """The buttons beside those for the saved value and to skip."""
        return ()

    def in_a_row(self) -> int:
        return 0

    def recall(self, scene: Scene, value: JSON) -> Understood | None:
        """A value that the variable has already, as an answer; None if it would not do as one now."""
        found = self.read(scene, Said(written(value)))
        return found if isinstance(found, Understood) else None

    def called(self, scene: Scene, value: JSON) -> str:
        """How a saved value is called on its button."""
        return written(value)

    @property
    def stops(self) -> bool:
        return not self.unattended()

    @property
    def pauses(self) -> bool:
        return not self._passes

    @property
    def listens(self) -> bool:
        return True

    def expects(self, scene: Scene) -> bool:
        return self.stops or _ASKED in scene.memo

    def unattended(self) -> frozenset[str]:
        return frozenset([*(["next"] if self._passes else []), *(["silent"] if self.patience else [])])

    def idle(self) -> frozenset[str]:
        return frozenset() if self.patience else frozenset({"silent"})

    def press(self, scene: Scene, item: str) -> Literal["go", "outdated", "ignore"]:
        known = (button.item for button in self.buttons(scene) if button.kind == "go")
        return "go" if item in known else "outdated"

    def enter(self, scene: Scene) -> Move:
        kept = self._recalled(scene) if self._passes else None
        return self.repeat(scene) if kept is None else self._done(scene, kept)

    def repeat(self, scene: Scene) -> Move:
        return self._show(scene, scene.render(self.question))

    def hear(self, scene: Scene, event: Event) -> Move | Miss:
        match event:
            case Pressed(item=item):
                found = self._pressed(scene, item) or Wrong("outdated")
            case Said():
                found = self._said(scene, event)
            case _:
                # Nobody else is waited for but the user: the time is up.
                scene.memo.pop(_ASKED, None)
                return self.silent
        match found:
            case Wrong():
                return self._miss(scene, found)
            case Partly():
                return self._go_on(scene, found)
        return self._done(scene, found)

    def buttons(self, scene: Scene) -> tuple[Button, ...]:
        """What is shown under the question, in the order in which its numbers are understood."""
        shown = [*self.choices(scene)]
        kept = self._recalled(scene)
        if kept is not None:
            shown.append(Button(SAVED, shorten(self.called(scene, kept.value), _LONGEST_NAME)))
        if self.optional:
            shown.append(Button(SKIP, scene.render(self.skip).strip() or scene.phrase("skip")))
        # «1. 2» would leave open what a typed 2 stands for.
        bare = self.takes_numbers or any(_is_number(one.label) for one in shown)
        return tuple(replace(one, numbered=False) for one in shown) if bare else tuple(shown)

    @property
    def _passes(self) -> bool:
        return self.saved == "skip" and self.variable is not None

    def _recalled(self, scene: Scene) -> Understood | None:
        if self.saved == "ask" or self.variable is None:
            return None
        value = scene.get(self.variable)
        return None if value in (None, "", [], {}) else self.recall(scene, value)

    def _said(self, scene: Scene, said: Said) -> Heard:
        """The text or number of a button, as channels without buttons list them; else an answer."""
        words = fold(said.text)
        for number, button in enumerate(self.buttons(scene), 1):
            is_number = button.numbered and words == str(number)
            if button.kind == "go" and (is_number or words == fold(button.label)):
                return self._pressed(scene, button.item) or Wrong("outdated")
        return self.read(scene, said)

    def _pressed(self, scene: Scene, item: str) -> Understood | Partly | None:
        if item == SKIP:
            return Understood(None) if self.optional else None
        found = self._recalled(scene) if item == SAVED else self.pick(scene, item)
        # A press is never a wrong answer: what is amiss is said, and the question shown again.
        return Partly(self.hint(scene, found)) if isinstance(found, Wrong) else found

    def _done(self, scene: Scene, found: Understood) -> Move:
        if self.variable:
            scene.set(self.variable, found.value)
        if self._passes:
            # Whoever comes back from a flow that `next` entered has his answer saved, and is not asked.
            scene.memo.pop(_ASKED, None)
        return self.next

    def _go_on(self, scene: Scene, part: Partly) -> Move:
        if not part.again:
            return self._show(scene, part.told)
        if part.told:
            scene.say(part.told)
        return self.repeat(scene)

    def _show(self, scene: Scene, text: str) -> Move:
        scene.say(text, buttons=self.buttons(scene), columns=self.in_a_row())
        return self._wait(scene)

    def _wait(self, scene: Scene) -> Wait:
        if not self.stops:
            scene.memo[_ASKED] = True
        return Wait(self._limit(scene))

    def _limit(self, scene: Scene) -> datetime | None:
        given = timedelta(**{self.patience_in: self.patience})
        return scene.now.astimezone(UTC) + given if given else None

    def _miss(self, scene: Scene, wrong: Wrong) -> Miss:
        return Miss(
            self.hint(scene, wrong),
            # Many messengers show buttons under the last message only: with them, the question is repeated.
            again=bool(self.buttons(scene)),
            allowed=self.retries,
            failed=self.failed,
            until=self._limit(scene),
        )

    def hint(self, scene: Scene, wrong: Wrong) -> str:
        """What is said to an answer that does not fit."""
        return scene.render(self.error) or scene.phrase(wrong.phrase, **wrong.values)

    def amiss(self) -> Iterator[Complaint]:
        if not self.question.strip():
            yield Complaint("error", "question", "no_text", "The question is empty. Write what to ask.")
        if self.variable is None:
            message = "The answer is not saved. Choose a variable to save it as."
            yield Complaint("warning", "variable", "no_variable", message)

    def labels(self) -> tuple[tuple[str, str], ...]:
        """Path and text of every button that the author wrote."""
        return (("skip", self.skip),) if self.optional and self.skip else ()

    def shows(self) -> Iterator[Shown]:
        yield Shown("question", self.question, self.labels())
