"""Give an environment plans to sell: what tests of agreements, entitlements and tokens begin with."""

from claimsmith.domain.billing_customers import BillingCustomer
from claimsmith.usecases import billing_customers, plan_features, plans
from claimsmith.usecases.context import Context

FREE = {"features": [{"feature": "calls", "limit_max": 100, "is_hard": True}]}
PLUS = {
    "features": [
        {"feature": "calls", "limit_max": 1000, "price_name": "Calls of Plus", "unit_amount": 2},
        {"feature": "sso"},
    ],
    "charges": [{"key": "base", "price_name": "Base price", "amount": 4900}],
    "trial": {"days": 30, "at_end": "fall_back", "fall_back_plan": "free"},
}


async def sell_plans(context: Context, type: str = "organization") -> None:
    """Publish the plans `free` (the default one) and `plus`, which can be tried for 30 days."""
    await plan_features.create_feature(context, key="calls", name="Calls", is_metered=True, unit="call")
    await plan_features.create_feature(context, key="sso", name="Single sign-on")
    await plans.create_plan(context, key="free", name="Free", type=type, is_default=True, contents=FREE)
    await plans.create_plan(context, key="plus", name="Plus", type=type, contents=PLUS)
    await plans.publish_plan(context, "free")
    await plans.publish_plan(context, "plus")


async def make_customer(context: Context, code: str | None = None) -> BillingCustomer:
    """Make an organization a billing customer: the default one unless named."""
    if code is None:
        async with context.reading() as work:
            code = (await work.organizations.find_default()).code
    return await billing_customers.create_customer(context, organization_code=code)
