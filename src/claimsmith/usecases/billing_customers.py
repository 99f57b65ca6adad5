"""Make users and organizations billing customers, and find them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from claimsmith.domain.billing_customers import BillingCustomer
from claimsmith.domain.errors import InvalidInput, NotFound
from claimsmith.domain.identities import identity_value
from claimsmith.domain.paging import Page
from claimsmith.domain.periods import check_zone
from claimsmith.domain.users import IdentityType
from claimsmith.storage.work import Work
from claimsmith.usecases.context import Context
from claimsmith.usecases.organizations import find_organization
from claimsmith.usecases.plans import new_id
from claimsmith.usecases.user_records import find_user


async def create_customer(
    context: Context,
    *,
    user_id: str | None = None,
    organization_code: str | None = None,
    email: str | None = None,
    zone: str | None = None,
) -> BillingCustomer:
    """Make a user or an organization a billing customer; one that is stays as it is, but for what is given.

    Raises `NotFound` for the user or organization, `InvalidInput`.
    """
    async with context.changing() as work:
        customer = await ensure_customer(
            work, user_id=user_id, organization_code=organization_code, email=email
        )
        if zone is not None:
            customer = replace(customer, zone=check_zone(zone))
            await work.billing_customers.replace(customer)
        tell(work, customer, "changed")
    return customer


async def get_customer(context: Context, customer_id: str) -> BillingCustomer:
    """Return one billing customer. Raises `NotFound`."""
    async with context.reading() as work:
        return await find_customer(work, customer_id)


async def list_customers(
    context: Context, *, page_size: int | None = None, next_token: str | None = None
) -> Page[BillingCustomer]:
    """Return one page of billing customers, the oldest first."""
    async with context.reading() as work:
        return await work.billing_customers.page_by_age(page_size=page_size, next_token=next_token)


async def change_customer(context: Context, customer_id: str, members: Mapping[str, Any]) -> BillingCustomer:
    """Change `email` and `zone`; an agreement that runs keeps the zone it began with. Raises `NotFound`."""
    async with context.changing() as work:
        customer = await find_customer(work, customer_id)
        changes: dict[str, Any] = {}
        if "email" in members:
            changes["email"] = _email(members["email"])
        if "zone" in members:
            changes["zone"] = check_zone(members["zone"])
        customer = replace(customer, **changes)
        await work.billing_customers.replace(customer)
        tell(work, customer, "changed")
    return customer


async def ensure_customer(
    work: Work, *, user_id: str | None = None, organization_code: str | None = None, email: str | None = None
) -> BillingCustomer:
    """Return the billing customer that a user or an organization is, making it one if it is none.

    An `email` that is given becomes the one for bills. Raises `NotFound`, `InvalidInput`.
    """
    if (user_id is None) == (organization_code is None):
        raise InvalidInput("Name a user or an organization as the billing customer.", field="user_id")
    found = await customer_of(work, user_id=user_id, organization_code=organization_code)
    if found is None:
        await _check_owner(work, user_id, organization_code)
        made = BillingCustomer(
            id=new_id("customer"),
            created_at=work.now,
            user_id=user_id,
            organization_code=organization_code,
            email=_email(email),
        )
        if await work.billing_customers.add(made):
            return made
        found = await customer_of(work, user_id=user_id, organization_code=organization_code)
        if found is None:
            raise NotFound("The user or organization was deleted meanwhile.", code="CUSTOMER_NOT_FOUND")
    if email is not None and found.email != email:
        found = replace(found, email=_email(email))
        await work.billing_customers.replace(found)
    return found


async def customer_of(
    work: Work, *, user_id: str | None = None, organization_code: str | None = None
) -> BillingCustomer | None:
    """Return the billing customer that a user or an organization is, or `None`."""
    if organization_code is not None:
        return await work.billing_customers.of_organization(organization_code)
    return await work.billing_customers.of_user(user_id) if user_id is not None else None


async def find_customer(work: Work, customer_id: str) -> BillingCustomer:
    """Return one billing customer of the environment. Raises `NotFound`."""
    customer = await work.billing_customers.find(customer_id)
    if customer is None:
        raise NotFound(f"There is no billing customer {customer_id!r}.", code="CUSTOMER_NOT_FOUND")
    return customer


def tell(work: Work, customer: BillingCustomer, action: str) -> None:
    """Record in a changing transaction that what a customer is entitled to changed, so that views are made
    anew.

    Of a user nothing is cached. In a transaction that stores records there is nothing to tell.
    """
    if not work.is_change:
        return
    if customer.organization_code is not None:
        work.record("organization", customer.organization_code, action)
    else:
        work.record("user", customer.owner_id, action)


async def address_of(work: Work, customer: BillingCustomer) -> str | None:
    """Return the address that bills and warnings go to: the customer's own, or the user's primary one."""
    if customer.email or customer.user_id is None:
        return customer.email
    identities = await work.users.identities_of(customer.user_id)
    emails = [each for each in identities if each.type is IdentityType.EMAIL and each.is_verified]
    primary = next((each for each in emails if each.is_primary), emails[0] if emails else None)
    return primary.shown_value if primary else None


async def _check_owner(work: Work, user_id: str | None, organization_code: str | None) -> None:
    if organization_code is not None:
        await find_organization(work, organization_code)
    elif user_id is not None:
        await find_user(work, user_id)


def _email(text: str | None) -> str | None:
    return identity_value(IdentityType.EMAIL, text)[1] if text else None
