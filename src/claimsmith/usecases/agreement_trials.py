"""Let customers try plans within a transaction: begin a trial, extend it, end it.

`by` names who decided, as in `agreement_changes.py`.
"""

from datetime import timedelta

from claimsmith.domain.agreement_events import trial_end
from claimsmith.domain.agreements import Agreement, EventKind
from claimsmith.domain.billing_customers import BillingCustomer
from claimsmith.domain.errors import InvalidInput, NotPermitted
from claimsmith.domain.plan_rules import LONGEST_TRIAL_DAYS
from claimsmith.domain.plans import PlanRef, PlanVersion, TrialEnd
from claimsmith.storage.work import Work
from claimsmith.usecases.agreement_course import (
    Course,
    course_if_any,
    course_of,
    finish,
    offered,
    trials_before,
)


async def start_trial(
    work: Work, customer: BillingCustomer, plan_key: str, *, days: int | None = None, by: str
) -> Agreement:
    """Let a customer try a plan, once, for as long as its terms say or for `days`.

    Afterwards the plan that the customer has now comes back, unless the terms say otherwise; whoever has none
    begins an agreement. Raises `NotFound`, `InvalidInput`, `NotPermitted`.
    """
    course = await course_if_any(work, customer)
    version = await offered(work, customer, plan_key)
    fall_back = None
    if course is None:
        had_trials = await trials_before(work, customer)
    else:
        state, had_trials = course.state, course.state.had_trials
        if state.plan.key == plan_key and state.is_entitling:
            raise NotPermitted(f"The customer has the plan {plan_key!r} already.", code="PLAN_IN_FORCE")
        fall_back = state.trial.fall_back if state.trial else state.plan if state.is_entitling else None
    if version.trial is None or plan_key in had_trials:
        raise no_trial(version, had_trials)
    if course is None:
        course = Course.begin(work, customer, version.ref, had_trials=had_trials, by=by)
    await try_plan(work, course, version, days, fall_back=fall_back, by=by)
    return await finish(work, course, customer, "trial_started")


async def extend_trial(work: Work, customer: BillingCustomer, *, days: int, by: str) -> Agreement:
    """Let the running trial of a customer last longer by some days. Raises `NotPermitted` without one."""
    course = await course_of(work, customer)
    trial = course.state.trial
    if trial is None:
        raise _not_trying()
    until = trial.ends_on + timedelta(days=_days(days))
    course.happens(EventKind.TRIAL_EXTENDED, until=until, details={"by": by})
    return await finish(work, course, customer, "trial_extended")


async def end_trial(
    work: Work, customer: BillingCustomer, *, outcome: TrialEnd | None = None, by: str
) -> Agreement:
    """End the running trial of a customer now, with the outcome that its terms say or another one."""
    course = await course_of(work, customer)
    trial = course.state.trial
    if trial is None:
        raise _not_trying()
    event = trial_end(course.state, work.now, outcome or trial.at_end)
    course.happens(EventKind.TRIAL_ENDED, plan=event.plan, at_end=event.at_end, details={"by": by})
    return await finish(work, course, customer, "trial_ended")


async def try_plan(
    work: Work, course: Course, version: PlanVersion, days: int | None, *, fall_back: PlanRef | None, by: str
) -> None:
    """Add the start of a trial, with everything that its end will need."""
    terms = version.trial
    if terms is None:
        raise no_trial(version, frozenset())
    if fall_back is None and terms.fall_back_plan is not None:
        plan = await work.plans.find(terms.fall_back_plan)
        named = await work.plans.find_version(plan.key, plan.latest_version) if plan else None
        fall_back = named.ref if named else None
    lasting = timedelta(days=_days(days) if days is not None else terms.days)
    course.happens(
        EventKind.TRIAL_STARTED,
        plan=version.ref,
        until=max(work.now, course.state.changed_at) + lasting,
        at_end=terms.at_end,
        fall_back=fall_back,
        details={"by": by},
    )


def no_trial(version: PlanVersion, had_trials: frozenset[str]) -> NotPermitted:
    """Return why a plan cannot be tried: its trial is used up, or there is none."""
    if version.plan_key in had_trials:
        return NotPermitted(
            f"The customer has tried the plan {version.plan_key!r}; each plan can be tried once.",
            code="TRIAL_USED",
        )
    return NotPermitted(
        f"The plan {version.plan_key!r} cannot be tried; publish a version with a trial.",
        code="TRIAL_NOT_OFFERED",
    )


def _not_trying() -> NotPermitted:
    return NotPermitted("No trial is running; start one first.", code="TRIAL_NOT_RUNNING")


def _days(days: int) -> int:
    if not 1 <= days <= LONGEST_TRIAL_DAYS:
        raise InvalidInput(
            f"days is {days}; use 1 to {LONGEST_TRIAL_DAYS}.", field="days", code="DAYS_INVALID"
        )
    return days
