"""Check what becomes of agreements: trials and their ends, changes, cancellations, renewals, warnings."""

from datetime import UTC, datetime, timedelta

import pytest

from claimsmith.domain.agreement_events import apply, as_of, begin, due, next_due, replay
from claimsmith.domain.agreements import Agreement, AgreementEvent, AgreementStatus, EventKind, LeftPlan
from claimsmith.domain.periods import Interval, Period
from claimsmith.domain.plans import PlanRef, TrialEnd

DAY = timedelta(days=1)
NEW_YEAR = datetime(2026, 1, 1, 12, tzinfo=UTC)
FREE = PlanRef("free", 1)
PLUS = PlanRef("plus", 3)
YEARLY = PlanRef("yearly", 1, Interval.YEAR)


def started(plan: PlanRef = FREE) -> Agreement:
    event = AgreementEvent(kind=EventKind.STARTED, at=NEW_YEAR, plan=plan)
    return begin("agreement_1", "customer_1", event)


def trialing(
    at_end: TrialEnd = TrialEnd.FALL_BACK, fall_back: PlanRef | None = FREE, days: int = 30
) -> Agreement:
    event = AgreementEvent(
        kind=EventKind.TRIAL_STARTED,
        at=NEW_YEAR,
        plan=PLUS,
        until=NEW_YEAR + days * DAY,
        at_end=at_end,
        fall_back=fall_back,
    )
    return apply(started(), event)


def happened(agreement: Agreement, until: datetime) -> list[tuple[str, datetime]]:
    return [(event.kind.value, event.at) for event in due(agreement, until)]


def test_trial_falls_back_when_it_ends_with_warnings_before() -> None:
    trial = trialing()
    end = NEW_YEAR + 30 * DAY
    assert happened(trial, end) == [
        ("ending_soon", end - 7 * DAY),
        ("ending_soon", end - DAY),
        ("trial_ended", end),
    ]
    assert as_of(trial, end - timedelta(microseconds=1)).plan == PLUS
    after = as_of(trial, end)
    assert (after.plan, after.status, after.trial) == (FREE, AgreementStatus.ACTIVE, None)
    assert after.left == LeftPlan(plan=PLUS, on=end, by=EventKind.TRIAL_ENDED)
    assert after.period == Period(start=end, end=datetime(2026, 2, 28, 12, tzinfo=UTC), index=0)
    assert after.had_trials == {"plus"}


def test_trial_converts_and_counts_its_periods_from_its_end() -> None:
    after = as_of(trialing(TrialEnd.CONVERT), NEW_YEAR + 30 * DAY)
    assert (after.plan, after.status, after.left) == (PLUS, AgreementStatus.ACTIVE, None)
    assert after.anchor == NEW_YEAR + 30 * DAY
    assert after.subscribed_on == NEW_YEAR


@pytest.mark.parametrize(("at_end", "fall_back"), [(TrialEnd.PAUSE, FREE), (TrialEnd.FALL_BACK, None)])
def test_trial_pauses_when_told_or_when_nothing_is_left(at_end: TrialEnd, fall_back: PlanRef | None) -> None:
    after = as_of(trialing(at_end, fall_back), NEW_YEAR + 400 * DAY)
    assert (after.plan, after.status) == (PLUS, AgreementStatus.PAUSED)
    assert after.left == LeftPlan(plan=PLUS, on=NEW_YEAR + 30 * DAY, by=EventKind.TRIAL_ENDED)
    assert next_due(after) is None


def test_short_trial_is_warned_of_only_while_it_runs() -> None:
    assert happened(trialing(days=1), NEW_YEAR + 2 * DAY) == [("trial_ended", NEW_YEAR + DAY)]
    assert happened(trialing(days=3), NEW_YEAR + 3 * DAY) == [
        ("ending_soon", NEW_YEAR + 2 * DAY),
        ("trial_ended", NEW_YEAR + 3 * DAY),
    ]


def test_extended_trial_is_warned_of_again() -> None:
    at = NEW_YEAR + 25 * DAY
    end = NEW_YEAR + 44 * DAY
    extended = apply(as_of(trialing(), at), AgreementEvent(kind=EventKind.TRIAL_EXTENDED, at=at, until=end))
    assert happened(extended, end) == [
        ("ending_soon", end - 7 * DAY),
        ("ending_soon", end - DAY),
        ("trial_ended", end),
    ]


def test_plan_chosen_for_the_end_of_a_trial_goes_before_its_terms() -> None:
    end = NEW_YEAR + 30 * DAY
    chosen = AgreementEvent(kind=EventKind.CHANGE_SCHEDULED, at=NEW_YEAR + 28 * DAY, plan=YEARLY, until=end)
    after = as_of(apply(as_of(trialing(TrialEnd.PAUSE), chosen.at), chosen), end)
    assert (after.plan, after.status, after.scheduled) == (YEARLY, AgreementStatus.ACTIVE, None)
    assert after.period.end == datetime(2027, 1, 31, 12, tzinfo=UTC)


