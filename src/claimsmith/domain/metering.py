"""Count what customers use of metered features, period by period, and judge it against limits.

A record is a delta, which adds, or an absolute value, which says how much has been used in all up to its
instant: it replaces every record of the period that is not later. Records may arrive in any order; the sum is
the same.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.periods import Period

THRESHOLDS_PERCENT = (80, 100)
"""The shares of a limit at which an event tells that it is nearly or wholly used."""

LARGEST_VALUE = 2**53 - 1
LONGEST_AHEAD_SECONDS = 300


class MeterType(StrEnum):
    """Name how a record counts."""

    ABSOLUTE = "absolute"
    DELTA = "delta"


@dataclass(frozen=True, slots=True)
class MeterRecord:
    """Hold one report of use. `received_order` orders records of the same instant by their arrival."""

    value: int
    used_at: datetime
    type: MeterType = MeterType.DELTA
    received_order: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Hold what was used of one feature in one period.

    `base` is the last absolute value, at `base_at`; `added` the sum of the deltas after it. Deltas that take
    back more than there was leave 0.
    """

    base: int = 0
    base_at: datetime | None = None
    base_order: int = -1
    added: int = 0

    @property
    def total(self) -> int:
        """Return how many units were used."""
        return max(0, self.base + self.added)

    def counts(self, record: MeterRecord) -> bool:
        """Tell whether a record is later than the last absolute value, and so not contained in it."""
        if self.base_at is None:
            return True
        return (record.used_at, record.received_order) > (self.base_at, self.base_order)


def fold(records: Iterable[MeterRecord]) -> Usage:
    """Return the use that records of one period add up to, in whichever order they are given."""
    usage = Usage()
    for record in sorted(records, key=lambda each: (each.used_at, each.received_order)):
        if record.type is MeterType.ABSOLUTE:
            usage = Usage(base=record.value, base_at=record.used_at, base_order=record.received_order)
        else:
            usage = replace(usage, added=usage.added + record.value)
    return usage


def counted_at(current: Period, used_at: datetime, now: datetime) -> datetime:
    """Return the instant at which use counts: use of a period that is over counts in the current one.

    Refuses an instant more than five minutes ahead of the clock, or after the current period.
    """
    if used_at > now + timedelta(seconds=LONGEST_AHEAD_SECONDS) or used_at >= current.end:
        raise InvalidInput(
            f"meter_usage_timestamp is {used_at.isoformat()}, which has not come yet; report use after it "
            "happened, and leave the timestamp out for now.",
            field="meter_usage_timestamp",
            code="METER_USAGE_TIMESTAMP_INVALID",
        )
    return max(used_at, current.start)


def check_meter_value(text: str | int, type: MeterType, field: str = "meter_value") -> int:
    """Return the whole number of units that a record names; only a delta may be negative."""
    try:
        value = int(str(text))
    except ValueError:
        value = None
    least = -LARGEST_VALUE if type is MeterType.DELTA else 0
    if value is None or not least <= value <= LARGEST_VALUE or len(str(text)) > 24:
        raise InvalidInput(
            f"{field} is {str(text)[:32]!r}; use a whole number of units"
            + (", such as 5 or -5." if type is MeterType.DELTA else " that is not negative, such as 5."),
            field=field,
            code="METER_VALUE_INVALID",
        )
    return value


def is_within(limit_max: int | None, total: int) -> bool:
    """Tell whether a total keeps to a limit; `None` is no limit."""
    return limit_max is None or total <= limit_max


def thresholds_crossed(limit_max: int | None, before: int, after: int) -> tuple[int, ...]:
    """Return the percentages of a limit that use has reached and had not before, the lowest first."""
    if not limit_max:
        return ()
    return tuple(
        percent for percent in THRESHOLDS_PERCENT if before * 100 < limit_max * percent <= after * 100
    )
