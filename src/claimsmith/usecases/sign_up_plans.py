"""Ask people who sign up which plan they want, from a pricing table.

Asked are: whoever is new, for the own plan; whoever has just founded an organization, for its plan; and, when
somebody signs in anew, billing customers without a plan: the person, or the organization by a member who may
change its plan. It takes the switch of the policy `access` and a live table.
"""

from dataclasses import dataclass

from claimsmith.domain.authorization_requests import AuthorizationRequest
from claimsmith.domain.plans import CustomerType, PlanVersion
from claimsmith.domain.pricing_tables import PlanTexts, PricingTable
from claimsmith.domain.sign_in_flows import FlowState
from claimsmith.domain.system_permissions import WRITE_BILLING
from claimsmith.domain.user_rights import held_permissions
from claimsmith.domain.views import EnvironmentView
from claimsmith.storage.work import Work
from claimsmith.usecases.agreement_changes import start_agreement
from claimsmith.usecases.agreement_course import trials_before
from claimsmith.usecases.billing_customers import customer_of, ensure_customer


@dataclass(frozen=True, slots=True)
class AskedPlan:
    """Hold for whom a plan is asked: a user, or an organization that `is_new` or was there before."""

    table: PricingTable
    user_id: str | None = None
    organization_code: str | None = None
    is_new: bool = False


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """Hold one plan of a table with its texts; `trial_days` is there if it begins with a trial."""

    version: PlanVersion
    texts: PlanTexts
    trial_days: int | None = None


async def asked_plan(
    work: Work, view: EnvironmentView, request: AuthorizationRequest, state: FlowState
) -> AskedPlan | None:
    """Return for whom a plan is to be chosen now, and from which table; `None` when it is not asked."""
    is_asked = view.policies.access.is_pricing_table_shown and not state.is_plan_settled
    if not is_asked or state.session_id is not None or state.user_id is None:
        return None
    code = state.organization_code
    if code is not None and (
        state.has_founded_organization or await _lacks_plan(work, view, state.user_id, code)
    ):
        table = await _table(work, request, CustomerType.ORGANIZATION)
        if table is not None:
            return AskedPlan(table, organization_code=code, is_new=state.has_founded_organization)
    if not await _is_own_plan_asked(work, state):
        return None
    table = await _table(work, request, CustomerType.USER)
    return AskedPlan(table, user_id=state.user_id) if table is not None else None


async def take_interest(work: Work, asked: AskedPlan, request: AuthorizationRequest, user_id: str) -> bool:
    """Begin with the plan that the application named, if it is one of the table; tell whether it did.

    The plan of an organization that was there before is chosen on the page: machines' views of it are to be
    forgotten, and a link that somebody sent must not choose.
    """
    wanted = request.plan_interest
    if wanted is None or (asked.organization_code is not None and not asked.is_new):
        return False
    if wanted not in {each.version.plan_key for each in await shown_plans(work, asked, "en")}:
        return False
    await begin_plan(work, asked, wanted, user_id)
    return True


async def begin_plan(work: Work, asked: AskedPlan, plan_key: str, user_id: str) -> None:
    """Give the customer the plan, with its trial if it has one that was not used."""
    customer = await ensure_customer(work, user_id=asked.user_id, organization_code=asked.organization_code)
    await start_agreement(work, customer, plan_key, by=f"user:{user_id}")


async def shown_plans(work: Work, asked: AskedPlan, language: str) -> list[ShownPlan]:
    """Return the plans of the table that can be had, in its order, with the texts of a language."""
    latest = await work.plans.latest_versions()
    archived = {each.key for each in await work.plans.all() if each.is_archived}
    customer = await customer_of(work, user_id=asked.user_id, organization_code=asked.organization_code)
    had = await trials_before(work, customer) if customer else frozenset()
    found = []
    for entry in asked.table.entries:
        version = latest.get(entry.plan_key)
        if version is None or entry.plan_key in archived:
            continue
        days = version.trial.days if version.trial and entry.plan_key not in had else None
        found.append(ShownPlan(version, entry.texts_in(language), days))
    return found


async def _table(work: Work, request: AuthorizationRequest, type: CustomerType) -> PricingTable | None:
    """Return the live table that was asked for by its key, or else the default one for this type."""
    if request.pricing_table_key:
        named = await work.pricing_tables.find(request.pricing_table_key)
        if named is not None and named.is_live and named.group.type is type:
            return named
    return await work.pricing_tables.find_default(type)


async def _lacks_plan(work: Work, view: EnvironmentView, user_id: str, code: str) -> bool:
    """Tell whether an organization is a billing customer without a plan, and the user may change that."""
    customer = await customer_of(work, organization_code=code)
    if customer is None or await work.agreements.live_of(customer.id) is not None:
        return False
    subject = await work.subjects.read(user_id, code)
    return subject is not None and WRITE_BILLING in held_permissions(subject, view).by_key


async def _is_own_plan_asked(work: Work, state: FlowState) -> bool:
    customer = await customer_of(work, user_id=state.user_id)
    if customer is None:
        return state.is_new_user and not state.has_founded_organization
    return await work.agreements.live_of(customer.id) is None
