"""Ask another system over HTTP."""

import re
from collections.abc import Iterator
from itertools import chain
from typing import Annotated, Literal

from pydantic import AfterValidator

from flows.events import Answered, Event
from flows.json_paths import JsonPath, find
from flows.like import Like
from flows.links import Link
from flows.requests import HttpRequest
from flows.step import Ask, Complaint, Move, Part, Scene, Step, ui
from flows.templates.addresses import UrlFault, check_url, filled_url
from flows.templates.json_bodies import JsonFault, filled, parse, templates
from flows.variables import Variable

_OURS = frozenset(("host", "content-length", "transfer-encoding", "connection", "upgrade", "te", "trailer"))


def _is_free(name: str) -> str:
    if name.lower() in _OURS:
        raise ValueError(f"the header «{name}» is set by the program; remove it")
    return name


HeaderName = Annotated[
    str,
    Like(r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$", "the name of a header, such as X-Api-Key"),
    AfterValidator(_is_free),
]


class Header(Part):
    name: HeaderName = ui("Name")
    value: str = ui("Value", "", widget="template", translate="never", max_length=4000)


class Taken(Part):
    """What is taken out of the answer.  What the answer lacks clears the variable."""

    path: JsonPath = ui("From the answer (such as data.items[0].price)", "")
    variable: Variable = ui("Save as", widget="sets")


class CallSystem(Step):
    """Ask another system, and keep parts of its answer; any status from 200 to 299 is a success.

    Where it sends the question on to another address it is followed, three times at most.
    """

    title = "HTTP request"
    icon = "globe"
    group = "actions"

    kind: Literal["http_request"] = "http_request"
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = ui("Method", "GET")
    url: str = ui("Address", "", widget="template", translate="never", max_length=2000)
    headers: tuple[Header, ...] = ui("Headers", (), max_length=50)
    body: str = ui("Body (JSON; variables in its texts)", "", widget="textarea", max_length=20_000)
    mapping: tuple[Taken, ...] = ui("Keep from the answer", (), max_length=50)
    status: Variable | None = ui("Save the status code as", None, widget="sets")
    timeout: int = ui("Wait for an answer (seconds)", 10, ge=1, le=30)
    retries: int = ui("Try again (times)", 0, ge=0, le=3)
    success: Link | None = ui("If it succeeds", None)
    error: Link | None = ui("If it fails", None, unwired="warning")

    @property
    def stops(self) -> bool:
        return False

    def enter(self, scene: Scene) -> Move:
        try:
            return Ask(self._request(scene))
        except (UrlFault, JsonFault) as fault:
            scene.fault("request", fault.reason)
            return self.error

    def hear(self, scene: Scene, event: Event) -> Move:
        if not isinstance(event, Answered):
            return self.error
        if self.status:
            scene.set(self.status, event.status)
        if not 200 <= event.status <= 299:
            return self.error
        for taken in self.mapping:
            scene.set(taken.variable, find(event.body, taken.path))
        return self.success

    def _request(self, scene: Scene) -> HttpRequest:
        return HttpRequest(
            method=self.method,
            url=filled_url(self.url, scene.render),
            headers={header.name: _one_line(scene.render(header.value)) for header in self.headers},
            body=filled(parse(self.body), scene.render, scene.evaluate) if self.body.strip() else None,
            timeout=self.timeout,
            retries=self.retries,
        )

    def templates(self) -> Iterator[tuple[str, str]]:
        return chain(super().templates(), (("body", text) for text in self._body_texts()))

    def _body_texts(self) -> Iterator[str]:
        try:
            yield from templates(parse(self.body)) if self.body.strip() else ()
        except JsonFault:
            return  # `amiss` says it

    def amiss(self) -> Iterator[Complaint]:
        try:
            check_url(self.url)
        except UrlFault as fault:
            yield Complaint("error", "url", "url", fault.reason)
        try:
            if self.body.strip():
                parse(self.body)
        except JsonFault as fault:
            yield Complaint("error", "body", "json", f"The body is not JSON: {fault}. Mend it.")


def _one_line(value: str) -> str:
    """A line break in a value would begin another header."""
    return re.sub(r"[\x00-\x1f\x7f]+", " ", value).strip()
