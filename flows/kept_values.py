"""What a user card keeps, read as a text, a number or a moment."""

from datetime import datetime
from zoneinfo import ZoneInfo

from flows.answers import number
from flows.json_value import JSON
from flows.templates.rendering import TemplateFault, render


def written(value: JSON) -> str:
    """A value as a template writes it; an object with fields as nothing."""
    try:
        return render("{{ it }}", {"it": value})
    except TemplateFault:
        return ""


def as_number(value: JSON) -> int | float | None:
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return value
    return number(value) if isinstance(value, str) else None


def as_moment(text: str, zone: ZoneInfo) -> datetime | None:
    """An aware moment; a text without an offset is read in `zone`."""
    found = iso(text)
    return found.replace(tzinfo=zone) if found and found.tzinfo is None else found


def iso(text: str) -> datetime | None:
    """The moment, aware if the text has an offset; None if it is no ISO date or moment."""
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None
