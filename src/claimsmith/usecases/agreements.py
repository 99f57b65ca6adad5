"""Read and administer agreements, and write down what has fallen due for them."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

import structlog

from claimsmith.domain.agreement_events import as_of
from claimsmith.domain.agreements import Agreement, AgreementEvent
from claimsmith.domain.billing_customers import BillingCustomer
from claimsmith.domain.entitlements import HeldPlan
from claimsmith.domain.errors import Conflict, NotFound
from claimsmith.storage.agreements import due_agreements
from claimsmith.storage.work import Work
from claimsmith.usecases import agreement_changes
from claimsmith.usecases.agreement_course import Course
from claimsmith.usecases.billing_customers import find_customer
from claimsmith.usecases.context import Context, Platform
from claimsmith.usecases.plans import find_plan

log = structlog.get_logger("claimsmith.billing")

MOST_AT_ONCE = 200
Decide = Callable[..., Awaitable[Agreement]]


@dataclass(frozen=True, slots=True)
class Moved:
    """Hold how many agreements were moved to the latest version of a plan."""

    plan_key: str
    version: int
    moved: int


def decided_by(context: Context) -> str:
    """Return who acts, as it is kept with what was decided."""
    return f"{context.author.kind}:{context.author.id}"


async def decide(
    context: Context, customer_id: str, change: Decide, *given: object, **named: object
) -> Agreement:
    """Do one thing of `agreement_changes.py` for a customer, as an administrator.

    `decide(context, "customer_…", change_plan, "pro", when="period_end")`. Raises what that raises, and
    `NotFound` for the customer.
    """
    async with context.changing() as work:
        customer = await find_customer(work, customer_id)
        return await change(work, customer, *given, **named, by=decided_by(context))


async def decide_by_id(
    context: Context, agreement_id: str, change: Decide, *given: object, **named: object
) -> Agreement:
    """Do the same for the customer of an agreement. Raises `NotFound` for one that is not in force."""
    async with context.changing() as work:
        customer, agreement = await _live(work, agreement_id)
        if not as_of(agreement, work.now).is_live:
            raise _missing(agreement_id)
        return await change(work, customer, *given, **named, by=decided_by(context))


async def get_agreement(context: Context, agreement_id: str) -> HeldPlan:
    """Return one agreement as it stands now, with the plan versions that it names. Raises `NotFound`."""
    async with context.reading() as work:
        agreement = await work.agreements.find(agreement_id)
        if agreement is None:
            raise _missing(agreement_id)
        held = await work.agreements.held(agreement)
        return HeldPlan(as_of(agreement, work.now), held.versions)


async def list_agreements(context: Context, customer_id: str, *, with_ended: bool = False) -> list[HeldPlan]:
    """Return a customer's agreement as it stands now, and those that are over if asked; `NotFound`."""
    async with context.reading() as work:
        await find_customer(work, customer_id)
        found = await work.agreements.all_of(customer_id)
        current = [(each, as_of(each, work.now)) for each in found]
        return [
            HeldPlan(state, (await work.agreements.held(stored)).versions)
            for stored, state in current
            if state.is_live or with_ended
        ]


async def read_history(context: Context, agreement_id: str) -> list[AgreementEvent]:
    """Return everything that happened to an agreement, in order. Raises `NotFound`."""
    async with context.reading() as work:
        if await work.agreements.find(agreement_id) is None:
            raise _missing(agreement_id)
        return await work.agreements.history(agreement_id)


async def move_to_latest(context: Context, plan_key: str) -> Moved:
    """Move everybody who has an older version of a plan to its latest one, now. Raises `NotFound`.

    One transaction for each, so that signing in waits for none; run it again after a failure.
    """
    async with context.reading() as work:
        latest = (await find_plan(work, plan_key)).latest_version
    seen, moved = "", 0
    while True:
        async with context.reading() as work:
            found = await work.agreements.holders_of(
                plan_key, before=latest, after_id=seen, limit=MOST_AT_ONCE
            )
        for agreement_id in found:
            moved += await _move(context, agreement_id, plan_key)
        if len(found) < MOST_AT_ONCE:
            return Moved(plan_key, latest, moved)
        seen = found[-1]


async def _move(context: Context, agreement_id: str, plan_key: str) -> int:
    async with context.changing() as work:
        customer, agreement = await _live(work, agreement_id)
        state = as_of(agreement, work.now)
        if not state.is_live or state.plan.key != plan_key or state.trial is not None:
            return 0  # it is another plan by now, or a trial, which keeps the version that is tried
        await agreement_changes.change_plan(work, customer, plan_key, by=decided_by(context))
    return 1


async def settle_due(platform: Platform) -> int:
    """Write down what has fallen due for agreements in every environment; return for how many.

    Of several processes one writes; what happened is in order, however long nobody ran. A defect in one
    agreement is logged and does not keep the others waiting.
    """
    settled = 0
    after: tuple[datetime, str] | None = None
    while True:
        async with platform.database.across_environments() as connection:
            found = await due_agreements(connection, platform.now(), MOST_AT_ONCE, after)
        for environment_id, agreement_id, due_at in found:
            after = (due_at, agreement_id)
            try:
                settled += await _settle(platform, environment_id, agreement_id)
            except Conflict:
                continue  # another process was first
            except (ValueError, KeyError):
                log.exception("agreement_not_settled", agreement_id=agreement_id)
        if len(found) < MOST_AT_ONCE:
            return settled


async def _settle(platform: Platform, environment_id: str, agreement_id: str) -> int:
    async with platform.database.storing(environment_id) as work:
        stored = await work.agreements.find(agreement_id, for_change=True)
        if stored is None:
            return 0
        course = Course(work, stored)
        await course.write()
    for each in course.told:
        log.info(
            "billing_event",
            type=each.type,
            environment_id=environment_id,
            customer_id=each.customer_id,
            agreement_id=agreement_id,
            happened_at=each.at.isoformat(),
        )
    return 1 if course.events else 0


async def _live(work: Work, agreement_id: str) -> tuple[BillingCustomer, Agreement]:
    agreement = await work.agreements.find(agreement_id)
    if agreement is None or not agreement.is_live:
        raise _missing(agreement_id)
    return await find_customer(work, agreement.customer_id), agreement


def _missing(agreement_id: str) -> NotFound:
    return NotFound(f"There is no agreement {agreement_id!r} in force.", code="AGREEMENT_NOT_FOUND")
