"""A flow in its languages, ready to be played: a text is put in its place once, not once a turn."""

from collections.abc import Callable, Mapping

from msgspec.structs import replace

from flows.events import Said
from flows.languages import canonical, widening
from flows.step import Step
from flows.texts import reworded
from flows.triggers import fold

HINT = "hint"
"""The address of the one text of a flow that is in no step.  Those within steps have a point in them."""

Translations = Mapping[str, Mapping[str, str]]
"""Texts by address, by language."""


class Voice:
    """A flow as people of one language read it.  What `said` lacks, or leaves empty, stays as written."""

    def __init__(self, steps: Mapping[str, Step], hint: str, said: Mapping[str, str]) -> None:
        self._steps = steps
        self._reworded: dict[str, Step] = {}
        self._said: dict[str, dict[str, str]] = {}
        self.hint = (said.get(HINT, "").strip() and hint.strip() and said[HINT]) or hint
        for address, text in said.items():
            step, _, place = address.partition(".")
            if text.strip() and place:
                self._said.setdefault(step, {})[place] = text

    def step(self, name: str) -> Step | None:
        if name not in self._said:
            return self._steps.get(name)
        if name not in self._reworded and name in self._steps:
            self._reworded[name] = reworded(self._steps[name], self._said[name])
        return self._reworded.get(name)


class Voices:
    """All languages of a flow.  `language`: the one that its steps and its hint are written in."""

    def __init__(self, language: str, steps: Mapping[str, Step], hint: str, said: Translations) -> None:
        self.own = Voice(steps, hint, {})
        self._steps = steps
        self._hint = hint
        self._said = {canonical(code): texts for code, texts in said.items()}
        self._made = {canonical(language): self.own} if language else {}

    def of(self, lang_code: str) -> Voice:
        """What somebody of this language reads best: his own, one that it is a kind of, or the flow's own.

        Each text for itself: what `pt-BR` lacks is taken from `pt`, and then from what the flow says.
        """
        if not self._said:
            return self.own
        for code in widening(lang_code):
            if code in self._made:
                return self._made[code]
            if code in self._said:
                self._made[code] = Voice(self._steps, self._hint, self._all_said(code))
                return self._made[code]
        return self.own

    def _all_said(self, language: str) -> dict[str, str]:
        said: dict[str, str] = {}
        for code in widening(language):
            if code in self._made and self._made[code] is self.own:
                break
            wider = {address: text for address, text in self._said.get(code, {}).items() if text.strip()}
            said = {**wider, **said}
        return said


def in_own_words(said: Said, written: Step, voiced: Step, render: Callable[[str], str]) -> Said:
    """What a user typed; if it is a button in the flow's own language, then what his own calls that button.

    `voiced`: the step `written` as he reads it.  What his own language knows goes before.
    """
    typed = fold(said.text)
    if voiced is written or not typed:
        return said
    own = {path: render(label) for shown in voiced.shows() for path, label in shown.labels}
    if typed not in map(fold, own.values()):
        for path, label in (pair for shown in written.shows() for pair in shown.labels):
            if path in own and fold(render(label)) == typed:
                return replace(said, text=own[path])
    return said
