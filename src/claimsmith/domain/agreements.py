"""Describe agreements: which plan a customer has, since when, and what will become of it.

An agreement is the sum of its events, which `agreement_events.py` adds up: some are written when somebody
decides something, the others fall due.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from claimsmith.domain.periods import Period
from claimsmith.domain.plans import PlanRef, TrialEnd


class EventKind(StrEnum):
    """Name what can happen to an agreement."""

    STARTED = "started"
    TRIAL_STARTED = "trial_started"
    TRIAL_EXTENDED = "trial_extended"
    TRIAL_ENDED = "trial_ended"
    CHANGED = "changed"
    CHANGE_SCHEDULED = "change_scheduled"
    CANCEL_SCHEDULED = "cancel_scheduled"
    CHANGE_WITHDRAWN = "change_withdrawn"
    CANCELLED = "cancelled"
    PAUSED = "paused"
    RESUMED = "resumed"
    RENEWED = "renewed"
    ENDING_SOON = "ending_soon"


class AgreementStatus(StrEnum):
    """Name how an agreement stands; only `TRIALING` and `ACTIVE` entitle to anything."""

    TRIALING = "trialing"
    ACTIVE = "active"
    PAUSED = "paused"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True)
class AgreementEvent:
    """Hold one event. Which of the other members it has depends on its kind.

    `plan` is the version that is started, tried, changed or fallen back to, or scheduled. `until` is the end
    of a trial, or the instant of what is scheduled. `at_end` and `fall_back` are fixed when a trial starts,
    so that its end needs nothing else. `days_left` is of a warning, `zone` and `had_trials` of the start.
    `details` holds what does not touch the state: who decided it, whether to prorate.
    """

    kind: EventKind
    at: datetime
    plan: PlanRef | None = None
    until: datetime | None = None
    at_end: TrialEnd | None = None
    fall_back: PlanRef | None = None
    days_left: int | None = None
    zone: str | None = None
    had_trials: frozenset[str] = frozenset()
    details: Mapping[str, str | bool] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trial:
    """Hold the trial that is running, with what its end will bring."""

    started_on: datetime
    ends_on: datetime
    at_end: TrialEnd
    fall_back: PlanRef | None = None


@dataclass(frozen=True, slots=True)
class ScheduledChange:
    """Hold what will happen at an instant: a change to another plan, or, with none, the cancellation."""

    on: datetime
    plan: PlanRef | None = None

    @property
    def is_cancellation(self) -> bool:
        """Tell whether the agreement will be cancelled."""
        return self.plan is None


@dataclass(frozen=True, slots=True)
class LeftPlan:
    """Hold the plan that was in force until an instant, and by which event it was left."""

    plan: PlanRef
    on: datetime
    by: EventKind


@dataclass(frozen=True, slots=True)
class Agreement:
    """Hold the state of an agreement. `id` is `agreement_` and 32 hexadecimal characters.

    `anchor` is the instant from which periods are counted, on the clocks of `zone`. `left` is the plan that
    was in force before, as long as it says why something is missing now. `sequence` is the number of events
    so far.
    """

    id: str
    customer_id: str
    plan: PlanRef
    status: AgreementStatus
    started_on: datetime
    subscribed_on: datetime
    anchor: datetime
    zone: str
    period: Period
    changed_at: datetime
    sequence: int
    trial: Trial | None = None
    scheduled: ScheduledChange | None = None
    left: LeftPlan | None = None
    had_trials: frozenset[str] = frozenset()
    ended_on: datetime | None = None
    turning_since: datetime | None = None
    warned_days: int | None = None

    @property
    def plan_key(self) -> str:
        """Return the key of the plan in force."""
        return self.plan.key

    @property
    def plan_version(self) -> int:
        """Return the version of the plan in force."""
        return self.plan.version

    @property
    def trial_ends_on(self) -> datetime | None:
        """Return when the running trial ends, or `None` without one."""
        return self.trial.ends_on if self.trial else None

    @property
    def is_entitling(self) -> bool:
        """Tell whether what the plan includes may be used."""
        return self.status in {AgreementStatus.TRIALING, AgreementStatus.ACTIVE}

    @property
    def is_paused_by_trial(self) -> bool:
        """Tell whether the end of a trial paused it, so that choosing a plan lets it go on."""
        is_paused = self.status is AgreementStatus.PAUSED
        return is_paused and self.left is not None and self.left.by is EventKind.TRIAL_ENDED

    @property
    def is_live(self) -> bool:
        """Tell whether the agreement was not cancelled."""
        return self.status is not AgreementStatus.CANCELLED

    @property
    def turn(self) -> datetime | None:
        """Return when the plan in force will next be left or judged anew without anybody's doing."""
        turns = [each for each in (self.trial_ends_on, self.scheduled.on if self.scheduled else None) if each]
        return min(turns, default=None)

    @property
    def plans(self) -> tuple[PlanRef, ...]:
        """Return every version that the state names: in force, to come, and left."""
        named = (
            self.plan,
            self.trial.fall_back if self.trial else None,
            self.scheduled.plan if self.scheduled else None,
            self.left.plan if self.left else None,
        )
        return tuple(dict.fromkeys(each for each in named if each))
