"""Time zones by their names."""

from zoneinfo import ZoneInfo

from constructor_api.commands.terminal import Advice


def zone_named(name: str) -> ZoneInfo:
    """Raises Advice for a name that is none."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, LookupError):
        raise Advice(f"There is no time zone «{name}». Write it like Europe/Lisbon.", code=2) from None
