"""Hold what each kind of event does to an agreement: one function per kind, pure.

Each raises `ValueError` for an event that cannot happen in the state given, which is a defect: the rules for
people are in the use cases. `agreement_events.py` is what calls them.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace

from claimsmith.domain.agreements import (
    Agreement,
    AgreementEvent,
    AgreementStatus,
    EventKind,
    LeftPlan,
    ScheduledChange,
    Trial,
)
from claimsmith.domain.periods import Period, period_at, period_of_index
from claimsmith.domain.plans import PlanRef, TrialEnd


def _start_trial(agreement: Agreement, event: AgreementEvent) -> Agreement:
    if event.plan is None or event.until is None or event.at_end is None or event.until <= event.at:
        raise ValueError(
            f"the trial of agreement {agreement.id} needs a plan, an outcome and an end after {event.at}"
        )
    trial = Trial(started_on=event.at, ends_on=event.until, at_end=event.at_end, fall_back=event.fall_back)
    return replace(
        agreement,
        plan=event.plan,
        status=AgreementStatus.TRIALING,
        subscribed_on=event.at,
        trial=trial,
        scheduled=None,
        left=None,
        had_trials=agreement.had_trials | {event.plan.key},
        period=Period(start=event.at, end=event.until),
    )


def _extend_trial(agreement: Agreement, event: AgreementEvent) -> Agreement:
    if agreement.trial is None or event.until is None or event.until <= event.at:
        raise ValueError(f"agreement {agreement.id} has no trial that could last until {event.until}")
    scheduled = agreement.scheduled
    if scheduled is not None and scheduled.on == agreement.trial.ends_on:
        scheduled = replace(scheduled, on=event.until)
    return replace(
        agreement,
        trial=replace(agreement.trial, ends_on=event.until),
        scheduled=scheduled,
        period=replace(agreement.period, end=event.until),
    )


def _end_trial(agreement: Agreement, event: AgreementEvent) -> Agreement:
    if agreement.trial is None or event.plan is None or event.at_end is None:
        raise ValueError(f"agreement {agreement.id} has no trial that could end")
    scheduled = agreement.scheduled
    if scheduled is not None and scheduled.on == agreement.trial.ends_on:
        scheduled = replace(scheduled, on=event.at)
    is_paused = event.at_end is TrialEnd.PAUSE
    ended = replace(agreement, trial=None, scheduled=scheduled)
    ended = _with_plan(ended, event.plan, event, is_anchored=True)
    return replace(ended, status=AgreementStatus.PAUSED) if is_paused else ended


def _change(agreement: Agreement, event: AgreementEvent) -> Agreement:
    """Put another plan in force. What somebody paused stays so; what a trial's end paused goes on."""
    if event.plan is None:
        raise ValueError(f"the change of agreement {agreement.id} names no plan")
    is_other_interval = event.plan.interval is not agreement.plan.interval
    is_anchored = agreement.trial is not None or agreement.is_paused_by_trial or is_other_interval
    changed = _with_plan(agreement, event.plan, event, is_anchored=is_anchored)
    changed = replace(changed, trial=None, scheduled=None)
    if agreement.status is AgreementStatus.PAUSED and not agreement.is_paused_by_trial:
        return replace(changed, status=AgreementStatus.PAUSED)
    return changed


def _with_plan(agreement: Agreement, plan: PlanRef, event: AgreementEvent, *, is_anchored: bool) -> Agreement:
    """Return the agreement with a plan in force; `is_anchored` counts its periods from now on."""
    anchor = event.at if is_anchored else agreement.anchor
    is_other = (plan.key, plan.version) != (agreement.plan.key, agreement.plan.version)
    left = agreement.left
    if agreement.is_entitling and (is_other or event.at_end is TrialEnd.PAUSE):
        left = LeftPlan(plan=agreement.plan, on=event.at, by=event.kind)
    elif agreement.is_paused_by_trial and not is_other:
        left = None
    return replace(
        agreement,
        plan=plan,
        status=AgreementStatus.ACTIVE,
        subscribed_on=event.at if is_other else agreement.subscribed_on,
        anchor=anchor,
        period=period_at(anchor, plan.interval, event.at, agreement.zone),
        left=left,
    )


def _schedule(agreement: Agreement, event: AgreementEvent) -> Agreement:
    if (
        event.until is None
        or event.until < event.at
        or (event.kind is EventKind.CHANGE_SCHEDULED) != bool(event.plan)
    ):
        raise ValueError(f"what is scheduled for agreement {agreement.id} lacks its instant or its plan")
    return replace(agreement, scheduled=ScheduledChange(on=event.until, plan=event.plan))


def _withdraw(agreement: Agreement, event: AgreementEvent) -> Agreement:
    return replace(agreement, scheduled=None)


def _cancel(agreement: Agreement, event: AgreementEvent) -> Agreement:
    left = (
        LeftPlan(plan=agreement.plan, on=event.at, by=event.kind)
        if agreement.is_entitling
        else agreement.left
    )
    return replace(
        agreement,
        status=AgreementStatus.CANCELLED,
        trial=None,
        scheduled=None,
        ended_on=event.at,
        left=left,
    )


def _pause(agreement: Agreement, event: AgreementEvent) -> Agreement:
    if agreement.status is not AgreementStatus.ACTIVE:
        raise ValueError(f"agreement {agreement.id} is {agreement.status}; only an active one can be paused")
    left = LeftPlan(plan=agreement.plan, on=event.at, by=event.kind)
    return replace(agreement, status=AgreementStatus.PAUSED, left=left)


def _resume(agreement: Agreement, event: AgreementEvent) -> Agreement:
    if agreement.status is not AgreementStatus.PAUSED:
        raise ValueError(f"agreement {agreement.id} is {agreement.status}; only a paused one can be resumed")
    period = period_at(agreement.anchor, agreement.plan.interval, event.at, agreement.zone)
    return replace(agreement, status=AgreementStatus.ACTIVE, period=period, left=None)


def _renew(agreement: Agreement, event: AgreementEvent) -> Agreement:
    following = agreement.period.index + 1
    period = period_of_index(agreement.anchor, agreement.plan.interval, following, agreement.zone)
    return replace(agreement, period=period)


def _warn(agreement: Agreement, event: AgreementEvent) -> Agreement:
    return replace(agreement, warned_days=event.days_left)


EFFECTS: Mapping[EventKind, Callable[[Agreement, AgreementEvent], Agreement]] = {
    EventKind.TRIAL_STARTED: _start_trial,
    EventKind.TRIAL_EXTENDED: _extend_trial,
    EventKind.TRIAL_ENDED: _end_trial,
    EventKind.CHANGED: _change,
    EventKind.CHANGE_SCHEDULED: _schedule,
    EventKind.CANCEL_SCHEDULED: _schedule,
    EventKind.CHANGE_WITHDRAWN: _withdraw,
    EventKind.CANCELLED: _cancel,
    EventKind.PAUSED: _pause,
    EventKind.RESUMED: _resume,
    EventKind.RENEWED: _renew,
    EventKind.ENDING_SOON: _warn,
}
"""The effect of every kind of event but `started`, which begins an agreement."""
