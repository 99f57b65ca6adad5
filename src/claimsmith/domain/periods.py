"""Work out billing periods: the n-th boundary after an anchor, in the calendar of a named time zone.

Every boundary is counted from the anchor, never from the boundary before it, so that what starts on 31
January renews on 28 February and then on 31 March, and no period drifts. Instants are aware; results are in
UTC.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, tzinfo
from enum import StrEnum
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.uris import shown

_MONTH_LENGTHS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class Interval(StrEnum):
    """Name how often something renews."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"


@dataclass(frozen=True, slots=True)
class Period:
    """Hold one stretch of time, from `start` up to, not including, `end`; `index` counts from the anchor."""

    start: datetime
    end: datetime
    index: int = 0

    def contains(self, instant: datetime) -> bool:
        """Tell whether an instant lies in the period."""
        return self.start <= instant < self.end


def boundary(anchor: datetime, interval: Interval, count: int, zone: str = "UTC") -> datetime:
    """Return the instant that is `count` intervals after the anchor on the clocks and calendars of a zone.

    A day that the month does not have becomes its last day. A time of day that is left out when clocks go
    forward is later by what was left out; one that comes twice is the first of the two. `boundary(…, 0, …)`
    is the anchor itself, and a negative count goes back.
    """
    if count == 0:
        return anchor.astimezone(UTC)
    local = anchor.astimezone(_zone(zone)).replace(fold=0)
    if interval is Interval.DAY:
        moved = local.replace(tzinfo=None) + timedelta(days=count)
    elif interval is Interval.WEEK:
        moved = local.replace(tzinfo=None) + timedelta(weeks=count)
    else:
        moved = _months_later(local.replace(tzinfo=None), count * (12 if interval is Interval.YEAR else 1))
    return moved.replace(tzinfo=local.tzinfo).astimezone(UTC)


def period_at(anchor: datetime, interval: Interval, instant: datetime, zone: str = "UTC") -> Period:
    """Return the period that holds an instant; before the anchor its index is negative."""
    index = _estimated_index(anchor.astimezone(_zone(zone)), interval, instant.astimezone(_zone(zone)))
    while boundary(anchor, interval, index, zone) > instant:
        index -= 1
    while boundary(anchor, interval, index + 1, zone) <= instant:
        index += 1
    return period_of_index(anchor, interval, index, zone)


def period_of_index(anchor: datetime, interval: Interval, index: int, zone: str = "UTC") -> Period:
    """Return the period that starts at the boundary of this index."""
    return Period(
        start=boundary(anchor, interval, index, zone),
        end=boundary(anchor, interval, index + 1, zone),
        index=index,
    )


def check_zone(name: str, field: str = "zone") -> str:
    """Return the name of a time zone of the IANA database that this machine knows; `UTC` is always known."""
    try:
        _zone(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput(
            f"{field} is {shown(name)}, which names no time zone; use a name of the IANA database, such as "
            "Europe/Berlin, or UTC.",
            field=field,
            code="ZONE_INVALID",
        ) from error
    return name


@lru_cache(maxsize=64)
def _zone(name: str) -> tzinfo:
    return UTC if name == "UTC" else ZoneInfo(name)


def _months_later(local: datetime, count: int) -> datetime:
    year, month = divmod(local.year * 12 + local.month - 1 + count, 12)
    return local.replace(year=year, month=month + 1, day=min(local.day, _length_of_month(year, month)))


def _length_of_month(year: int, month: int) -> int:
    """Return the days of a month that is counted from 0."""
    is_leap_year = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return _MONTH_LENGTHS[month] + (1 if month == 1 and is_leap_year else 0)


def _estimated_index(anchor: datetime, interval: Interval, instant: datetime) -> int:
    """Return an index that is right or next to it."""
    if interval in {Interval.DAY, Interval.WEEK}:
        return (instant.date() - anchor.date()).days // (7 if interval is Interval.WEEK else 1)
    months = (instant.year - anchor.year) * 12 + instant.month - anchor.month
    return months // 12 if interval is Interval.YEAR else months
