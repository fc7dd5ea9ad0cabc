"""Let a language model answer."""

from collections.abc import Iterator
from typing import Literal

import msgspec

from flows.effects import Button, Typing
from flows.events import Answered, Event, Pressed, Said
from flows.json_value import JSON
from flows.links import Link
from flows.requests import Completion, Utterance
from flows.step import Ask, Complaint, Miss, Move, Scene, Shown, Step, Wait, ui
from flows.triggers import fold
from flows.variables import Variable

LEAVE = "-leave"
LONGEST_QUESTION = 4000
LONGEST_ANSWER = 8000
LONGEST_TALK = 12_000
"""Characters of what was said before that are sent along."""

# Notes: the user is expected to speak; what the model is asked now; what the user said since; what was
# asked and answered before.
_OPEN, _ASKED, _SINCE, _TALK = "open", "asked", "since", "talk"
_WHY = {
    0: "The language model could not be reached in time. Check its address, or try again later.",
    401: "The language model refused the key. Enter it anew.",
    402: "The monthly limit, or the credit at the language model's provider, is used up.",
    403: "The language model refused the key. Enter it anew.",
    404: "There is no such language model. Enter the shop's model, and check its name and address.",
    429: "The language model is asked too much at once. Try again later.",
}


class AiAnswer(Step):
    """Ask the shop's language model, and say what it answers.

    It is asked what the user wrote, unless something else is told here; where he has written nothing yet he
    is asked for it first.  What he writes while it thinks is asked next.
    """

    title = "AI answer"
    icon = "sparkles"
    group = "actions"

    kind: Literal["ai_answer"] = "ai_answer"
    instructions: str = ui(
        "Who the model is and what it may answer", "", widget="template", translate="may", max_length=12_000
    )
    question: str = ui(
        "Ask it (empty: what the user writes)", "", widget="template", translate="may", max_length=4000
    )
    prompt: str = ui("Ask the user for his question with", "", widget="template", max_length=1000)
    remember: int = ui("Questions and answers remembered", 5, ge=0, le=20)
    talk: bool = ui("Go on talking after an answer", False)
    leave: str = ui("Text of the button that ends the talk", "", widget="template", max_length=200)
    longest: int = ui("Longest answer (tokens, about three letters each)", 400, ge=50, le=2000)
    model: str = ui("Model (empty: the shop's)", "", max_length=200)
    variable: Variable | None = ui("Save the answer as", None, widget="sets")
    next: Link | None = ui("Then", None)
    fallback: Link | None = ui("If there is no answer", None, unwired="warning")

    @property
    def stops(self) -> bool:
        return False

    @property
    def listens(self) -> bool:
        return True

    @property
    def pauses(self) -> bool:
        return True

    def expects(self, scene: Scene) -> bool:
        return _OPEN in scene.memo

    def unattended(self) -> frozenset[str]:
        return frozenset({"fallback"} if self.talk else {"next", "fallback"})

    def press(self, scene: Scene, item: str) -> Literal["go", "outdated", "ignore"]:
        return "outdated"

    def enter(self, scene: Scene) -> Move:
        text = scene.render(self.question) if self.question.strip() else scene.heard
        return self._ask(scene, text) if text.strip() else self.repeat(scene)

    def repeat(self, scene: Scene) -> Move:
        scene.say(scene.render(self.prompt) or scene.phrase("ai_ask"), buttons=self._buttons(scene))
        return self._wait(scene)

    def hear(self, scene: Scene, event: Event) -> Move | Miss:
        match event:
            case Answered():
                return self._answered(scene, event)
            case Pressed(item=item):
                return self._past(scene, self.next) if self.talk and item == LEAVE else Miss("")
            case Said():
                return self._said(scene, event)
        return self._wait(scene)

    def _said(self, scene: Scene, said: Said) -> Move | Miss:
        if self.talk and fold(said.text) == fold(self._label(scene)):
            return self._past(scene, self.next)
        text = said.text.strip()
        if _ASKED in scene.memo:
            since = scene.memo.get(_SINCE, "")
            scene.memo[_SINCE] = f"{since}\n{text}".strip()[:LONGEST_QUESTION]
            return self._wait(scene)
        return self._ask(scene, text) if text else Miss(scene.phrase("not_text"))

    def _ask(self, scene: Scene, text: str) -> Ask:
        question = text.strip()[:LONGEST_QUESTION]
        scene.memo[_OPEN], scene.memo[_ASKED] = True, question
        scene.emit(Typing(1.0))
        return Ask(Completion(tuple(self._utterances(scene, question)), self.longest, self.model), True)

    def _utterances(self, scene: Scene, question: str) -> Iterator[Utterance]:
        instructions = scene.render(self.instructions).strip()
        if instructions:
            yield Utterance("system", instructions)
        for asked, answered in _talk(scene):
            yield Utterance("user", asked)
            yield Utterance("assistant", answered)
        yield Utterance("user", question)

    def _answered(self, scene: Scene, event: Answered) -> Move:
        question = str(scene.memo.pop(_ASKED, ""))
        since = str(scene.memo.pop(_SINCE, ""))
        text = _text(event)
        if not text:
            return self._failed(scene, event.status)
        self._keep(scene, question, text)
        if self.variable:
            scene.set(self.variable, text)
        scene.say(text, buttons=self._buttons(scene))
        if since:
            return self._ask(scene, since)
        return self._wait(scene) if self.talk else self._past(scene, self.next)

    def _failed(self, scene: Scene, status: int) -> Move:
        scene.fault("no_answer", _WHY.get(status, "The language model gave no answer. Try again later."))
        if self.fallback is None:
            scene.say(scene.phrase("ai_silent"))
        return self._past(scene, self.fallback)

    def _keep(self, scene: Scene, question: str, answer: str) -> None:
        """What the model shall remember: the latest, in so many words at most."""
        talk = [*_talk(scene), (question, answer)][-self.remember :] if self.remember else []
        while sum(len(asked) + len(answered) for asked, answered in talk) > LONGEST_TALK:
            del talk[0]
        # A new list: the notes of the turn before must stay as they were.
        kept: list[JSON] = [[asked, answered] for asked, answered in talk]
        scene.memo[_TALK] = kept

    def _wait(self, scene: Scene) -> Wait:
        scene.memo[_OPEN] = True
        return Wait()

    def _past(self, scene: Scene, link: Link | None) -> Move:
        """Whoever comes back from a flow that the exit enters is not asked again."""
        for note in (_OPEN, _ASKED, _SINCE):
            scene.memo.pop(note, None)
        return link

    def _buttons(self, scene: Scene) -> tuple[Button, ...]:
        # Typed numbers are questions like any text: «2» may answer what the model asked.
        return (Button(LEAVE, self._label(scene), numbered=False),) if self.talk else ()

    def _label(self, scene: Scene) -> str:
        return scene.render(self.leave).strip() or scene.phrase("ai_leave")

    def amiss(self) -> Iterator[Complaint]:
        if not self.instructions.strip():
            message = "The model is told nothing. Write who it is, what it knows and what it may not answer."
            yield Complaint("warning", "instructions", "no_text", message)

    def shows(self) -> Iterator[Shown]:
        labels = (("leave", self.leave),) if self.talk and self.leave else ()
        if self.prompt or labels:
            yield Shown("prompt", self.prompt, labels)


def _talk(scene: Scene) -> list[tuple[str, str]]:
    return msgspec.convert(scene.memo.get(_TALK, []), list[tuple[str, str]])


def _text(event: Answered) -> str:
    """What the model said, as plain text; empty where it said nothing."""
    said = event.body.get("text") if isinstance(event.body, dict) else None
    if not 200 <= event.status <= 299 or not isinstance(said, str):
        return ""
    text = said.strip()
    return text if len(text) <= LONGEST_ANSWER else f"{text[: LONGEST_ANSWER - 1]}…"
