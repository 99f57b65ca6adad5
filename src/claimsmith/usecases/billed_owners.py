"""Make organizations and users billing customers in one go with what else is done to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from claimsmith.domain.agreement_events import as_of
from claimsmith.domain.agreements import Agreement
from claimsmith.domain.billing_customers import BillingCustomer
from claimsmith.domain.errors import AlreadyExists, InvalidInput
from claimsmith.domain.organizations import Organization
from claimsmith.storage.work import Work
from claimsmith.usecases.agreement_changes import start_agreement
from claimsmith.usecases.agreements import decided_by
from claimsmith.usecases.billing_customers import customer_of, ensure_customer, tell
from claimsmith.usecases.context import Context
from claimsmith.usecases.organizations import add_organization, find_organization
from claimsmith.usecases.user_records import find_user


@dataclass(frozen=True, slots=True)
class Billing:
    """Hold what a new customer begins with. Without a plan it gets the default one, if there is one."""

    email: str | None = None
    plan_key: str | None = None


@dataclass(frozen=True, slots=True)
class BilledOrganization:
    """Hold a new organization, and the customer that it is, if it was to be one."""

    organization: Organization
    customer: BillingCustomer | None = None


@dataclass(frozen=True, slots=True)
class BillingState:
    """Hold the customer that an organization or a user is, and its agreement if there is one in force."""

    customer: BillingCustomer
    agreement: Agreement | None = None


async def create_organization(
    context: Context,
    *,
    name: str,
    members: Mapping[str, Any],
    feature_flags: Mapping[str, object],
    billing: Billing | None = None,
) -> BilledOrganization:
    """Create an organization, as a billing customer if asked; all of it or nothing.

    Raises what creating an organization and starting an agreement raise.
    """
    async with context.changing() as work:
        made = await add_organization(context, work, name=name, members=members, feature_flags=feature_flags)
        if billing is None:
            return BilledOrganization(made)
        customer = await ensure_customer(work, organization_code=made.code, email=billing.email)
        await _begin(context, work, customer, billing.plan_key)
    return BilledOrganization(made, customer)


async def bill_user(
    context: Context, user_id: str, billing: Billing, *, organization_code: str | None = None
) -> BillingState:
    """Make a user a billing customer; one that is stays the same, but for the address.

    `organization_code` is one of the user's organizations; the customer is the user alone. Raises `NotFound`,
    `InvalidInput`, `AlreadyExists` for a plan of a customer that has one.
    """
    async with context.changing() as work:
        await find_user(work, user_id)
        if organization_code is not None:
            await find_organization(work, organization_code)
            if await work.memberships.find(user_id, organization_code) is None:
                raise InvalidInput(
                    f"The user {user_id!r} is no member of {organization_code!r}; name another organization.",
                    field="org_code",
                    code="MEMBERSHIP_MISSING",
                )
        customer = await ensure_customer(work, user_id=user_id, email=billing.email)
        stored = await work.agreements.live_of(customer.id)
        if stored is not None and billing.plan_key not in (None, stored.plan_key):
            raise AlreadyExists(
                f"The customer {customer.id} has an agreement; change its plan instead.",
                code="AGREEMENT_EXISTS",
            )
        begun = stored or await _begin(context, work, customer, billing.plan_key)
        tell(work, customer, "changed")
    return BillingState(customer, begun)


async def billing_of_organization(context: Context, code: str) -> BillingState | None:
    """Return what customer an organization is, or `None`."""
    async with context.reading() as work:
        customer = await customer_of(work, organization_code=code)
        if customer is None:
            return None
        stored = await work.agreements.live_of(customer.id)
        state = as_of(stored, work.now) if stored else None
    return BillingState(customer, state if state and state.is_live else None)


async def customer_ids_of_users(context: Context, user_ids: Sequence[str]) -> Mapping[str, str]:
    """Return the ids of the customers that some users are, by the users' ids: one query."""
    async with context.reading() as work:
        return await work.billing_customers.ids_of_users(list(user_ids))


async def _begin(
    context: Context, work: Work, customer: BillingCustomer, plan_key: str | None
) -> Agreement | None:
    if plan_key is None and await work.plans.find_default(customer.type) is None:
        return None
    return await start_agreement(work, customer, plan_key, by=decided_by(context))
