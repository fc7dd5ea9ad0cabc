"""Moments as the reference writes them: `21.12.2020 - 23:32`, on the shop's clock."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo


def written(moment: datetime, timezone: str) -> str:
    return moment.astimezone(ZoneInfo(timezone)).strftime("%d.%m.%Y - %H:%M")


def moment(seconds: int | None) -> datetime | None:
    """The moment that a filter names in Unix seconds."""
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)
