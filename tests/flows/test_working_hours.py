"""Weekly hours mean what is written on the door, also when the clocks change."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.working_hours import Hours, first_instant
from flows.yaml_text import load as load_yaml

TABLE: Any = load_yaml((Path(__file__).parent / "cases_of_text" / "working_hours.yaml").read_bytes())
ZONES = ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia"]
WEEK = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize("case", TABLE["earliest"], ids=lambda case: case["title"])
def test_the_next_opening(case: Any) -> None:
    hours = Hours.model_validate(case["hours"])
    found = hours.earliest(moment(case["at"]), ZoneInfo(case.get("zone", "UTC")))
    assert found == moment(case["opens"])


clocks = st.times().map(lambda at: at.replace(minute=at.minute // 10 * 10, second=0, microsecond=0))
hours_of_a_week = st.builds(
    lambda days, opens, closes: Hours(weekdays=tuple(days), opens=f"{opens:%H:%M}", closes=f"{closes:%H:%M}"),
    st.lists(st.sampled_from(WEEK), unique=True),
    clocks,
    clocks,
)
# Summers and winters in which every zone above changes its clocks, and the day that Samoa skipped.
moments = st.integers(0, 372 * 24 * 60).map(lambda n: moment("2011-12-25T00:00:00Z") + timedelta(minutes=n))


@given(hours_of_a_week, moments, st.sampled_from(ZONES))
def test_the_next_opening_is_open_never_earlier_and_within_two_weeks(
    hours: Hours, at: datetime, name: str
) -> None:
    zone = ZoneInfo(name)
    found = hours.earliest(at, zone)
    assert at <= found <= at + timedelta(days=15)
    assert hours.open_at(found, zone)
    assert found == at or not hours.open_at(at, zone)


@given(hours_of_a_week, moments, st.floats(0, 1), st.sampled_from(ZONES))
def test_nothing_between_now_and_the_next_opening_is_open(
    hours: Hours, at: datetime, part: float, name: str
) -> None:
    zone = ZoneInfo(name)
    found = hours.earliest(at, zone)
    between = at + (found - at) * part
    assert between >= found or not hours.open_at(between, zone)


@given(st.dates(date(2011, 12, 1), date(2012, 12, 31)), clocks, st.sampled_from(ZONES))
def test_a_first_instant_shows_its_time_or_is_just_after_a_jump(day: date, clock: time, name: str) -> None:
    zone = ZoneInfo(name)
    instant, wall = first_instant(day, clock, zone), datetime.combine(day, clock)
    shown = instant.astimezone(zone).replace(tzinfo=None)
    before = (instant - timedelta(minutes=1)).astimezone(zone).replace(tzinfo=None)
    assert shown >= wall
    assert before < wall
