"""What a customer tells before he orders: who he is, how to reach him, where to bring it."""

from collections.abc import Iterator
from typing import Literal

from flows.answers import email, phone, shared_phone
from flows.effects import Button
from flows.events import Said
from flows.json_value import JSON
from flows.kept_values import written
from flows.question import Wrong, shorten
from flows.step import Complaint, Part, Scene, ui
from flows.variables import Variable

Contact = dict[str, JSON]

LONGEST_ANSWER = 1000
_LONGEST_LABEL = 40
_BY_ITS_NAME = frozenset({"name", "phone", "email", "address"})
"""What is kept in a variable of that name unless the author chose another."""


class ContactField(Part):
    """One thing to ask.  `saved`: what to do where its variable has a value already."""

    ask_for: Literal["name", "phone", "email", "address", "text"] = ui("Ask for", "name")
    question: str = ui("Question (empty: ours)", "", widget="template", max_length=2000)
    variable: Variable | None = ui("Save the answer as (empty: its own name)", None, widget="sets")
    required: bool = ui("Required", True)
    saved: Literal["ask", "offer", "skip"] = ui("If the answer is saved already", "offer")

    @property
    def kept_in(self) -> str:
        """The variable; empty if there is none."""
        return self.variable or (self.ask_for if self.ask_for in _BY_ITS_NAME else "")

    @property
    def name(self) -> str:
        """What the answer is called among the contacts of an order."""
        return self.ask_for if self.ask_for in _BY_ITS_NAME else self.kept_in or self.ask_for

    def asked(self, scene: Scene) -> str:
        return scene.render(self.question) or scene.phrase(f"contact_{self.ask_for}")

    def told(self, scene: Scene, value: JSON) -> str:
        """The answer as it is read back, on one line."""
        text = " ".join(written(value).split())
        if self.ask_for in _BY_ITS_NAME:
            return scene.phrase(f"told_{self.ask_for}", value=text)
        return f"{shorten(self.asked(scene), _LONGEST_LABEL)} {text}"

    def buttons(self, scene: Scene, place: int, saved: Contact | None) -> tuple[Button, ...]:
        """`place` tells this question from the others, so that no press counts for two of them."""
        numbered = self.ask_for in ("phone", "email")
        shown = []
        if self.ask_for == "phone":
            shown.append(Button("-share", scene.phrase("share_phone"), "phone"))
        if saved:
            label = shorten(written(saved[self.name]), _LONGEST_LABEL)
            shown.append(Button(f"-saved-{place}", label, numbered=numbered))
        if not self.required:
            shown.append(Button(f"-skip-{place}", scene.phrase("skip"), numbered=numbered))
        return tuple(shown)

    def recalled(self, scene: Scene, region: str) -> Contact | None:
        """The value that its variable has, if it would do as an answer."""
        value = written(scene.get(self.kept_in)) if self.kept_in else ""
        found = self.read(Said(value), region)
        return None if isinstance(found, Wrong) else found

    def read(self, said: Said, region: str) -> Contact | Wrong:
        """What is known by an answer.  `region`: the country of numbers without a code."""
        match self.ask_for:
            case "phone":
                return self._phone(said, region)
            case "email":
                found = email(said.text)
                return {self.name: found} if found else Wrong("not_email")
            case "address" if said.location is not None:
                latitude, longitude = said.location.latitude, said.location.longitude
                place: Contact = {"latitude": latitude, "longitude": longitude}
                return {self.name: f"{latitude:.6f}, {longitude:.6f}", "location": place}
        text = said.text.strip()
        if not text:
            return Wrong("not_text")
        if len(text) > LONGEST_ANSWER:
            return Wrong("text_too_long", {"most": str(LONGEST_ANSWER)})
        return {self.name: text}

    def _phone(self, said: Said, region: str) -> Contact | Wrong:
        if said.contact is None:
            found = phone(said.text, region)
        elif said.contact.own:
            found = shared_phone(said.contact)
        else:
            return Wrong("not_own_phone")
        return {self.name: found} if found else Wrong("not_phone")

    def amiss(self) -> Iterator[Complaint]:
        if self.ask_for not in _BY_ITS_NAME:
            if not self.question.strip():
                yield Complaint("error", "question", "no_text", "The question is empty. Write what to ask.")
            if not self.variable:
                message = "The answer is not saved. Choose a variable to save it as."
                yield Complaint("error", "variable", "no_variable", message)
