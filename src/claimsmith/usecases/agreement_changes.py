"""Decide about agreements within a transaction: begin, change, pause, cancel. Trials are next door.

Every function takes the transaction it works in, so that a sign-up, the portal and an administrator do the
same. `by` names who decided, as `user:kp_…`, `application:…` or `cli:…`, and is kept with the event.
"""

from datetime import datetime
from typing import Literal

from claimsmith.domain.agreements import Agreement, AgreementStatus, EventKind
from claimsmith.domain.billing_customers import BillingCustomer
from claimsmith.domain.errors import NotPermitted
from claimsmith.storage.work import Work
from claimsmith.usecases.agreement_course import (
    Course,
    course_if_any,
    course_of,
    finish,
    offered,
    trials_before,
)
from claimsmith.usecases.agreement_trials import no_trial, try_plan

When = Literal["now", "period_end"]


async def start_agreement(
    work: Work,
    customer: BillingCustomer,
    plan_key: str | None = None,
    *,
    with_trial: bool | None = None,
    by: str,
) -> Agreement:
    """Give a customer without an agreement a plan: the named one, or the default one of its type.

    `with_trial` of `None` begins with a trial if the plan has one that the customer never had. Raises
    `NotFound`, `NotPermitted` for a plan that cannot be had, `AlreadyExists` for a customer with an
    agreement.
    """
    await course_if_any(work, customer)
    version = await offered(work, customer, plan_key)
    had_trials = await trials_before(work, customer)
    can_try = version.trial is not None and version.plan_key not in had_trials
    if with_trial and not can_try:
        raise no_trial(version, had_trials)
    course = Course.begin(work, customer, version.ref, had_trials=had_trials, by=by)
    if can_try and with_trial is not False:
        await try_plan(work, course, version, None, fall_back=None, by=by)
    return await finish(work, course, customer, "agreement_started")


async def change_plan(
    work: Work,
    customer: BillingCustomer,
    plan_key: str,
    *,
    when: When = "now",
    is_prorate: bool = False,
    is_invoice_now: bool = False,
    by: str,
) -> Agreement:
    """Move a customer to the latest version of a plan, now or when the period ends.

    In a trial the period's end is the trial's. The same plan in a newer version is a change, too; the plan
    that is being tried is kept by it. Raises `NotFound`, `NotPermitted`, `InvalidInput`.
    """
    course = await course_of(work, customer)
    version = await offered(work, customer, plan_key)
    state = course.state
    details = {"by": by, "is_prorate": is_prorate, "is_invoice_now": is_invoice_now}
    if when == "period_end":
        course.happens(
            EventKind.CHANGE_SCHEDULED, plan=version.ref, until=_period_end(state), details=details
        )
    elif version.ref == state.plan and state.trial is None and not state.is_paused_by_trial:
        raise NotPermitted(
            f"The customer has version {version.number} of the plan {plan_key!r} already.",
            code="PLAN_IN_FORCE",
        )
    else:
        course.happens(EventKind.CHANGED, plan=version.ref, details=details)
    return await finish(work, course, customer, "plan_changed")


async def choose_plan(
    work: Work,
    customer: BillingCustomer,
    plan_key: str,
    *,
    with_trial: bool | None = None,
    is_prorate: bool = False,
    is_invoice_now: bool = False,
    by: str,
) -> Agreement:
    """Give a customer a plan at once: a new agreement, with a trial if there is one, or a changed one."""
    if await course_if_any(work, customer) is None:
        return await start_agreement(work, customer, plan_key, with_trial=with_trial, by=by)
    return await change_plan(
        work, customer, plan_key, is_prorate=is_prorate, is_invoice_now=is_invoice_now, by=by
    )


async def withdraw_change(work: Work, customer: BillingCustomer, *, by: str) -> Agreement:
    """Take back what is scheduled. Raises `NotPermitted` when nothing is."""
    course = await course_of(work, customer)
    if course.state.scheduled is None:
        raise NotPermitted("Nothing is scheduled that could be withdrawn.", code="NOTHING_SCHEDULED")
    course.happens(EventKind.CHANGE_WITHDRAWN, details={"by": by})
    return await finish(work, course, customer, "change_withdrawn")


async def cancel_agreement(
    work: Work, customer: BillingCustomer, *, when: When = "period_end", by: str
) -> Agreement:
    """Cancel a customer's agreement, now or when its period (in a trial: the trial) ends."""
    course = await course_of(work, customer)
    if when == "now" or course.state.status is AgreementStatus.PAUSED:
        course.happens(EventKind.CANCELLED, details={"by": by})
    else:
        course.happens(EventKind.CANCEL_SCHEDULED, until=_period_end(course.state), details={"by": by})
    return await finish(work, course, customer, "agreement_cancelled")


async def pause_agreement(work: Work, customer: BillingCustomer, *, by: str) -> Agreement:
    """Keep a customer's agreement and take what it entitles to. Raises `NotPermitted` unless it is active."""
    course = await course_of(work, customer)
    if course.state.status is not AgreementStatus.ACTIVE:
        raise NotPermitted(
            f"The agreement is {course.state.status}; only an active one can be paused.",
            code="AGREEMENT_NOT_ACTIVE",
        )
    course.happens(EventKind.PAUSED, details={"by": by})
    return await finish(work, course, customer, "agreement_paused")


async def resume_agreement(work: Work, customer: BillingCustomer, *, by: str) -> Agreement:
    """Give a paused agreement its entitlements back. Raises `NotPermitted` unless it is paused."""
    course = await course_of(work, customer)
    if course.state.status is not AgreementStatus.PAUSED:
        raise NotPermitted(
            f"The agreement is {course.state.status}; only a paused one can be resumed.",
            code="AGREEMENT_NOT_PAUSED",
        )
    course.happens(EventKind.RESUMED, details={"by": by})
    return await finish(work, course, customer, "agreement_resumed")


def _period_end(state: Agreement) -> datetime:
    if not state.is_entitling:
        raise NotPermitted(
            "The agreement is paused, so that its period does not end; change it now.",
            code="AGREEMENT_PAUSED",
        )
    return state.period.end
