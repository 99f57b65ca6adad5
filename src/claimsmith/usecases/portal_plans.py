"""Show people in the portal their plan, and let them choose, try, change and cancel it.

Everybody has their own plan. That of an organization is for members with the permission `org:write:billing`;
those with `org:read:billing` see it, and nobody else does.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, replace

from claimsmith.domain.agreement_events import as_of
from claimsmith.domain.agreements import Agreement
from claimsmith.domain.billing_customers import BillingCustomer
from claimsmith.domain.changes import Author
from claimsmith.domain.errors import NotPermitted
from claimsmith.domain.plans import CustomerType, PlanVersion
from claimsmith.domain.system_permissions import READ_BILLING, WRITE_BILLING
from claimsmith.domain.user_rights import held_permissions
from claimsmith.domain.views import EnvironmentView
from claimsmith.storage.work import Work
from claimsmith.usecases import agreement_changes, agreement_trials
from claimsmith.usecases.billing_customers import customer_of, ensure_customer
from claimsmith.usecases.context import Context
from claimsmith.usecases.metering import CurrentUsage, current_usage
from claimsmith.usecases.portal import PortalPerson, person_within


@dataclass(frozen=True, slots=True)
class OfferedPlan:
    """Hold one plan that can be chosen. `trial_days` is there while it can be tried for the first time."""

    version: PlanVersion
    is_current: bool = False
    trial_days: int | None = None


@dataclass(frozen=True, slots=True)
class PlanPage:
    """Hold what somebody sees of a plan. Without an agreement there is none yet.

    `version` is the plan in force; it is not there while the agreement is paused. `following` is the plan
    that is scheduled. Without `may_change` nothing can be chosen.
    """

    person: PortalPerson
    may_change: bool
    agreement: Agreement | None = None
    version: PlanVersion | None = None
    following: PlanVersion | None = None
    usages: Sequence[CurrentUsage] = ()
    offered: Sequence[OfferedPlan] = ()


class BillingClosed(NotPermitted):
    """Say that a member may not see, or not change, the plan of an organization."""

    def __init__(self) -> None:
        super().__init__(
            f"The plan of an organization is for members with the permission {WRITE_BILLING}.",
            code="BILLING_NOT_PERMITTED",
        )


async def plan_page(
    context: Context, view: EnvironmentView, token: str | None, type: CustomerType
) -> PlanPage:
    """Return the plan of whoever is in the portal, or of the organization of the visit.

    Raises `NoVisit`, `BillingClosed`.
    """
    async with context.reading() as work:
        person = await person_within(context, work, token)
        may_change = _check_reader(person, view, type)
        customer = await customer_of(work, **_owner(person, type))
        page = PlanPage(person, may_change)
        if customer is not None:
            page = await _with_agreement(work, page, customer)
        return replace(page, offered=await offered_plans(work, type, page.agreement))


async def offered_plans(work: Work, type: CustomerType, agreement: Agreement | None) -> list[OfferedPlan]:
    """Return the plans that a customer can choose: those of the group in force, or of the default group."""
    latest = await work.plans.latest_versions()
    plans = [each for each in await work.plans.all() if each.group.type is type and not each.is_archived]
    groups = {each.key: each.group.id for each in plans}
    group = groups.get(agreement.plan.key) if agreement else None
    if group is None:
        chosen = await work.plans.default_group(type)
        group = chosen.id if chosen else None
    had = agreement.had_trials if agreement else frozenset()
    current = agreement.plan.key if agreement and agreement.is_entitling else None
    found = []
    for plan in plans:
        version = latest.get(plan.key)
        if version is None or plan.group.id != group:
            continue
        days = version.trial.days if version.trial and plan.key not in had and plan.key != current else None
        found.append(OfferedPlan(version, plan.key == current, days))
    return sorted(found, key=lambda each: _price(each.version))


async def choose(
    context: Context, view: EnvironmentView, token: str | None, type: CustomerType, plan_key: str
) -> None:
    """Take a plan at once; a new agreement begins with its trial. Raises what `plan_page` and plans raise."""
    await _decide(context, view, token, type, agreement_changes.choose_plan, plan_key)


async def change_later(
    context: Context, view: EnvironmentView, token: str | None, type: CustomerType, plan_key: str
) -> None:
    """Take a plan when the period ends."""
    await _decide(context, view, token, type, agreement_changes.change_plan, plan_key, when="period_end")


async def try_out(
    context: Context, view: EnvironmentView, token: str | None, type: CustomerType, plan_key: str
) -> None:
    """Begin the trial of a plan."""
    await _decide(context, view, token, type, agreement_trials.start_trial, plan_key)


async def cancel(context: Context, view: EnvironmentView, token: str | None, type: CustomerType) -> None:
    """Cancel when the period ends; until then it can be taken back."""
    await _decide(context, view, token, type, agreement_changes.cancel_agreement)


async def keep(context: Context, view: EnvironmentView, token: str | None, type: CustomerType) -> None:
    """Take back what is scheduled."""
    await _decide(context, view, token, type, agreement_changes.withdraw_change)


async def _decide(
    context: Context,
    view: EnvironmentView,
    token: str | None,
    type: CustomerType,
    change: Callable[..., Awaitable[Agreement]],
    *given: object,
    **named: object,
) -> None:
    async with _writing(context, type) as work:
        person = await person_within(context, work, token)
        if not _check_reader(person, view, type):
            raise BillingClosed()
        customer = await ensure_customer(work, **_owner(person, type))
        await change(work, customer, *given, **named, by=f"user:{person.visit.user_id}")


def _writing(context: Context, type: CustomerType) -> AbstractAsyncContextManager[Work]:
    """Begin a transaction. Tokens of an organization's machines are remembered, so that others must hear."""
    if type is CustomerType.ORGANIZATION:
        return replace(context, author=Author("system", "portal")).changing()
    return context.storing()


def _check_reader(person: PortalPerson, view: EnvironmentView, type: CustomerType) -> bool:
    """Tell whether somebody may change a plan. Raises `BillingClosed` for who may not even see it."""
    if type is CustomerType.USER:
        return True
    held = held_permissions(person.subject, view).by_key if person.visit.organization_code else {}
    if WRITE_BILLING not in held and READ_BILLING not in held:
        raise BillingClosed()
    return WRITE_BILLING in held


async def _with_agreement(work: Work, page: PlanPage, customer: BillingCustomer) -> PlanPage:
    stored = await work.agreements.live_of(customer.id)
    if stored is None:
        return page
    state = as_of(stored, work.now)
    if not state.is_live:
        return page
    held = await work.agreements.held(stored)
    scheduled = state.scheduled.plan if state.scheduled else None
    return replace(
        page,
        agreement=state,
        version=held.version(state.plan) if state.is_entitling else None,
        following=held.version(scheduled) if scheduled else None,
        usages=await current_usage(work, stored.id),
    )


def _owner(person: PortalPerson, type: CustomerType) -> Mapping[str, str | None]:
    if type is CustomerType.USER:
        return {"user_id": person.visit.user_id}
    return {"organization_code": person.visit.organization_code}


def _price(version: PlanVersion) -> tuple[int, str]:
    return sum(each.amount for each in version.contents.charges), version.plan_key
