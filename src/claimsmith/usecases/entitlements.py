"""Tell what a customer is entitled to."""

from datetime import datetime

from claimsmith.domain.billing_customers import BillingCustomer
from claimsmith.domain.entitlements import NOTHING, Entitlements
from claimsmith.storage.work import Work
from claimsmith.usecases.billing_customers import find_customer
from claimsmith.usecases.context import Context


async def entitlements_of(work: Work, customer: BillingCustomer | None, now: datetime) -> Entitlements:
    """Return what a customer is entitled to at an instant; whoever is none is entitled to nothing."""
    if customer is None:
        return NOTHING
    return Entitlements.of(await work.agreements.held_by(customer.id), now)


async def read_entitlements(context: Context, customer_id: str) -> Entitlements:
    """Return what a customer is entitled to now. Raises `NotFound`."""
    async with context.reading() as work:
        return await entitlements_of(work, await find_customer(work, customer_id), work.now)