def test_scheduled_change_moves_with_the_end_of_the_trial() -> None:
    chosen = AgreementEvent(
        kind=EventKind.CHANGE_SCHEDULED, at=NEW_YEAR, plan=YEARLY, until=NEW_YEAR + 30 * DAY
    )
    longer = AgreementEvent(kind=EventKind.TRIAL_EXTENDED, at=NEW_YEAR, until=NEW_YEAR + 60 * DAY)
    extended = apply(apply(trialing(), chosen), longer)
    assert as_of(extended, NEW_YEAR + 59 * DAY).plan == PLUS
    assert as_of(extended, NEW_YEAR + 60 * DAY).plan == YEARLY


def test_cancellation_at_the_period_end_comes_instead_of_the_renewal() -> None:
    end = datetime(2026, 2, 1, 12, tzinfo=UTC)
    cancel = AgreementEvent(kind=EventKind.CANCEL_SCHEDULED, at=NEW_YEAR, until=end)
    agreement = apply(started(), cancel)
    assert [kind for kind, _ in happened(agreement, end + 90 * DAY)] == [
        "ending_soon",
        "ending_soon",
        "cancelled",
    ]
    after = as_of(agreement, end)
    assert (after.status, after.ended_on, after.is_entitling) == (AgreementStatus.CANCELLED, end, False)


def test_withdrawn_change_does_not_come() -> None:
    end = datetime(2026, 2, 1, 12, tzinfo=UTC)
    agreement = apply(started(), AgreementEvent(kind=EventKind.CANCEL_SCHEDULED, at=NEW_YEAR, until=end))
    agreement = apply(agreement, AgreementEvent(kind=EventKind.CHANGE_WITHDRAWN, at=NEW_YEAR + DAY))
    assert happened(agreement, end) == [("renewed", end)]


def test_change_keeps_the_day_of_renewal_unless_the_interval_is_another() -> None:
    at = NEW_YEAR + 10 * DAY
    monthly = apply(started(), AgreementEvent(kind=EventKind.CHANGED, at=at, plan=PLUS))
    assert monthly.period == started().period
    assert monthly.subscribed_on == at
    yearly = apply(started(), AgreementEvent(kind=EventKind.CHANGED, at=at, plan=YEARLY))
    assert yearly.period == Period(start=at, end=datetime(2027, 1, 11, 12, tzinfo=UTC))


def test_paused_agreement_renews_no_more_until_it_is_resumed() -> None:
    paused = apply(started(), AgreementEvent(kind=EventKind.PAUSED, at=NEW_YEAR + DAY))
    assert next_due(paused) is None
    resumed = apply(paused, AgreementEvent(kind=EventKind.RESUMED, at=NEW_YEAR + 40 * DAY))
    assert resumed.period.index == 1
    assert (resumed.status, resumed.left) == (AgreementStatus.ACTIVE, None)


def test_downtime_is_caught_up_in_order() -> None:
    assert happened(started(), datetime(2026, 4, 30, tzinfo=UTC)) == [
        ("renewed", datetime(2026, month, 1, 12, tzinfo=UTC)) for month in (2, 3, 4)
    ]


def test_events_add_up_to_the_same_state_when_they_are_replayed() -> None:
    first = AgreementEvent(kind=EventKind.STARTED, at=NEW_YEAR, plan=FREE)
    trial = AgreementEvent(
        kind=EventKind.TRIAL_STARTED,
        at=NEW_YEAR,
        plan=PLUS,
        until=NEW_YEAR + 30 * DAY,
        at_end=TrialEnd.CONVERT,
    )
    until = NEW_YEAR + 400 * DAY
    begun = apply(begin("agreement_1", "customer_1", first), trial)
    events = [first, trial, *due(begun, until)]
    assert replay("agreement_1", "customer_1", events) == as_of(begun, until)


@pytest.mark.parametrize(
    "event",
    [
        AgreementEvent(kind=EventKind.RESUMED, at=NEW_YEAR),
        AgreementEvent(kind=EventKind.TRIAL_EXTENDED, at=NEW_YEAR, until=NEW_YEAR + DAY),
        AgreementEvent(kind=EventKind.TRIAL_ENDED, at=NEW_YEAR, plan=FREE, at_end=TrialEnd.CONVERT),
        AgreementEvent(kind=EventKind.CHANGED, at=NEW_YEAR - DAY, plan=PLUS),
        AgreementEvent(kind=EventKind.CHANGE_SCHEDULED, at=NEW_YEAR, until=NEW_YEAR + DAY),
    ],
    ids=lambda event: event.kind.value,
)
def test_impossible_events_are_refused(event: AgreementEvent) -> None:
    with pytest.raises(ValueError, match="agreement_1"):
        apply(started(), event)
