"""Ask for a text."""

from collections.abc import Iterator
from typing import Literal

from flows.events import Said
from flows.patterns import LONGEST_PATTERN, PatternFault, check_pattern, fits
from flows.question import Question, Understood, Wrong
from flows.step import Complaint, Scene, ui

LONGEST_ANSWER = 10_000


class AskText(Question):
    """Ask for a text and save it.  Lengths are in characters, without the spaces round the text."""

    title = "Ask for a text"
    icon = "text"

    kind: Literal["ask_text"] = "ask_text"
    shortest: int = ui("At least this many characters", 1, ge=1, le=LONGEST_ANSWER)
    longest: int = ui("At most this many characters", 2000, ge=1, le=LONGEST_ANSWER)
    pattern: str = ui("The whole text must fit the pattern (RE2)", "", max_length=LONGEST_PATTERN)
    pattern_error: str = ui("If it does not fit the pattern, say", "", widget="template", max_length=1000)

    def read(self, scene: Scene, said: Said) -> Understood | Wrong:
        text = said.text.strip()
        if not text:
            return Wrong("not_text")
        if len(text) < self.shortest:
            return Wrong("text_too_short", {"least": str(self.shortest)})
        if len(text) > self.longest:
            return Wrong("text_too_long", {"most": str(self.longest)})
        return Understood(text) if self._fits(scene, text) else Wrong("not_fitting")

    def hint(self, scene: Scene, wrong: Wrong) -> str:
        own = scene.render(self.pattern_error) if wrong.phrase == "not_fitting" else ""
        return own or super().hint(scene, wrong)

    def _fits(self, scene: Scene, text: str) -> bool:
        try:
            return not self.pattern or fits(self.pattern, text)
        except PatternFault as fault:
            # The author's mistake must not lock the user out.
            scene.fault("pattern", fault.reason)
            return True

    def amiss(self) -> Iterator[Complaint]:
        yield from super().amiss()
        if self.shortest > self.longest:
            message = "The shortest length is above the longest: no answer can fit. Change one of them."
            yield Complaint("error", "shortest", "bounds", message)
        try:
            check_pattern(self.pattern)
        except PatternFault as fault:
            yield Complaint("error", "pattern", "pattern", f"{fault.reason} Mend it or leave it empty.")
