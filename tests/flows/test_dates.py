"""Dates and times are understood as people mean them, or not at all."""

from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flows.date_bounds import When, bound, order
from flows.dates import Style, read_date, read_moment, read_time, style
from flows.yaml_text import load as load_yaml

TABLE: Any = load_yaml((Path(__file__).parent / "cases_of_text" / "dates.yaml").read_bytes())
TODAY = date(2026, 5, 4)
BERLIN = ZoneInfo("Europe/Berlin")
DAYS = st.dates(date(1800, 1, 1), date(2999, 12, 31))
STYLES = st.builds(Style, st.sampled_from(("en", "ru", "es", "de")), st.booleans())


@pytest.mark.parametrize(("written", "language", "meant"), TABLE["dates"])
def test_dates_as_people_write_them(written: str, language: str, meant: str | None) -> None:
    found = read_date(written, TODAY, style(language))
    assert (found and found.isoformat()) == meant


@pytest.mark.parametrize(("written", "meant"), TABLE["times"])
def test_times_as_people_write_them(written: str, meant: str | None) -> None:
    found = read_time(written)
    assert (found and found.isoformat("minutes")) == meant


@pytest.mark.parametrize(("written", "language", "meant"), TABLE["moments"])
def test_dates_with_times_as_people_write_them(written: str, language: str, meant: str | None) -> None:
    found = read_moment(written, TODAY, style(language))
    assert (found and found.isoformat()) == meant


@pytest.mark.parametrize(("written", "meant"), TABLE["bounds"])
def test_limits_as_authors_write_them(written: str, meant: str | None) -> None:
    found = bound(written, datetime(2026, 5, 4, 12, tzinfo=UTC), BERLIN)
    if isinstance(found, datetime):
        found = found.astimezone(BERLIN)
    assert (found and found.isoformat()) == meant


@given(DAYS, STYLES)
def test_a_date_in_numbers_is_read_as_it_was_written(day: date, how: Style) -> None:
    slashes = f"{day:%m}/{day:%d}/{day.year}" if how.month_first else f"{day:%d}/{day:%m}/{day.year}"
    for written in (day.isoformat(), f"{day:%d}.{day:%m}.{day.year}", slashes):
        assert read_date(written, TODAY, how) == day


@given(DAYS, DAYS, STYLES)
def test_a_date_without_a_year_is_the_next_such_day(day: date, today: date, how: Style) -> None:
    found = read_date(f"{day.day}.{day.month}.", today, how)
    if found is not None:
        assert (found.day, found.month) == (day.day, day.month)
        assert today <= found <= today.replace(month=12, day=31, year=today.year + 8)
    else:
        assert today.year > 2990


@given(st.text(max_size=80), STYLES)
def test_no_text_is_too_strange_to_be_a_date(written: str, how: Style) -> None:
    found = read_date(written, TODAY, how)
    assert found is None or isinstance(found, date)
    clock = read_time(written)
    assert clock is None or isinstance(clock, time)
    moment = read_moment(written, TODAY, how)
    assert moment is None or moment.tzinfo is None


@given(st.text(max_size=40) | st.from_regex(r"(today|now) ?[+-] ?[0-9]{1,4} ?[a-z]*", fullmatch=True))
def test_no_text_is_too_strange_to_be_a_limit(written: str) -> None:
    found = bound(written, datetime(2026, 5, 4, 12, tzinfo=UTC), BERLIN)
    whole = When(TODAY, time(12), datetime(2026, 5, 4, 12, tzinfo=UTC))
    assert found is None or order(whole, found, BERLIN) in (-1, 0, 1)
