"""Check how use is counted: deltas and absolute values in any order, late arrivals, limits, thresholds."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claimsmith.domain.errors import InvalidInput
from claimsmith.domain.metering import (
    MeterRecord,
    MeterType,
    check_meter_value,
    counted_at,
    fold,
    is_within,
    thresholds_crossed,
)
from claimsmith.domain.periods import Period

NOON = datetime(2026, 5, 10, 12, tzinfo=UTC)
MAY = Period(start=datetime(2026, 5, 1, tzinfo=UTC), end=datetime(2026, 6, 1, tzinfo=UTC), index=4)


def delta(value: int, minutes: int = 0, order: int = 0) -> MeterRecord:
    return MeterRecord(value, NOON + timedelta(minutes=minutes), MeterType.DELTA, order)


def absolute(value: int, minutes: int = 0, order: int = 0) -> MeterRecord:
    return MeterRecord(value, NOON + timedelta(minutes=minutes), MeterType.ABSOLUTE, order)


def test_absolute_value_contains_what_is_not_later() -> None:
    assert fold([delta(5), absolute(100, 1), delta(3, 2)]).total == 103
    assert fold([delta(3, 2), absolute(100, 1), delta(5)]).total == 103


def test_taking_back_more_than_there_was_leaves_nothing() -> None:
    assert fold([delta(5), delta(-9, 1)]).total == 0


records = st.lists(
    st.builds(
        MeterRecord,
        value=st.integers(min_value=0, max_value=1000),
        used_at=st.integers(min_value=0, max_value=50).map(lambda minutes: NOON + timedelta(minutes=minutes)),
        type=st.sampled_from(list(MeterType)),
    ),
    max_size=30,
).map(lambda given: [MeterRecord(each.value, each.used_at, each.type, n) for n, each in enumerate(given)])


@given(records, st.randoms(use_true_random=False))
def test_order_of_arrival_does_not_matter(given_records: list[MeterRecord], random) -> None:
    shuffled = list(given_records)
    random.shuffle(shuffled)
    assert fold(shuffled) == fold(given_records)


def test_late_use_counts_in_the_current_period() -> None:
    assert counted_at(MAY, datetime(2026, 4, 30, 23, tzinfo=UTC), NOON) == MAY.start
    assert counted_at(MAY, NOON - timedelta(hours=1), NOON) == NOON - timedelta(hours=1)


def test_use_that_has_not_come_yet_is_refused() -> None:
    with pytest.raises(InvalidInput) as refused:
        counted_at(MAY, NOON + timedelta(hours=1), NOON)
    assert refused.value.code == "METER_USAGE_TIMESTAMP_INVALID"


@pytest.mark.parametrize("text", ["", "1.5", "many", "1e3", "9" * 30, str(2**53)])
@pytest.mark.parametrize("type", list(MeterType))
def test_values_that_are_no_whole_numbers_are_refused(text: str, type: MeterType) -> None:
    with pytest.raises(InvalidInput):
        check_meter_value(text, type)


def test_only_a_delta_may_be_negative() -> None:
    assert check_meter_value("-5", MeterType.DELTA) == -5
    with pytest.raises(InvalidInput):
        check_meter_value("-5", MeterType.ABSOLUTE)


def test_limits_hold_their_last_unit() -> None:
    assert is_within(100, 100)
    assert not is_within(100, 101)
    assert is_within(None, 10**12)


@pytest.mark.parametrize(
    ("limit", "before", "after", "crossed"),
    [
        (100, 0, 79, ()),
        (100, 79, 80, (80,)),
        (100, 80, 99, ()),
        (100, 10, 150, (80, 100)),
        (100, 100, 101, ()),
        (3, 2, 3, (80, 100)),
        (None, 0, 10**9, ()),
        (0, 0, 5, ()),
    ],
)
def test_thresholds_are_told_once(
    limit: int | None, before: int, after: int, crossed: tuple[int, ...]
) -> None:
    assert thresholds_crossed(limit, before, after) == crossed
