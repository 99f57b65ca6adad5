"""Check where periods begin and end: month ends, leap days, time zones, clocks put forward and back."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.periods import Interval, Period, boundary, check_zone, period_at

ZONES = ("UTC", "Europe/Berlin", "America/New_York", "Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Apia")

instants = st.datetimes(
    min_value=datetime(1990, 1, 1), max_value=datetime(2090, 1, 1), timezones=st.just(UTC)
)
intervals = st.sampled_from(list(Interval))
zones = st.sampled_from(ZONES)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@pytest.mark.parametrize(
    ("anchor", "interval", "count", "expected"),
    [
        ("2026-01-31T10:00:00Z", Interval.MONTH, 1, "2026-02-28T10:00:00Z"),
        ("2026-01-31T10:00:00Z", Interval.MONTH, 2, "2026-03-31T10:00:00Z"),
        ("2024-01-31T10:00:00Z", Interval.MONTH, 1, "2024-02-29T10:00:00Z"),
        ("2024-02-29T10:00:00Z", Interval.YEAR, 1, "2025-02-28T10:00:00Z"),
        ("2024-02-29T10:00:00Z", Interval.YEAR, 4, "2028-02-29T10:00:00Z"),
        ("2026-12-31T23:30:00Z", Interval.MONTH, 2, "2027-02-28T23:30:00Z"),
        ("2026-03-31T10:00:00Z", Interval.MONTH, -1, "2026-02-28T10:00:00Z"),
        ("2026-02-26T10:00:00Z", Interval.WEEK, 1, "2026-03-05T10:00:00Z"),
        ("2096-02-29T10:00:00Z", Interval.YEAR, 4, "2100-02-28T10:00:00Z"),
    ],
)
def test_boundaries_are_counted_from_the_anchor(
    anchor: str, interval: Interval, count: int, expected: str
) -> None:
    assert boundary(at(anchor), interval, count) == at(expected)


@pytest.mark.parametrize(
    ("anchor", "interval", "count", "expected"),
    [
        # 09:00 stays 09:00 on the clocks of Berlin, before and after they are put forward
        ("2026-03-28T09:00:00+01:00", Interval.DAY, 1, "2026-03-29T09:00:00+02:00"),
        # 02:30 does not exist on the day on which clocks go from 02:00 to 03:00
        ("2026-03-28T02:30:00+01:00", Interval.DAY, 1, "2026-03-29T03:30:00+02:00"),
        ("2026-03-28T02:30:00+01:00", Interval.DAY, 2, "2026-03-30T02:30:00+02:00"),
        # 02:30 comes twice on the day on which they go back: the first counts
        ("2026-10-24T02:30:00+02:00", Interval.DAY, 1, "2026-10-25T02:30:00+02:00"),
        # half an hour after midnight on 1 March in Berlin is still February in UTC
        ("2026-03-01T00:30:00+01:00", Interval.MONTH, 1, "2026-04-01T00:30:00+02:00"),
    ],
)
def test_boundaries_keep_the_time_of_day_of_the_zone(
    anchor: str, interval: Interval, count: int, expected: str
) -> None:
    assert boundary(at(anchor), interval, count, "Europe/Berlin") == at(expected)


def test_second_of_two_equal_times_stays_the_anchor() -> None:
    anchor = at("2026-10-25T02:30:00+01:00")
    assert boundary(anchor, Interval.DAY, 0, "Europe/Berlin") == anchor
    assert boundary(anchor, Interval.DAY, 1, "Europe/Berlin") == at("2026-10-26T02:30:00+01:00")


def test_period_holds_its_start_and_not_its_end() -> None:
    anchor = at("2026-01-31T00:00:00Z")
    february = Period(start=at("2026-02-28T00:00:00Z"), end=at("2026-03-31T00:00:00Z"), index=1)
    assert period_at(anchor, Interval.MONTH, february.start) == february
    assert period_at(anchor, Interval.MONTH, february.end - timedelta(microseconds=1)) == february
    assert period_at(anchor, Interval.MONTH, february.end).index == 2


@given(instants, intervals, instants, zones)
def test_every_instant_is_in_exactly_one_period(
    anchor: datetime, interval: Interval, instant: datetime, zone: str
) -> None:
    period = period_at(anchor, interval, instant, zone)
    assert period.contains(instant)
    assert period.start == boundary(anchor, interval, period.index, zone)
    assert period.end == boundary(anchor, interval, period.index + 1, zone)
    assert period_at(anchor, interval, period.end, zone).start >= period.end


@given(instants, intervals, st.integers(min_value=-400, max_value=400), zones)
def test_boundaries_never_go_back(anchor: datetime, interval: Interval, count: int, zone: str) -> None:
    assert boundary(anchor, interval, count, zone) <= boundary(anchor, interval, count + 1, zone)


@given(instants, st.integers(min_value=-400, max_value=400))
def test_months_after_the_anchor_keep_its_day_or_take_the_last(anchor: datetime, count: int) -> None:
    after = boundary(anchor, Interval.MONTH, count)
    is_last_of_month = (after + timedelta(days=1)).month != after.month
    assert after.day == anchor.day or (after.day < anchor.day and is_last_of_month)
    assert after.timetz() == anchor.timetz()


@pytest.mark.parametrize("name", ["Europe/Berlin", "UTC"])
def test_zones_of_the_database_are_known(name: str) -> None:
    assert check_zone(name) == name


@pytest.mark.parametrize("name", ["Mars/Olympus", "", "../etc/passwd", "Europe/Berlin\x00"])
def test_other_zones_are_refused(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        check_zone(name)
    assert refused.value.code == "ZONE_INVALID"
