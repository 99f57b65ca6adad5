"""Tell what a customer is entitled to."""

from dataclasses import dataclass
from datetime import datetime

from claimsmith.domain.billing_customers import BillingCustomer
from claimsmith.domain.entitlements import NOTHING, Entitlements
from claimsmith.storage.work import Work
from claimsmith.usecases.billing_customers import find_customer
from claimsmith.usecases.context import Context


@dataclass(frozen=True, slots=True)
class ListedEntitlement:
    """Hold one entitlement as lists show it: a feature, or a fixed charge, which has `fixed_charge` alone.

    Amounts are in the smallest unit of the currency. `limit_max` is `None` without a limit.
    """

    id: str
    price_name: str
    feature_key: str
    feature_name: str
    fixed_charge: int | None = None
    unit_amount: int | None = None
    limit_max: int | None = None
    limit_min: int | None = None


def listed(entitlements: Entitlements, *, max_value: int | None = None) -> list[ListedEntitlement]:
    """Return features in the order of their keys, then the fixed charges of the plans in force.

    `max_value` stands for the limit of what has none.
    """
    features = [
        ListedEntitlement(
            id=item.id,
            price_name=item.price_name,
            feature_key=key,
            feature_name=item.feature.name,
            unit_amount=item.unit_amount,
            limit_max=item.limit_max if item.limit_max is not None else max_value,
            limit_min=item.limit_min,
        )
        for key, item in sorted(entitlements.items.items())
    ]
    charges = [
        ListedEntitlement(
            id=charge.id,
            price_name=charge.price_name,
            feature_key=charge.key,
            feature_name=charge.price_name,
            fixed_charge=charge.amount,
            limit_max=max_value,
        )
        for plan in entitlements.plans
        for charge in plan.version.contents.charges
    ]
    return [*features, *charges]


async def entitlements_of(work: Work, customer: BillingCustomer | None, now: datetime) -> Entitlements:
    """Return what a customer is entitled to at an instant; whoever is none is entitled to nothing."""
    if customer is None:
        return NOTHING
    return Entitlements.of(await work.agreements.held_by(customer.id), now)


async def read_entitlements(context: Context, customer_id: str) -> Entitlements:
    """Return what a customer is entitled to now. Raises `NotFound`."""
    async with context.reading() as work:
        return await entitlements_of(work, await find_customer(work, customer_id), work.now)
