"""The pieces that steps are made of, and how they are walked: for exits, templates, variables.

A kind declares its fields once; what may be found where is worked out once per class, so that a
walk over ten thousand steps touches only the fields that can hold what it looks for.
"""

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any, Literal, NamedTuple, Self, cast, get_args

from pydantic import BaseModel, ConfigDict, Field, JsonValue
from pydantic.fields import FieldInfo

from flows.links import LINKS, Link

Severity = Literal["error", "warning"]
Translate = Literal["must", "may", "never"]


class Complaint(NamedTuple):
    """What a kind alone knows to be unsound in its settings.  `field` is a path, `code` for programs."""

    severity: Severity
    field: str
    code: str
    message: str


class Port(NamedTuple):
    """One way out of a step.  `field` is its path (`menu.0.link`) and its id."""

    field: str
    title: str
    link: Link | None
    unwired: Severity | None


class Part(BaseModel):
    """A piece of a step: frozen, and refusing what it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    def idle(self) -> frozenset[str]:
        """Names of link fields that the present settings leave without use."""
        return frozenset()

    def amiss(self) -> Iterator[Complaint]:
        """What must be mended before this can be published; fields named from here."""
        yield from ()

    def with_texts(self, said: Mapping[str, Any]) -> Self:
        """This part as it is in another language.  `said`: translated fields that were filled here."""
        fields = {name: getattr(self, name) for name in type(self).model_fields}
        # A new one rather than a copy, which would take along what was worked out from the old texts.
        return cast(Self, type(self).model_construct(self.model_fields_set, **{**fields, **said}))


def ui(
    label: str,
    default: Any = ...,
    *,
    widget: str | None = None,
    unwired: Severity | None = None,
    translate: Translate | None = None,
    **rules: Any,
) -> Any:
    """A field, and what the editor needs to draw it.

    Widgets: `template` (text with variables), `expression`, `sets` (a variable to write), `variable`
    (one to read), `textarea`, `secret`, `flow`, `tag`, `category`, `hidden`; else the schema's type decides.
    `unwired`: how grave it is that a link field stays empty.  `rules` are pydantic's own (ge, ...).
    `translate`: whether a text is said in every language of its flow (`must`), may have another form in
    some (`may`, such as a picture's address), or has one form (`never`, such as a value to compare
    with, or what only staff reads).  Where nothing is said, a `template` must be, and all else never.
    """
    extra: dict[str, JsonValue] = {}
    if widget:
        extra["widget"] = widget
    translated = translate or ("must" if widget == "template" else "never")
    if translated != "never":
        extra["translate"] = translated
    if unwired:
        extra["unwired"] = unwired
    return Field(default, title=label, json_schema_extra=extra, **rules)


def ports(part: Part, path: str = "") -> Iterator[Port]:
    """Every exit in use of a part and of the parts in it, wired or not."""
    idle = part.idle()
    for name, title, is_link, unwired in _exits(type(part)):
        value, here = getattr(part, name), f"{path}.{name}" if path else name
        if not is_link:
            for inner, child in _parts(here, value):
                yield from ports(child, inner)
        elif name not in idle:
            yield Port(here, title, value, unwired)


def marked(part: Part, widget: str, path: str = "") -> Iterator[tuple[str, str]]:
    """Path and text of every filled field that is drawn with `widget`, of a list of texts each."""
    for name in _leading_to(type(part), widget):
        if value := getattr(part, name):
            here = f"{path}.{name}" if path else name
            if isinstance(value, str):
                yield here, value
            elif isinstance(value, tuple) and isinstance(value[0], str):
                yield from ((f"{here}.{i}", text) for i, text in enumerate(value))
            else:
                for inner, child in _parts(here, value):
                    yield from marked(child, widget, inner)


def complaints(part: Part, path: str = "") -> Iterator[Complaint]:
    """What is amiss in a part and in the parts in it; fields named from the outermost."""
    for one in part.amiss():
        yield one._replace(field=f"{path}.{one.field}" if path else one.field)
    for name in _holding_parts(type(part)):
        if value := getattr(part, name):
            for inner, child in _parts(f"{path}.{name}" if path else name, value):
                yield from complaints(child, inner)


def _parts(path: str, value: Any) -> list[tuple[str, Part]]:
    if isinstance(value, Part):
        return [(path, value)]
    if isinstance(value, (list, tuple)):
        return [found for i, item in enumerate(value) for found in _parts(f"{path}.{i}", item)]
    return []


class _Exit(NamedTuple):
    name: str
    title: str
    is_link: bool
    unwired: Severity | None


@cache
def _exits(kind: type[Part]) -> tuple[_Exit, ...]:
    """The fields that are links, and those whose parts have some."""
    found = []
    for name, field in kind.model_fields.items():
        is_link = _holds_link(field.annotation)
        if is_link or any(map(_exits, kinds_in(field.annotation))):
            found.append(_Exit(name, field.title or name, is_link, _gravity(field)))
    return tuple(found)


@cache
def _leading_to(kind: type[Part], widget: str) -> tuple[str, ...]:
    """The fields drawn with `widget`, and those whose parts have some."""
    return tuple(
        name
        for name, field in kind.model_fields.items()
        if _extra(field).get("widget") == widget
        or any(_leading_to(inner, widget) for inner in kinds_in(field.annotation))
    )


@cache
def _holding_parts(kind: type[Part]) -> tuple[str, ...]:
    return tuple(name for name, field in kind.model_fields.items() if any(kinds_in(field.annotation)))


def kinds_in(annotation: Any) -> Iterator[type[Part]]:
    """The kinds of parts that a field so annotated may hold."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        yield annotation
    for inner in get_args(annotation):
        yield from kinds_in(inner)


def _holds_link(annotation: Any) -> bool:
    return annotation in LINKS or any(
        _holds_link(inner) for inner in get_args(annotation) if inner is not ...
    )


def _extra(field: FieldInfo) -> dict[str, JsonValue]:
    return field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}


def _gravity(field: FieldInfo) -> Severity | None:
    match _extra(field).get("unwired"):
        case "error":
            return "error"
        case "warning":
            return "warning"
    return None
