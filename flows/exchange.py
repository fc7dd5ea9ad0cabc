"""A flow as a YAML text, for files, versions and other people: there and back it is the same."""

from collections.abc import Mapping
from typing import Any, Literal, get_args, get_origin

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo
from pydantic_core import to_jsonable_python

from flows.checks import InShort
from flows.document import Flow
from flows.json_value import JSON
from flows.misfits import Misfit, misfits
from flows.yaml_text import YamlFault, dump, load

__all__ = ["Misfit", "Unreadable", "read", "write"]


class Unreadable(Exception):
    """A text that is no flow, and all that is wrong with it."""

    def __init__(self, misfits: tuple[Misfit, ...]) -> None:
        super().__init__("\n".join(map(str, misfits)))
        self.misfits = misfits


def read(raw: bytes | str) -> Flow:
    """The flow of a YAML text (or of JSON, which is YAML too) of at most 2 MB.

    It has the right shape; whether it may be published is for `flows.rules` to say.  Raises Unreadable.
    """
    try:
        value = load(raw)
    except YamlFault as fault:
        raise Unreadable((Misfit(fault.reason, line=fault.line),)) from None
    if not isinstance(value, dict):
        raise Unreadable((Misfit("There is no flow in this file. Write its key, name and steps."),))
    try:
        return Flow.model_validate(value)
    except ValidationError as error:
        raise Unreadable(tuple(misfits(error, value))) from None


def write(flow: Flow) -> str:
    """The YAML text that `read` reads as the same flow: fields in the order of their forms, without those
    left as they were.  Raises YamlFault for what `read` would refuse: more than 2 MB, or a NUL in a text.
    """
    return dump(_plain(flow))


def _plain(value: Any) -> JSON:
    if isinstance(value, BaseModel):
        fields = type(value).model_fields
        said = {name: _plain(getattr(value, name)) for name in fields if _says(value, name, fields[name])}
        return said[value.short] if isinstance(value, InShort) and said.keys() == {value.short} else said
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    plain: JSON = to_jsonable_python(value)
    return plain


def _says(part: BaseModel, name: str, field: FieldInfo) -> bool:
    """Whether a field must be written: it is not as it would be anyway, or it tells what the part is."""
    is_tag = get_origin(field.annotation) is Literal and len(get_args(field.annotation)) == 1
    return (
        is_tag or field.is_required() or getattr(part, name) != field.get_default(call_default_factory=True)
    )
