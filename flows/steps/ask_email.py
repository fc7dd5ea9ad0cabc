"""Ask for an e-mail address."""

from typing import Literal

from flows.answers import email
from flows.events import Said
from flows.question import Question, Understood, Wrong
from flows.step import Scene


class AskEmail(Question):
    """Ask for an e-mail address and save it."""

    title = "Ask for an e-mail address"
    icon = "at"

    kind: Literal["ask_email"] = "ask_email"

    def read(self, scene: Scene, said: Said) -> Understood | Wrong:
        found = email(said.text)
        return Understood(found) if found else Wrong("not_email")
