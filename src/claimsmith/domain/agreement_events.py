"""Add up the events of agreements, and work out those that fall due.

What has fallen due (a trial's end, a scheduled change, a renewal) follows from the stored state and an
instant alone, so that the state at an instant is the same whether or not anybody has written those events
down yet. `as_of` gives that state; `due` gives the events that are to be written down.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime, timedelta

from claimsmith.domain.agreement_effects import EFFECTS
from claimsmith.domain.agreements import (
    Agreement,
    AgreementEvent,
    AgreementStatus,
    EventKind,
)
from claimsmith.domain.periods import period_of_index
from claimsmith.domain.plans import TrialEnd

WARNING_DAYS = (7, 1)
"""How many days before a plan is lost its holder is warned, the earliest first."""


def begin(agreement_id: str, customer_id: str, event: AgreementEvent) -> Agreement:
    """Return the agreement that its first event makes."""
    if event.kind is not EventKind.STARTED or event.plan is None:
        raise ValueError(
            f"agreement {agreement_id} begins with {event.kind}; its first event must be started"
        )
    zone = event.zone or "UTC"
    return Agreement(
        id=agreement_id,
        customer_id=customer_id,
        plan=event.plan,
        status=AgreementStatus.ACTIVE,
        started_on=event.at,
        subscribed_on=event.at,
        anchor=event.at,
        zone=zone,
        period=period_of_index(event.at, event.plan.interval, 0, zone),
        changed_at=event.at,
        sequence=1,
        had_trials=event.had_trials,
    )


def replay(agreement_id: str, customer_id: str, events: Iterable[AgreementEvent]) -> Agreement:
    """Return the state that events in their order give."""
    each = iter(events)
    agreement = begin(agreement_id, customer_id, next(each))
    for event in each:
        agreement = apply(agreement, event)
    return agreement


def apply(agreement: Agreement, event: AgreementEvent) -> Agreement:
    """Return the state after one more event.

    Raises `ValueError` for an event that cannot happen in this state: rules for people are in the use cases.
    """
    if not agreement.is_live:
        raise ValueError(f"agreement {agreement.id} was cancelled; nothing can happen to it any more")
    if event.at < agreement.changed_at:
        raise ValueError(f"agreement {agreement.id} changed after {event.at.isoformat()}")
    after = EFFECTS[event.kind](agreement, event)
    after = replace(after, changed_at=event.at, sequence=agreement.sequence + 1)
    if event.kind in {EventKind.RENEWED, EventKind.ENDING_SOON}:
        return after
    return replace(after, turning_since=event.at, warned_days=None)


def due(agreement: Agreement, instant: datetime) -> Iterator[AgreementEvent]:
    """Give the events that have fallen due up to an instant, in the order in which they did."""
    while (event := next_due(agreement)) is not None and event.at <= instant:
        yield event
        agreement = apply(agreement, event)


def as_of(agreement: Agreement, instant: datetime) -> Agreement:
    """Return the state at an instant, whether or not what fell due until then is stored."""
    for event in due(agreement, instant):
        agreement = apply(agreement, event)
    return agreement


def next_due(agreement: Agreement) -> AgreementEvent | None:
    """Return the next event that comes without anybody's doing, or `None` if none will.

    Of several at the same instant, a warning comes first, then a trial's end, what is scheduled, the renewal.
    """
    if not agreement.is_live:
        return None
    expected = (_warning(agreement), _end_of_trial(agreement), _scheduled(agreement), _renewal(agreement))
    return min((each for each in expected if each), key=lambda each: each.at, default=None)


def _warning(agreement: Agreement) -> AgreementEvent | None:
    turn = agreement.turn
    if turn is None or agreement.turning_since is None:
        return None
    for days in WARNING_DAYS:
        at = turn - timedelta(days=days)
        is_new = agreement.warned_days is None or days < agreement.warned_days
        if is_new and at > agreement.turning_since:
            return AgreementEvent(
                kind=EventKind.ENDING_SOON, at=max(at, agreement.changed_at), days_left=days, until=turn
            )
    return None


def _end_of_trial(agreement: Agreement) -> AgreementEvent | None:
    trial = agreement.trial
    if trial is None:
        return None
    scheduled = agreement.scheduled
    is_decided = scheduled is not None and scheduled.on <= trial.ends_on
    outcome = TrialEnd.CONVERT if is_decided else trial.at_end
    return trial_end(agreement, max(trial.ends_on, agreement.changed_at), outcome)


def trial_end(agreement: Agreement, at: datetime, outcome: TrialEnd) -> AgreementEvent:
    """Return the event that ends the running trial; without a plan to fall back to, that is a pause."""
    fall_back = agreement.trial.fall_back if agreement.trial else None
    if outcome is TrialEnd.FALL_BACK and fall_back is None:
        outcome = TrialEnd.PAUSE
    plan = fall_back if outcome is TrialEnd.FALL_BACK else agreement.plan
    return AgreementEvent(kind=EventKind.TRIAL_ENDED, at=at, plan=plan, at_end=outcome)


def _scheduled(agreement: Agreement) -> AgreementEvent | None:
    scheduled = agreement.scheduled
    if scheduled is None:
        return None
    kind = EventKind.CANCELLED if scheduled.is_cancellation else EventKind.CHANGED
    return AgreementEvent(kind=kind, at=max(scheduled.on, agreement.changed_at), plan=scheduled.plan)


def _renewal(agreement: Agreement) -> AgreementEvent | None:
    if agreement.status is not AgreementStatus.ACTIVE:
        return None
    return AgreementEvent(kind=EventKind.RENEWED, at=max(agreement.period.end, agreement.changed_at))
